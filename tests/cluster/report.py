"""What is left of an interview when everything is over."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import av
import httpx

from tests.cluster.cluster import Cluster

DEAL = "Last year I closed a deal with a logistics company for three hundred thousand dollars."
SALES = "I like sales because every customer teaches me something about their business."
LINES = (DEAL, SALES)
QUESTIONS = ("Tell me about a deal you closed.", "Why do you like sales?")


async def report(cluster: Cluster, interview_id: str, number: int = 0) -> dict[str, Any]:
    """What the API says of it, once it is evaluated."""
    async with asyncio.timeout(300):
        while True:
            data = await asyncio.to_thread(cluster.data, interview_id, number)
            if data["status"] == "completed":
                return data
            await asyncio.sleep(1.0)


def assert_complete(result: dict[str, Any]) -> None:
    """Both answers are there, every question is scored, and no turn is there twice."""
    said = candidate_said(result)
    assert "logistics" in said
    assert "customer" in said
    assert all(row["evaluation_score"] is not None for row in result["scorecard"])
    turns = Counter((t["speaker"], t["text"], t["start"]) for t in result["transcript"])
    assert max(turns.values()) == 1


def assert_said_once(result: dict[str, Any]) -> None:
    """Neither was an answer heard twice nor a question asked again."""
    said = candidate_said(result)
    assert (said.count("logistics"), said.count("customer")) == (1, 1)
    heard = [t["text"] for t in result["transcript"] if t["speaker"] == "Interviewer"]
    for question in QUESTIONS:
        assert sum(question in text for text in heard) == 1, heard


def candidate_said(result: dict[str, Any]) -> str:
    texts = (t["text"] for t in result["transcript"] if t["speaker"] == "Candidate")
    return " ".join(texts).lower()


def assert_one_recording(result: dict[str, Any], folder: Path) -> None:
    """As long as the interview was, over the death of the agent that recorded its first part."""
    path = folder / "audio.mp3"
    path.write_bytes(httpx.get(result["audio_recording_url"]).content)
    with av.open(str(path)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
        seconds = samples / container.streams.audio[0].rate
    assert abs(seconds - max(t["end"] for t in result["transcript"])) < 5
