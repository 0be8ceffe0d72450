"""Questions that are drafted for a step without any."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import interviewer
from interviewer.sessions.drafting import Point, drafted_questions, points
from interviewer.sessions.drafts import StepDraft

DEMO = json.loads((Path(interviewer.__file__).parent / "demo.json").read_text())
NURSE = """About us: we are a hospital.
• Care for patients through the night
- At least two years of experience on a ward
* ICU certification
You'll be responsible for handing over in the morning!
Salary: 50,000 per year, plus experience bonus.
Apply with your experience at jobs@example.com
"""


def test_what_a_description_asks_and_says_of_the_work_is_found_and_nothing_else() -> None:
    assert points(NURSE) == [
        Point("care for patients through the night", is_task=True),
        Point("At least two years of experience on a ward", is_task=False),
        Point("ICU certification", is_task=False),
        Point("be responsible for handing over in the morning", is_task=True),
    ]
    assert points(DEMO["description"]) == [
        Point(
            "2+ years of B2B sales experience preferred but not required — we value hustle and"
            " coachability over pedigree",
            is_task=False,
        ),
        Point(
            "own the full sales cycle from prospecting to close for accounts in the $50K-$500K"
            " ARR range",
            is_task=True,
        ),
    ]


@pytest.mark.parametrize(
    "description", ["", "x" * 50_000, "experience " * 5_000, "\n" * 50_000, "日本語の説明。"]
)
def test_a_description_that_says_nothing_gives_standard_questions(description: str) -> None:
    step = StepDraft(type="web_interview")
    assert drafted_questions(step, "Nurse", description) == drafted_questions(step, "Nurse", "")


@pytest.mark.parametrize(("wanted", "made"), [(None, 5), (1, 1), (2, 2), (6, 6), (25, 10)])
def test_drafted_questions_are_whole(wanted: int | None, made: int) -> None:
    config = {} if wanted is None else {"num_questions": wanted}
    drafted = drafted_questions(
        StepDraft(type="web_interview", config=config), "Night Nurse", NURSE
    )
    assert len(drafted) == made == len({question.text for question in drafted})
    for question in drafted:
        assert question.drafted
        assert question.modality == "voice"
        assert question.evaluation_criteria
        assert question.score_of_1
        assert question.score_of_5
        assert question.min_follow_ups <= question.max_follow_ups
    assert "Night Nurse" in drafted[0].text
    own = sum("In this role you will" in q.text or "we look for" in q.text for q in drafted)
    assert own == max(0, min(4, (wanted or 5) - 2))


def test_criteria_of_a_resume_come_from_the_description_too() -> None:
    texts = [q.text for q in drafted_questions(StepDraft(type="resume"), "Nurse", NURSE)]
    assert "ICU certification" in texts
    assert len(texts) == 6
    assert len(drafted_questions(StepDraft(type="resume"), "Nurse", "")) == 3
    none = StepDraft(type="resume", config={"num_criteria_questions": 0})
    assert drafted_questions(none, "Nurse", NURSE) == ()
