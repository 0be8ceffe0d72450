"""One candidate's way through one posting."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

CandidateStatus = Literal[
    "pending",
    "in_progress",
    "evaluating",
    "completed",
    "shortlisted",
    "dismissed",
    "knocked_out",
]
StepStatus = Literal["not_started", "in_progress", "complete", "skipped", "knocked_out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepState:
    """Where the candidate stands in one step of the workflow."""

    id: str
    order: int
    status: StepStatus = "not_started"
    updated_at: float | None = None

    @property
    def started(self) -> bool:
        return self.status in ("in_progress", "complete", "knocked_out")

    @property
    def completed(self) -> bool:
        return self.status in ("complete", "knocked_out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What the candidate agreed to, when (Unix seconds), and to which text."""

    recording: bool
    ai_assessment: bool
    text_version: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """One interview as stored.

    `plan`, `conversation`: what `domain.plan` and `domain.conversation` serialise; the plan is
    fixed when the interview starts, later edits of the posting do not touch it.
    `report`, `resume`: results, in the shapes the API returns; None until there are any.
    `recording`: blob keys and durations once finalized.
    """

    id: str
    workspace_id: str
    posting_id: str
    candidate_id: str
    name: str
    email: str
    phone_number: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    data: dict[str, Any] | None = None
    status: CandidateStatus = "pending"
    steps: tuple[StepState, ...] = ()
    consent: Consent | None = None
    plan: dict[str, Any] | None = None
    conversation: dict[str, Any] | None = None
    resume: dict[str, Any] | None = None
    resume_blob: str | None = None
    report: dict[str, Any] | None = None
    recording: dict[str, Any] | None = None
    score: float | None = None
    started_at: float | None = None
    ended_at: float | None = None
    end_reason: str | None = None
    attempt: int = 1
    version: int = 1
    created_at: float = 0.0
    updated_at: float = 0.0
