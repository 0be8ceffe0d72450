"""What a use case is asked to create: validated values, not yet stored.

Also the standard questions for a step that came without any: a structured interview every job
can use, marked `drafted` so that a recruiter sees they are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from interviewer.domain.posting import Modality, Question, StepType
from interviewer.sessions.ids import new_question_id

DEFAULT_DRAFTED_QUESTIONS = 5


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
    """One step. `questions` None: none were given, so standard ones are drafted."""

    type: StepType
    config: dict[str, Any] = field(default_factory=dict)
    questions: tuple[QuestionDraft, ...] | None = None


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


def standard_questions(step: StepDraft, title: str) -> tuple[QuestionDraft, ...]:
    """Questions for a step that has none, as many as its configuration asks for (at most 6)."""
    if step.type == "resume":
        wanted = step.config.get("num_criteria_questions")
        criteria = _resume_criteria(title)
        return criteria[: len(criteria) if wanted is None else wanted]
    wanted = step.config.get("num_questions") or DEFAULT_DRAFTED_QUESTIONS
    return _voice_questions(title)[:wanted]


def _resume_criteria(title: str) -> tuple[QuestionDraft, ...]:
    texts = (
        f"Experience relevant to the role of {title}",
        "Concrete results stated with figures or outcomes",
        f"Skills or training that the role of {title} calls for",
    )
    return tuple(
        QuestionDraft(modality="resume_scoring", text=text, drafted=True) for text in texts
    )


def _voice_questions(title: str) -> tuple[QuestionDraft, ...]:
    rows = (
        (
            f"What experience have you had that best prepares you for the role of {title}?",
            "Relevance of the experience and the candidate's own part in it.",
            "Names no relevant experience, or speaks only in generalities.",
            "Describes relevant experience in detail, with their own contribution and its result.",
        ),
        (
            "Tell me about a piece of work you are proud of. What did you do, and what came of it?",
            "Ownership, concreteness and results.",
            "Cannot name a specific piece of work or their own part in it.",
            "Tells a specific story with their own actions and a measurable result.",
        ),
        (
            "Describe a difficult problem you had to solve. How did you go about it?",
            "Structure of the approach, judgement, and what was learned.",
            "No specific problem, or no account of how it was approached.",
            "Explains the problem, the options weighed, the choice and its outcome.",
        ),
        (
            "Tell me about a time you disagreed with a colleague. How was it resolved?",
            "Listening, fairness and the ability to reach a working agreement.",
            "Blames others, or cannot recall an example.",
            "Shows both views fairly, what they did to resolve it, and the outcome.",
        ),
        (
            f"Why are you interested in the role of {title}?",
            "Specific reasons that connect the role with the candidate's own aims.",
            "A reason that would fit any job.",
            "Specific reasons tied to this role and to what they want to do next.",
        ),
        (
            "Tell me about something that did not work out. What did you change afterwards?",
            "Honesty, reflection and change in behaviour.",
            "Cannot name anything, or puts it all on circumstances.",
            "Owns the failure, explains what was learned, and names what they do differently.",
        ),
    )
    return tuple(
        QuestionDraft(
            modality="voice",
            text=text,
            evaluation_criteria=criteria,
            score_of_1=low,
            score_of_5=high,
            question_type="open-ended",
            drafted=True,
        )
        for text, criteria, low, high in rows
    )
