"""What a careful decode of one piece of sound tells: segments, words with times, certainty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from faster_whisper import WhisperModel

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Pcm
from interviewer.speech.decode_queue import MODEL_FAILED

_BEAM = 5
# Sampling at higher temperatures writes what was not said rather than admit a loss.
_TEMPERATURES = (0.0, 0.2)


@dataclass(frozen=True, slots=True)
class HeardWord:
    """Seconds from the first sample; `text` with the space before it, where there is one."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardSegment:
    """`log_probability`: mean over tokens; `no_speech`: probability of the no-speech token."""

    text: str
    start: float
    end: float
    log_probability: float
    no_speech: float
    words: tuple[HeardWord, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """`language`: the code that was given or found out."""

    segments: tuple[HeardSegment, ...]
    language: str


class PackHearer(Protocol):
    """Hears pieces of speech of some seconds, carefully."""

    def hear(self, pcm: Pcm, *, language: str, hint: str) -> Sequence[HeardSegment]:
        """`pcm`: `int16[n]`, 16 kHz mono. `hint`: names and terms that may occur. Blocking.

        Raises Unavailable.
        """


class WhisperHearer:
    """A `PackHearer` on a loaded model, which it may share with others."""

    def __init__(self, model: WhisperModel) -> None:
        self._model = model

    def hear(self, pcm: Pcm, *, language: str, hint: str) -> Sequence[HeardSegment]:
        """See `PackHearer.hear`. `language`: as in BCP 47; the model finds it out if empty."""
        return self.listen(pcm, language=language, hint=hint).segments

    def listen(
        self, pcm: Pcm, *, language: str, hint: str, temperature: float | None = None
    ) -> Heard:
        """Of any length. `temperature`: of sampling; without it the likeliest words, and a
        little above where those loop. Raises Unavailable where the model fails."""
        segments: Iterable[Any]
        try:
            segments, about = self._model.transcribe(
                pcm.astype(np.float32) / 32768.0,
                language=language.split("-", maxsplit=1)[0].lower() or None,
                beam_size=_BEAM,
                temperature=list(_TEMPERATURES) if temperature is None else temperature,
                word_timestamps=True,
                condition_on_previous_text=False,
                hotwords=hint or None,
                hallucination_silence_threshold=2.0,
            )
            heard = tuple(_heard(segment) for segment in segments)
        except RuntimeError as error:
            # CTranslate2's, when a GPU is out of memory or gone.
            raise Unavailable(f"The recogniser failed: {error}", code=MODEL_FAILED) from error
        return Heard(heard, str(about.language))


def _heard(segment: Any) -> HeardSegment:
    return HeardSegment(
        text=str(segment.text),
        start=float(segment.start),
        end=float(segment.end),
        log_probability=float(segment.avg_logprob),
        no_speech=float(segment.no_speech_prob),
        words=tuple(
            HeardWord(str(w.word), float(w.start), float(w.end), float(w.probability))
            for w in segment.words or ()
        ),
    )
