"""The same interview on a cluster, and what happens when a process of it dies."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.cluster.candidate import Candidate
from tests.cluster.cluster import Cluster
from tests.cluster.report import DEAL, SALES, assert_complete, assert_one_recording, report

pytestmark = [pytest.mark.cluster, pytest.mark.models, pytest.mark.timeout(900)]


async def test_agents_and_worker_answer_probes_and_tell_their_figures(cluster: Cluster) -> None:
    async with httpx.AsyncClient() as client:
        for url in cluster.ops_urls:
            assert (await client.get(f"{url}/health")).status_code == 200
            assert (await client.get(f"{url}/ready")).status_code == 200
        for url in cluster.ops_urls[:2]:
            figures = (await client.get(f"{url}/metrics")).text.splitlines()
            assert "interviewer_agent_interviews 0.0" in figures
            assert "interviewer_agent_slots 4.0" in figures
        everybodys = (await client.get(f"{cluster.urls[0]}/metrics")).text
        assert 'interviewer_jobs_open{state="queued"} 0.0' in everybodys


async def test_an_interview_survives_its_agent_and_its_api_process(
    cluster: Cluster, candidate: Candidate, tmp_path: Path
) -> None:
    interview_id = candidate.interview_id
    candidate.client.base_url = cluster.urls[0] + "/"
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

    data = await report(cluster, interview_id, number=1)
    assert_complete(data["web_interview"])
    assert_one_recording(data["web_interview"], tmp_path)
    heard = [t["text"] for t in data["web_interview"]["transcript"]]
    assert any("Nothing was lost" in text for text in heard)
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
