"""The resume step: take a file, or go on without."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog

from interviewer.domain.errors import Conflict, Forbidden, TooLarge, Unreadable
from interviewer.domain.interview import Interview, StepState
from interviewer.domain.posting import Posting
from interviewer.interfaces import Blobs, JobQueue, Store
from interviewer.sessions.resume_text import ResumeText
from interviewer.sessions.workflow import (
    can_knock_out,
    is_optional,
    require_open_step,
    status_after,
    step_state,
    with_step,
)

MAX_BYTES = 10 * 1024 * 1024

ReadResume = Callable[[bytes, str], Awaitable[ResumeText]]
"""`interviewer.sessions.resume_text.extract`: (file, its name) to its text, or Unreadable."""

CONTENT_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "txt": "text/plain; charset=utf-8",
}

log = structlog.get_logger()


def screening_job_id(interview: Interview) -> str:
    return f"screen_resume:{interview.id}:{interview.attempt}"


async def enqueue_screening(jobs: JobQueue, interview: Interview) -> None:
    await jobs.enqueue(
        "screen_resume", {"interview_id": interview.id}, job_id=screening_job_id(interview)
    )


def after_screening(interview: Interview, result: dict[str, Any] | None, now: float) -> Interview:
    """The interview with what came of the screening; None: it failed for good, and the candidate
    goes on.

    A step that was waiting for it is over: knocked out where the criteria are not met.
    """
    if result is not None:
        interview = replace(interview, resume=result, updated_at=now)
    state = step_state(interview, "resume")
    if state is None or state.status != "in_progress":
        return interview
    if result is None or result.get("is_eligible") is not False:
        steps = with_step(interview, "resume", "complete", now)
        return replace(interview, steps=steps, updated_at=now)
    return replace(
        interview,
        steps=with_step(interview, "resume", "knocked_out", now),
        status=status_after(interview, "knocked_out"),
        updated_at=now,
    )


def _require_open(interview: Interview, posting: Posting, now: float) -> None:
    """What `require_open_step` raises, and Conflict (`resume_being_read`)."""
    require_open_step(interview, posting, "resume", now)
    state = step_state(interview, "resume")
    if state is not None and state.status == "in_progress":
        raise Conflict("Your resume is being read just now.", code="resume_being_read")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeDesk:
    """Where resumes are handed in."""

    store: Store
    blobs: Blobs
    jobs: JobQueue
    read: ReadResume

    async def check_open(self, interview_id: str, now: float) -> Interview:
        """Whether a file would be taken now; worth asking before reading one."""
        async with self.store.snapshot() as tx:
            interview = await tx.interview(None, interview_id)
            posting = await tx.posting(None, interview.posting_id)
        _require_open(interview, posting, now)
        return interview

    async def take(
        self, interview_id: str, data: bytes, filename: str, now: float
    ) -> tuple[StepState, ...]:
        """Read the file at once; store it, close the step and have it screened.

        Where the posting may knock out, the step stays in progress until it has been screened.
        Raises Unreadable (`unreadable_resume`), with the step still open, TooLarge, and what
        `require_open_step` raises.
        """
        await self.check_open(interview_id, now)
        if len(data) > MAX_BYTES:
            raise TooLarge("A resume may have at most 10 MB.", code="resume_too_large")
        text = await self._read(data, filename)
        key = f"interviews/{interview_id}/resume/resume.{text.kind}"
        await self.blobs.put(key, data, content_type=CONTENT_TYPES.get(text.kind))
        async with self.store.transaction() as tx:
            interview = await tx.interview(None, interview_id)
            posting = await tx.posting(None, interview.posting_id)
            _require_open(interview, posting, now)
            waits = can_knock_out(step.config) if (step := posting.step("resume")) else False
            steps = with_step(interview, "resume", "in_progress" if waits else "complete", now)
            await tx.update_interview(
                replace(
                    interview,
                    status=status_after(interview, "in_progress"),
                    steps=steps,
                    resume_blob=key,
                    updated_at=now,
                )
            )
        await enqueue_screening(self.jobs, interview)
        log.info("resume.taken", interview_id=interview_id, kind=text.kind, bytes=len(data))
        return steps

    async def skip(self, interview_id: str, now: float) -> tuple[StepState, ...]:
        """Raises Forbidden (`step_required`) unless the posting lets it be skipped."""
        async with self.store.transaction() as tx:
            interview = await tx.interview(None, interview_id)
            posting = await tx.posting(None, interview.posting_id)
            _require_open(interview, posting, now)
            step = posting.step("resume")
            if step is None or not is_optional(step.config):
                raise Forbidden("A resume is needed for this role.", code="step_required")
            steps = with_step(interview, "resume", "skipped", now)
            status = status_after(interview, "in_progress")
            await tx.update_interview(
                replace(interview, status=status, steps=steps, updated_at=now)
            )
        return steps

    async def _read(self, data: bytes, filename: str) -> ResumeText:
        try:
            return await self.read(data, Path(filename.replace("\\", "/")).name)
        except Unreadable as refusal:
            log.info("resume.unreadable", bytes=len(data), code=refusal.code)
            raise Unreadable(refusal.message, code="unreadable_resume", param="file") from refusal
