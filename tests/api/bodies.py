"""Requests that tests send."""

from __future__ import annotations

from typing import Any

import httpx

VOICE_RUBRIC = {
    "evaluation_criteria": "Assess deal execution skills. Look for size, timeline, stakeholders.",
    "score_of_1": "Cannot describe a specific deal.",
    "score_of_5": "A detailed, compelling narrative with clear metrics.",
    "question_type": "open-ended",
}


def voice(text: str, weight: float, least: int, most: int) -> dict[str, Any]:
    return {
        "modality": "voice",
        "text": text,
        **VOICE_RUBRIC,
        "score_weight": weight,
        "min_follow_ups": least,
        "max_follow_ups": most,
    }


def posting(**changes: Any) -> dict[str, Any]:
    """A sales posting: an optional resume with five criteria, then five questions by video."""
    body: dict[str, Any] = {
        "title": "Sales Representative - Mid Market",
        "description": "We value hustle and coachability over pedigree. OTE $120K-$180K.",
        "interviewer_name": "Rachel",
        "language": "en",
        "company_overview": "CloudMetrics is a fast-growing analytics platform. $40M ARR.",
        "job_overview": "Own the full sales cycle for mid-market accounts.",
        "workflow": [
            {
                "type": "resume",
                "config": {"optional": True},
                "questions": [
                    {"modality": "resume_eligibility", "text": "Has B2B sales experience"},
                    {
                        "modality": "resume_scoring",
                        "text": "Meets or exceeds sales quota",
                        "weight": 3.0,
                    },
                    {"modality": "resume_scoring", "text": "Sells SaaS", "weight": 2.0},
                    {"modality": "resume_scoring", "text": "Mid-market cycles", "weight": 2.0},
                    {"modality": "resume_scoring", "text": "CRM tools", "weight": 1.0},
                ],
            },
            {
                "type": "web_interview",
                "config": {"video": True, "num_questions": 5},
                "questions": [
                    voice("Walk me through a deal you are most proud of.", 3.0, 1, 2),
                    voice("Give me your 60-second pitch.", 3.0, 1, 2),
                    voice("Tell me about a time you lost a deal.", 2.0, 1, 1),
                    voice("How do you build pipeline?", 2.5, 1, 1),
                    voice("Why do you want to sell analytics?", 1.5, 0, 1),
                ],
            },
        ],
    }
    return body | changes


def short_posting(**changes: Any) -> dict[str, Any]:
    """One question, no resume."""
    step = {"type": "web_interview", "questions": [voice("Why us?", 1.0, 0, 1)]}
    return {"title": "Barista", "workflow": [step]} | changes


AISHA: dict[str, Any] = {
    "name": "Aisha Williams",
    "email": "aisha.w@email.com",
    "phone_number": "+13105557654",
    "metadata": {"source": "job_fair", "notes": "Great energy"},
}


async def created(api: httpx.AsyncClient, body: dict[str, Any] | None = None) -> str:
    """A posting's id."""
    answer = await api.post("/api/v4/postings", json=body or posting())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


async def invited(
    api: httpx.AsyncClient, posting_id: str, body: dict[str, Any] | None = None
) -> str:
    """An interview's id."""
    answer = await api.post(f"/api/v4/postings/{posting_id}/candidates", json=body or AISHA)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["interview_id"])


async def consented(page: httpx.AsyncClient, interview_id: str) -> None:
    answer = await page.post(
        f"/api/candidate/interviews/{interview_id}/consent",
        json={"recording": True, "ai_assessment": True},
    )
    assert answer.status_code == 200, answer.text
