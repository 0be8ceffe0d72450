"""The main job: the demo posting, held by voice in a real browser, then scored and replayed."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.functional.candidate import Candidate
from tests.functional.conftest import Speak
from tests.functional.service import API_KEY, ServiceProcess
from tests.functional.story import ANSWERS, answer_to, content_words, demo_posting

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.timeout(1500)]

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"


@dataclass
class Held:
    """The interview after its end, and what the page saw of it."""

    posting: dict[str, Any]
    candidate: dict[str, Any]
    data: dict[str, Any]
    messages: list[dict[str, Any]]
    spoken: list[str]


@pytest.fixture(scope="module")
def held(service: ServiceProcess, browser: Browser, speak: Speak) -> Iterator[Held]:
    """One whole interview on the demo posting, resume skipped, camera on."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    posting = service.create_posting(demo_posting())
    candidate = service.create_candidate(posting["id"], "Aisha Williams", "aisha@example.com")
    page = Candidate(browser)
    spoken: list[str] = []

    def answer(question: dict[str, Any]) -> Any:
        page.page.screenshot(path=SCREENSHOTS / f"room-{len(spoken)}.png")
        line = answer_to(question, len(spoken))
        spoken.append(line)
        return speak(line)

    page.give_consent(candidate["interview_url"])
    page.skip_resume()
    page.start()
    page.converse(answer, seconds=900)
    expect(page.page.get_by_text(re.compile("Thank you", re.IGNORECASE)).first).to_be_visible()
    page.page.wait_for_timeout(4000)
    page.page.screenshot(path=SCREENSHOTS / "end.png")
    data = service.wait_for_report(candidate["interview_id"])
    yield Held(posting, candidate, data, page.messages, spoken)
    page.close()


def test_every_question_is_asked_once_in_order_in_the_postings_words(held: Held) -> None:
    asked = [m for m in held.messages if m["type"] == "question" and not m["follow_up"]]
    wanted = [q["text"] for q in demo_posting()["workflow"][1]["questions"]]
    assert [m["text"] for m in asked if not m.get("repeat")] == wanted
    assert [m["index"] for m in asked] == [1, 2, 3, 4, 5]
    assert {m["total"] for m in asked} == {5}


def test_follow_ups_lie_within_the_postings_bounds(held: Held) -> None:
    bounds = {
        q["text"]: (q["min_follow_ups"], q["max_follow_ups"])
        for q in demo_posting()["workflow"][1]["questions"]
    }
    asked = [m for m in held.messages if m["type"] == "question"]
    for main in (m for m in asked if not m["follow_up"]):
        count = sum(m["follow_up"] and m["question_id"] == main["question_id"] for m in asked)
        low, high = bounds[main["text"]]
        assert low <= count <= high, main["text"]


def test_the_states_tell_the_turns(held: Held) -> None:
    states = [m["state"] for m in held.messages if m["type"] == "state"]
    assert states[-1] == "ended"
    assert states.count("listening") == len(held.spoken)
    for before, after in itertools.pairwise(states):
        if after == "thinking":
            assert before == "listening"
    assert held.messages[-1]["type"] == "ended"
    assert held.messages[-1]["reason"] == "completed"


def test_the_data_has_the_seeds_shape_and_values_of_this_interview(held: Held) -> None:
    data = held.data
    assert data["object"] == "interview_data"
    assert data["interview_id"] == held.candidate["interview_id"]
    assert data["posting_id"] == held.posting["id"]
    assert (data["name"], data["email"]) == ("Aisha Williams", "aisha@example.com")
    assert data["status"] == "completed"
    steps = data["workflow"]["steps"]
    assert [(s["id"], s["order"], s["status"]) for s in steps] == [
        ("resume", 1, "skipped"),
        ("web_interview", 2, "complete"),
    ]
    assert [(s["started"], s["completed"]) for s in steps] == [(False, False), (True, True)]
    assert data["workflow"]["all_complete"] is True
    assert data["resume"] is None
    result = data["web_interview"]
    assert result["object"] == "web_interview_result"
    assert result["interview_id"] == data["interview_id"]
    assert isinstance(result["match_score"], int)
    assert data["score"] == float(result["match_score"])
    assert 0 <= result["speech_score"] <= 100
    assert result["highlights"]
    assert all(isinstance(line, str) and line for line in result["highlights"])
    assert isinstance(result["lowlights"], list)
    assert 1 <= len(result["tags"]) <= 5
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", tag) for tag in result["tags"])


