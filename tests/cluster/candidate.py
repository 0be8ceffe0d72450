"""A candidate in a LiveKit room who answers when asked to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interviewer.rehearsal.client import CandidateClient, Received
from interviewer.rehearsal.persona import Persona
from interviewer.rehearsal.voice import CandidateVoice

PATIENCE = 90.0


class Candidate:
    """One browser; `answer` waits to be asked, then speaks."""

    def __init__(self, url: str, interview_id: str, voice: CandidateVoice, person: Persona) -> None:
        self.client = CandidateClient(url, interview_id)
        self.interview_id = interview_id
        self._voice = voice
        self._person = person
        self._since = float("-inf")

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

    async def told(self, kind: str, **fields: Any) -> Mapping[str, Any]:
        """The next message of that type with those fields."""

        def wanted(message: Mapping[str, Any]) -> bool:
            return message["type"] == kind and fields.items() <= message.items()

        return (await self._next(wanted)).message

    async def _next(self, wanted: Any) -> Received:
        received = await self.client.wait_for(wanted, timeout=PATIENCE, after=self._since)
        self._since = received.at
        return received
