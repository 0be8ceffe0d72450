"""Candidates handed in to be invited later, by a job: the long way round for long lists."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, replace

import structlog

from interviewer.domain.errors import InterviewerError, Unavailable
from interviewer.interfaces import Ingestion, JobQueue, Store
from interviewer.sessions.candidates import ingest
from interviewer.sessions.drafts import CandidateDraft
from interviewer.sessions.workflow import refuse_new_candidates

log = structlog.get_logger()


async def hand_in(
    store: Store,
    jobs: JobQueue,
    workspace_id: str,
    posting_id: str,
    drafts: Sequence[CandidateDraft],
    *,
    actor: str,
    now: float,
) -> Ingestion:
    """Store the drafts and ask for the job. Raises NotFound, Conflict (`posting_not_active`)."""
    ingestion = Ingestion(
        id=f"intake_{secrets.token_hex(12)}",
        workspace_id=workspace_id,
        posting_id=posting_id,
        actor=actor,
        rows=tuple(asdict(draft) for draft in drafts),
        total=len(drafts),
        created_at=now,
        updated_at=now,
    )
    async with store.transaction() as tx:
        refuse_new_candidates(await tx.posting(workspace_id, posting_id), now)
        await tx.add_ingestion(ingestion)
    await enqueue_ingestion(jobs, ingestion.id)
    return ingestion


def ingestion_job_id(ingestion_id: str) -> str:
    return f"ingest:{ingestion_id}"


async def enqueue_ingestion(jobs: JobQueue, ingestion_id: str) -> None:
    """Ask for the job; the queue ignores one that it has."""
    await jobs.enqueue(
        "ingest_candidates",
        {"ingestion_id": ingestion_id},
        job_id=ingestion_job_id(ingestion_id),
    )


async def give_up(store: Store, ingestion_id: str) -> None:
    """Its job failed for good: say so, and keep nobody's address any longer."""
    error = {"code": "unavailable", "message": "It could not be done; please hand them in again."}
    async with store.transaction() as tx:
        ingestion = await tx.ingestion(None, ingestion_id)
        if ingestion.status not in ("done", "failed"):
            await tx.update_ingestion(replace(ingestion, status="failed", error=error, rows=()))


async def carry_out(store: Store, ingestion_id: str, now: float) -> Ingestion:
    """Invite who was handed in; doing it again after a crash completes it.

    What refuses the candidates (an archived posting) fails the ingestion and says why. Raises
    NotFound, and Unavailable with the ingestion still to do.
    """
    async with store.transaction() as tx:
        ingestion = await tx.ingestion(None, ingestion_id)
        if ingestion.status in ("done", "failed"):
            return ingestion
        ingestion = replace(ingestion, status="running")
        await tx.update_ingestion(ingestion)
    try:
        interviews = await ingest(
            store,
            ingestion.workspace_id,
            ingestion.posting_id,
            [CandidateDraft(**row) for row in ingestion.rows],
            actor=ingestion.actor,
            now=now,
        )
    except Unavailable:
        raise
    except InterviewerError as refusal:
        error = {"code": refusal.code, "message": refusal.message}
        over = replace(ingestion, status="failed", error=error, rows=())
    else:
        ids = tuple(interview.id for interview in interviews)
        over = replace(ingestion, status="done", interview_ids=ids, rows=())
    async with store.transaction() as tx:
        await tx.update_ingestion(over)
    log.info("ingestion.over", ingestion_id=ingestion_id, status=over.status)
    return over
