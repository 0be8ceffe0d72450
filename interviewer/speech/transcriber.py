"""The second pass: a whole recording, beam search, word times. What is scored and shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from faster_whisper import WhisperModel
from livekit.local_inference import VAD

from interviewer.domain.transcript import Word
from interviewer.interfaces import Pcm
from interviewer.speech.hypothesis import Hypothesis, accepted_text, normal_words, without_loops
from interviewer.speech.packs import speech_packs
from interviewer.speech.segmenter import WINDOW, WINDOW_SECONDS

log = structlog.get_logger()

_SAMPLE_RATE = 16_000
_BEAM = 5
# Sampling at higher temperatures writes what was not said rather than admit a loss.
_TEMPERATURES = (0.0, 0.2)
# Context for the decoder takes room from the text: names matter most, and stand first.
_MAX_HINT_CHARACTERS = 240
# So many words of the hint in a row, alone in a segment, were read off, not heard.
_LEAKED_WORDS = 3
_VOICED = 0.35


class WhisperTranscriber:
    """A `Transcriber` for a job process: one model, `threads` threads, no event loop."""

    def __init__(self, model_dir: Path, *, threads: int = 1) -> None:
        self._model = WhisperModel(
            str(model_dir),
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            num_workers=1,
            local_files_only=True,
        )

    def transcribe(self, pcm: Pcm, *, language: str = "en", hint: str = "") -> list[Word]:
        """`pcm`: `int16[n]`, 16 kHz mono, of any length. Blocking.

        Words in order of time, in seconds from the first sample, with the punctuation that
        belongs to them. `hint`: names and terms that may occur; they never appear unless heard.
        Silence and noise give no words.
        """
        probabilities = _voice_probabilities(pcm)
        words: list[Word] = []
        for first, last in speech_packs(probabilities):
            audio = pcm[first * WINDOW : last * WINDOW].astype(np.float32) / 32768.0
            offset = first * WINDOW_SECONDS
            heard = self._decode(audio, language, hint[:_MAX_HINT_CHARACTERS])
            for segment in heard:
                words.extend(_words(segment, offset, probabilities))
        return _in_order(words)

    def _decode(self, audio: np.ndarray[Any, Any], language: str, hint: str) -> list[Any]:
        segments = list(self._segments(audio, language, hint))
        if hint and any(is_read_off(s.text, hint) for s in segments):
            log.info("speech.hint.leaked")
            segments = list(self._segments(audio, language, ""))
        return segments

    def _segments(self, audio: np.ndarray[Any, Any], language: str, hint: str) -> Iterable[Any]:
        segments, _ = self._model.transcribe(
            audio,
            language=language,
            beam_size=_BEAM,
            temperature=list(_TEMPERATURES),
            word_timestamps=True,
            condition_on_previous_text=False,
            hotwords=hint or None,
            hallucination_silence_threshold=2.0,
        )
        found: Iterable[Any] = segments
        return found


def _voice_probabilities(pcm: Pcm) -> list[float]:
    """One probability for each 32 ms; what is left at the end is filled up with silence."""
    vad = VAD()
    padded = np.pad(pcm, (0, -len(pcm) % WINDOW))
    return [float(vad.predict(window)) for window in padded.reshape(-1, WINDOW)]


def is_read_off(text: str, hint: str) -> bool:
    """Whether a segment is nothing but a piece of the hint."""
    words = normal_words(text)
    joined = f" {' '.join(normal_words(hint))} "
    return len(words) >= _LEAKED_WORDS and f" {' '.join(words)} " in joined


def _words(segment: Any, offset: float, probabilities: Sequence[float]) -> Iterator[Word]:
    """The segment's words on the recording's axis, or none if nobody said them."""
    found = segment.words or []
    if not found:
        return
    first = int((offset + found[0].start - 0.2) / WINDOW_SECONDS)
    last = int((offset + found[-1].end + 0.2) / WINDOW_SECONDS) + 1
    voiced = sum(p >= _VOICED for p in probabilities[max(0, first) : last]) * WINDOW_SECONDS
    hypothesis = Hypothesis(
        text=segment.text,
        log_probability=segment.avg_logprob,
        no_speech=segment.no_speech_prob,
        seconds=segment.end - segment.start,
    )
    if not accepted_text(hypothesis, voiced_seconds=voiced):
        return
    for index in without_loops([w.word for w in found]):
        word = found[index]
        if text := word.word.strip():
            start, end = offset + float(word.start), offset + float(word.end)
            yield Word(text, _onset(start, end, probabilities), end, float(word.probability))


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
