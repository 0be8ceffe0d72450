"""Scores as the contract has them."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.domain import scoring
from interviewer.domain.scoring import ScoredQuestion

WEIGHTS = st.integers(min_value=0, max_value=40).map(lambda n: n / 4)
SCORES = st.none() | st.integers(min_value=1, max_value=5)
QUESTIONS = st.lists(
    st.builds(ScoredQuestion, score=SCORES, weight=WEIGHTS, not_scored=st.booleans()), max_size=12
)


@pytest.mark.parametrize(
    ("value", "rounded"), [(0.5, 1), (1.5, 2), (2.5, 3), (2.4999, 2), (87.5, 88), (-0.5, 0)]
)
def test_halves_are_rounded_up(value: float, rounded: int) -> None:
    assert scoring.round_half_up(value) == rounded


def test_the_seeds_weights_give_the_contracts_score() -> None:
    rows = [(5, 3.0), (4, 3.0), (3, 2.0), (2, 2.5), (5, 1.5)]
    questions = [ScoredQuestion(score=s, weight=w) for s, w in rows]
    assert scoring.match_score(questions) == 76  # 100 * 45.5 / (5 * 12) = 75.83


@given(QUESTIONS)
def test_the_match_score_is_the_contracts_formula(questions: list[ScoredQuestion]) -> None:
    counted = [q for q in questions if q.score is not None and not q.not_scored and q.weight]
    total = sum(Fraction(q.weight) for q in counted)
    score = scoring.match_score(questions)
    if not total:
        assert score is None
        return
    points = sum(Fraction(q.weight) * (q.score or 0) for q in counted)
    exact = 100 * points / (5 * total)
    assert score == math.floor(exact + Fraction(1, 2))
    assert 20 <= score <= 100


@given(QUESTIONS, WEIGHTS)
def test_unscored_questions_change_nothing(questions: list[ScoredQuestion], weight: float) -> None:
    more = [
        *questions,
        ScoredQuestion(score=None, weight=weight),
        ScoredQuestion(score=5, weight=weight, not_scored=True),
    ]
    assert scoring.match_score(more) == scoring.match_score(questions)


@given(st.dictionaries(st.sampled_from("12345"), st.floats(0, 1), min_size=1))
def test_an_expected_value_is_on_the_scale(odds: dict[str, float]) -> None:
    if sum(odds.values()) <= 0:
        with pytest.raises(ValueError, match="probability"):
            scoring.expected_value(odds)
        return
    expected = scoring.expected_value(odds)
    assert 1 - 1e-9 <= expected <= 5 + 1e-9
    assert scoring.to_score(expected) in (1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("reached", "recognised", "answered", "status", "score"),
    [
        (True, True, True, "answered", 4),
        (True, True, False, "not_answered", 1),
        (False, True, False, "not_reached", None),
        (True, False, False, "not_recognised", None),
        (True, False, True, "not_recognised", None),
    ],
)
def test_what_was_not_answered_scores_one_and_our_failures_nothing(
    reached: bool, recognised: bool, answered: bool, status: str, score: int | None
) -> None:
    found = scoring.answer_status(reached=reached, answered=answered, recognised=recognised)
    assert found == status
    assert scoring.score_for(found, 4) == score


def test_the_resume_score_is_a_weighted_mean_with_one_decimal() -> None:
    assert scoring.resume_score([(4.8, 3.0), (5.0, 2.0), (4.2, 2.0), (5.0, 1.0)]) == 4.7
    assert scoring.resume_score([(None, 3.0), (2.0, 0.0)]) is None


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0.01, 10)), min_size=1))
def test_a_resume_score_stays_between_its_parts(criteria: list[tuple[float, float]]) -> None:
    score = scoring.resume_score([(s, w) for s, w in criteria])
    assert score is not None
    low, high = min(s for s, _ in criteria), max(s for s, _ in criteria)
    assert low - 0.051 <= score <= high + 0.051


def _report() -> dict[str, Any]:
    rows = [
        {"question_id": "a", "evaluation_score": 5, "score_weight": 1.0, "not_scored": False},
        {"question_id": "b", "evaluation_score": 1, "score_weight": 1.0, "not_scored": False},
        {"question_id": "c", "evaluation_score": None, "score_weight": 9.0, "not_scored": False},
    ]
    return {"match_score": 60, "scorecard": rows}


def test_a_persons_score_counts_and_the_ais_stays_beside_it() -> None:
    before = _report()
    override = {"score": 3, "reason": "He did say it", "by": "key:1", "at": 1.0}
    after = scoring.with_override(before, "b", override)
    assert after["match_score"] == 80
    assert after["ai_match_score"] == 60
    assert after["scorecard"][1]["evaluation_score"] == 1
    assert after["scorecard"][1]["override"] == override
    assert before == _report()
    again = scoring.with_override(after, "b", override | {"score": 5})
    assert (again["match_score"], again["ai_match_score"]) == (100, 60)


def test_a_person_may_score_what_the_ai_could_not() -> None:
    override = {"score": 5, "reason": "Heard it", "by": "key:1", "at": 1.0}
    assert scoring.with_override(_report(), "c", override)["match_score"] == 93


@pytest.mark.parametrize("score", [0, 6, 2.5])
def test_a_score_off_the_scale_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        scoring.with_override(_report(), "a", {"score": score})


def test_an_unknown_question_is_refused() -> None:
    with pytest.raises(KeyError):
        scoring.with_override(_report(), "z", {"score": 3})
