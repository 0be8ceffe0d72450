"""Standard questions, ids and slugs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.sessions import ids
from interviewer.sessions.drafts import StepDraft, standard_questions


def test_ids_are_as_the_contract_writes_them() -> None:
    assert re.fullmatch(r"[0-9A-F]{8}", ids.new_posting_id())
    assert re.fullmatch(r"[0-9A-F]{8}", ids.new_question_id())
    assert re.fullmatch(r"[0-9A-F]{16}", ids.new_interview_id())
    assert len({ids.new_interview_id() for _ in range(1000)}) == 1000


@given(st.text(max_size=300))
def test_slugs_are_safe_in_a_path(text: str) -> None:
    slug = ids.slugify(text)
    assert slug == "" or re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= ids.MAX_SLUG_LENGTH
    assert ids.slugify(slug) == slug


def test_one_person_has_one_id_in_a_workspace() -> None:
    first = ids.candidate_id("ws", "Jo@Example.com")
    assert first == ids.candidate_id("ws", "jo@example.com")
    assert first != ids.candidate_id("other", "jo@example.com")


@pytest.mark.parametrize(("wanted", "made"), [(None, 5), (1, 1), (6, 6), (25, 6)])
def test_standard_questions_are_whole(wanted: int | None, made: int) -> None:
    config = {} if wanted is None else {"num_questions": wanted}
    step = StepDraft(type="web_interview", config=config)
    drafted = standard_questions(step, "Night Nurse")
    assert len(drafted) == made
    for question in drafted:
        assert question.drafted
        assert question.modality == "voice"
        assert question.evaluation_criteria
        assert question.score_of_1
        assert question.score_of_5
        assert question.min_follow_ups <= question.max_follow_ups


def test_a_resume_step_may_ask_for_no_criteria() -> None:
    step = StepDraft(type="resume", config={"num_criteria_questions": 0})
    assert standard_questions(step, "Nurse") == ()
    assert len(standard_questions(StepDraft(type="resume"), "Nurse")) == 3
