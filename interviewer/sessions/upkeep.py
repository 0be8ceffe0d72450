"""What has to be looked after when nobody asks: evaluations, abandoned interviews, retention.

Every pass is safe to repeat and to run in several processes at once.
"""

from __future__ import annotations

import structlog

from interviewer.domain.interview import Interview
from interviewer.interfaces import Blobs, JobQueue, LiveInterviews, Store
from interviewer.sessions.erase import erase_interview
from interviewer.sessions.ingestions import enqueue_ingestion, give_up, ingestion_job_id
from interviewer.sessions.resume import after_screening, enqueue_screening, screening_job_id
from interviewer.sessions.start import enqueue_evaluation, evaluation_job_id, finish_interview
from interviewer.sessions.workflow import step_state

log = structlog.get_logger()

# Nobody has come back to it for a day: it is evaluated as far as it went.
ABANDONED_SECONDS = 24 * 3600.0
DAY = 24 * 3600.0
HOUR = 3600.0
INGESTION_SECONDS = 60.0
DELIVERIES_KEPT = 30 * DAY


async def evaluate_what_ended(
    store: Store, jobs: JobQueue, now: float, *, settled_after: float = 0.0
) -> int:
    """Ask again for every evaluation under way; the queue ignores those that it has.

    `settled_after`: seconds that the last of an interview's sound may take to come.
    Mends a crash between the end of an interview and the asking. One that failed for good, in a
    long outage, is tried again once an hour; so is a second evaluation that was asked for and has
    not come for so long, whose job nobody remembers.
    """
    async with store.snapshot() as tx:
        evaluating = await tx.interviews_to_tend(status="evaluating")
    waiting = [i for i in evaluating if i.ended_at is None or i.ended_at <= now - settled_after]
    for interview in waiting:
        await enqueue_evaluation(jobs, interview)
        job_id = evaluation_job_id(interview)
        status = await jobs.status(job_id)
        lost = status == "done" and interview.updated_at < now - HOUR
        if status == "failed" or lost:
            again = f"{job_id}:again-{int(now // HOUR)}"
            await jobs.enqueue("finalize_interview", {"interview_id": interview.id}, job_id=again)
    return len(waiting)


async def invite_who_was_handed_in(store: Store, jobs: JobQueue, now: float) -> int:
    """Ask again for every ingestion that is not over; one whose job failed for good has failed."""
    async with store.snapshot() as tx:
        waiting = await tx.ingestions_to_tend(updated_before=now - INGESTION_SECONDS)
    for ingestion in waiting:
        await enqueue_ingestion(jobs, ingestion.id)
        if await jobs.status(ingestion_job_id(ingestion.id)) == "failed":
            await give_up(store, ingestion.id)
    return len(waiting)


async def screen_what_was_handed_in(store: Store, jobs: JobQueue, now: float) -> int:
    """Ask again for the screening of every resume that a candidate is waiting for; one that failed
    for good lets them go on."""
    async with store.snapshot() as tx:
        begun = await tx.interviews_to_tend(status="in_progress")
    waiting = [interview for interview in begun if _waits_for_screening(interview)]
    for interview in waiting:
        await enqueue_screening(jobs, interview)
        if await jobs.status(screening_job_id(interview)) == "failed":
            async with store.transaction() as tx:
                current = await tx.interview(None, interview.id)
                await tx.update_interview(after_screening(current, None, now))
    return len(waiting)


def _waits_for_screening(interview: Interview) -> bool:
    state = step_state(interview, "resume")
    return interview.resume_blob is not None and state is not None and state.status == "in_progress"


async def end_what_was_abandoned(
    store: Store, jobs: JobQueue, live: LiveInterviews, now: float
) -> int:
    """End interviews that were begun and left without a word."""
    async with store.snapshot() as tx:
        silent = await tx.interviews_to_tend(
            status="in_progress", updated_before=now - ABANDONED_SECONDS
        )
    begun = [i for i in silent if i.started_at is not None and not live.is_live(i.id)]
    for interview in begun:
        await finish_interview(store, jobs, interview.id, reason="candidate_left", now=now)
        log.info("upkeep.abandoned", interview_id=interview.id)
    return len(begun)


async def forget_what_was_delivered(store: Store, now: float) -> int:
    """Forget deliveries to webhooks that were over a month ago, some at a time."""
    async with store.transaction() as tx:
        return await tx.forget_deliveries(now - DELIVERIES_KEPT)


async def erase_what_is_old(
    store: Store, blobs: Blobs, live: LiveInterviews, *, retention_days: int, now: float
) -> int:
    """Erase interviews kept as long after their last activity as candidates were told.

    `retention_days`: where a workspace has set no period of its own.
    """
    old: list[Interview] = []
    async with store.snapshot() as tx:
        for workspace in await tx.workspaces():
            own = workspace.retention_days
            days = retention_days if own is None else own
            old += await tx.interviews_to_tend(
                workspace_id=workspace.id, updated_before=now - days * DAY
            )
    for interview in old:
        await erase_interview(
            store, blobs, live, interview.workspace_id, interview.id, actor="system", now=now
        )
    return len(old)
