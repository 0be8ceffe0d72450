"""From judged answers to numbers. Pure. The formulas are those of the product's contract.

A question that was asked and not answered scores 1 and counts. One that was never reached, or
that could not be recognised through our own fault, has no score and does not count.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

AnswerStatus = Literal["answered", "not_answered", "not_reached", "not_recognised"]

LOWEST = 1
HIGHEST = 5
RESUME_HIGHEST = 5.0


@dataclass(frozen=True, slots=True)
class ScoredQuestion:
    """One row of the scorecard, as far as the match score is concerned."""

    score: int | None
    weight: float
    not_scored: bool = False

    @property
    def counts(self) -> bool:
        return self.score is not None and not self.not_scored and self.weight > 0


def round_half_up(value: float) -> int:
    """To the nearest whole number, halves upward (2.5 is 3, where `round` says 2).

    A billionth is added, so that a half that binary fractions put just below itself still counts
    as one.
    """
    return math.floor(value + 0.5 + 1e-9)


def to_score(expected: float) -> int:
    """An expected value on the scale as an `evaluation_score`, 1 to 5."""
    return max(LOWEST, min(HIGHEST, round_half_up(expected)))


def expected_value(probabilities: Mapping[str, float]) -> float:
    """Of the scores `"1"` to `"5"`, whose probabilities need not sum to 1.

    Raises ValueError where none has any probability.
    """
    mass = {int(score): p for score, p in probabilities.items()}
    total = sum(mass.values())
    if total <= 0:
        raise ValueError("no score has any probability")
    return sum(score * p for score, p in mass.items()) / total


def match_score(questions: Iterable[ScoredQuestion]) -> int | None:
    """round-half-up(100 × Σ weight·score ÷ (5 × Σ weight)) over the questions that count.

    None where none counts: an interview that said nothing has no score rather than a bad one.
    """
    counted = [(q.weight, q.score) for q in questions if q.counts]
    total = math.fsum(weight for weight, _ in counted)
    if total <= 0:
        return None
    points = math.fsum(weight * (score or 0) for weight, score in counted)
    return round_half_up(100 * points / (HIGHEST * total))


def answer_status(*, reached: bool, answered: bool, recognised: bool = True) -> AnswerStatus:
    """`recognised`: false where the candidate spoke and our own failure kept it from us."""
    if not reached:
        return "not_reached"
    if not recognised:
        return "not_recognised"
    return "answered" if answered else "not_answered"


def score_for(status: AnswerStatus, judged: int | None) -> int | None:
    """The `evaluation_score` of a question with that status, given what an answer was judged."""
    if status == "answered":
        return judged
    return LOWEST if status == "not_answered" else None


def resume_score(criteria: Sequence[tuple[float | None, float]]) -> float | None:
    """The mean of (score 0 to 5, weight), one decimal; criteria without a score don't count."""
    counted = [(score, weight) for score, weight in criteria if score is not None and weight > 0]
    total = math.fsum(weight for _, weight in counted)
    if total <= 0:
        return None
    mean = math.fsum(score * weight for score, weight in counted) / total
    return one_decimal(max(0.0, min(RESUME_HIGHEST, mean)))


def one_decimal(value: float) -> float:
    """Rounded half up to tenths."""
    return round_half_up(value * 10) / 10


def with_override(
    report: Mapping[str, Any], question_id: str, override: Mapping[str, Any]
) -> dict[str, Any]:
    """The report with a person's score beside the AI's for one question.

    `override`: `score` 1 to 5, `reason`, `by`, `at`. `match_score` is recomputed with the scores
    people gave where they did; the AI's own stays as `ai_match_score`. The report given is not
    changed. Raises KeyError for a question that is not on the scorecard, ValueError for a score
    off the scale.
    """
    if override["score"] not in range(LOWEST, HIGHEST + 1):
        raise ValueError("a score is a whole number from 1 to 5")
    rows = [dict(row) for row in report["scorecard"]]
    row = next((r for r in rows if r["question_id"] == question_id), None)
    if row is None:
        raise KeyError(question_id)
    row["override"] = dict(override)
    return {
        **report,
        "scorecard": rows,
        "match_score": match_score(map(_effective, rows)),
        "ai_match_score": report.get("ai_match_score", report.get("match_score")),
    }


def effective_score(row: Mapping[str, Any]) -> int | None:
    """The score of a stored scorecard row that holds now: a person's before the AI's."""
    override = row.get("override")
    score: int | None = override["score"] if override else row.get("evaluation_score")
    return score


def _effective(row: Mapping[str, Any]) -> ScoredQuestion:
    return ScoredQuestion(
        score=effective_score(row),
        weight=float(row.get("score_weight", 1.0)),
        not_scored=bool(row.get("not_scored", False)),
    )
