"""Where a candidate stands in the workflow, and what may be done next. Pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from interviewer.domain.errors import Conflict, Forbidden, Gone
from interviewer.domain.interview import CandidateStatus, Interview, StepState, StepStatus
from interviewer.domain.posting import Posting, PostingStatus, StepType

DONE: frozenset[StepStatus] = frozenset({"complete", "skipped", "knocked_out"})
OVER = frozenset({"evaluating", "completed", "dismissed", "knocked_out"})
DECIDED = frozenset({"shortlisted", "dismissed"})


def initial_steps(posting: Posting) -> tuple[StepState, ...]:
    """Every step of the posting, not started, in workflow order."""
    steps = sorted(posting.workflow, key=lambda step: step.order)
    return tuple(StepState(id=step.id, order=step.order) for step in steps)


def is_optional(config: Mapping[str, Any]) -> bool:
    """Whether a resume step may be skipped: `optional` (seed) or `mandatory: false` (v2)."""
    if config.get("optional") is not None:
        return bool(config["optional"])
    mandatory = config.get("mandatory")
    return mandatory is not None and not mandatory


def status_after(interview: Interview, status: CandidateStatus) -> CandidateStatus:
    """What progress makes of the status: a recruiter who has decided is not overruled."""
    return interview.status if interview.status in DECIDED else status


def can_knock_out(config: Mapping[str, Any]) -> bool:
    """Whether a resume that does not meet the criteria ends it: the step is required and the
    posting says so."""
    return bool(config.get("knockout_enabled")) and not is_optional(config)


def current_step(steps: Iterable[StepState]) -> str | None:
    """The first step that is not done; None when all are, or one has ended it all."""
    known = sorted(steps, key=lambda s: s.order)
    if any(step.status == "knocked_out" for step in known):
        return None
    return next((step.id for step in known if step.status not in DONE), None)


def step_state(interview: Interview, step_id: StepType) -> StepState | None:
    return next((step for step in interview.steps if step.id == step_id), None)


def with_step(
    interview: Interview, step_id: str, status: StepStatus, now: float
) -> tuple[StepState, ...]:
    """The interview's steps with one of them moved to `status`."""
    return tuple(
        replace(step, status=status, updated_at=now) if step.id == step_id else step
        for step in interview.steps
    )


def effective_status(posting: Posting, now: float) -> PostingStatus:
    """The stored status, or `expired` once the deadline of an active posting has passed."""
    past = posting.deadline is not None and posting.deadline <= now
    return "expired" if posting.status == "active" and past else posting.status


def refuse_new_candidates(posting: Posting, now: float) -> None:
    """Raises Conflict (`posting_not_active`) unless the posting takes candidates."""
    status = effective_status(posting, now)
    if status != "active":
        raise Conflict(
            f"This posting is {status}; it takes no new candidates.", code="posting_not_active"
        )


def require_open_step(
    interview: Interview, posting: Posting, step_id: StepType, now: float
) -> None:
    """Whether the candidate may do this step now.

    Raises Conflict (`interview_over`, `step_done`), Gone (`posting_closed`),
    Forbidden (`consent_required`, `step_not_open`).
    """
    if interview.status in OVER or interview.ended_at is not None:
        raise Conflict("This interview is over.", code="interview_over")
    begun = interview.started_at is not None
    if not begun and effective_status(posting, now) != "active":
        raise Gone("This posting takes no more interviews.", code="posting_closed")
    if interview.consent is None:
        raise Forbidden("Your consent is needed first.", code="consent_required")
    if posting.step(step_id) is None:
        raise Conflict("This interview has no such step.", code="step_not_open")
    state = step_state(interview, step_id)
    if state is not None and state.status in DONE:
        raise Conflict("This step is already done.", code="step_done")
    if current_step(interview.steps) != step_id:
        raise Forbidden("An earlier step comes first.", code="step_not_open")
