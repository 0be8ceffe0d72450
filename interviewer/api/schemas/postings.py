"""Postings on the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from interviewer.api.schemas.common import (
    JsonObject,
    Language,
    Line100,
    Line200,
    Metadata,
    Reference,
    Request,
    Resource,
    Text10k,
    Text50k,
    Title,
    Url,
    refusal,
)
from interviewer.api.schemas.questions import CreateQuestion, Question
from interviewer.sessions.drafts import PostingDraft, StepDraft
from interviewer.sessions.ids import MAX_SLUG_LENGTH
from interviewer.sessions.questions import MAX_PER_MODALITY, STEP_OF

StatusName = Literal["draft", "active", "expired", "archived"]
DeliveryModeName = Literal[
    "exact_delivery", "summarized_delivery", "reference_only", "silent_reference"
]
Share = Annotated[float, Field(ge=0, le=1)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=MAX_SLUG_LENGTH)]

DETAILS = (
    "interview_template_id",
    "phone_number_id",
    "sender_email_id",
    "email_template_group_id",
    "design_template_group_id",
    "scheduling_url",
    "allow_sms_comms",
    "email_report_to_candidate",
)
"""Fields that are stored as they came: nothing here acts on them yet."""


def _future(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise refusal(
            "invalid_deadline", "Must be an ISO 8601 time, e.g. 2027-03-15T00:00:00Z."
        ) from None
    if not 2000 <= moment.year <= 2999:
        raise refusal("invalid_deadline", "Must lie between the years 2000 and 2999.")
    return text


Deadline = Annotated[str, Field(max_length=40), AfterValidator(_future)]


def deadline_seconds(text: str) -> float:
    """ISO 8601 to Unix seconds; without a zone it is UTC."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


class StepOverrides(Request):
    """A step's own texts; where absent the posting's are used."""

    instructions: Text10k | None = None
    company_overview: Text10k | None = None
    job_overview: Text10k | None = None
    interview_process_overview: Text10k | None = None
    company_overview_delivery_mode: DeliveryModeName | None = None
    job_overview_delivery_mode: DeliveryModeName | None = None
    interview_process_overview_delivery_mode: DeliveryModeName | None = None
    min_evaluation_score: Share | None = None


class ResumeConfig(StepOverrides):
    """Resume screening. Required unless `optional` is true (or `mandatory` is false)."""

    optional: bool | None = Field(default=None, description="Whether it may be skipped.")
    mandatory: bool | None = Field(default=None, description="The opposite of `optional`.")
    knockout_enabled: bool | None = None
    num_eligibility_questions: Annotated[int, Field(ge=0, le=15)] | None = None
    num_criteria_questions: Annotated[int, Field(ge=0, le=15)] | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.optional is not None and self.optional == self.mandatory:
            raise refusal("optional", "optional and mandatory contradict each other.")
        return self


class PageConfig(Request):
    """`web_interview_config`: the interview's page and limits."""

    show_transcript: bool | None = None
    candidate_presence_enabled: bool | None = None
    min_duration_seconds: Annotated[float, Field(ge=0, le=14_400)] | None = None
    max_duration_seconds: Annotated[float, Field(ge=60, le=14_400)] | None = None
    backdrop_image_url: Url | None = None
    avatar_image_url: Url | None = None
    intro_message: Text10k | None = None
    outro_message: Text10k | None = None
    remove_heymilo_branding: bool | None = None


class WebInterviewConfig(StepOverrides):
    """The spoken interview."""

    video: bool | None = None
    voice_id: Reference | None = Field(default=None, examples=["heart"])
    phone_calls_enabled: bool | None = None
    interview_type: Line100 | None = Field(default=None, examples=["general"])
    num_questions: Annotated[int, Field(ge=1, le=25)] | None = Field(
        default=None, description="Informational: every active question is asked."
    )
    prompt_version: Line100 | None = None
    is_multilingual: bool | None = None
    cheat_detection_config: JsonObject | None = None
    web_interview_config: PageConfig | None = None


Questions = Annotated[list[CreateQuestion], Field(max_length=4 * MAX_PER_MODALITY)]


class ResumeStep(Request):
    """Screens a resume against criteria."""

    type: Literal["resume"]
    config: ResumeConfig | None = None
    questions: Questions | None = None


class WebInterviewStep(Request):
    """Holds the interview by voice."""

    type: Literal["web_interview"]
    config: WebInterviewConfig | None = None
    questions: Questions | None = None


Step = Annotated[ResumeStep | WebInterviewStep, Field(discriminator="type")]


class PostingFields(Request):
    """What creating and updating share. Null means: not given."""

    name: Slug | None = Field(default=None, description="The slug of its public page.")
    language: Language | None = Field(default=None, examples=["en"])
    interviewer_name: Line100 | None = Field(default=None, examples=["Rachel"])
    instructions: Text10k | None = None
    company_overview: Text10k | None = None
    job_overview: Text10k | None = None
    interview_process_overview: Text10k | None = None
    company_overview_delivery_mode: DeliveryModeName | None = None
    job_overview_delivery_mode: DeliveryModeName | None = None
    interview_process_overview_delivery_mode: DeliveryModeName | None = None
    redirect_url: Url | Literal[""] | None = Field(
        default=None, description="Where the end page leads; an empty text: nowhere."
    )
    deadline: Deadline | None = Field(
        default=None, description="ISO 8601. One calendar month after creation by default."
    )
    max_retakes: Annotated[int, Field(ge=0, le=5)] | None = None
    retake_cooldown_days: Annotated[float, Field(ge=0, le=3650)] | None = None
    metadata: Metadata | None = None
    phone_number_id: Line200 | None = None
    sender_email_id: Line200 | None = None
    email_template_group_id: Line200 | None = None
    design_template_group_id: Line200 | None = None
    scheduling_url: Url | None = None
    allow_sms_comms: bool | None = None
    email_report_to_candidate: bool | None = None

    def fields(self) -> dict[str, Any]:
        """What the domain's posting has of it, by name."""
        values = self.model_dump(exclude_none=True, exclude={"name", "workflow", "title", *DETAILS})
        if self.deadline is not None:
            values["deadline"] = deadline_seconds(self.deadline)
        if not values.get("interviewer_name", "x"):
            del values["interviewer_name"]
        if values.get("redirect_url") == "":
            values["redirect_url"] = None
        return values

    def details(self) -> dict[str, Any]:
        return self.model_dump(exclude_none=True, include=set(DETAILS))


