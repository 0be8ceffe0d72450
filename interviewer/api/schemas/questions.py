"""Questions and criteria on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from interviewer.api.schemas.common import (
    Line100,
    QuestionText,
    Reference,
    Request,
    Resource,
    Text5k,
    refusal,
)
from interviewer.sessions.drafts import QuestionDraft

ModalityName = Literal["voice", "resume_eligibility", "resume_scoring", "voice_tags"]
ResponseFormat = Literal["text", "freeform", "date", "number"]
Weight = Annotated[float, Field(ge=0, le=1_000_000)]
MinFollowUps = Annotated[int, Field(ge=0, le=5)]
MaxFollowUps = Annotated[int, Field(ge=0, le=10)]
Options = Annotated[list[Line100], Field(max_length=50)]


class UnsupportedFields(Request):
    """Fields that the v2 API knows and this service does not act on: only null is taken."""

    post_processing_evaluation_criteria: None = None
    structured_config: None = None
    expected_answer: None = None
    expected_value: None = None
    is_dealbreaker: None = None
    answer: None = None
    is_knockout: None = None
    dropdown_values: None = None
    is_answer_mandated: None = None
    mcq_type: None = None
    operator: None = None
    file_types: None = None
    allow_multiple_files: None = None
    slider_min: None = None
    slider_max: None = None
    slider_step: None = None


class QuestionFields(UnsupportedFields):
    """What creating and updating share. Null means: not given."""

    evaluation_criteria: Text5k | None = None
    score_of_1: Text5k | None = None
    score_of_5: Text5k | None = None
    question_type: Line100 | None = Field(default=None, examples=["open-ended"])
    score_weight: Weight | None = Field(default=None, examples=[3.0])
    weight: Weight | None = Field(default=None, description="The same as `score_weight`.")
    not_scored: bool | None = None
    min_follow_ups: MinFollowUps | None = None
    max_follow_ups: MaxFollowUps | None = None
    additional_instructions: Text5k | None = None
    response_format: ResponseFormat | None = None
    instructions: Text5k | None = None
    options: Options | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        low, high = self.min_follow_ups, self.max_follow_ups
        if low is not None and high is not None and low > high:
            raise refusal("follow_ups", "min_follow_ups must not exceed max_follow_ups.")
        if None not in (self.weight, self.score_weight) and self.weight != self.score_weight:
            raise refusal("weight", "weight and score_weight mean the same and differ.")
        return self

    def given(self) -> dict[str, Any]:
        """The fields that were given, by their names in the domain."""
        values = self.model_dump(exclude_none=True, exclude={"weight", "modality"})
        if self.weight is not None:
            values["score_weight"] = self.weight
        if self.options is not None:
            values["options"] = tuple(self.options)
        return values


class CreateQuestion(QuestionFields):
    """A question or criterion to add."""

    modality: ModalityName
    text: QuestionText

    def draft(self) -> QuestionDraft:
        values = self.given()
        # Two follow-ups at least, and no most given: the least is the most.
        values.setdefault("max_follow_ups", max(1, self.min_follow_ups or 0))
        return QuestionDraft(modality=self.modality, **values)


class UpdateQuestion(QuestionFields):
    """Changes to a question; what is absent or null stays."""

    text: QuestionText | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise refusal("empty", "Give at least one field to change.")
        return self


class ReorderQuestions(Request):
    """`question_ids` or `order`: every active id of the modality exactly once."""

    modality: ModalityName
    question_ids: list[Reference] | None = Field(default=None, max_length=200)
    order: list[Reference] | None = Field(default=None, max_length=200)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.question_ids is None) == (self.order is None):
            raise refusal("order", "Give question_ids or order, one of the two.")
        return self

    @property
    def named(self) -> tuple[str, list[str]]:
        """The field that was used, and its ids."""
        if self.question_ids is not None:
            return "question_ids", self.question_ids
        return "order", self.order or []


class Question(Resource):
    """A question or criterion as stored."""

    object: Literal["question"] = "question"
    id: str
    posting_id: str
    modality: ModalityName
    text: str
    rank: int
    evaluation_criteria: str | None
    score_of_1: str | None
    score_of_5: str | None
    score_weight: float
    not_scored: bool
    question_type: str | None
    min_follow_ups: int
    max_follow_ups: int
    additional_instructions: str | None
    response_format: str | None
    instructions: str | None
    options: list[str] | None
    drafted: bool
    created_at: float
    updated_at: float
