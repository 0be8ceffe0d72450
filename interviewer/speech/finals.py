"""Final-quality decoding of one stream's segments, with what was said just before as context."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

import structlog

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Pcm
from interviewer.speech.decoding import Decoder
from interviewer.speech.hypothesis import accepted_text
from interviewer.speech.listeners import Utterance

log = structlog.get_logger()

# The text before is given to the decoder as context for this long after it was said.
_CONTEXT_SECONDS = 8.0
_RETRY_SECONDS = 0.3


class FinalDecoder:
    """`stream`: whose turn in the engine's queue it is."""

    def __init__(self, engine: Decoder, language: str, stream: Hashable) -> None:
        self._engine = engine
        self._language = language
        self._stream = stream
        self._before = ("", 0.0)

    def said(self, utterance: Utterance) -> None:
        """A final with words: context of what follows it."""
        self._before = (utterance.text, utterance.end)

    async def decode(self, pcm: Pcm, *, voiced: float, start: float, end: float) -> Utterance:
        """The words of `pcm`, which has `voiced` seconds of voice from `start` to `end`.

        Never raises: where the engine fails twice, `recognised` is False.
        """
        said, said_at = self._before
        prompt = said if start - said_at < _CONTEXT_SECONDS else ""
        for attempt in range(2):
            try:
                hypothesis = await self._engine.decode(
                    pcm, kind="final", prompt=prompt, language=self._language, stream=self._stream
                )
            except Unavailable:
                log.warning("speech.final.failed", attempt=attempt)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            if hypothesis is None:
                break
            return Utterance(
                text=accepted_text(hypothesis, voiced_seconds=voiced),
                start=start,
                end=end,
                confidence=hypothesis.confidence,
            )
        return Utterance(text="", start=start, end=end, confidence=0.0, recognised=False)
