"""Erasure: everything about one candidate's interview, on the candidate's or recruiter's word."""

from __future__ import annotations

import structlog

from interviewer.domain.interview import Interview
from interviewer.interfaces import AuditEntry, Blobs, LiveInterviews, Store

log = structlog.get_logger()


async def erase_interview(
    store: Store,
    blobs: Blobs,
    live: LiveInterviews,
    workspace_id: str,
    interview_id: str,
    *,
    actor: str,
    now: float,
) -> None:
    """End it if it is live, then delete media, transcript and personal data.

    Media goes first: if that fails the row is still there and erasing can be tried again.
    Raises NotFound.
    """
    async with store.snapshot() as tx:
        await tx.interview(workspace_id, interview_id)
    await live.stop(interview_id, "erased")
    removed = await blobs.delete_prefix(f"interviews/{interview_id}/")
    async with store.transaction() as tx:
        await tx.erase_interview(interview_id)
        await tx.audit(_entry(workspace_id, interview_id, "interview.erased", actor, now))
    # A page may have handed in more until the row was gone.
    removed += await blobs.delete_prefix(f"interviews/{interview_id}/")
    log.info("interview.erased", interview_id=interview_id, blobs=removed)


async def request_erasure(store: Store, interview_id: str, now: float) -> Interview:
    """The candidate asks for it; a recruiter sees the request in the audit trail."""
    async with store.transaction() as tx:
        interview = await tx.interview(None, interview_id)
        workspace_id = interview.workspace_id
        asked = await tx.audit_entries(workspace_id, interview_id)
        if not any(entry.action == "erasure.requested" for entry in asked):
            entry = _entry(workspace_id, interview_id, "erasure.requested", "candidate", now)
            await tx.audit(entry)
    return interview


def _entry(workspace_id: str, interview_id: str, action: str, actor: str, now: float) -> AuditEntry:
    return AuditEntry(
        workspace_id=workspace_id,
        actor=actor,
        action=action,
        object_type="interview",
        object_id=interview_id,
        at=now,
    )
