"""Screening a resume against the posting's criteria."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import structlog

from interviewer.domain.errors import NotFound
from interviewer.domain.posting import Question
from interviewer.jobs.queue import JobContext, JobFailed
from interviewer.jobs.tasks.context import TaskContext
from interviewer.sessions.resume import after_screening
from interviewer.sessions.resume_text import extract

log = structlog.get_logger()


class ResumeScreener(Protocol):
    """Judges a resume's text by each criterion; see `interviewer.llm.resume_screen`."""

    async def screen(
        self, text: str, eligibility: Sequence[Question], scoring: Sequence[Question]
    ) -> Mapping[str, Any]:
        """`Interview.resume` in the API's shape. Raises Unavailable."""


async def screen_resume(
    context: TaskContext, screener: ResumeScreener, job: JobContext, args: Mapping[str, Any]
) -> None:
    """`args`: `{"interview_id"}`. Ends quietly for an interview that was erased meanwhile."""
    interview_id = str(args["interview_id"])
    try:
        await job.step("read", lambda: _read(context, interview_id))
        await job.step("screen", lambda: _screen(context, screener, interview_id))
    except JobFailed:
        try:
            await context.interview(interview_id)
        except NotFound:
            await context.blobs.delete_prefix(f"interviews/{interview_id}/")
            return
        await job.step("go-on", lambda: _settle(context, interview_id, None))
        raise


async def _read(context: TaskContext, interview_id: str) -> dict[str, Any]:
    """Keep the resume's text with the interview. Raises NotFound, Unreadable."""
    interview = await context.interview(interview_id)
    if interview.resume_blob is None:
        raise NotFound("There is no resume to screen.")
    data = await context.blobs.get(interview.resume_blob)
    found = await extract(data, interview.resume_blob)
    await context.save_work(
        interview_id, "resume-text", {"text": found.text, "hidden": found.hidden}
    )
    return {"characters": len(found.text), "hidden": len(found.hidden)}


async def _screen(
    context: TaskContext, screener: ResumeScreener, interview_id: str
) -> dict[str, Any]:
    """Store the result; what a person cannot see in the file is told of, never assessed."""
    interview = await context.interview(interview_id)
    text = await context.work(interview_id, "resume-text")
    async with context.store.snapshot() as tx:
        questions = await tx.questions(interview.posting_id)
    result = dict(
        await screener.screen(
            text["text"],
            [q for q in questions if q.modality == "resume_eligibility"],
            [q for q in questions if q.modality == "resume_scoring"],
        )
    )
    if text["hidden"]:
        result["flags"] = [*result.get("flags", ()), "hidden_text"]
        result["hidden_text"] = text["hidden"]
    settled = await _settle(context, interview_id, result)
    log.info("resume.screened", interview_id=interview_id, hidden=len(text["hidden"]), **settled)
    return {"overall_score": result.get("overall_score")}


async def _settle(
    context: TaskContext, interview_id: str, result: dict[str, Any] | None
) -> dict[str, Any]:
    """Store what came of it; a candidate who waits for a screening that failed goes on."""
    async with context.store.transaction() as tx:
        current = await tx.interview(None, interview_id)
        settled = after_screening(current, result, context.now())
        if settled != current:
            await tx.update_interview(settled)
    return {"status": settled.status}
