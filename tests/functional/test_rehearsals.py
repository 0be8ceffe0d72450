"""Every persona through `interviewer rehearse` on two short questions, over real WebRTC."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any

import pytest

from interviewer.settings import PREFIX
from tests.functional.service import API_KEY, ServiceProcess

pytestmark = [pytest.mark.models, pytest.mark.timeout(2400)]

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


REHEARSE = (sys.executable, "-u", "-m", "interviewer", "rehearse")
PERSONAS = ("strong", "vague", "silent", "interrupting", "asking_back")
INTERVIEW_SECONDS, REPORT_SECONDS = 400.0, 600.0


@dataclass
class Rehearsed:
    """One persona's rehearsal: its exit status and what it printed."""

    status: int
    printed: str
    data: dict[str, Any]


@pytest.fixture(scope="module")
def rehearsed(service: ServiceProcess) -> dict[str, Rehearsed]:
    """All personas, one after the other; each is evaluated while the next one talks."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    running: list[tuple[str, str, subprocess.Popen[str], list[str]]] = []
    for persona in PERSONAS:
        posting = service.create_posting(POSTING)
        process = subprocess.Popen(
            [
                *REHEARSE,
                posting["id"],
                "--persona",
                persona,
                "--url",
                service.url,
                "--key",
                API_KEY,
            ],
            env=clean,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines: list[str] = []
        over = threading.Event()
        threading.Thread(target=_read, args=(process, lines, over), daemon=True).start()
        assert over.wait(INTERVIEW_SECONDS), "".join(lines) + service.log_tail()
        running.append((persona, posting["id"], process, lines))
    done = {}
    for persona, posting_id, process, lines in running:
        status = process.wait(REPORT_SECONDS)
        listed = service.api.get(f"/postings/{posting_id}/candidates").json()["data"]
        data = service.interview_data(listed[0]["interview_id"])
        done[persona] = Rehearsed(status, "".join(lines), data)
    return done


def _read(process: subprocess.Popen[str], lines: list[str], over: threading.Event) -> None:
    """Keep what it prints; `over` once the interview is, or the process."""
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if "waiting for its report" in line:
            over.set()
    over.set()


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_persona_is_heard_and_scored(rehearsed: dict[str, Rehearsed], persona: str) -> None:
    held = rehearsed[persona]
    assert held.status == 0, held.printed
    result = held.data["web_interview"]
    rows = result["scorecard"]
    asked = [t["text"] for t in result["transcript"] if t["speaker"] == "Interviewer"]
    for question in POSTING["workflow"][0]["questions"]:
        # Who talks over a question leaves only its beginning in the transcript: what was heard.
        begun = [text for text in asked if text and question["text"].startswith(text)]
        assert begun == [question["text"]] or (persona == "interrupting" and begun)
        assert question["text"] in held.printed
    assert rows[0]["status"] == "answered"
    assert rows[0]["evidence"]
    if persona == "silent":
        # It freezes at first, and never answers the second question.
        assert (rows[1]["status"], rows[1]["evaluation_score"]) == ("not_answered", 1)
    if persona == "asking_back":
        replies = " ".join(asked).lower()
        assert "back to my question" in replies or "sure" in replies or "of course" in replies
