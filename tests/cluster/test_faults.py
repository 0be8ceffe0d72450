"""What the processes stand on dies under an interview: database, model, LiveKit, the worker."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.cluster.candidate import Candidate
from tests.cluster.cluster import Cluster, is_ready
from tests.cluster.conftest import Invite
from tests.cluster.report import (
    DEAL,
    LINES,
    QUESTIONS,
    SALES,
    assert_complete,
    assert_one_recording,
    assert_said_once,
    report,
)

pytestmark = [pytest.mark.cluster, pytest.mark.models, pytest.mark.timeout(900)]

# Longer than a lease: whoever looks first afterwards finds everybody silent.
OUTAGE = 8.0


async def in_mid_answer(candidate: Candidate) -> tuple[Mapping[str, Any], asyncio.Task[None]]:
    """The first question, and its answer of which two seconds are said."""
    await candidate.client.join()
    first = await candidate.asked()
    await candidate.listened_to()
    answering = asyncio.create_task(candidate.say(DEAL))
    await asyncio.sleep(2.0)
    return first, answering


async def test_the_database_crashes_in_the_middle_of_an_answer(
    cluster: Cluster, candidate: Candidate, tmp_path: Path
) -> None:
    first, answering = await in_mid_answer(candidate)
    holder = cluster.holder(candidate.interview_id)
    cluster.postgres.stop(signal.SIGQUIT)
    await asyncio.sleep(OUTAGE)
    cluster.postgres.start()
    await answering
    second = await candidate.asked()
    assert (first["index"], second["index"]) == (1, 2)
    await candidate.listened_to()
    await candidate.say(SALES)
    assert (await candidate.told("ended"))["reason"] == "completed"

    assert cluster.holder(candidate.interview_id) is holder
    assert not [r for r in candidate.client.messages if r.message.get("code") == "interrupted"]
    assert all(process.alive for process in cluster.processes())
    data = await report(cluster, candidate.interview_id)
    assert_complete(data["web_interview"])
    assert_said_once(data["web_interview"])
    assert_one_recording(data["web_interview"], tmp_path)


async def test_a_livekit_node_dies_in_the_middle_of_an_answer(
    cluster: Cluster, candidate: Candidate, tmp_path: Path
) -> None:
    """Page and agent find each other in a room on the other node."""
    _, answering = await in_mid_answer(candidate)
    dead = cluster.livekit.node_of(candidate.interview_id)
    dead.kill()
    answering.cancel()
    await candidate.hold(LINES)
    assert cluster.livekit.node_of(candidate.interview_id) is not dead
    assert candidate.client.ended is not None
    assert candidate.client.ended["reason"] == "completed"

    cluster.livekit.start(dead)
    data = await report(cluster, candidate.interview_id)
    assert_complete(data["web_interview"])
    assert_one_recording(data["web_interview"], tmp_path)


async def test_the_recogniser_dies_in_the_middle_of_an_answer(
    cluster: Cluster, candidate: Candidate, tmp_path: Path
) -> None:
    """The agent's own model hears the rest of it, and what was on its way."""
    _, answering = await in_mid_answer(candidate)
    agent = cluster.agents.index(cluster.holder(candidate.interview_id))
    by_service = recognised(cluster, agent, "service")
    assert by_service > 0
    cluster.recogniser.kill()
    try:
        await answering
        second = await candidate.asked()
        assert second["index"] == 2
        assert recognised(cluster, agent, "local") > 0
        assert recognised(cluster, agent, "nobody") == 0
    finally:
        cluster.recogniser.start()
    await asyncio.to_thread(cluster.wait_until, lambda: is_ready(cluster.recogniser_url))
    await candidate.listened_to()
    await candidate.say(SALES)
    assert (await candidate.told("ended"))["reason"] == "completed"

    assert recognised(cluster, agent, "service") > by_service
    data = await report(cluster, candidate.interview_id)
    assert_complete(data["web_interview"])
    assert_said_once(data["web_interview"])
    assert_one_recording(data["web_interview"], tmp_path)


def recognised(cluster: Cluster, agent: int, by: str) -> float:
    """Decodes of that agent so far."""
    text = httpx.get(f"{cluster.ops_urls[agent]}/metrics", timeout=10.0).text
    return next(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "interviewer_recognised_total" and sample.labels["by"] == by
    )


async def test_without_a_model_the_interview_goes_on_and_the_evaluation_waits(
    cluster: Cluster, invite: Invite
) -> None:
    candidate = invite(cluster.create_posting("Why do you like sales?", follow_ups=1))
    await candidate.client.join(written=True)
    await candidate.asked()
    await candidate.listened_to()
    cluster.llm.process.kill()
    await candidate.client.send("typed_answer", text=SALES)
    follow_up = await candidate.asked()
    assert follow_up["follow_up"]
    assert follow_up["text"]
    await candidate.listened_to()
    await candidate.client.send("typed_answer", text=DEAL)
    assert (await candidate.told("ended"))["reason"] == "completed"

    await asyncio.to_thread(cluster.wait_until, lambda: cluster.worker.said("job.step.failed"))
    assert cluster.data(candidate.interview_id)["status"] != "completed"
    cluster.llm.start()
    data = await report(cluster, candidate.interview_id)
    assert_complete(data["web_interview"])


async def test_a_worker_dies_in_the_middle_of_an_evaluation(
    cluster: Cluster, invite: Invite
) -> None:
    posting = cluster.create_posting(*QUESTIONS)
    webhook = cluster.register_webhook(posting, "report_available")
    candidate = invite(posting)
    await candidate.client.join(written=True)
    for line in LINES:
        await candidate.asked()
        await candidate.listened_to()
        await candidate.client.send("typed_answer", text=line)
    assert (await candidate.told("ended"))["reason"] == "completed"
    job = f"finalize_interview:{candidate.interview_id}:"
    worker = cluster.worker
    await asyncio.to_thread(cluster.wait_until, lambda: worker.said("job.started", job))
    worker.kill()
    assert not worker.said("job.done", job)
    worker.start()
    data = await report(cluster, candidate.interview_id)
    assert worker.said("job.done", job)
    assert_complete(data["web_interview"])
    assert_said_once(data["web_interview"])
    assert len(cluster.deliveries(webhook)) == 1
