"""A new version is rolled out under live interviews: each process is told to stop, in turn."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.cluster.candidate import Candidate
from tests.cluster.cluster import Cluster
from tests.cluster.conftest import Invite
from tests.cluster.report import LINES, QUESTIONS

pytestmark = [pytest.mark.cluster, pytest.mark.models, pytest.mark.timeout(900)]


async def test_a_rolling_restart_interrupts_none_of_three_interviews(
    cluster: Cluster, invite: Invite
) -> None:
    """One is spoken and two are written; each is in the middle of a question at every restart."""
    posting = cluster.create_posting(*QUESTIONS)
    candidates = [invite(posting) for _ in range(3)]
    for number, candidate in enumerate(candidates):
        await candidate.join(written=number > 0)
    may_answer = [asyncio.Event() for _ in candidates]
    async with asyncio.TaskGroup() as holding:
        for candidate, when in zip(candidates, may_answer, strict=True):
            holding.create_task(candidate.hold(LINES, when))
        for api in cluster.apis:
            await _all_wait(candidates)
            api.terminate()
            assert await asyncio.to_thread(api.wait) == 0
            api.start()
            await asyncio.to_thread(cluster.wait_until_ready)
        for agent in cluster.agents:
            await _all_wait(candidates)
            agent.terminate()
            for candidate, when in zip(candidates, may_answer, strict=True):
                if cluster.holder(candidate.interview_id) is agent:
                    when.set()
            assert await asyncio.to_thread(agent.wait, 180.0) == 0
            agent.start()
            await asyncio.to_thread(cluster.wait_until_ready)

    for candidate in candidates:
        assert candidate.client.ended is not None
        assert candidate.client.ended["reason"] == "completed"
        told = [r.message.get("code") for r in candidate.client.messages]
        assert "interrupted" not in told
        assert cluster.times_taken(candidate.interview_id) == 1, "an agent gave it up"


async def _all_wait(candidates: Sequence[Candidate]) -> None:
    """Until everybody whose interview is not over has been asked a question."""
    async with asyncio.timeout(120):
        for candidate in candidates:
            while candidate.client.ended is None and not candidate.waits.is_set():
                await asyncio.sleep(0.2)
