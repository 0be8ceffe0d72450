"""What recruiters decide: shortlist, dismiss, disagree with a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from interviewer.domain import scoring
from interviewer.domain.errors import Conflict, NotFound
from interviewer.domain.interview import Interview
from interviewer.interfaces import AuditEntry, JobQueue, Store

Decision = Literal["shortlisted", "dismissed"]


async def decide(
    store: Store,
    workspace_id: str,
    interview_id: str,
    decision: Decision,
    *,
    actor: str,
    now: float,
) -> Interview:
    """Shortlist or dismiss, at any time; deciding the same twice changes nothing.

    A dismissed candidate cannot connect any more; a shortlisted one goes on as before.
    """
    async with store.transaction() as tx:
        interview = await tx.interview(workspace_id, interview_id)
        if interview.status == decision:
            return interview
        decided = replace(interview, status=decision, updated_at=now)
        interview = await tx.update_interview(decided)
        await tx.audit(_entry(interview, f"interview.{decision}", actor, now, {}))
    return interview


async def override_score(
    store: Store,
    workspace_id: str,
    interview_id: str,
    *,
    question_id: str,
    score: int,
    reason: str,
    actor: str,
    now: float,
) -> Interview:
    """Put a person's score beside the AI's and count it instead.

    The AI's match score stays as `ai_match_score`. Raises Conflict (`no_report`), NotFound.
    """
    async with store.transaction() as tx:
        interview = await tx.interview(workspace_id, interview_id)
        if interview.report is None:
            raise Conflict("There is no scorecard yet.", code="no_report")
        override = {"score": score, "reason": reason, "by": actor, "at": now}
        try:
            report = scoring.with_override(interview.report, question_id, override)
        except KeyError:
            message = "No such question in the scorecard."
            raise NotFound(message, param="question_id") from None
        match = report["match_score"]
        interview = await tx.update_interview(
            replace(
                interview,
                report=report,
                score=None if match is None else float(match),
                updated_at=now,
            )
        )
        details = {"question_id": question_id, "score": score}
        await tx.audit(_entry(interview, "interview.score_overridden", actor, now, details))
    return interview


async def rescore(
    store: Store,
    jobs: JobQueue,
    workspace_id: str,
    interview_id: str,
    *,
    actor: str,
    now: float,
) -> Interview:
    """Evaluate the recording again by the interview's own plan; people's scores stay.

    The present report stands until the new one is ready. Raises Conflict (`not_ready`) before
    the end of the interview and while an evaluation runs.
    """
    async with store.transaction() as tx:
        interview = await tx.interview(workspace_id, interview_id)
        if interview.ended_at is None or interview.status == "evaluating":
            raise Conflict("There is nothing to score again yet.", code="not_ready")
        if interview.status == "completed":
            interview = replace(interview, status="evaluating")
        interview = await tx.update_interview(replace(interview, updated_at=now))
        await tx.audit(_entry(interview, "interview.rescored", actor, now, {}))
    await jobs.enqueue(
        "finalize_interview",
        {"interview_id": interview_id},
        job_id=f"finalize_interview:{interview_id}:{interview.attempt}:{round(now * 1000)}",
    )
    return interview


def _entry(
    interview: Interview, action: str, actor: str, now: float, details: Mapping[str, Any]
) -> AuditEntry:
    return AuditEntry(
        workspace_id=interview.workspace_id,
        actor=actor,
        action=action,
        object_type="interview",
        object_id=interview.id,
        at=now,
        details=details,
    )
