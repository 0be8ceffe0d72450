"""The second pass: a whole recording, beam search, word times. What is scored and shown.

A recording is cut into packs of speech here, which are heard one by one by a `PackHearer`: a model
of our own, or a service. What is believed of what they heard is decided here too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import structlog
from livekit.local_inference import VAD

from interviewer.domain.transcript import Word
from interviewer.interfaces import Pcm
from interviewer.speech.hearing import HeardSegment, PackHearer, WhisperHearer
from interviewer.speech.hypothesis import Hypothesis, accepted_text, normal_words, without_loops
from interviewer.speech.packs import speech_packs
from interviewer.speech.segmenter import WINDOW, WINDOW_SECONDS
from interviewer.speech.whisper import load_whisper

log = structlog.get_logger()

# Context for the decoder takes room from the text: names matter most, and stand first.
_MAX_HINT_CHARACTERS = 240
# So many words of the hint in a row, alone in a segment, were read off, not heard.
_LEAKED_WORDS = 3
_VOICED = 0.35
# So much voice behind the last word was left out; less is the end of it.
_SURELY_VOICED, _LEFT_OUT = 0.5, round(1.0 / WINDOW_SECONDS)
# What is heard again begins with some of the pause before it, as a pack does.
_BEFORE = round(0.6 / WINDOW_SECONDS)


class PackTranscriber:
    """A `Transcriber` for a job process, without an event loop."""

    def __init__(self, hearer: PackHearer) -> None:
        self._hearer = hearer

    def transcribe(self, pcm: Pcm, *, language: str = "en", hint: str = "") -> list[Word]:
        """`pcm`: `int16[n]`, 16 kHz mono, of any length. Blocking.

        Words in order of time, in seconds from the first sample, with the punctuation that
        belongs to them. `hint`: names and terms that may occur; they never appear unless heard.
        Silence and noise give no words. Raises Unavailable where nobody can hear now.
        """
        probabilities = _voice_probabilities(pcm)
        words: list[Word] = []
        for start, last in speech_packs(probabilities):
            first: int | None = start
            while first is not None:
                audio = pcm[first * WINDOW : last * WINDOW]
                offset = first * WINDOW_SECONDS
                segments = self._hear(audio, language, hint[:_MAX_HINT_CHARACTERS])
                for segment in segments:
                    words.extend(_words(segment, offset, probabilities))
                first = _left_out(segments, first, last, probabilities)
        return _in_order(words)

    def _hear(self, pcm: Pcm, language: str, hint: str) -> Sequence[HeardSegment]:
        segments = self._hearer.hear(pcm, language=language, hint=hint)
        if hint and any(is_read_off(s.text, hint) for s in segments):
            log.info("speech.hint.leaked")
            segments = self._hearer.hear(pcm, language=language, hint="")
        return segments


class WhisperTranscriber(PackTranscriber):
    """With one model of our own, `threads` threads."""

    def __init__(self, model_dir: Path, *, threads: int = 1) -> None:
        model = load_whisper(model_dir, device="cpu", compute_type="", threads=threads, workers=1)
        super().__init__(WhisperHearer(model))


def _voice_probabilities(pcm: Pcm) -> list[float]:
    """One probability for each 32 ms; what is left at the end is filled up with silence."""
    vad = VAD()
    padded = np.pad(pcm, (0, -len(pcm) % WINDOW))
    return [float(vad.predict(window)) for window in padded.reshape(-1, WINDOW)]


def _left_out(
    segments: Sequence[HeardSegment], first: int, last: int, probabilities: Sequence[float]
) -> int | None:
    """The window from which the rest of a pack is to be heard by itself; None: nothing is left.

    The model may end in the middle of a pack, above all with a hint before it: it says "end" after
    the first sentence, and the rest of its 30 s is passed over (seen here in 4 of 16 runs of an
    answer with a pause of 1.2 s).
    """
    if not segments:
        return None
    heard_to = first + round(segments[-1].end / WINDOW_SECONDS)
    voiced = [at for at in range(heard_to, last) if probabilities[at] >= _SURELY_VOICED]
    if len(voiced) < _LEFT_OUT:
        return None
    log.info("speech.pack.resumed", seconds=round((last - voiced[0]) * WINDOW_SECONDS, 1))
    return max(heard_to, voiced[0] - _BEFORE, first + 1)


def is_read_off(text: str, hint: str) -> bool:
    """Whether a segment is nothing but a piece of the hint."""
    words = normal_words(text)
    joined = f" {' '.join(normal_words(hint))} "
    return len(words) >= _LEAKED_WORDS and f" {' '.join(words)} " in joined


def _words(segment: HeardSegment, offset: float, probabilities: Sequence[float]) -> Iterator[Word]:
    """The segment's words on the recording's axis, or none if nobody said them."""
    found = segment.words
    if not found:
        return
    first = int((offset + found[0].start - 0.2) / WINDOW_SECONDS)
    last = int((offset + found[-1].end + 0.2) / WINDOW_SECONDS) + 1
    voiced = sum(p >= _VOICED for p in probabilities[max(0, first) : last]) * WINDOW_SECONDS
    hypothesis = Hypothesis(
        text=segment.text,
        log_probability=segment.log_probability,
        no_speech=segment.no_speech,
        seconds=segment.end - segment.start,
    )
    if not accepted_text(hypothesis, voiced_seconds=voiced):
        return
    for index in without_loops([w.text for w in found]):
        word = found[index]
        if text := word.text.strip():
            start, end = offset + word.start, offset + word.end
            yield Word(text, _onset(start, end, probabilities), end, word.probability)


def _onset(start: float, end: float, probabilities: Sequence[float]) -> float:
    """Where the voice of a word begins: Whisper counts the silence before a word as part of it."""
    first, last = int(start / WINDOW_SECONDS), int(end / WINDOW_SECONDS)
    for window in range(first, min(last, len(probabilities))):
        if probabilities[window] >= _VOICED:
            return max(start, window * WINDOW_SECONDS)
    return start


def _in_order(words: Sequence[Word]) -> list[Word]:
    """Times that never run backwards: each word begins no earlier than the one before it."""
    result: list[Word] = []
    floor = 0.0
    for word in words:
        start = max(word.start, floor)
        end = max(word.end, start + 0.02)
        result.append(Word(word.text, round(start, 3), round(end, 3), round(word.probability, 3)))
        floor = start
    return result
