"""What a media session needs of its transport; `PeerIO` and `RoomIO` implement it."""

from __future__ import annotations

import asyncio
from typing import Protocol

from interviewer.media.voice_io import CandidateVoice, InterviewerVoice


class AudioLine(Protocol):
    """Both voices of one media session, whatever carries them.

    `connected` and `lost` are set once and stay so; `lost_reason` says why. `now`: seconds of
    the session, 0 until it is connected.
    """

    audio_input: CandidateVoice
    audio_output: InterviewerVoice
    connected: asyncio.Event
    lost: asyncio.Event
    lost_reason: str | None

    def now(self) -> float: ...
    def silent_for(self) -> float:
        """Seconds for which nothing has come from the candidate's side, not even silence; 0.0
        where that cannot be told."""

    async def close(self) -> None: ...
