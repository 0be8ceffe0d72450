"""Beginning and ending the spoken part."""

from __future__ import annotations

from dataclasses import replace

from interviewer.domain.interview import Interview
from interviewer.domain.plan import InterviewPlan, make_plan
from interviewer.domain.posting import Posting
from interviewer.domain.webhooks import Event, EventType
from interviewer.interfaces import JobQueue, Store, Transaction
from interviewer.sessions.workflow import require_open_step, status_after, with_step


async def check_can_connect(store: Store, interview_id: str, now: float) -> Interview:
    """Whether media may be taken for it now. Raises what `require_open_step` raises."""
    async with store.snapshot() as tx:
        interview = await tx.interview(None, interview_id)
        posting = await tx.posting(None, interview.posting_id)
    require_open_step(interview, posting, "web_interview", now)
    return interview


async def begin_interview(
    store: Store, interview_id: str, now: float
) -> tuple[Interview, InterviewPlan]:
    """Fix the plan at the first connection; later ones get the same plan back.

    Raises what `require_open_step` raises.
    """
    async with store.transaction() as tx:
        interview = await tx.interview(None, interview_id)
        posting = await tx.posting(None, interview.posting_id)
        require_open_step(interview, posting, "web_interview", now)
        if interview.plan is not None:
            return interview, InterviewPlan.from_dict(interview.plan)
        plan = await plan_for(tx, interview, posting)
        begun = replace(
            interview,
            plan=plan.to_dict(),
            status=status_after(interview, "in_progress"),
            steps=with_step(interview, "web_interview", "in_progress", now),
            started_at=now,
            updated_at=now,
        )
        await _announce(tx, "interview_started", begun, now)
        return await tx.update_interview(begun), plan


async def plan_for(tx: Transaction, interview: Interview, posting: Posting) -> InterviewPlan:
    """The stored plan, or the one that would be fixed if the interview began now."""
    if interview.plan is not None:
        return InterviewPlan.from_dict(interview.plan)
    workspace = await tx.workspace(posting.workspace_id)
    questions = await tx.questions(posting.id)
    return make_plan(posting, questions, company=workspace.name, candidate_name=interview.name)


async def finish_interview(
    store: Store, jobs: JobQueue, interview_id: str, *, reason: str, now: float
) -> Interview:
    """The interview has ended: close its step and have it evaluated. Twice is once."""
    interview = await close_interview(store, interview_id, reason=reason, now=now)
    # Outside the transaction, so that a crash between the two is mended by finishing again.
    await enqueue_evaluation(jobs, interview)
    return interview


async def close_interview(store: Store, interview_id: str, *, reason: str, now: float) -> Interview:
    """Close its step; whoever does this sees to the evaluation. Twice is once."""
    async with store.transaction() as tx:
        interview = await tx.interview(None, interview_id)
        if interview.ended_at is not None:
            return interview
        interview = await tx.update_interview(
            replace(
                interview,
                status=status_after(interview, "evaluating"),
                steps=with_step(interview, "web_interview", "complete", now),
                ended_at=now,
                end_reason=reason,
                updated_at=now,
            )
        )
        await _announce(tx, "interview_completed", interview, now)
    return interview


async def _announce(tx: Transaction, type: EventType, interview: Interview, now: float) -> None:
    await tx.announce(
        Event(
            type=type,
            posting_id=interview.posting_id,
            interview_id=interview.id,
            at=now,
            occasion=str(interview.attempt),
        )
    )


def evaluation_job_id(interview: Interview) -> str:
    """The first evaluation of an attempt; later ones add to it."""
    return f"finalize_interview:{interview.id}:{interview.attempt}"


async def enqueue_evaluation(jobs: JobQueue, interview: Interview) -> None:
    await jobs.enqueue(
        "finalize_interview",
        {"interview_id": interview.id},
        job_id=evaluation_job_id(interview),
    )
