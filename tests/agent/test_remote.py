"""API processes side by side: each can take over what another has begun."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from interviewer.agent import protocol
from interviewer.agent.remote import RemoteInterviews
from interviewer.domain.errors import Conflict, Invalid, NotFound, Unavailable
from interviewer.domain.interview import Interview
from interviewer.interfaces import LiveAgent, LiveRoom
from interviewer.media.sfu import Sfu, SfuAccess
from interviewer.storage.engine import SqlStore
from interviewer.storage.live_registry import SqlLiveRegistry
from interviewer.storage.message_bus import SqlMessageBus
from tests.contracts.records import a_posting, a_question, a_workspace, an_interview

# Nobody listens there: what is asked of LiveKit fails, and nothing here depends on it.
AWAY = SfuAccess(url="ws://127.0.0.1:9", api_key="key", api_secret="s" * 32)


class Cluster:
    """Two API processes on one database, and the agent's end of it."""

    def __init__(self, store: SqlStore, url: str, sfu: Sfu) -> None:
        self.registry = SqlLiveRegistry(store)
        self.bus = SqlMessageBus(store, url)
        self.first, self.second = (self._api(store, sfu, url) for _ in range(2))

    def _api(self, store: SqlStore, sfu: Sfu, url: str) -> RemoteInterviews:
        async def check(interview_id: str) -> Interview:
            async with store.snapshot() as tx:
                return await tx.interview(None, interview_id)

        return RemoteInterviews(
            registry=SqlLiveRegistry(store),
            bus=SqlMessageBus(store, url),
            sfu=sfu,
            check_connect=check,
        )

    async def tell(self, message: dict[str, Any] | None) -> None:
        """As the agent: to every page that is open."""
        for page in await self.registry.pages(seen_within=60.0):
            await self.bus.post("I1", protocol.page_topic(page.page_id), message)


@pytest.fixture
async def cluster(sqlite_store: SqlStore, tmp_path: Any) -> AsyncIterator[Cluster]:
    async with sqlite_store.transaction() as tx:
        await tx.add_workspace(a_workspace("w1"))
        await tx.add_posting(a_posting(), [a_question()])
        await tx.add_interview(an_interview())
    async with Sfu(AWAY) as sfu:
        made = Cluster(sqlite_store, f"sqlite:///{tmp_path / 'interviewer.db'}", sfu)
        yield made
        await made.first.close()
        await made.second.close()


async def test_a_page_is_told_where_to_join_and_may_write_instead(cluster: Cluster) -> None:
    spoken = await cluster.first.connect("I1", browser_id="b1")
    assert (spoken.transport, spoken.url) == ("livekit", AWAY.url)
    assert spoken.token
    written = await cluster.second.connect("I1", browser_id="b1", transport="text")
    assert (written.transport, written.token) == ("text", None)
    with pytest.raises(Invalid) as refused:
        await cluster.first.connect("I1", browser_id="b1", transport="webrtc")
    assert refused.value.param == "transport"
    with pytest.raises(NotFound):
        await cluster.first.connect("I9", browser_id="b1")


async def test_another_process_reads_the_events_and_takes_the_messages(cluster: Cluster) -> None:
    connection = await cluster.first.connect("I1", browser_id="b1")
    async with cluster.second.events(connection.id) as messages:
        assert await anext(messages) == {"type": "state", "state": "connecting"}
        await cluster.tell({"type": "state", "state": "listening"})
        assert await anext(messages) == {"type": "state", "state": "listening"}
        await cluster.second.receive(connection.id, {"type": "typed_answer", "text": "Yes."})
        with pytest.raises(Invalid):
            await cluster.second.receive(connection.id, {"type": "nonsense"})
        await cluster.tell(None)
        with pytest.raises(StopAsyncIteration):
            await anext(messages)
    heard = []
    async with cluster.bus.listen(protocol.agent_topic("I1")) as words:
        while (word := await anext(words) or {})["type"] != "said":
            heard.append(word)
    assert word["message"] == {"type": "typed_answer", "text": "Yes."}
    assert (word["connection_id"], word["browser_id"]) == (connection.id, "b1")
    assert heard
    assert all(word == protocol.LOOK for word in heard)


