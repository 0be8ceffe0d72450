"""The resume step: take a file, or go on without."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from interviewer.domain.errors import Forbidden, TooLarge, Unreadable
from interviewer.domain.interview import Interview, StepState
from interviewer.interfaces import Blobs, JobQueue, Store
from interviewer.sessions.resume_text import ResumeText
from interviewer.sessions.workflow import is_optional, require_open_step, status_after, with_step

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
        require_open_step(interview, posting, "resume", now)
        return interview

    async def take(
        self, interview_id: str, data: bytes, filename: str, now: float
    ) -> tuple[StepState, ...]:
        """Read the file at once; store it, close the step and have it screened.

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
            require_open_step(interview, posting, "resume", now)
            steps = with_step(interview, "resume", "complete", now)
            await tx.update_interview(
                replace(
                    interview,
                    status=status_after(interview, "in_progress"),
                    steps=steps,
                    resume_blob=key,
                    updated_at=now,
                )
            )
        await self.jobs.enqueue(
            "screen_resume",
            {"interview_id": interview_id},
            job_id=f"screen_resume:{interview_id}:{interview.attempt}",
        )
        log.info("resume.taken", interview_id=interview_id, kind=text.kind, bytes=len(data))
        return steps

    async def skip(self, interview_id: str, now: float) -> tuple[StepState, ...]:
        """Raises Forbidden (`step_required`) unless the posting lets it be skipped."""
        async with self.store.transaction() as tx:
            interview = await tx.interview(None, interview_id)
            posting = await tx.posting(None, interview.posting_id)
            require_open_step(interview, posting, "resume", now)
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
