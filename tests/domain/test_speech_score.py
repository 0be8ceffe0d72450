"""The speech score: pace and structure, nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from interviewer.domain.speech_score import speech_figures
from interviewer.domain.transcript import Word


def speech(count: int, *, pace: float, gap: float = 0.0, every: int = 8) -> list[Word]:
    """`count` words at `pace` words a minute, with a pause of `gap` seconds every few words."""
    words, at = [], 0.0
    for i in range(count):
        length = 60 / pace
        words.append(Word(f"word{i}", at, at + length))
        at += length + (gap if (i + 1) % every == 0 else 0.0)
    return words


def test_an_ordinary_pace_gets_full_marks() -> None:
    figures = speech_figures([speech(120, pace=140)])
    assert figures is not None
    assert figures.score == 100
    assert round(figures.words_per_minute) == 140


def test_typed_and_silent_interviews_have_no_score() -> None:
    assert speech_figures([]) is None
    assert speech_figures([[]]) is None
    assert speech_figures([speech(10, pace=140)]) is None


def test_long_pauses_racing_and_fillers_each_cost_something() -> None:
    plain = speech_figures([speech(120, pace=140)])
    paused = speech_figures([speech(120, pace=140, gap=9.0)])
    racing = speech_figures([speech(120, pace=260)])
    filled = speech_figures(
        [
            [
                Word("um" if i % 4 == 0 else w.text, w.start, w.end)
                for i, w in enumerate(speech(120, pace=140))
            ]
        ]
    )
    assert plain is not None
    for worse in (paused, racing, filled):
        assert worse is not None
        assert worse.score < plain.score


def test_recognition_confidence_plays_no_part() -> None:
    sure = speech(60, pace=130)
    unsure = [Word(w.text, w.start, w.end, 0.1) for w in sure]
    assert speech_figures([sure]) == speech_figures([unsure])


@given(
    st.lists(
        st.tuples(st.floats(0, 3), st.floats(0.01, 2), st.sampled_from(["um", "deal", "we"])),
        min_size=20,
        max_size=80,
    )
)
def test_any_speech_scores_from_0_to_100(rows: list[tuple[float, float, str]]) -> None:
    words, at = [], 0.0
    for gap, length, text in rows:
        words.append(Word(text, at + gap, at + gap + length))
        at += gap + length
    figures = speech_figures([words])
    assert figures is not None
    assert 0 <= figures.score <= 100
    assert 0 <= figures.pause_share <= 1
