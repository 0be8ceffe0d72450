"""A synthesizer that hums."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import numpy as np

from interviewer.interfaces import Pcm, Voice


class FakeSynthesizer:
    """Two voices; every text is a tenth of a second of silence."""

    def __init__(self) -> None:
        self.prerendered: list[tuple[str, str]] = []

    def voices(self) -> Sequence[Voice]:
        return [
            Voice(
                id=name,
                name=name.title(),
                language="en-US",
                gender=gender,
                engine="fake",
                licence="CC0-1.0",
                sample_rate=16_000,
            )
            for name, gender in (("heart", "female"), ("joe", "male"))
        ]

    async def stream(self, text: str, voice_id: str) -> AsyncIterator[Pcm]:
        yield np.zeros(1600, dtype=np.int16)

    async def prerender(self, texts: Sequence[str], voice_id: str) -> None:
        self.prerendered.extend((voice_id, text) for text in texts)
