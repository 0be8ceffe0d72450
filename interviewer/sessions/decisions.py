"""What recruiters decide: shortlist, dismiss, disagree with a score."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from interviewer.domain.errors import Conflict, NotFound
from interviewer.domain.interview import Interview
from interviewer.interfaces import AuditEntry, Store

Decision = Literal["shortlisted", "dismissed"]
HIGHEST_SCORE = 5


async def decide(
    store: Store,
    workspace_id: str,
    interview_id: str,
    decision: Decision,
    *,
    actor: str,
    now: float,
) -> Interview:
    """Shortlist or dismiss; deciding the same twice changes nothing."""
    async with store.transaction() as tx:
        interview = await tx.interview(workspace_id, interview_id)
        if interview.status == decision:
            return interview
        if decision == "shortlisted" and interview.status == "evaluating":
            raise Conflict("Its evaluation is still running.", code="not_ready")
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
        report = with_override(interview.report, question_id, override)
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


def with_override(
    report: Mapping[str, Any], question_id: str, override: Mapping[str, Any]
) -> dict[str, Any]:
    """The report with one row overridden and the match score recomputed. Raises NotFound."""
    rows: Sequence[Mapping[str, Any]] = report.get("scorecard", [])
    if not any(row["question_id"] == question_id for row in rows):
        raise NotFound("No such question in the scorecard.", param="question_id")
    changed = [
        {**row, "override": dict(override)} if row["question_id"] == question_id else dict(row)
        for row in rows
    ]
    return {
        **report,
        "scorecard": changed,
        "ai_match_score": report.get("ai_match_score", report.get("match_score")),
        "match_score": match_score(changed),
    }


def match_score(rows: Sequence[Mapping[str, Any]]) -> int | None:
    """round-half-up(100 * sum(weight * score) / (5 * sum(weight))) over scored questions."""
    weighted, weights = 0.0, 0.0
    for row in rows:
        override = row.get("override")
        score = override["score"] if override else row.get("evaluation_score")
        if score is None or row.get("not_scored"):
            continue
        weight = float(row.get("score_weight", 1.0))
        weighted += weight * score
        weights += weight
    if weights <= 0:
        return None
    return math.floor(100 * weighted / (HIGHEST_SCORE * weights) + 0.5)


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
