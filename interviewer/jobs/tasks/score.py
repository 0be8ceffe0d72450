"""Scoring: one question at a time, each with what the candidate said to it and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from interviewer.domain.evidence import Evidence, locate
from interviewer.domain.plan import InterviewPlan, PlannedQuestion
from interviewer.domain.transcript import Turn, Word
from interviewer.jobs.tasks.context import TaskContext, Verdict
from interviewer.jobs.tasks.transcribe import stored_words

log = structlog.get_logger()

UNHEARD_SECONDS = 3.0
"""So much voice in answer to a question, and no word made out, is our failure."""

NOT_REACHED = "The interview ended before this question was asked, so it is not scored."
NOT_ANSWERED = "The question was asked, but it was not answered."
SKIPPED = "The candidate chose to skip this question, so there is no answer to assess."
NOT_RECOGNISED = (
    "The candidate spoke, but the words could not be made out, so this question is not scored."
)
NOT_ASSESSED = (
    "The answer is in the transcript, but it could not be assessed for a technical reason, so it "
    "is not scored."
)


async def score_question(
    context: TaskContext, interview_id: str, question_id: str
) -> dict[str, Any]:
    """Keep the scorecard row of one question; returns `{"status", "score"}`.

    Raises Unavailable while the model does not answer.
    """
    interview = await context.interview(interview_id)
    plan = InterviewPlan.from_dict(interview.plan or {"questions": ()})
    question = plan.question(question_id)
    async with context.store.snapshot() as tx:
        turns = [t for t in await tx.turns(interview_id) if t.question_id == question_id]
    voiced = (await context.work(interview_id, "voiced") or {}).get(question_id, 0.0)
    row = row_without_answer(question, turns, interview.conversation or {}, voiced)
    if row is None:
        verdict = await context.assessor.assess(question, turns)
        row = assessed_row(question, turns, verdict, await stored_words(context, interview_id))
    await context.save_work(interview_id, f"row-{question_id}", row)
    log.info(
        "score.question.done",
        interview_id=interview_id,
        question_id=question_id,
        status=row["status"],
        score=row["evaluation_score"],
        flags=row["flags"],
    )
    return {"status": row["status"], "score": row["evaluation_score"]}


async def give_up(context: TaskContext, interview_id: str, question_id: str) -> None:
    """The model could not be reached for good: our failure, so no score rather than a bad one."""
    interview = await context.interview(interview_id)
    plan = InterviewPlan.from_dict(interview.plan or {"questions": ()})
    async with context.store.snapshot() as tx:
        turns = [t for t in await tx.turns(interview_id) if t.question_id == question_id]
    question = plan.question(question_id)
    row = _row(question, turns, status="answered", score=None, summary=NOT_ASSESSED)
    row["flags"] = ["not_assessed"]
    await context.save_work(interview_id, f"row-{question_id}", row)


def row_without_answer(
    question: PlannedQuestion,
    turns: Sequence[Turn],
    conversation: Mapping[str, Any],
    voiced: float,
) -> dict[str, Any] | None:
    """The row of a question that nothing can be assessed of; None where there is an answer.

    `turns`: of this question. `voiced`: seconds of voice that came in answer to it.
    """
    if any(t.kind == "answer" and t.text.strip() for t in turns):
        return None
    if not any(t.kind == "question" for t in turns):
        return _row(question, turns, status="not_reached", score=None, summary=NOT_REACHED)
    if voiced >= UNHEARD_SECONDS and not any(t.speaker == "Candidate" for t in turns):
        return _row(question, turns, status="not_recognised", score=None, summary=NOT_RECOGNISED)
    progress = conversation.get("progress", {}).get(question.question_id, {})
    summary = SKIPPED if progress.get("outcome") == "skipped" else NOT_ANSWERED
    return _row(question, turns, status="not_answered", score=1, summary=summary)


def assessed_row(
    question: PlannedQuestion,
    turns: Sequence[Turn],
    verdict: Verdict,
    words: Mapping[str, Sequence[Word]],
) -> dict[str, Any]:
    """The row of an answered question; a quote that is nowhere in the answer is dropped."""
    row = _row(
        question,
        turns,
        status=verdict.status,
        score=verdict.evaluation_score,
        summary=verdict.summary,
    )
    answers = [t for t in turns if t.kind == "answer"]
    found = [locate(quote, answers, words) for quote in verdict.quotes]
    row["evidence"] = [_evidence(e) for e in found if e is not None]
    row["spread"] = verdict.spread
    row["flags"] = list(verdict.flags)
    return row


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {"quote": evidence.quote, "start": evidence.start, "end": evidence.end}


def _row(
    question: PlannedQuestion,
    turns: Sequence[Turn],
    *,
    status: str,
    score: int | None,
    summary: str,
) -> dict[str, Any]:
    return {
        "question_id": question.question_id,
        "question": question.text,
        "evaluation_score": None if question.not_scored else score,
        "evaluation_summary": summary,
        "score_weight": question.score_weight,
        "rank": question.rank,
        "not_scored": question.not_scored,
        "status": status,
        "evidence": [],
        "evaluation_criteria": question.evaluation_criteria or None,
        "score_of_1": question.score_of_1 or None,
        "score_of_5": question.score_of_5 or None,
        "follow_ups_asked": sum(t.kind == "follow_up" for t in turns),
        "spread": None,
        "flags": [],
    }