class CreatePosting(PostingFields):
    """A posting to create: `workflow` or `interview_template_id`, one of the two."""

    title: Title
    description: Text50k | None = None
    workflow: Annotated[list[Step], Field(min_length=1, max_length=10)] | None = None
    interview_template_id: Line200 | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.workflow is None) == (self.interview_template_id is None):
            raise refusal("workflow", "Give workflow or interview_template_id, one of the two.")
        return self

    def misplaced(self) -> list[tuple[str, str, str]]:
        """(param, code, message) for steps and questions that cannot stand where they are."""
        found = []
        types: set[str] = set()
        for i, step in enumerate(self.workflow or ()):
            if step.type in types:
                message = f"A workflow has one {step.type} step at most."
                found.append((f"workflow.{i}.type", "duplicate_step", message))
            types.add(step.type)
            counts: dict[str, int] = {}
            for j, question in enumerate(step.questions or ()):
                path = f"workflow.{i}.questions.{j}.modality"
                if STEP_OF[question.modality] != step.type:
                    message = f"A {step.type} step does not ask {question.modality}."
                    found.append((path, "wrong_modality", message))
                counts[question.modality] = counts.get(question.modality, 0) + 1
                if counts[question.modality] == MAX_PER_MODALITY + 1:
                    message = f"At most {MAX_PER_MODALITY} of one modality."
                    found.append((path, "too_many_questions", message))
        return found

    def draft(self) -> PostingDraft:
        fields = self.fields()
        return PostingDraft(
            title=self.title,
            slug=self.name,
            steps=tuple(_step_draft(step) for step in self.workflow or ()),
            fields=fields,
            details=self.details(),
        )


def _step_draft(step: ResumeStep | WebInterviewStep) -> StepDraft:
    config = step.config.model_dump(exclude_none=True) if step.config else {}
    questions = tuple(q.draft() for q in step.questions or ())
    asks = any(q.modality == "voice" for q in questions)
    # An interview that asks nothing cannot be held; a resume may be taken without criteria.
    is_drafted = step.questions is None or (step.type == "web_interview" and not asks)
    return StepDraft(type=step.type, config=config, questions=questions, is_drafted=is_drafted)


class UpdatePosting(PostingFields):
    """Changes to a posting; what is absent or null stays. `metadata` is replaced as a whole."""

    title: Title | None = None
    description: Text50k | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise refusal("empty", "Give at least one field to change.")
        return self

    def fields(self) -> dict[str, Any]:
        values = super().fields()
        return values if self.title is None else {**values, "title": self.title}


class UpdateStep(Request):
    """`config`: the keys to change; null removes one."""

    config: dict[str, Any] = Field(examples=[{"video": False}])


class PostingUrls(Resource):
    """`candidate_url`: the public page where anyone may begin an interview."""

    candidate_url: str
    ingestion_url_key: str
    review_url: str


class WorkflowStep(Resource):
    """One step as stored. `order` is 1-based."""

    id: str
    type: Literal["resume", "web_interview"]
    order: int
    config: dict[str, Any]


class Posting(Resource):
    """The whole posting as stored."""

    object: Literal["posting"] = "posting"
    id: str
    company_id: str
    title: str
    name: str
    description: str
    language: str
    interviewer_name: str
    status: StatusName
    finalized: bool
    archived: bool
    test_posting: bool
    workflow: list[WorkflowStep]
    urls: PostingUrls
    deadline: float | None
    redirect_url: str | None
    scheduling_url: str | None
    max_retakes: int
    retake_cooldown_days: float
    allow_sms_comms: bool
    email_report_to_candidate: bool
    instructions: str
    company_overview: str
    job_overview: str
    interview_process_overview: str | None
    company_overview_delivery_mode: DeliveryModeName
    job_overview_delivery_mode: DeliveryModeName
    interview_process_overview_delivery_mode: DeliveryModeName
    phone_number_id: str | None
    sender_email_id: str | None
    email_template_group_id: str | None
    design_template_group_id: str | None
    ats_metadata: dict[str, Any] | None
    metadata: dict[str, str]
    created_at: float
    updated_at: float


class PostingWithQuestions(Posting):
    """The posting with each step's questions, as its creation answers."""

    class Step(WorkflowStep):
        """A step with its questions, by modality and rank."""

        questions: list[Question]

    workflow: list[Step]  # type: ignore[assignment]


class CreatedPosting(Resource):
    """The receipt of a creation."""

    object: Literal["posting"] = "posting"
    id: str
    status: StatusName
    urls: PostingUrls
    created_at: float
    posting: PostingWithQuestions


class PostingSummary(Resource):
    """For pickers: id, title and slug only."""

    object: Literal["posting_summary"] = "posting_summary"
    id: str
    title: str
    name: str


class PostingStats(Resource):
    """Counts, and averages (0-100) over those that were scored."""

    object: Literal["posting_stats"] = "posting_stats"
    posting_id: str
    title: str
    name: str
    total_candidates: int
    completed_interviews: int
    average_interview_score: float | None
    average_resume_score: float | None
