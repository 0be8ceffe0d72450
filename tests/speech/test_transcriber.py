"""The second pass: every word, in its second, and nothing that nobody said."""

from __future__ import annotations

import itertools

import jiwer
import numpy as np
import pytest
from whisper_normalizer.english import EnglishTextNormalizer

from interviewer.domain.transcript import Word
from interviewer.interfaces import Pcm
from interviewer.speech.hearing import HeardSegment, HeardWord
from interviewer.speech.transcriber import PackTranscriber, WhisperTranscriber, is_read_off

from .conftest import Say, silence

ANSWER = "Last year I closed a deal with a hospital group in Denver."
LATER = "The hardest part was winning over their finance team."
pytestmark = pytest.mark.models


def text(words: list[Word]) -> str:
    return " ".join(w.text for w in words)


def test_words_come_with_their_seconds(transcriber: WhisperTranscriber, say: Say) -> None:
    first, second = say(ANSWER), say(LATER)
    pcm = np.concatenate((silence(4.0), first, silence(9.0), second, silence(3.0)))
    words = transcriber.transcribe(pcm)
    normal = EnglishTextNormalizer()
    assert jiwer.wer(normal(f"{ANSWER} {LATER}"), normal(text(words))) < 0.1
    for before, after in itertools.pairwise(words):
        assert before.start <= after.start
        assert before.start < before.end
    assert words[0].start == pytest.approx(4.0, abs=0.35)
    begins = 13.0 + len(first) / 16_000
    hardest = next(w for w in words if w.text.lower().startswith("hardest"))
    assert begins < hardest.start < begins + 0.8
    assert words[-1].end == pytest.approx(begins + len(second) / 16_000, abs=0.4)
    assert all(0.0 <= w.probability <= 1.0 for w in words)


def test_silence_and_noise_have_no_words(transcriber: WhisperTranscriber) -> None:
    noise = np.random.default_rng(3).normal(0, 500, 16_000 * 6).astype(np.int16)
    assert transcriber.transcribe(np.concatenate((silence(5.0), noise)), hint="CloudMetrics") == []
    assert transcriber.transcribe(np.zeros(0, np.int16)) == []


def test_a_hint_spells_names_and_does_not_leak(transcriber: WhisperTranscriber, say: Say) -> None:
    hint = "CloudMetrics, Sales Representative Mid Market, Rachel, ARR"
    said = "I would like to work at CloudMetrics because I like numbers."
    words = transcriber.transcribe(np.concatenate((silence(1.0), say(said))), hint=hint)
    assert "cloudmetrics" in text(words).lower().replace(" ", "")
    plain = transcriber.transcribe(np.concatenate((silence(1.0), say(ANSWER))), hint=hint)
    assert "rachel" not in text(plain).lower()
    assert "representative" not in text(plain).lower()


class StopsEarly:
    """Hears one word a call, two seconds long, as a model that says "end" in mid-pack."""

    def __init__(self, times: int) -> None:
        self._times = times
        self.heard: list[float] = []
        """Seconds of sound of each call."""

    def hear(self, pcm: Pcm, *, language: str, hint: str) -> list[HeardSegment]:
        self.heard.append(len(pcm) / 16_000)
        if len(self.heard) > self._times:
            return []
        word = HeardWord(f"word{len(self.heard)}", 0.6, 2.0, 0.9)
        return [
            HeardSegment(
                text=word.text,
                start=0.0,
                end=2.0,
                log_probability=-0.2,
                no_speech=0.0,
                words=(word,),
            )
        ]


def test_what_the_model_left_out_of_a_pack_is_heard_by_itself(say: Say) -> None:
    first, second = say(ANSWER), say(LATER)
    pcm = np.concatenate((silence(1.0), first, silence(1.2), second, silence(1.0)))
    hearer = StopsEarly(times=99)
    words = PackTranscriber(hearer).transcribe(pcm)
    assert [w.text for w in words] == [f"word{n + 1}" for n in range(len(hearer.heard))]
    assert len(words) >= 3
    assert sorted(hearer.heard, reverse=True) == hearer.heard, "each call begins further on"
    assert words[-1].start < len(pcm) / 16_000 - 1.0 < words[-1].end + 1.3


def test_a_rest_that_nobody_can_hear_is_not_asked_for_again(say: Say) -> None:
    hearer = StopsEarly(times=1)
    words = PackTranscriber(hearer).transcribe(np.concatenate((say(ANSWER), say(LATER))))
    assert [w.text for w in words] == ["word1"]
    assert len(hearer.heard) == 2


def test_a_leak_is_a_row_of_the_hints_own_words() -> None:
    hint = "CloudMetrics, Sales Representative Mid Market, Rachel"
    assert is_read_off("Sales Representative Mid Market.", hint)
    assert not is_read_off("CloudMetrics.", hint)
    assert not is_read_off("I was a sales representative in the mid market.", hint)
