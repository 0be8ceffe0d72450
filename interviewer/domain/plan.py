"""The plan of one interview: what will be asked, fixed when the interview starts.

Later edits of the posting never change a plan; it is stored with the interview.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from interviewer.domain.posting import DeliveryMode, Posting, Question

DEFAULT_MAX_DURATION_SECONDS = 45 * 60
DEFAULT_MAX_ANSWER_SECONDS = 5 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedQuestion:
    """One main question with its rubric. `rank` is 1-based, in the order it is asked."""

    question_id: str
    text: str
    rank: int
    evaluation_criteria: str = ""
    score_of_1: str = ""
    score_of_5: str = ""
    score_weight: float = 1.0
    not_scored: bool = False
    min_follow_ups: int = 0
    max_follow_ups: int = 1
    additional_instructions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A text about the company, the job or the process, and how it may be used."""

    text: str
    mode: DeliveryMode

    @property
    def is_spoken(self) -> bool:
        return bool(self.text) and self.mode in ("exact_delivery", "summarized_delivery")

    @property
    def may_be_quoted(self) -> bool:
        """Whether a candidate's question may be answered from it."""
        return bool(self.text) and self.mode != "silent_reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewPlan:
    """Everything that the conversation needs to know. Durations in seconds.

    `voice_id` None: the service's default voice.
    """

    interviewer_name: str
    company: str
    job_title: str
    candidate_first_name: str
    questions: tuple[PlannedQuestion, ...]
    tags: tuple[str, ...] = ()
    language: str = "en"
    voice_id: str | None = None
    video: bool = False
    instructions: str = ""
    company_overview: Overview = Overview(text="", mode="exact_delivery")
    job_overview: Overview = Overview(text="", mode="exact_delivery")
    process_overview: Overview = Overview(text="", mode="exact_delivery")
    description: str = ""
    intro_message: str = ""
    outro_message: str = ""
    max_duration_seconds: float = DEFAULT_MAX_DURATION_SECONDS
    max_answer_seconds: float = DEFAULT_MAX_ANSWER_SECONDS
    redirect_url: str | None = None

    def question(self, question_id: str) -> PlannedQuestion:
        """Raises KeyError for an id that is not in the plan."""
        for question in self.questions:
            if question.question_id == question_id:
                return question
        raise KeyError(question_id)

    def facts(self) -> str:
        """The posting's own words a candidate's question may be answered from."""
        overviews = (self.company_overview, self.job_overview, self.process_overview)
        parts = [o.text for o in overviews if o.may_be_quoted]
        return "\n".join([*parts, self.description] if self.description else parts)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> InterviewPlan:
        """Read a stored plan; fields that an older version did not have get their defaults."""
        known = {f.name for f in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        values["questions"] = tuple(PlannedQuestion(**q) for q in stored["questions"])
        values["tags"] = tuple(stored.get("tags", ()))
        for name in ("company_overview", "job_overview", "process_overview"):
            if name in values:
                values[name] = Overview(**values[name])
        return cls(**values)


def make_plan(
    posting: Posting, questions: Sequence[Question], *, company: str, candidate_name: str
) -> InterviewPlan:
    """The plan for one candidate: every active voice question, in rank order.

    Step configuration overrides the posting's own texts, as in the v2 API.
    """
    step = posting.step("web_interview")
    config: Mapping[str, Any] = step.config if step else {}
    ui: Mapping[str, Any] = config.get("web_interview_config") or {}
    voice = sorted((q for q in questions if q.modality == "voice" and q.active), key=_rank)
    return InterviewPlan(
        interviewer_name=posting.interviewer_name,
        company=company,
        job_title=posting.title,
        candidate_first_name=candidate_name.split(maxsplit=1)[0] if candidate_name.split() else "",
        questions=tuple(_planned(q, i) for i, q in enumerate(voice, start=1)),
        tags=tuple(q.text for q in questions if q.modality == "voice_tags" and q.active),
        language=posting.language,
        voice_id=config.get("voice_id") or None,
        video=bool(config.get("video")),
        instructions=config.get("instructions") or posting.instructions,
        company_overview=_overview(posting, config, "company_overview"),
        job_overview=_overview(posting, config, "job_overview"),
        process_overview=_overview(posting, config, "interview_process_overview"),
        description=posting.description,
        intro_message=ui.get("intro_message") or "",
        outro_message=ui.get("outro_message") or "",
        max_duration_seconds=float(ui.get("max_duration_seconds") or DEFAULT_MAX_DURATION_SECONDS),
        redirect_url=posting.redirect_url,
    )


def _rank(question: Question) -> int:
    return question.rank


def _planned(question: Question, rank: int) -> PlannedQuestion:
    return PlannedQuestion(
        question_id=question.id,
        text=question.text,
        rank=rank,
        evaluation_criteria=question.evaluation_criteria or "",
        score_of_1=question.score_of_1 or "",
        score_of_5=question.score_of_5 or "",
        score_weight=question.score_weight,
        not_scored=question.not_scored,
        min_follow_ups=question.min_follow_ups,
        max_follow_ups=question.max_follow_ups,
        additional_instructions=question.additional_instructions or "",
    )


def _overview(posting: Posting, config: Mapping[str, Any], name: str) -> Overview:
    text = config.get(name) or getattr(posting, name) or ""
    mode = config.get(f"{name}_delivery_mode") or getattr(posting, f"{name}_delivery_mode")
    return Overview(text=text, mode=mode)
