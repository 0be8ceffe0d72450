"""A posting: what the company asks, and how an answer is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Modality = Literal["voice", "resume_eligibility", "resume_scoring", "voice_tags"]
StepType = Literal["resume", "web_interview"]
PostingStatus = Literal["draft", "active", "expired", "archived"]
DeliveryMode = Literal[
    "exact_delivery", "summarized_delivery", "reference_only", "silent_reference"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question or criterion. `rank` is 1-based within (posting, modality)."""

    id: str
    posting_id: str
    modality: Modality
    text: str
    rank: int
    evaluation_criteria: str | None = None
    score_of_1: str | None = None
    score_of_5: str | None = None
    question_type: str | None = None
    score_weight: float = 1.0
    not_scored: bool = False
    min_follow_ups: int = 0
    max_follow_ups: int = 1
    additional_instructions: str | None = None
    response_format: str | None = None
    instructions: str | None = None
    options: tuple[str, ...] | None = None
    drafted: bool = False
    active: bool = True
    created_at: float = 0.0
    updated_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowStep:
    """One step of the workflow. `id` is its type: a posting has each type at most once."""

    id: str
    type: StepType
    order: int
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A posting as stored. `details` holds every other request field as it came."""

    id: str
    workspace_id: str
    title: str
    slug: str
    status: PostingStatus
    workflow: tuple[WorkflowStep, ...]
    interviewer_name: str = "Sarah"
    language: str = "en"
    description: str = ""
    instructions: str = ""
    company_overview: str = ""
    job_overview: str = ""
    interview_process_overview: str | None = None
    company_overview_delivery_mode: DeliveryMode = "exact_delivery"
    job_overview_delivery_mode: DeliveryMode = "exact_delivery"
    interview_process_overview_delivery_mode: DeliveryMode = "exact_delivery"
    redirect_url: str | None = None
    deadline: float | None = None
    max_retakes: int = 0
    retake_cooldown_days: float = 0.0
    ingestion_url_key: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    version: int = 1
    created_at: float = 0.0
    updated_at: float = 0.0

    def step(self, type: StepType) -> WorkflowStep | None:
        """The step of that type, or None where the workflow has none."""
        return next((s for s in self.workflow if s.type == type), None)
