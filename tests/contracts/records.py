"""Records to store: complete ones, with every field set to something telling; and to read them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from interviewer.domain.interview import Consent, Interview, StepState
from interviewer.domain.posting import Posting, Question, WorkflowStep
from interviewer.domain.transcript import Turn
from interviewer.domain.webhooks import Event, Webhook
from interviewer.interfaces import ApiKey, Store, Transaction, Workspace


def a_workspace(id: str = "w1", **more: Any) -> Workspace:
    values = {"slug": f"slug-{id}", "name": f"Name {id}", "retention_days": 30, "created_at": 1.5}
    return Workspace(id=id, **{**values, **more})


def a_key(id: str = "k1", workspace_id: str = "w1", **more: Any) -> ApiKey:
    values = {"name": "ci", "prefix": "iv_abc", "sha256": f"sha-{id}", "created_at": 2.5}
    return ApiKey(id=id, workspace_id=workspace_id, **{**values, **more})


def a_posting(id: str = "0A1B2C3D", workspace_id: str = "w1", **more: Any) -> Posting:
    values: dict[str, Any] = {
        "title": "Sales Representative – Mid Market",
        "slug": f"sales-{id}",
        "status": "active",
        "workflow": (
            WorkflowStep(id="resume", type="resume", order=1, config={"optional": True}),
            WorkflowStep(id="web_interview", type="web_interview", order=2, config={"n": 1.25}),
        ),
        "interviewer_name": "Rachel",
        "description": "Sells “things”\n\tand more ✓ 日本語",
        "redirect_url": "https://example.com/after?x=1",
        "deadline": 1739999999.25,
        "max_retakes": 2,
        "retake_cooldown_days": 0.5,
        "ingestion_url_key": "ing",
        "metadata": {"team": "EMEA"},
        "details": {"nested": [1, 2.5, None, {"deep": "ü"}], "b": False},
        "created_at": 10.125,
        "updated_at": 11.0,
    }
    return Posting(id=id, workspace_id=workspace_id, **{**values, **more})


def a_question(id: str = "q1", posting_id: str = "0A1B2C3D", **more: Any) -> Question:
    values: dict[str, Any] = {
        "modality": "voice",
        "text": "Tell me about a deal.",
        "rank": 1,
        "evaluation_criteria": "Numbers",
        "score_of_1": "none",
        "score_of_5": "all",
        "question_type": "open",
        "score_weight": 2.5,
        "not_scored": True,
        "min_follow_ups": 1,
        "max_follow_ups": 3,
        "options": ("a", "b"),
        "drafted": True,
        "created_at": 3.0,
        "updated_at": 4.0,
    }
    return Question(id=id, posting_id=posting_id, **{**values, **more})


def an_interview(id: str = "I1", **more: Any) -> Interview:
    values: dict[str, Any] = {
        "workspace_id": "w1",
        "posting_id": "0A1B2C3D",
        "candidate_id": f"c-{id}",
        "name": "Aisha Williams",
        "email": f"{id}@example.com".lower(),
        "phone_number": "+14155550100",
        "metadata": {"ats": "42"},
        "data": {"x": [1, {"y": None}]},
        "status": "in_progress",
        "steps": (
            StepState(id="resume", order=1, status="skipped", updated_at=5.0),
            StepState(id="web_interview", order=2, status="in_progress", updated_at=6.5),
        ),
        "consent": Consent(recording=True, ai_assessment=True, text_version="2026-11", at=7.0),
        "plan": {"questions": [{"id": "q1"}]},
        "conversation": {"state": "asking", "index": 0},
        "resume": {"overall_score": 3.5},
        "resume_blob": "interviews/I1/resume/cv.pdf",
        "report": {"match_score": 71},
        "recording": {"video": None},
        "score": 71.0,
        "started_at": 100.5,
        "ended_at": 900.25,
        "end_reason": "completed",
        "created_at": 50.0,
        "updated_at": 60.0,
    }
    return Interview(id=id, **{**values, **more})


def a_turn(id: str, start: float, **more: Any) -> Turn:
    values: dict[str, Any] = {
        "speaker": "Candidate",
        "text": f"words of {id}",
        "end": start + 1.5,
        "kind": "answer",
        "question_id": "q1",
    }
    return Turn(turn_id=id, start=start, **{**values, **more})


async def read(store: Store, getter: Callable[[Transaction], Awaitable[Any]]) -> Any:
    """What `getter` sees in a snapshot of its own."""
    async with store.snapshot() as tx:
        return await getter(tx)


def a_webhook(id: str = "WH1", **more: Any) -> Webhook:
    values: dict[str, Any] = {
        "workspace_id": "w1",
        "posting_id": "0A1B2C3D",
        "webhook_url": "https://ats.example.com/hooks?from=interviews",
        "event_type": "interview_completed",
        "secret_sha256": f"sha-{id}",
        "rotated_at": (12.5, 13.25),
        "created_at": 12.0,
        "updated_at": 14.0,
    }
    return Webhook(id=id, **{**values, **more})


def an_event(interview_id: str = "I1", **more: Any) -> Event:
    values: dict[str, Any] = {
        "type": "interview_completed",
        "posting_id": "0A1B2C3D",
        "at": 1_000.25,
        "occasion": "1",
    }
    return Event(interview_id=interview_id, **{**values, **more})
