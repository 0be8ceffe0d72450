"""A persona's lines as sound, with the pauses where they were written."""

from __future__ import annotations

import asyncio
from pathlib import Path

import av
import numpy as np

from interviewer.interfaces import SpeechSynthesizer
from interviewer.media.frames import Pcm, decoded
from interviewer.rehearsal.persona import Part, Pause, Persona, Recorded


class CandidateVoice:
    """Renders lines with `voice_id` (a voice that is not the interviewer's), once each."""

    def __init__(self, synthesizer: SpeechSynthesizer, voice_id: str) -> None:
        voices = {voice.id: voice for voice in synthesizer.voices()}
        if voice_id not in voices:
            raise ValueError(f"No voice {voice_id}; there are {', '.join(sorted(voices))}.")
        self.rate = voices[voice_id].sample_rate
        self._synthesizer = synthesizer
        self._voice_id = voice_id
        self._rendered: dict[str, Pcm] = {}

    async def render(self, persona: Persona, line: str) -> Pcm:
        """`int16[n]` mono at `rate`; empty for an empty line. Raises `OSError` for a lost file."""
        if line not in self._rendered:
            parts = [await self._part(part) for part in persona.parts(line)]
            self._rendered[line] = np.concatenate([np.zeros(0, dtype=np.int16), *parts])
        return self._rendered[line]

    async def _part(self, part: Part) -> Pcm:
        if isinstance(part, Pause):
            return np.zeros(round(part.seconds * self.rate), dtype=np.int16)
        if isinstance(part, Recorded):
            return await asyncio.to_thread(read_sound, part.path, self.rate)
        chunks = [chunk async for chunk in self._synthesizer.stream(part, self._voice_id)]
        return np.concatenate([np.zeros(0, dtype=np.int16), *chunks])


def read_sound(path: Path, rate: int) -> Pcm:
    """Any file that FFmpeg reads, as `int16[n]` mono at `rate`. Blocks."""
    with av.open(str(path)) as container:
        return np.concatenate([np.zeros(0, dtype=np.int16), *decoded(container, rate)])
