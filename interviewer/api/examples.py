"""Requests that `/docs` offers to try: a whole posting, candidates, a new question."""

from __future__ import annotations

from typing import Any

from fastapi.openapi.models import Example


def _voice(text: str, weight: float, least: int, most: int, **rubric: str) -> dict[str, Any]:
    return {
        "modality": "voice",
        "text": text,
        **rubric,
        "question_type": "open-ended",
        "score_weight": weight,
        "min_follow_ups": least,
        "max_follow_ups": most,
    }


SALES_POSTING: dict[str, Any] = {
    "title": "Sales Representative - Mid Market",
    "description": "We are hiring sales representatives. B2B experience is welcome, not required.",
    "interviewer_name": "Rachel",
    "language": "en",
    "company_overview": "CloudMetrics is an analytics platform for mid-market companies.",
    "job_overview": "Own the full sales cycle: prospect, demo, negotiate and close.",
    "workflow": [
        {
            "type": "resume",
            "config": {"optional": True},
            "questions": [
                {"modality": "resume_eligibility", "text": "Has B2B sales experience"},
                {
                    "modality": "resume_scoring",
                    "text": "Track record of meeting or exceeding sales quota",
                    "weight": 3.0,
                },
            ],
        },
        {
            "type": "web_interview",
            "config": {"video": True, "num_questions": 2},
            "questions": [
                _voice(
                    "Walk me through a deal you closed that you are most proud of.",
                    3.0,
                    1,
                    2,
                    evaluation_criteria="Look for size, timeline, stakeholders, contribution.",
                    score_of_1="Cannot describe a specific deal.",
                    score_of_5="A detailed story with clear metrics and several stakeholders.",
                ),
                _voice(
                    "Tell me about a time you lost a deal. What did you learn from it?",
                    2.0,
                    1,
                    1,
                    evaluation_criteria="Self-awareness, resilience, learning from failure.",
                    score_of_1="Blames circumstances, or recalls no example.",
                    score_of_5="Owns the loss and names concrete changes made since.",
                ),
            ],
        },
    ],
}

AISHA: dict[str, Any] = {
    "name": "Aisha Williams",
    "email": "aisha.w@email.com",
    "phone_number": "+13105557654",
    "metadata": {"source": "job_fair"},
}

POSTING: dict[str, Example] = {
    "sales": Example(summary="Resume (optional), then a video interview", value=SALES_POSTING)
}
CANDIDATE: dict[str, Example] = {"aisha": Example(summary="One candidate", value=AISHA)}
CANDIDATES: dict[str, Example] = {
    "three": Example(
        summary="Three candidates",
        value={
            "data": [
                {"name": "David Kim", "email": "d.kim@email.com"},
                {"name": "Emma Rodriguez", "email": "e.rod@email.com"},
                {"name": "Chris Taylor", "email": "c.taylor@email.com"},
            ]
        },
    )
}
QUESTION: dict[str, Example] = {
    "objections": Example(
        summary="A further question",
        value=_voice(
            "What is the toughest objection you regularly face, and how do you handle it?",
            2.0,
            1,
            1,
            evaluation_criteria="Look for a repeatable framework, not a one-off example.",
            score_of_1="No clear approach.",
            score_of_5="A structured framework with a specific example.",
        ),
    )
}
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
