"""How long to hold, by what was said and by whom."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.speech.endpointing import (
    ASKED_FOR_TIME_SECONDS,
    MAX_HOLD,
    MIN_HOLD,
    Expected,
    Shape,
    TurnEvidence,
    hold_seconds,
    shape,
)

LONG = (
    "Last spring I worked with a hospital group that had eleven departments and no single owner "
    "for their data, so I found the finance lead, built the case with her, and we closed it."
)
texts = st.sampled_from(
    ["", "um", "so I called the", "We closed it.", "five five two", "What do you mean?", LONG]
)
evidence = st.builds(
    TurnEvidence,
    text=texts,
    words=st.integers(0, 300),
    seconds_spoken=st.floats(0, 300),
    own_pauses=st.lists(st.floats(0.2, 3.0), max_size=6).map(tuple),
    expected=st.sampled_from(Expected),
    end_probability=st.none() | st.floats(0, 1),
)


def hold(text: str, *, words: int | None = None, **more: Any) -> float:
    count = len(text.split()) if words is None else words
    return hold_seconds(TurnEvidence(text=text, words=count, seconds_spoken=count * 0.4, **more))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Shape.EMPTY),
        ("I talked to the customer and", Shape.OPEN),
        ("I talked to the customer, and then I, um,", Shape.OPEN),
        ("We went with a", Shape.OPEN),
        ("It was because...", Shape.OPEN),
        ("and the reason is that", Shape.OPEN),
        ("and I asked what he", Shape.OPEN),
        ("My number is five five two", Shape.LISTING),
        ("It is 0, 4, 7,", Shape.LISTING),
        ("I talked to the customer,", Shape.TRAILING),
        ("That was the case. When I started there.", Shape.TRAILING),
        ("I talked to the customer.", Shape.COMPLETE),
        ("He still shops with us.", Shape.COMPLETE),
        ("What do you mean by pipeline?", Shape.QUESTION),
        ("We signed in May. And that's it.", Shape.CLOSING),
        ("I think that's pretty much it.", Shape.CLOSING),
    ],
)
def test_the_shape_of_an_ending(text: str, expected: Shape) -> None:
    assert shape(text) is expected


def test_a_whole_answer_is_taken_soon_and_half_a_clause_is_not() -> None:
    assert hold(LONG) <= 1.2
    assert hold(LONG + " And then I went to the") >= 2.0
    assert hold("I worked there.") >= 1.5
    assert hold("Yes, in retail.", words=16, expected=Expected.SHORT) <= 1.2


def test_asking_for_time_gives_time() -> None:
    assert hold(LONG, asked_for_time=True) == ASKED_FOR_TIME_SECONDS


def test_a_question_back_is_answered_at_once() -> None:
    assert hold("Sorry, could you repeat that?") <= 0.8


def test_a_slow_thinker_is_given_their_own_pauses() -> None:
    text = "I began in sales. I moved to support."
    assert hold(text, own_pauses=(1.9, 2.2, 2.0)) > 2.0
    assert hold(text, own_pauses=(0.4,)) == hold(text)


@given(evidence)
def test_every_hold_is_within_bounds(e: TurnEvidence) -> None:
    assert MIN_HOLD <= hold_seconds(e) <= MAX_HOLD
    asked = dataclasses.replace(e, asked_for_time=True)
    assert hold_seconds(asked) >= hold_seconds(e)


@given(evidence, st.integers(0, 200))
def test_more_said_never_means_a_longer_hold(e: TurnEvidence, more: int) -> None:
    longer = dataclasses.replace(e, words=e.words + more)
    assert hold_seconds(longer) <= hold_seconds(e) + 1e-9


@given(evidence, st.floats(0, 1), st.floats(0, 1))
def test_a_surer_ear_never_means_a_longer_hold(e: TurnEvidence, a: float, b: float) -> None:
    low, high = sorted((a, b))
    unsure = hold_seconds(dataclasses.replace(e, end_probability=low))
    sure = hold_seconds(dataclasses.replace(e, end_probability=high))
    assert sure <= unsure + 1e-9


@given(evidence, st.floats(0, 2))
def test_longer_own_pauses_never_mean_a_shorter_hold(e: TurnEvidence, more: float) -> None:
    slower = dataclasses.replace(e, own_pauses=tuple(p + more for p in e.own_pauses))
    assert hold_seconds(slower) >= hold_seconds(e) - 1e-9
