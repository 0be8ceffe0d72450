"""Interviews and their results as recruiters see them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from interviewer.api.schemas import candidates as wire
from interviewer.domain.interview import Interview
from interviewer.interfaces import Blobs, Ingestion, Workspace

LINKS_LAST = timedelta(hours=12)


def interview_url(origin: str, workspace: Workspace, interview_id: str) -> str:
    return f"{origin}/{workspace.slug}/i/{interview_id}"


def ingested(record: Interview, workspace: Workspace, origin: str) -> wire.IngestedCandidate:
    return wire.IngestedCandidate(
        interview_id=record.id,
        interview_url=interview_url(origin, workspace, record.id),
        posting_id=record.posting_id,
    )


def queued(record: Ingestion, origin: str) -> wire.QueuedIngestion:
    return wire.QueuedIngestion(
        ingestion_id=record.id, status=record.status, status_url=_status_url(record, origin)
    )


def ingestion(record: Ingestion, workspace: Workspace, origin: str) -> wire.Ingestion:
    candidates = [
        wire.IngestedCandidate(
            interview_id=interview_id,
            interview_url=interview_url(origin, workspace, interview_id),
            posting_id=record.posting_id,
        )
        for interview_id in record.interview_ids
    ]
    return wire.Ingestion(
        ingestion_id=record.id,
        status=record.status,
        status_url=_status_url(record, origin),
        posting_id=record.posting_id,
        total=record.total,
        candidates=candidates,
        error=None if record.error is None else wire.IngestionError(**record.error),
        created_at=record.created_at,
        updated_at=record.updated_at,
    )


def _status_url(record: Ingestion, origin: str) -> str:
    return f"{origin}/api/v4/ingestions/{record.id}"


def progress(record: Interview) -> wire.WorkflowProgress:
    steps = [
        wire.StepProgress(
            id=step.id,
            order=step.order,
            status=step.status,
            started=step.started,
            completed=step.completed,
        )
        for step in sorted(record.steps, key=lambda step: step.order)
    ]
    done = bool(steps) and all(step.status in ("complete", "skipped") for step in record.steps)
    return wire.WorkflowProgress(steps=steps, all_complete=done)


class Links:
    """Signed links to one interview's files; None where there is no file."""

    def __init__(self, blobs: Blobs, record: Interview) -> None:
        self._blobs = blobs
        self._record = record

    async def resume(self) -> str | None:
        key = self._record.resume_blob
        if key is None:
            return None
        return await self._sign(key, f"resume-{self._record.id}.{key.rpartition('.')[2]}")

    async def video(self) -> str | None:
        return await self._recording("video", "mp4")

    async def audio(self) -> str | None:
        return await self._recording("audio", "mp3")

    async def _recording(self, kind: str, suffix: str) -> str | None:
        key = (self._record.recording or {}).get(kind)
        if not isinstance(key, str):
            return None
        return await self._sign(key, f"interview-{self._record.id}.{suffix}")

    async def _sign(self, key: str, filename: str) -> str:
        return await self._blobs.signed_url(key, expires_in=LINKS_LAST, filename=filename)


async def candidate(
    record: Interview, workspace: Workspace, origin: str, blobs: Blobs
) -> wire.Candidate:
    """One row of a posting's list."""
    report = record.report or {}
    return wire.Candidate(
        interview_id=record.id,
        candidate_id=record.candidate_id,
        posting_id=record.posting_id,
        name=record.name,
        email=record.email,
        phone_number=record.phone_number,
        score=record.score,
        score_spread=report.get("score_spread"),
        status=record.status,
        interview_url=interview_url(origin, workspace, record.id),
        workflow=progress(record),
        agent_summary=await _summary(record, blobs),
        shortlisted=record.status == "shortlisted",
        dismissed=record.status == "dismissed",
        metadata=record.metadata,
        data=record.data,
        attempt=record.attempt,
        interviewed_at=record.ended_at,
        created_at=record.created_at,
    )


async def _summary(record: Interview, blobs: Blobs) -> dict[str, dict[str, Any] | None]:
    links = Links(blobs, record)
    resume: dict[str, Any] | None = None
    interview: dict[str, Any] | None = None
    if record.resume is not None:
        resume = {
            "resume_score": record.resume.get("overall_score"),
            "is_eligible": record.resume.get("is_eligible"),
            "resume_link": await links.resume(),
        }
    if record.report is not None:
        interview = {
            "score": record.report.get("match_score"),
            "highlights": record.report.get("highlights", []),
            "audio_recording_link": await links.audio(),
            "video_recording_link": await links.video(),
        }
    return {"resume": resume, "web_interview": interview, "sms": None, "form": None}


async def data(record: Interview, blobs: Blobs) -> wire.InterviewData:
    """All results of one candidate."""
    links = Links(blobs, record)
    consent = record.consent
    return wire.InterviewData(
        interview_id=record.id,
        posting_id=record.posting_id,
        candidate_id=record.candidate_id,
        name=record.name,
        email=record.email,
        score=record.score,
        status=record.status,
        workflow=progress(record),
        resume=await _resume(record, links),
        web_interview=await _web_interview(record, links),
        metadata=record.metadata,
        data=record.data,
        interviewed_at=record.ended_at,
        created_at=record.created_at,
        started_at=record.started_at,
        ended_at=record.ended_at,
        end_reason=record.end_reason,
        attempt=record.attempt,
        consent=None if consent is None else wire.ConsentRecord(**asdict(consent)),
    )


async def _resume(record: Interview, links: Links) -> wire.ResumeResult | None:
    if record.resume is None:
        return None
    result = {
        "overall_score": None,
        "is_eligible": None,
        "eligibility_criteria": [],
        "score_criteria": [],
        **record.resume,
        "object": "resume_result",
        "interview_id": record.id,
        "resume_url": await links.resume(),
    }
    return wire.ResumeResult.model_validate(result)


async def _web_interview(record: Interview, links: Links) -> wire.WebInterviewResult | None:
    if record.report is None:
        return None
    result = {
        "match_score": None,
        "highlights": [],
        "lowlights": [],
        "speech_score": None,
        "scorecard": [],
        "tags": [],
        "transcript": [],
        "human_requested": False,
        "integrity": [],
        **record.report,
        "object": "web_interview_result",
        "interview_id": record.id,
        "video_recording_url": await links.video(),
        "audio_recording_url": await links.audio(),
    }
    return wire.WebInterviewResult.model_validate(result)
