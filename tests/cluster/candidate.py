"""A candidate in a LiveKit room who answers when asked to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import aiohttp
from livekit import rtc

from interviewer.rehearsal.client import CandidateClient, Received, ServiceRefused
from interviewer.rehearsal.peer import CandidatePeer
from interviewer.rehearsal.persona import Persona
from interviewer.rehearsal.voice import CandidateVoice

PATIENCE = 90.0


class Candidate:
    """One browser; `answer` waits to be asked, then speaks."""

    def __init__(
        self,
        url: str,
        interview_id: str,
        voice: CandidateVoice,
        person: Persona,
        *,
        client: CandidateClient | None = None,
    ) -> None:
        self.client = client or CandidateClient(url, interview_id)
        self.interview_id = interview_id
        self._voice = voice
        self._person = person
        self.connected_at: list[float] = []
        """When `hold` had made a lost line anew (`loop.time()`)."""
        self._is_over = False
        self._written = False
        self._since = float("-inf")
        self.waits = asyncio.Event()
        """Whether a question is open that `hold` may not answer yet."""

    async def join(self, *, written: bool = False) -> None:
        """Open the link and be connected."""
        self._written = written
        await self.client.join(written=written)

    async def asked(self, *, repeat: bool = False) -> Mapping[str, Any]:
        """The next question; with `repeat`, one that is asked again on a new socket or by a new
        agent."""

        def wanted(message: Mapping[str, Any]) -> bool:
            return message["type"] == "question" and bool(message.get("repeat")) == repeat

        received = await self._next(wanted)
        return received.message

    async def listened_to(self) -> None:
        """Until the interviewer has said all it had to say, and listens."""
        await self._next(lambda m: m["type"] == "state" and m["state"] == "listening")

    async def say(self, line: str) -> None:
        peer = self.client.peer
        assert peer is not None
        await peer.say(await self._voice.render(self._person, line), self._voice.rate)

    async def hold(self, lines: Sequence[str], when: asyncio.Event | None = None) -> None:
        """The rest of the interview, as a person with patience and their page hold it: each
        question is answered with its line, again where it is asked again, and a line that is lost
        is made anew, until it is over. `when`: not answered before that; `waits` tells that it
        has come so far.

        Raises `TimeoutError` after `PATIENCE` without a word that nobody waits for.
        """
        index, asked, live = 0, False, True
        speaking: asyncio.Task[None] | None = None
        try:
            while self.client.ended is None and not self._is_over:
                message = await self._next_or_lost()
                if message is None or (live and self._line_is_dead(message)):
                    live = False
                    await _stopped(speaking)
                    await self._connect_again()
                elif message["type"] == "question":
                    index, asked = int(message["index"]), True
                elif message.get("state") in ("speaking", "thinking"):
                    live = True
                elif asked and message.get("state") == "listening":
                    asked, live = False, True
                    await _stopped(speaking)
                    speaking = asyncio.create_task(self._answer(lines[index - 1], when))
        finally:
            await _stopped(speaking)

    async def _answer(self, line: str, when: asyncio.Event | None) -> None:
        if when is not None:
            self.waits.set()
            try:
                await when.wait()
            finally:
                self.waits.clear()
        if self._written:
            await self.client.send("typed_answer", text=line)
        else:
            try:
                await self.say(line)
            except asyncio.CancelledError:
                if self.client.peer is not None:
                    self.client.peer.hush()
                raise

    def _line_is_dead(self, message: Mapping[str, Any]) -> bool:
        """The page finds so by itself within seconds; here the service says that it did. In a
        LiveKit room the line is the room's, and outlives an agent."""
        return message.get("state") == "paused" and isinstance(self.client.peer, CandidatePeer)

    async def _next_or_lost(self) -> Mapping[str, Any] | None:
        """None where the socket or the sound is gone."""
        peer = self.client.peer
        losses = [self.client.socket_closed, *([peer.failed] if peer is not None else [])]
        waits = [asyncio.create_task(loss.wait()) for loss in losses]
        word = asyncio.create_task(self._next(lambda _: True, patient=self.waits.is_set))
        try:
            await asyncio.wait({word, *waits}, return_when=asyncio.FIRST_COMPLETED)
            return word.result().message if word.done() else None
        finally:
            for task in (word, *waits):
                task.cancel()
            await asyncio.gather(word, *waits, return_exceptions=True)

    async def _connect_again(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await self.client.connect(written=self._written)
                except ServiceRefused as refused:
                    if refused.code == "interview_over":
                        # It ended while the line was lost, and the page shows so.
                        self._is_over = True
                        return
                    await asyncio.sleep(0.5)
                except (aiohttp.ClientError, rtc.ConnectError, TimeoutError):
                    await asyncio.sleep(0.5)
                else:
                    self.connected_at.append(asyncio.get_running_loop().time())
                    return

    async def told(self, kind: str, **fields: Any) -> Mapping[str, Any]:
        """The next message of that type with those fields."""

        def wanted(message: Mapping[str, Any]) -> bool:
            return message["type"] == kind and fields.items() <= message.items()

        return (await self._next(wanted)).message

    async def _next(
        self,
        wanted: Callable[[Mapping[str, Any]], bool],
        patient: Callable[[], bool] = lambda: False,
    ) -> Received:
        while True:
            try:
                received = await self.client.wait_for(wanted, timeout=PATIENCE, after=self._since)
            except TimeoutError:
                if not patient():
                    raise
            else:
                self._since = received.at
                return received


async def _stopped(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
