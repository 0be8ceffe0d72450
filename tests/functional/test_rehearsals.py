"""Every persona through `interviewer rehearse` on two short questions, over real WebRTC."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from interviewer.settings import PREFIX
from tests.functional.service import API_KEY, ServiceProcess

pytestmark = [pytest.mark.models, pytest.mark.timeout(900)]

POSTING: dict[str, Any] = {
    "title": "Support Agent",
    "interviewer_name": "Sam",
    "job_overview": "You answer customers by phone, four days a week.",
    "job_overview_delivery_mode": "reference_only",
    "workflow": [
        {
            "type": "web_interview",
            "questions": [
                {
                    "modality": "voice",
                    "text": "How do you handle an angry customer?",
                    "score_of_1": "No example, or blames the customer.",
                    "score_of_5": "A concrete example with steps and a result.",
                    "score_weight": 2.0,
                    "min_follow_ups": 1,
                    "max_follow_ups": 1,
                },
                {
                    "modality": "voice",
                    "text": "Why do you want this job?",
                    "score_of_1": "Generic.",
                    "score_of_5": "Specific and personal.",
                    "score_weight": 1.0,
                    "min_follow_ups": 0,
                    "max_follow_ups": 0,
                },
            ],
        }
    ],
}


@pytest.mark.parametrize("persona", ["strong", "vague", "silent", "interrupting", "asking_back"])
def test_a_persona_is_heard_and_scored(service: ServiceProcess, persona: str) -> None:
    posting = service.create_posting(POSTING)
    clean = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    command = [sys.executable, "-m", "interviewer", "rehearse", posting["id"]]
    done = subprocess.run(
        [*command, "--persona", persona, "--url", service.url, "--key", API_KEY],
        env=clean,
        capture_output=True,
        text=True,
        timeout=840,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr + service.log_tail()
    listed = service.api.get(f"/postings/{posting['id']}/candidates").json()["data"]
    data = service.interview_data(listed[0]["interview_id"])
    rows = data["web_interview"]["scorecard"]
    asked = [
        t["text"] for t in data["web_interview"]["transcript"] if t["speaker"] == "Interviewer"
    ]
    for question in POSTING["workflow"][0]["questions"]:
        assert question["text"] in asked
        assert question["text"] in done.stdout
    if persona == "silent":
        assert [row["evaluation_score"] for row in rows] == [1, 1]
        assert [row["status"] for row in rows] == ["not_answered", "not_answered"]
    else:
        assert rows[0]["status"] == "answered"
        assert rows[0]["evidence"]
    if persona == "asking_back":
        replies = " ".join(asked).lower()
        assert "back to my question" in replies or "sure" in replies or "of course" in replies
