"""Which step is open, and what is refused when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.domain.errors import Conflict, Forbidden, Gone, InterviewerError
from interviewer.domain.interview import Consent, Interview, StepState, StepStatus
from interviewer.domain.posting import Posting, WorkflowStep
from interviewer.sessions.postings import one_month_after
from interviewer.sessions.workflow import (
    DONE,
    current_step,
    effective_status,
    initial_steps,
    is_optional,
    require_open_step,
    with_step,
)

NOW = 1_800_000_000.0
POSTING = Posting(
    id="D9E0F1A2",
    workspace_id="ws",
    title="Sales",
    slug="sales",
    status="active",
    deadline=NOW + 10,
    workflow=(
        WorkflowStep(id="resume", type="resume", order=1),
        WorkflowStep(id="web_interview", type="web_interview", order=2),
    ),
)
INTERVIEW = Interview(
    id="A1B2C3D4E5F6A7B8",
    workspace_id="ws",
    posting_id=POSTING.id,
    candidate_id="cand",
    name="Jo",
    email="jo@example.com",
    steps=initial_steps(POSTING),
    consent=Consent(recording=True, ai_assessment=True, text_version="1", at=NOW),
)


@pytest.mark.parametrize(
    ("config", "optional"),
    [
        ({}, False),
        ({"optional": True}, True),
        ({"optional": False}, False),
        ({"mandatory": True}, False),
        ({"mandatory": False}, True),
        ({"optional": None, "mandatory": None}, False),
    ],
)
def test_a_resume_is_needed_unless_the_posting_says_otherwise(
    config: dict[str, Any], optional: bool
) -> None:
    assert is_optional(config) is optional


@given(
    st.lists(
        st.sampled_from(["not_started", "in_progress", "complete", "skipped", "knocked_out"]),
        min_size=1,
        max_size=5,
    )
)
def test_the_current_step_is_the_first_that_is_not_done(statuses: list[StepStatus]) -> None:
    steps = [StepState(id=f"s{i}", order=i, status=s) for i, s in enumerate(statuses)]
    current = current_step(reversed(steps))
    if "knocked_out" in statuses:
        assert current is None
        return
    before = [s for s in steps if current is None or s.order < int(current[1:])]
    assert all(step.status in DONE for step in before)
    if current is not None:
        assert steps[int(current[1:])].status not in DONE


def changed(**changes: Any) -> Interview:
    return replace(INTERVIEW, **changes)


STARTED = with_step(INTERVIEW, "resume", "skipped", NOW)


@pytest.mark.parametrize(
    ("interview", "step", "kind", "code"),
    [
        (changed(consent=None), "resume", Forbidden, "consent_required"),
        (INTERVIEW, "web_interview", Forbidden, "step_not_open"),
        (changed(steps=STARTED), "resume", Conflict, "step_done"),
        (changed(status="completed"), "resume", Conflict, "interview_over"),
        (changed(status="dismissed", consent=None), "resume", Conflict, "interview_over"),
        (changed(ended_at=NOW), "web_interview", Conflict, "interview_over"),
    ],
)
def test_what_is_not_open_is_refused(
    interview: Interview, step: Any, kind: type[InterviewerError], code: str
) -> None:
    with pytest.raises(kind) as refusal:
        require_open_step(interview, POSTING, step, NOW)
    assert refusal.value.code == code


def test_a_deadline_stops_beginners_only() -> None:
    require_open_step(INTERVIEW, POSTING, "resume", NOW)
    late = NOW + 10
    assert effective_status(POSTING, late) == "expired"
    with pytest.raises(Gone):
        require_open_step(INTERVIEW, POSTING, "resume", late)
    begun = changed(started_at=NOW, steps=STARTED)
    require_open_step(begun, POSTING, "web_interview", late)


def test_an_archived_posting_stays_archived_after_its_deadline() -> None:
    assert effective_status(replace(POSTING, status="archived"), NOW + 99) == "archived"


@given(st.floats(min_value=0, max_value=4e9))
def test_one_month_is_a_calendar_month(now: float) -> None:
    assert 28 * 86_400 <= round(one_month_after(now) - now, 3) <= 31 * 86_400
