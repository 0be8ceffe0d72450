"""The service is killed twice in mid-interview; the same link goes on, and nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import httpx
import pytest
from playwright.sync_api import Browser

from tests.functional.candidate import Candidate
from tests.functional.conftest import Speak
from tests.functional.service import ServiceProcess
from tests.functional.story import answer_to, content_words, demo_posting

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.timeout(1500)]

KILL_AFTER_ANSWERS = (2, 5)


def test_killed_twice_the_interview_goes_on_and_loses_nothing(
    browser: Browser, speak: Speak, tmp_path: Path
) -> None:
    service = ServiceProcess(tmp_path)
    service.start()
    posting = service.create_posting(demo_posting())
    candidate = service.create_candidate(posting["id"], "Aisha Williams", "aisha@example.com")
    page = Candidate(browser)
    spoken: list[str] = []
    killed: list[dict[str, Any]] = []

    def answer(question: dict[str, Any]) -> Any:
        if len(spoken) in KILL_AFTER_ANSWERS and len(killed) < 2 and _due(spoken, killed):
            killed.append(question)
            service.kill()
            service.start()
            return None
        line = answer_to(question, len(spoken))
        spoken.append(line)
        return speak(line)

    page.give_consent(candidate["interview_url"])
    page.skip_resume()
    page.start()
    page.converse(answer, seconds=1100)
    page.page.wait_for_timeout(4000)
    data = service.wait_for_report(candidate["interview_id"])
    page.close()

    assert len(killed) == 2
    questions = [m for m in page.messages if m["type"] == "question"]
    firsts = [m["text"] for m in questions if not m["follow_up"] and not m.get("repeat")]
    assert firsts == [q["text"] for q in demo_posting()["workflow"][1]["questions"]]
    for question in killed:
        at = questions.index(question)
        again = next(m for m in questions[at + 1 :])
        assert again["repeat"]
        assert (again["question_id"], again["follow_up"]) == (
            question["question_id"],
            question["follow_up"],
        )
    _assert_bounds(questions)
    result = data["web_interview"]
    heard = content_words(
        " ".join(t["text"] for t in result["transcript"] if t["speaker"] == "Candidate")
    )
    said = set().union(*(content_words(line) for line in spoken))
    assert len(said & heard) >= 0.75 * len(said), sorted(said - heard)
    assert all(row["evaluation_score"] is not None for row in result["scorecard"])
    _assert_one_recording(result, tmp_path)
    assert service.stop() == 0


def _due(spoken: list[str], killed: list[dict[str, Any]]) -> bool:
    return len(spoken) == KILL_AFTER_ANSWERS[len(killed)]


def _assert_bounds(questions: list[dict[str, Any]]) -> None:
    bounds = {
        q["text"]: (q["min_follow_ups"], q["max_follow_ups"])
        for q in demo_posting()["workflow"][1]["questions"]
    }
    for main in (m for m in questions if not m["follow_up"] and not m.get("repeat")):
        asked = [
            m
            for m in questions
            if m["follow_up"] and not m.get("repeat") and m["question_id"] == main["question_id"]
        ]
        low, high = bounds[main["text"]]
        assert low <= len(asked) <= high


def _assert_one_recording(result: dict[str, Any], folder: Path) -> None:
    end = max(t["end"] for t in result["transcript"])
    path = folder / "audio.mp3"
    path.write_bytes(httpx.get(result["audio_recording_url"]).content)
    with av.open(str(path)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
        assert abs(samples / container.streams.audio[0].rate - end) < 5
    assert result["video_recording_url"]