async def test_a_takeover_ends_the_events_of_the_page_before(cluster: Cluster) -> None:
    connection = await cluster.first.connect("I1", browser_id="b1")
    async with cluster.first.events(connection.id) as messages:
        await anext(messages)
        with pytest.raises(Conflict):
            await cluster.second.connect("I1", browser_id="b2")
        await cluster.second.connect("I1", browser_id="b2", takeover=True)
        notice = await anext(messages)
        assert (notice["type"], notice["code"]) == ("notice", "taken_over")
        with pytest.raises(StopAsyncIteration):
            await anext(messages)
    with pytest.raises(NotFound):
        async with cluster.first.events(connection.id):
            pass


async def test_an_agent_that_died_is_missed_by_one_process_and_the_page_is_told(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def dispatch(self: Sfu, interview_id: str) -> None:
        asked.append(interview_id)

    monkeypatch.setattr(Sfu, "dispatch", dispatch)
    monkeypatch.setattr(protocol, "GRACE", 0.5)
    connection = await cluster.first.connect("I1", browser_id="b1")
    long_ago = SqlLiveRegistry(cluster.registry._store, lambda: time.time() - 60.0)
    async with cluster.first.events(connection.id) as messages:
        await anext(messages)
        await long_ago.claim("I1", "dead", lost_after=6.0)
        long_since = SqlLiveRegistry(cluster.registry._store, lambda: time.time() - 30.0)
        await long_since.ask("I1", again_after=-100.0)
        asked.clear()
        running = [asyncio.create_task(api.run()) for api in (cluster.first, cluster.second)]
        notice = await asyncio.wait_for(anext(messages), 10)
        assert (notice["type"], notice["code"]) == ("notice", "interrupted")
        assert (await anext(messages))["state"] == "paused"
        while not asked:
            await asyncio.sleep(0.05)
        await asyncio.sleep(2.5)
        assert asked == ["I1"]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_nobody_is_taken_for_dead_after_an_outage_of_the_database(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it was away, neither a page nor an agent could say that it is there."""
    asked: list[str] = []

    async def dispatch(self: Sfu, interview_id: str) -> None:
        asked.append(interview_id)

    monkeypatch.setattr(Sfu, "dispatch", dispatch)
    monkeypatch.setattr(protocol, "BEAT", 0.05)
    monkeypatch.setattr(protocol, "GRACE", 0.5)
    minute_ago = SqlLiveRegistry(cluster.registry._store, lambda: time.time() - 60.0)
    room = LiveRoom(interview_id="I1", connection_id="c1", browser_id="b1")
    await minute_ago.connect(room, takeover=False, arrival=20.0, page_lost=6.0)
    await minute_ago.claim("I1", "a1", lost_after=6.0)
    supervising = asyncio.create_task(cluster.first.run())
    await asyncio.sleep(0.3)
    assert cluster.first.is_live("I1")
    await cluster.first._ask_for_agent((await cluster.registry.rooms())[0])
    assert asked == []
    while await cluster.registry.room("I1") is not None:
        await asyncio.sleep(0.05)  # nobody said a word afterwards, either
    supervising.cancel()
    await asyncio.gather(supervising, return_exceptions=True)


async def test_when_every_agent_is_busy_more_are_asked_to_wait(cluster: Cluster) -> None:
    await cluster.registry.beat(LiveAgent(agent_id="a1", slots=1, holding=1))
    await cluster.registry.beat(LiveAgent(agent_id="a2", slots=1, draining=True))
    with pytest.raises(Unavailable) as refused:
        await cluster.first.connect("I1", browser_id="b1")
    assert refused.value.code == "at_capacity"
    await cluster.registry.beat(LiveAgent(agent_id="a3", slots=1))
    await cluster.first.connect("I1", browser_id="b1")
    await cluster.registry.claim("I1", "a3", lost_after=6.0)
    await cluster.registry.beat(LiveAgent(agent_id="a3", slots=1, holding=1))
    assert await cluster.second.connect("I1", browser_id="b1")


async def test_stopping_waits_for_the_agent_to_let_go(cluster: Cluster) -> None:
    connection = await cluster.first.connect("I1", browser_id="b1")
    await cluster.registry.claim("I1", "a1", lost_after=6.0)
    stopping = asyncio.create_task(cluster.second.stop("I1", "erased"))
    async with cluster.bus.listen(protocol.agent_topic("I1")) as words:
        while (await anext(words)) != protocol.stop("erased"):
            assert not stopping.done()
    await cluster.registry.release("I1", "a1")
    await stopping
    with pytest.raises(NotFound):
        await cluster.first.receive(connection.id, {"type": "leave"})
