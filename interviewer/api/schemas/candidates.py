"""Candidates and interviews on the recruiter's side of the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from interviewer.api.schemas.common import (
    Email,
    JsonObject,
    Line200,
    Metadata,
    Phone,
    Reference,
    Request,
    Resource,
    Text5k,
    refusal,
)
from interviewer.sessions.candidates import repeated
from interviewer.sessions.drafts import CandidateDraft

StatusName = Literal[
    "pending",
    "in_progress",
    "evaluating",
    "completed",
    "shortlisted",
    "dismissed",
    "knocked_out",
]
IngestionStatusName = Literal["queued", "running", "done", "failed"]
StepStatusName = Literal["not_started", "in_progress", "complete", "skipped", "knocked_out"]


class IngestCandidate(Request):
    """A candidate to invite."""

    name: Line200 = Field(examples=["Aisha Williams"])
    email: Email = Field(examples=["aisha.w@email.com"])
    phone_number: Phone | None = Field(default=None, examples=["+13105557654"])
    metadata: Metadata | None = None
    data: JsonObject | None = None

    def draft(self) -> CandidateDraft:
        return CandidateDraft(**self.model_dump())


class IngestCandidates(Request):
    """Up to 1000 candidates, all or none."""

    data: Annotated[list[IngestCandidate], Field(min_length=1, max_length=1000)]

    @model_validator(mode="wrap")
    @classmethod
    def _name_every_row(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Repeated addresses are told together with what else is wrong, not only afterwards."""
        repeats = [
            InitErrorDetails(
                type=refusal("duplicate", f"The same e-mail address as in data.{earlier}."),
                loc=("data", row, "email"),
                input=None,
            )
            for row, earlier in repeated(_emails(value))
        ]
        try:
            made = handler(value)
        except ValidationError as error:
            raise ValidationError.from_exception_data(
                cls.__name__, [*map(_again, error.errors()), *repeats]
            ) from None
        if repeats:
            raise ValidationError.from_exception_data(cls.__name__, repeats)
        return made


def _emails(value: Any) -> list[str | None]:
    """Each row's address, as far as the body has rows with addresses."""
    rows = value.get("data") if isinstance(value, dict) else None
    emails = [r.get("email") if isinstance(r, dict) else None for r in rows or ()]
    return [email.strip() if isinstance(email, str) else None for email in emails]


def _again(error: ErrorDetails) -> InitErrorDetails:
    kind = PydanticCustomError(error["type"], error["msg"])
    return InitErrorDetails(type=kind, loc=error["loc"], input=None)


class SetMetadata(Request):
    """Merged into what is stored, 50 keys in all."""

    metadata: Metadata


class Review(Request):
    """A recruiter's own score for one question, and why."""

    question_id: Reference
    score: Annotated[int, Field(ge=1, le=5)]
    reason: Annotated[Text5k, Field(min_length=1)]


class IngestedCandidate(Resource):
    """The candidate's own interview and the link to it."""

    object: Literal["candidate"] = "candidate"
    interview_id: str = Field(examples=["A1B2C3D4E5F6A7B8"])
    interview_url: str = Field(examples=["https://example.com/cloudmetrics/i/A1B2C3D4E5F6A7B8"])
    posting_id: str = Field(examples=["D9E0F1A2"])


class QueuedIngestion(Resource):
    """The receipt of candidates that will be invited. `status_url`: what became of them."""

    object: Literal["ingestion"] = "ingestion"
    ingestion_id: str
    status: IngestionStatusName
    status_url: str


class IngestionError(Resource):
    """Why none of them was invited."""

    code: str
    message: str


class Ingestion(QueuedIngestion):
    """`candidates`: one for each row, in their order, once `status` is `done`."""

    posting_id: str
    total: int
    candidates: list[IngestedCandidate]
    error: IngestionError | None
    created_at: float
    updated_at: float


class StepProgress(Resource):
    """Where the candidate stands in one step."""

    id: str
    order: int
    status: StepStatusName
    started: bool
    completed: bool


class WorkflowProgress(Resource):
    """`all_complete`: every step is complete or skipped."""

    steps: list[StepProgress]
    all_complete: bool


class Candidate(Resource):
    """One row of a posting's pipeline."""

    object: Literal["candidate"] = "candidate"
    interview_id: str
    candidate_id: str
    posting_id: str
    name: str
    email: str
    phone_number: str | None
    score: float | None
    status: StatusName
    interview_url: str
    workflow: WorkflowProgress
    agent_summary: dict[str, dict[str, Any] | None]
    shortlisted: bool
    dismissed: bool
    metadata: dict[str, str]
    data: dict[str, Any] | None
    attempt: int
    interviewed_at: float | None
    created_at: float


class ResumeResult(Resource):
    """Criteria are scored 0-5; `overall_score` is their weighted mean."""

    object: Literal["resume_result"] = "resume_result"
    interview_id: str
    overall_score: float | None
    is_eligible: bool | None
    eligibility_criteria: list[dict[str, Any]]
    score_criteria: list[dict[str, Any]]
    resume_url: str | None


class IntegrityEvent(Resource):
    """Something the page noticed, e.g. `tab_hidden` or `paste`; `at` in seconds."""

    kind: str
    at: float


class WebInterviewResult(Resource):
    """`match_score`: 0-100. Seconds in transcript and evidence are the recordings'.

    `human_requested`: the candidate asked for a person. `integrity` is for people to look at.
    Neither is ever part of a score.
    """

    object: Literal["web_interview_result"] = "web_interview_result"
    interview_id: str
    match_score: int | None
    highlights: list[str]
    lowlights: list[str]
    speech_score: float | None
    scorecard: list[dict[str, Any]]
    video_recording_url: str | None
    audio_recording_url: str | None
    tags: list[str]
    transcript: list[dict[str, Any]]
    human_requested: bool
    integrity: list[IntegrityEvent]


class ConsentRecord(Resource):
    """What the candidate agreed to, when, and to which text."""

    recording: bool
    ai_assessment: bool
    text_version: str
    at: float


class InterviewData(Resource):
    """All results of one candidate; null until there are any."""

    object: Literal["interview_data"] = "interview_data"
    interview_id: str
    posting_id: str
    candidate_id: str
    name: str
    email: str
    score: float | None
    status: StatusName
    workflow: WorkflowProgress
    resume: ResumeResult | None
    web_interview: WebInterviewResult | None
    metadata: dict[str, str]
    data: dict[str, Any] | None
    interviewed_at: float | None
    created_at: float
    started_at: float | None
    ended_at: float | None
    end_reason: str | None
    attempt: int
    consent: ConsentRecord | None


class InterviewMetadata(Resource):
    """Key-value pairs of the integrator."""

    object: Literal["metadata"] = "metadata"
    metadata: dict[str, str]


class Erased(Resource):
    """What is left of an erased interview: its id."""

    object: Literal["interview"] = "interview"
    id: str
    deleted: bool
