"""What a use case is asked to create: validated values, not yet stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from interviewer.domain.posting import Modality, Question, StepType
from interviewer.sessions.ids import new_question_id


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionDraft:
    """The fields of a question that its author decides."""

    modality: Modality
    text: str
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

    def make(self, posting_id: str, rank: int, now: float) -> Question:
        return Question(
            id=new_question_id(),
            posting_id=posting_id,
            rank=rank,
            created_at=now,
            updated_at=now,
            **asdict(self),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDraft:
    """One step. `is_drafted`: its questions are drafted, beside `questions` that it came with."""

    type: StepType
    config: dict[str, Any] = field(default_factory=dict)
    questions: tuple[QuestionDraft, ...] = ()
    is_drafted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingDraft:
    """`fields`: attributes of `Posting` by name; `details`: what is stored as it came."""

    title: str
    slug: str | None = None
    steps: tuple[StepDraft, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateDraft:
    """`metadata` None: leave what is stored."""

    name: str
    email: str
    phone_number: str | None = None
    metadata: dict[str, str] | None = None
    data: dict[str, Any] | None = None
