"""A whole interview with a simulated candidate, and what it measured at the candidate's end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from interviewer.interfaces import SpeechSynthesizer
from interviewer.rehearsal.client import CandidateClient, Received
from interviewer.rehearsal.peer import CandidatePeer
from interviewer.rehearsal.persona import Answer, Persona
from interviewer.rehearsal.voice import CandidateVoice

log = structlog.get_logger()

# Not being taken up this long after the last word: press "I'm done", as a person would.
NUDGE_AFTER: Final = 8.0
# A call that broke is made again this often, as the page does.
MAX_RECONNECTS: Final = 5
# A voice that begins this soon after another sound of the same end is the same utterance.
ONSET_GAP: Final = 0.25


@dataclass(slots=True, kw_only=True)
class TurnTiming:
    """One utterance of the candidate and the interviewer's reaction, in seconds.

    `first_sound`: from the last audible sample leaving the client to the first audible one of
    the interviewer arriving, a backchannel included; `to_move`: the same to the first sound that
    is none. None when nothing came. `cut_in`: the interviewer's move began while the candidate
    was still speaking or pausing.
    """

    number: int
    follow_up: bool
    said: str
    spoke_for: float
    first_sound: float | None = None
    to_move: float | None = None
    cut_in: bool = False
    nudged: bool = False


@dataclass(slots=True, kw_only=True)
class RehearsalReport:
    """`barge_ins`: seconds from interrupting until the interviewer was silent at the client."""

    persona: str
    interview_id: str
    transcript: Sequence[Mapping[str, Any]] = ()
    questions: list[Mapping[str, Any]] = field(default_factory=list)
    turns: list[TurnTiming] = field(default_factory=list)
    barge_ins: list[float] = field(default_factory=list)
    notices: list[Mapping[str, Any]] = field(default_factory=list)
    reconnects: int = 0
    end_reason: str | None = None
    redirect_url: str | None = None
    seconds: float = 0.0
    data: Mapping[str, Any] | None = None
    """The answer of `GET /api/v4/interviews/{id}/data`, where it was asked for."""


async def rehearse(
    base_url: str,
    interview_id: str,
    persona: Persona,
    *,
    synthesizer: SpeechSynthesizer,
    voice_id: str = "joe",
    limit: float = 3_600.0,
    new_peer: Callable[..., CandidatePeer] = CandidatePeer,
) -> RehearsalReport:
    """Hold the interview to its end over real WebRTC.

    `new_peer`: makes the candidate's end of the call, where it is not an ideal one.
    Raises `ServiceRefused`; `TimeoutError` when it has not ended within `limit` seconds.
    """
    voice = CandidateVoice(synthesizer, voice_id)
    for line in persona.lines():
        await voice.render(persona, line)
    async with CandidateClient(base_url, interview_id, new_peer=new_peer) as client:
        return await Rehearsal(client, persona, voice).hold(limit=limit)


class Rehearsal:
    """Plays one persona on one client that has not joined yet."""

    def __init__(self, client: CandidateClient, persona: Persona, voice: CandidateVoice) -> None:
        self.client = client
        self.report = RehearsalReport(persona=persona.name, interview_id=client.interview_id)
        self._persona = persona
        self._voice = voice
        self._loop = asyncio.get_running_loop()
        self._seen: dict[str, int] = {}
        self._answer: Answer | None = None
        self._follow_up = False
        self._attempts = 0
        self._follow_ups = 0
        self._interruption: asyncio.Task[None] | None = None
        self._interrupting = False
        self._said_until = float("-inf")

    async def hold(self, *, limit: float) -> RehearsalReport:
        """Join and answer until the interview has ended."""
        client = self.client
        client.on_message = self._on_message
        began = self._loop.time()
        await client.join()
        last = float("-inf")
        watching = asyncio.create_task(self._stay_connected(), name="candidate-stays")
        try:
            async with asyncio.timeout(limit):
                while client.ended is None:
                    cue = await client.wait_for(_is_cue, timeout=limit, after=last)
                    last = cue.at
                    if cue.type == "state":
                        await self._take_turn(cue.at)
        finally:
            await _cancelled(watching)
            await _cancelled(self._interruption)
            self.report.transcript = client.transcript()
            self.report.seconds = self._loop.time() - began
        if client.ended is not None:
            self.report.end_reason = client.ended.get("reason")
            self.report.redirect_url = client.ended.get("redirect_url")
        return self.report

    async def _stay_connected(self) -> None:
        """Call again when the call breaks and the interview is not over."""
        while self.report.reconnects < MAX_RECONNECTS and self.client.peer is not None:
            await self.client.peer.failed.wait()
            await asyncio.sleep(1.0)
            if self.client.ended is not None:
                return
            self.report.reconnects += 1
            log.info("rehearsal.reconnecting", attempt=self.report.reconnects)
            with contextlib.suppress(TimeoutError):
                await self.client.connect()

    def _on_message(self, received: Received) -> None:
        if received.type == "notice":
            self.report.notices.append(received.message)
        if received.type != "question" or received.message.get("repeat"):
            return
        message = received.message
        number = self._seen.setdefault(message["question_id"], len(self._seen) + 1)
        self.report.questions.append(message)
        self._follow_up = bool(message.get("follow_up"))
        if self._follow_up:
            self._follow_ups += 1
            self._attempts = 0
            return
        self._answer = self._persona.answer(number, message.get("text") or "")
        self._attempts = self._follow_ups = 0
        if self._answer.interrupt_after is not None:
            self._interruption = asyncio.create_task(
                self._interrupt(self._answer.interrupt_after), name="candidate-interrupts"
            )

    def _next_line(self) -> str:
        answer = self._answer or self._persona.answer(1, "")
        if self._follow_up:
            return answer.follow_ups[(self._follow_ups - 1) % len(answer.follow_ups)]
        line = answer.say[min(self._attempts, len(answer.say) - 1)]
        self._attempts += 1
        return line

    async def _take_turn(self, cue_at: float) -> None:
        """Asked: wait as long as this person waits, speak, and time the reaction."""
        if self._interruption is not None:
            await asyncio.wait([self._interruption])
        if cue_at <= self._said_until or self._superseded(cue_at):
            return
        delay = self._answer.delay if self._answer else self._persona.delay
        await asyncio.sleep(delay)
        if self._superseded(cue_at) or self.client.peer is None:
            return
        line = self._next_line()
        if not line:
            return
        await self._speak(line)

    def _superseded(self, cue_at: float) -> bool:
        """The floor is not ours any more."""
        states = [r for r in self.client.messages if r.type == "state" and r.at > cue_at]
        return bool(states and states[-1].message["state"] != "listening") or (
            self.client.ended is not None
        )

    async def _speak(self, line: str) -> None:
        peer = self.client.peer
        if peer is None:
            return
        pcm = await self._voice.render(self._persona, line)
        began = self._loop.time()
        left_at = self._said_until = await peer.say(pcm, self._voice.rate)
        timing = TurnTiming(
            number=len(self._seen), follow_up=self._follow_up, said=line, spoke_for=left_at - began
        )
        self.report.turns.append(timing)
        if not self._interrupting:
            early = peer.ear.onsets(after=began + ONSET_GAP, gap=ONSET_GAP)
            timing.cut_in = any(at < left_at for at in early) and self._moved(began, left_at)
        await self._time_reaction(timing, left_at)

    async def _time_reaction(self, timing: TurnTiming, left_at: float) -> None:
        """Until the interviewer's move is heard, the interview ends, or nobody reacts."""
        peer = self.client.peer
        if peer is None:
            return
        for patience in (NUDGE_AFTER, 3 * NUDGE_AFTER):
            timing.first_sound = await self._voice_after(left_at, patience)
            if timing.first_sound is not None or self.client.ended is not None:
                break
            if not self._taken_up(left_at):
                log.info("rehearsal.nudged", number=timing.number)
                timing.nudged = True
                await self.client.send("done_speaking")
        if timing.first_sound is None:
            return
        with contextlib.suppress(TimeoutError):
            await self.client.wait_for(_is_next, timeout=60.0, after=left_at)
        onsets = peer.ear.onsets(after=left_at, gap=ONSET_GAP)
        if onsets and self._backchannelled(left_at):
            # The move may follow so soon that both are one sound: then its state tells them apart.
            begun = [*onsets[1:], self._spoke_from(left_at)]
            timing.to_move = next((at - left_at for at in begun if at is not None), None)
        elif onsets:
            timing.to_move = onsets[0] - left_at

    async def _voice_after(self, left_at: float, patience: float) -> float | None:
        """Seconds from `left_at` to the interviewer's voice; None if it ended or none came."""
        peer = self.client.peer
        while peer is not None and self._loop.time() < left_at + patience:
            if (heard := peer.ear.first_voice_after(left_at)) is not None:
                return heard - left_at
            if self.client.ended is not None:
                return None
            await asyncio.sleep(0.02)
        return None

    def _taken_up(self, since: float) -> bool:
        return any(
            r.at > since and r.type == "state" and r.message["state"] in ("thinking", "speaking")
            for r in self.client.messages
        )

    def _moved(self, since: float, until: float) -> bool:
        """Whether the interviewer began to speak between; a backchannel is no move."""
        return any(
            since < r.at < until and r.type == "state" and r.message["state"] == "speaking"
            for r in self.client.messages
        )

    def _spoke_from(self, since: float) -> float | None:
        """When the service said that its next move began."""
        spoken = (
            r.at
            for r in self.client.messages
            if r.at > since and r.type == "state" and r.message["state"] == "speaking"
        )
        return next(spoken, None)

    def _backchannelled(self, since: float) -> bool:
        return any(
            r.at > since and r.type == "transcript" and r.message.get("backchannel")
            for r in self.client.messages
        )

    async def _interrupt(self, after: float) -> None:
        """Talk over the question that has just begun, and time how long it goes on."""
        peer = self.client.peer
        if peer is None:
            return
        heard = await peer.ear.wait_for_voice(self._loop.time() - 0.1, 10.0)
        await asyncio.sleep(max(0.0, heard + after - self._loop.time()))
        if peer.ear.last_voice_at is None or self._loop.time() - peer.ear.last_voice_at > 0.5:
            return
        self._interrupting = True
        try:
            began = self._loop.time()
            speaking = asyncio.create_task(self._speak(self._next_line()))
            stopped = await peer.ear.wait_for_silence(began, quiet=0.6, timeout=10.0)
            if stopped is not None:
                self.report.barge_ins.append(max(0.0, stopped - began))
            await speaking
        finally:
            self._interrupting = False


async def _cancelled(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _is_cue(message: Mapping[str, Any]) -> bool:
    if message.get("type") == "state":
        return message.get("state") in ("listening", "ended")
    return message.get("type") == "ended"


def _is_next(message: Mapping[str, Any]) -> bool:
    return message.get("type") in ("question", "ended") or _is_cue(message)
