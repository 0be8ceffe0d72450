"""Bad lines between a candidate and the embedded service, by way of a relay in user space."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from functools import partial

import httpx
import pytest

from interviewer import settings
from interviewer.rehearsal.client import CandidateClient
from interviewer.rehearsal.persona import Persona
from interviewer.rehearsal.voice import CandidateVoice
from interviewer.settings import PREFIX
from tests.cluster.candidate import Candidate
from tests.cluster.cluster import API_KEY, Cluster, is_ready
from tests.cluster.process import Process
from tests.cluster.report import DEAL, LINES, QUESTIONS
from tests.ports import free_port
from tests.relay import RelayedPeer, UdpRelay

pytestmark = [pytest.mark.cluster, pytest.mark.models, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def service(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`interviewer serve` alone on SQLite, with the cluster's model."""
    folder, port = tmp_path_factory.mktemp("embedded"), free_port()
    own = {
        **cluster.llm.variables,
        "PORT": str(port),
        "DATA_DIR": str(folder / "data"),
        "MODEL_DIR": str(settings.load().model_dir),
        "API_KEY": API_KEY,
        "STT_MODEL": "whisper-tiny.en",
        "STT_THREADS": "1",
        "SERVE_JOBS": "false",
        "DEMO": "false",
        "LOG_FORMAT": "json",
    }
    environ = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    environ |= {PREFIX + key: value for key, value in own.items()}
    process = Process(
        "serve", [sys.executable, "-m", "interviewer", "serve"], folder, environ=environ
    )
    url = f"http://127.0.0.1:{port}"
    process.start()
    try:
        cluster.wait_until(lambda: is_ready(url))
        yield url
    finally:
        process.end()


@pytest.fixture
async def relay() -> AsyncIterator[UdpRelay]:
    relay = UdpRelay()
    await relay.open()
    yield relay
    relay.close()


@pytest.fixture
async def caller(service: str, relay: UdpRelay, voice: CandidateVoice) -> AsyncIterator[Candidate]:
    """Invited by the embedded service, behind the relay."""
    interview_id = await asyncio.to_thread(_invite, service)
    person = Persona(name="aisha", answers=["…"], follow_ups=["…"])
    client = CandidateClient(service, interview_id, new_peer=partial(RelayedPeer, relay))
    candidate = Candidate(service, interview_id, voice, person, client=client)
    yield candidate
    await candidate.client.close()


async def test_a_line_that_is_cut_for_half_a_minute_costs_no_answer(
    caller: Candidate, relay: UdpRelay
) -> None:
    """In the middle of the second answer; what was said before the cut stands."""
    await caller.join()
    await caller.asked()
    await caller.listened_to()
    await caller.say(DEAL)
    await caller.asked()
    await caller.listened_to()
    answering = asyncio.create_task(caller.say(LINES[1]))
    await asyncio.sleep(2.0)
    relay.cut = True
    answering.cancel()
    holding = asyncio.create_task(caller.hold(LINES))
    await asyncio.sleep(30.0)
    assert not holding.done()
    relay.cut = False
    await holding
    _assert_whole(caller)
    assert caller.connected_at, "the line was lost"


async def test_a_line_that_loses_one_packet_in_twenty_is_held(
    caller: Candidate, relay: UdpRelay
) -> None:
    relay.loss = 0.05
    await caller.join()
    await caller.hold(LINES)
    _assert_whole(caller)
    assert relay.carried > 500


async def test_a_new_address_in_the_middle_of_an_answer_costs_no_answer(
    caller: Candidate, relay: UdpRelay
) -> None:
    await caller.join()
    await caller.asked()
    await caller.listened_to()
    answering = asyncio.create_task(caller.say(DEAL))
    await asyncio.sleep(2.0)
    await relay.change_address()
    await answering
    await caller.hold(LINES)
    _assert_whole(caller)


def _assert_whole(caller: Candidate) -> None:
    assert caller.client.ended is not None
    assert caller.client.ended["reason"] == "completed"
    turns = caller.client.transcript()
    said = " ".join(t["text"] for t in turns if t["speaker"] == "Candidate").lower()
    assert "logistics" in said
    assert "customer" in said


def _invite(url: str) -> str:
    bounds = {"min_follow_ups": 0, "max_follow_ups": 0}
    asked = [{"modality": "voice", "text": text, **bounds} for text in QUESTIONS]
    posting = {
        "title": "Account executive",
        "workflow": [{"type": "web_interview", "questions": asked}],
    }
    headers = {"X-API-KEY": API_KEY}
    with httpx.Client(base_url=f"{url}/api/v4", headers=headers, timeout=30.0) as api:
        made = api.post("/postings", json=posting).raise_for_status().json()["data"]
        person = {"name": "Aisha Williams", "email": "aisha@example.com"}
        answer = api.post(f"/postings/{made['id']}/candidates", json=person).raise_for_status()
        return str(answer.json()["data"]["interview_id"])
