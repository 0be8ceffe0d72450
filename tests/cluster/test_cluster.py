"""The same interview on a cluster, and what happens when a process of it dies."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from tests.cluster.candidate import Candidate
from tests.cluster.cluster import Cluster

pytestmark = [pytest.mark.cluster, pytest.mark.models, pytest.mark.timeout(900)]

DEAL = "Last year I closed a deal with a logistics company for three hundred thousand dollars."
SALES = "I like sales because every customer teaches me something about their business."


async def test_an_interview_survives_its_agent_and_its_api_process(
    cluster: Cluster, candidate: Candidate, tmp_path: Path
) -> None:
    interview_id = candidate.interview_id
    await candidate.client.join()
    first = await candidate.asked()
    await candidate.listened_to()
    await candidate.say(DEAL)
    second = await candidate.asked()
    await candidate.listened_to()

    killed = cluster.holder(interview_id)
    killed.kill()
    await candidate.told("notice", code="interrupted")
    again = await candidate.asked(repeat=True)
    assert (again["question_id"], again["index"]) == (second["question_id"], second["index"])
    assert cluster.holder(interview_id) is not killed
    await candidate.listened_to()

    cluster.apis[0].kill()
    await candidate.client.socket_closed.wait()
    candidate.client.base_url = cluster.urls[1] + "/"
    await candidate.client.connect()
    again = await candidate.asked(repeat=True)
    assert again["question_id"] == second["question_id"] != first["question_id"]
    await candidate.listened_to()
    await candidate.say(SALES)
    ended = await candidate.told("ended")
    assert ended["reason"] == "completed"

    data = await _report(cluster, interview_id, number=1)
    _assert_complete(data["web_interview"])
    _assert_one_recording(data["web_interview"], tmp_path)
    killed.start()
    cluster.apis[0].start()
    cluster.wait_until_ready()


async def test_an_interview_in_writing_is_held_without_sound(candidate: Candidate) -> None:
    await candidate.client.join(written=True)
    for line in (DEAL, SALES):
        await candidate.asked()
        await candidate.listened_to()
        await candidate.client.send("typed_answer", text=line)
    assert (await candidate.told("ended"))["reason"] == "completed"


async def test_an_agent_told_to_stop_lets_its_interview_end(
    cluster: Cluster, candidate: Candidate
) -> None:
    await candidate.client.join()
    await candidate.asked()
    await candidate.listened_to()
    holder = cluster.holder(candidate.interview_id)
    holder.terminate()
    await candidate.say(DEAL)
    await candidate.asked()
    await candidate.listened_to()
    await candidate.client.send("typed_answer", text=SALES)
    assert (await candidate.told("ended"))["reason"] == "completed"
    assert await asyncio.to_thread(holder.wait) == 0
    holder.start()
    cluster.wait_until_ready()


async def _report(cluster: Cluster, interview_id: str, number: int) -> dict[str, Any]:
    async with asyncio.timeout(300):
        while True:
            data = await asyncio.to_thread(cluster.data, interview_id, number)
            if data["status"] == "completed":
                return data
            await asyncio.sleep(1.0)


def _assert_complete(result: dict[str, Any]) -> None:
    said = " ".join(t["text"] for t in result["transcript"] if t["speaker"] == "Candidate").lower()
    assert "logistics" in said
    assert "customer" in said
    heard = [t["text"] for t in result["transcript"] if t["speaker"] == "Interviewer"]
    assert any("Nothing was lost" in text for text in heard)
    assert all(row["evaluation_score"] is not None for row in result["scorecard"])


def _assert_one_recording(result: dict[str, Any], folder: Path) -> None:
    """As long as the interview was, over the death of the agent that recorded its first part."""
    path = folder / "audio.mp3"
    path.write_bytes(httpx.get(result["audio_recording_url"]).content)
    with av.open(str(path)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
        seconds = samples / container.streams.audio[0].rate
    assert abs(seconds - max(t["end"] for t in result["transcript"])) < 5
