"""An interview that has just ended, and the outside world of the tasks that evaluate it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from interviewer.domain.errors import Unavailable
from interviewer.domain.interview import Interview, StepState
from interviewer.domain.plan import InterviewPlan, PlannedQuestion
from interviewer.domain.transcript import Turn, Word
from interviewer.interfaces import Message, Pcm
from interviewer.jobs.queue import JobFailed
from interviewer.jobs.tasks.context import TaskContext
from interviewer.storage.blobs import open_blobs
from interviewer.storage.engine import SqlStore
from tests.contracts.records import a_posting, a_workspace

T = TypeVar("T")
INTERVIEW_ID = "A1B2C3D4E5F6A7B8"
ENDED_AT = 1_000.0


@dataclass
class Job:
    """A `JobContext` that keeps results as JSON, and can die before it keeps one.

    `dies_after`: the step whose result is lost, as after a kill between doing and recording.
    """

    job_id: str = "finalize_interview:A1B2C3D4E5F6A7B8:1"
    kept: dict[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    dies_after: str | None = None

    async def step(self, name: str, function: Callable[[], Awaitable[T]]) -> T:
        if name not in self.kept:
            self.ran.append(name)
            try:
                outcome = {"result": await function()}
            except Unavailable as error:
                outcome = {"reason": str(error)}  # type: ignore[dict-item]
            if name == self.dies_after:
                self.dies_after = None
                raise asyncio.CancelledError
            self.kept[name] = json.dumps(outcome)
        kept: dict[str, Any] = json.loads(self.kept[name])
        if "reason" in kept:
            raise JobFailed(kept["reason"])
        result: T = kept["result"]
        return result


@dataclass
class Scribe:
    """A `Transcriber` that hears what it was told to."""

    words: Sequence[Word] = ()
    heard_seconds: float = 0.0

    def transcribe(self, pcm: Pcm, *, language: str = "en", hint: str = "") -> list[Word]:
        self.heard_seconds = len(pcm) / 16_000
        return list(self.words)


@dataclass(frozen=True)
class Judgement:
    evaluation_score: int | None
    summary: str
    quotes: Sequence[str] = ()
    status: str = "answered"
    spread: float | None = 0.1
    flags: Sequence[str] = ()


@dataclass
class Judge:
    """An `AnswerAssessor` with prepared judgements, by question id."""

    judgements: Mapping[str, Judgement]
    asked: list[str] = field(default_factory=list)
    down: bool = False

    async def assess(self, question: PlannedQuestion, exchange: Sequence[Turn]) -> Judgement:
        if self.down:
            raise Unavailable("The model does not answer.")
        self.asked.append(question.question_id)
        return self.judgements[question.question_id]


@dataclass
class Model:
    """A `LanguageModel` with one answer."""

    answer: str = "Deal size, Stakeholders, Quantum gravity"
    name: str = "fake-model"
    down: bool = False

    async def complete(self, messages: Sequence[Message], **options: Any) -> str:
        if self.down:
            raise Unavailable("The model does not answer.")
        return self.answer

    def stream(self, messages: Sequence[Message], **options: Any) -> AsyncGenerator[str]:
        raise NotImplementedError

    async def choice_probabilities(
        self, messages: Sequence[Message], choices: Sequence[str], *, timeout: float = 60.0
    ) -> Mapping[str, float]:
        if self.down:
            raise Unavailable("The model does not answer.")
        return {choice: 1 / len(choices) for choice in choices}

    async def warm(self, messages: Sequence[Message]) -> None:
        return None

    async def ping(self) -> None:
        return None


def a_planned_question(question_id: str, rank: int, **more: Any) -> PlannedQuestion:
    return PlannedQuestion(question_id=question_id, text=f"Question {rank}?", rank=rank, **more)


def a_plan(*questions: PlannedQuestion, **more: Any) -> InterviewPlan:
    values = {"company": "CloudMetrics", "job_title": "Sales", "candidate_first_name": "Aisha"}
    return InterviewPlan(interviewer_name="Rachel", questions=questions, **{**values, **more})


def spoken(
    turn_id: str, text: str, start: float, end: float, question_id: str, **more: Any
) -> Turn:
    values: dict[str, Any] = {"speaker": "Candidate", "kind": "answer", **more}
    return Turn(turn_id=turn_id, text=text, start=start, end=end, question_id=question_id, **values)


def asked(turn_id: str, start: float, end: float, question_id: str, kind: str = "question") -> Turn:
    return Turn(
        turn_id=turn_id,
        speaker="Interviewer",
        text="Question?",
        start=start,
        end=end,
        kind=kind,  # type: ignore[arg-type]
        question_id=question_id,
    )


@dataclass
class Office:
    """Everything a test needs to run the tasks on one interview."""

    context: TaskContext
    scribe: Scribe
    judge: Judge
    model: Model

    async def interview(self) -> Interview:
        return await self.context.interview(INTERVIEW_ID)

    async def turns(self) -> Sequence[Turn]:
        async with self.context.store.snapshot() as tx:
            return await tx.turns(INTERVIEW_ID)

    async def hold(self, plan: InterviewPlan, turns: Sequence[Turn], **conversation: Any) -> None:
        """The interview as the live part leaves it: turns and state stored, evaluation pending."""
        sessions = conversation.pop("sessions", [{"index": 0, "offset": 0.0}])
        async with self.context.store.transaction() as tx:
            await tx.add_workspace(a_workspace("w1"))
            await tx.add_posting(a_posting(), [])
            await tx.add_interview(
                Interview(
                    id=INTERVIEW_ID,
                    workspace_id="w1",
                    posting_id=a_posting().id,
                    candidate_id="c1",
                    name="Aisha Williams",
                    email="aisha@example.com",
                    status="evaluating",
                    steps=(StepState(id="web_interview", order=1, status="complete"),),
                    plan=plan.to_dict(),
                    started_at=ENDED_AT - 60,
                    ended_at=ENDED_AT,
                    end_reason="completed",
                )
            )
            await tx.save_progress(
                INTERVIEW_ID, turns=turns, conversation={"sessions": sessions, **conversation}
            )

    def session_path(self, index: int = 0) -> Path:
        path = self.context.recordings / INTERVIEW_ID / f"{index:04d}.mka"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def an_office(store: SqlStore, folder: Path) -> Office:
    scribe, judge, model = Scribe(), Judge({}), Model()
    context = TaskContext(
        store=store,
        blobs=open_blobs(f"file://{folder / 'blobs'}", public_url="http://x", secret="s" * 32),
        transcriber=scribe,
        llm=model,
        assessor=judge,
        recordings=folder / "recordings",
        scratch=folder / "scratch",
        now=lambda: ENDED_AT + 30,
    )
    return Office(context, scribe, judge, model)


def at(context: TaskContext, seconds: float) -> TaskContext:
    """The same context, so many seconds after the interview's end."""
    return replace(context, now=lambda: ENDED_AT + seconds)