def test_the_match_score_is_the_weighted_mean_of_the_scorecard(held: Held) -> None:
    rows = held.data["web_interview"]["scorecard"]
    assert [row["rank"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["score_weight"] for row in rows] == [3.0, 3.0, 2.0, 2.5, 1.5]
    for row in rows:
        assert row["evaluation_score"] in (1, 2, 3, 4, 5)
        assert len(row["evaluation_summary"].split()) >= 4
    points = sum(row["score_weight"] * row["evaluation_score"] for row in rows)
    most = 5 * sum(row["score_weight"] for row in rows)
    assert held.data["web_interview"]["match_score"] == int(100 * points / most + 0.5)


def test_what_was_said_stands_in_the_transcript_and_in_order(held: Held) -> None:
    turns = held.data["web_interview"]["transcript"]
    assert [t["start"] for t in turns] == sorted(t["start"] for t in turns)
    assert all(t["start"] <= t["end"] for t in turns)
    assert len({t["turn_id"] for t in turns}) == len(turns)
    heard = content_words(" ".join(t["text"] for t in turns if t["speaker"] == "Candidate"))
    said = set().union(*(content_words(line) for line in held.spoken))
    assert len(said & heard) >= 0.75 * len(said), sorted(said - heard)


def test_evidence_is_said_by_the_candidate_at_that_second(held: Held) -> None:
    result = held.data["web_interview"]
    turns = [t for t in result["transcript"] if t["speaker"] == "Candidate"]
    evidence = [e for row in result["scorecard"] for e in row["evidence"]]
    assert evidence
    for item in evidence:
        assert item["start"] < item["end"]
        quoted = content_words(item["quote"])
        near = [t for t in turns if t["start"] - 1 <= item["start"] and item["end"] <= t["end"] + 1]
        assert any(quoted <= content_words(t["text"]) for t in near), item


def test_the_recordings_open_decode_and_share_the_transcripts_axis(
    held: Held, tmp_path: Path
) -> None:
    result = held.data["web_interview"]
    video, audio = tmp_path / "video.mp4", tmp_path / "audio.mp3"
    for url, path in (
        (result["video_recording_url"], video),
        (result["audio_recording_url"], audio),
    ):
        answer = httpx.get(url, headers={"Range": "bytes=0-99"})
        assert (answer.status_code, len(answer.content)) == (206, 100)
        path.write_bytes(httpx.get(url).content)
    head = video.read_bytes()
    assert head.find(b"moov") < head.find(b"mdat"), "the index comes first (faststart)"
    end = max(t["end"] for t in result["transcript"])
    with av.open(str(video)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert container.streams.audio[0].codec_context.name == "aac"
        seconds = (container.duration or 0) / 1e6
        pictures = sum(1 for _ in container.decode(video=0))
    assert abs(seconds - end) < 5
    assert pictures > 5 * seconds
    with av.open(str(audio)) as container:
        assert container.streams.audio[0].codec_context.name.startswith("mp3")
        rate = container.streams.audio[0].rate
        pcm = np.concatenate(
            [f.to_ndarray().astype(np.float32).mean(axis=0) for f in container.decode(audio=0)]
        )
    assert abs(len(pcm) / rate - end) < 5
    loud = np.sqrt(np.mean(pcm**2))
    for turn in result["transcript"]:
        if turn["end"] - turn["start"] > 1.5:
            part = pcm[int(turn["start"] * rate) : int(turn["end"] * rate)]
            assert np.sqrt(np.mean(part**2)) > loud / 4, f"silence where {turn['text']!r} was said"


def test_a_recruiter_logs_in_plays_and_jumps_to_a_quote(
    held: Held, service: ServiceProcess, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{service.url}/review/interviews/{held.candidate['interview_id']}")
    page.get_by_label(re.compile("API key", re.IGNORECASE)).fill(API_KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Aisha Williams").first).to_be_visible()
    _until(page, "document.querySelector('video')?.readyState >= 2")
    page.evaluate("void document.querySelector('video').play()")
    _until(page, "document.querySelector('video').currentTime > 1")
    page.evaluate("document.querySelector('video').pause()")
    evidence = next(e for r in held.data["web_interview"]["scorecard"] for e in r["evidence"])
    quote = re.compile(re.escape(evidence["quote"][:30]))
    page.get_by_role("button", name=quote).first.click()
    at = evidence["start"]
    _until(page, f"Math.abs(document.querySelector('video').currentTime - {at}) < 3")
    page.screenshot(path=SCREENSHOTS / "review.png")
    context.close()


def _until(page: Page, expression: str, seconds: float = 30.0) -> None:
    """Wait until it holds. The page's own policy forbids what `wait_for_function` does."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(100)


def test_nothing_but_the_candidates_words_was_needed(held: Held) -> None:
    """The story covers each of the five questions, so a silent fallback cannot hide."""
    assert len(held.spoken) >= len(ANSWERS)
