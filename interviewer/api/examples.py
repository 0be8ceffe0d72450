"""Requests that `/docs` offers to try: those of the public guide to the same API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi.openapi.models import Example

SALES_POSTING: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "demo.json").read_text(encoding="utf-8")
)
MARCUS: dict[str, Any] = {
    "name": "Marcus Johnson",
    "email": "marcus.j@email.com",
    "phone_number": "+12125559876",
    "metadata": {
        "source": "linkedin",
        "current_company": "Salesforce",
        "current_title": "Account Executive",
    },
}
AISHA: dict[str, Any] = {
    "name": "Aisha Williams",
    "email": "aisha.w@email.com",
    "phone_number": "+13105557654",
    "metadata": {
        "source": "job_fair",
        "notes": "Great energy, bartending background, looking to break into tech sales",
    },
}
THREE: dict[str, Any] = {
    "data": [
        {
            "name": "David Kim",
            "email": "d.kim@email.com",
            "phone_number": "+14155551111",
            "metadata": {"source": "greenhouse"},
        },
        {
            "name": "Emma Rodriguez",
            "email": "e.rod@email.com",
            "phone_number": "+14155552222",
            "metadata": {"source": "referral"},
        },
        {
            "name": "Chris Taylor",
            "email": "c.taylor@email.com",
            "phone_number": "+14155553333",
            "metadata": {"source": "indeed"},
        },
    ]
}
OBJECTIONS: dict[str, Any] = {
    "modality": "voice",
    "text": "What is the toughest objection you regularly face in sales, and how do you handle it?",
    "evaluation_criteria": "Assess objection handling skills. Look for a repeatable framework, not"
    " just a one-off example.",
    "score_of_1": "No clear approach to handling objections.",
    "score_of_5": "Describes a structured objection handling framework with a specific, compelling"
    " example.",
    "question_type": "open-ended",
    "score_weight": 2.0,
    "min_follow_ups": 1,
    "max_follow_ups": 1,
}
PITCH: dict[str, Any] = {
    "text": "Imagine I am a VP of Analytics currently using Tableau. Give me your 60-second pitch"
    " on why I should switch to CloudMetrics."
}

NEW_TITLE: dict[str, Any] = {"title": "Sales Representative, mid-market", "max_retakes": 1}
STAGE: dict[str, Any] = {"metadata": {"stage": "onsite"}}
DISAGREED: dict[str, Any] = {
    "question_id": "A1B2C3D4",
    "score": 4,
    "reason": "She named the size of the deal and what came of it.",
}
PRIYA: dict[str, Any] = {
    "name": "Priya Raman",
    "email": "priya.r@email.com",
    "phone_number": "+14155550100",
}

POSTING: dict[str, Example] = {
    "sales": Example(summary="Resume (optional), then a video interview", value=SALES_POSTING)
}
CANDIDATE: dict[str, Example] = {
    "marcus": Example(summary="With a resume", value=MARCUS),
    "aisha": Example(summary="No resume expected", value=AISHA),
}
CANDIDATES: dict[str, Example] = {"three": Example(summary="Three candidates", value=THREE)}
QUESTION: dict[str, Example] = {
    "objections": Example(summary="A further question", value=OBJECTIONS)
}
QUESTION_CHANGE: dict[str, Example] = {"pitch": Example(summary="Another wording", value=PITCH)}
REORDER: dict[str, Example] = {
    "pitch_first": Example(
        summary="The second question first",
        value={"modality": "voice", "question_ids": ["1F2E3D4C", "A1B2C3D4"]},
    )
}
WEBHOOK: dict[str, Example] = {
    "report": Example(
        summary="Tell when a report is there",
        value={
            "posting_id": "13D77095",
            "webhook_url": "https://ats.example.com/hooks/interviews",
            "event_type": "report_available",
        },
    )
}
POSTING_CHANGE: dict[str, Example] = {
    "title": Example(summary="A title, and one retake", value=NEW_TITLE)
}
STEP_CHANGE: dict[str, Example] = {
    "resume": Example(summary="A resume is required", value={"config": {"optional": False}})
}
METADATA: dict[str, Example] = {"stage": Example(summary="A stage of your own", value=STAGE)}
REVIEW: dict[str, Example] = {"four": Example(summary="Disagree with a score", value=DISAGREED)}
CONSENT: dict[str, Example] = {
    "both": Example(summary="Both boxes", value={"recording": True, "ai_assessment": True})
}
JOIN: dict[str, Example] = {"priya": Example(summary="A name and an address", value=PRIYA)}
