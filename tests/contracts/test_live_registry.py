"""The contracts of `LiveRegistry` and `MessageBus`, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from interviewer.domain.errors import Conflict, NotFound
from interviewer.interfaces import LiveAgent, LivePage, LiveRoom
from interviewer.storage.engine import SqlStore
from interviewer.storage.live_registry import LeasedStore, SqlLiveRegistry
from interviewer.storage.message_bus import SqlMessageBus
from tests.clock import Clock
from tests.contracts.records import a_turn

TOPIC = "agent:I1"


@pytest.fixture
def clock() -> Clock:
    return Clock(1_000.0)


@pytest.fixture
def registry(filled: SqlStore, clock: Clock) -> SqlLiveRegistry:
    return SqlLiveRegistry(filled, clock)


def a_room(connection_id: str = "c1", browser_id: str = "b1") -> LiveRoom:
    return LiveRoom(interview_id="I1", connection_id=connection_id, browser_id=browser_id)


def a_page(page_id: str = "p1", connection_id: str = "c1") -> LivePage:
    return LivePage(page_id=page_id, interview_id="I1", connection_id=connection_id, seen_at=0.0)


async def connect(
    registry: SqlLiveRegistry, room: LiveRoom, *, takeover: bool = False
) -> LiveRoom | None:
    return await registry.connect(room, takeover=takeover, arrival=20.0, page_lost=6.0)


async def test_the_same_browser_goes_on_and_another_one_is_refused(
    registry: SqlLiveRegistry, clock: Clock
) -> None:
    assert await connect(registry, a_room()) is None
    old = await connect(registry, a_room("c2"))
    assert old is not None
    assert old.connection_id == "c1"
    with pytest.raises(NotFound):
        await registry.room_of("c1")
    with pytest.raises(Conflict) as refused:
        await connect(registry, a_room("c3", "b2"))
    assert refused.value.code == "already_connected"
    assert (await registry.room_of("c2")).browser_id == "b1"
    assert await connect(registry, a_room("c3", "b2"), takeover=True) is not None
    assert (await registry.room_of("c3")).browser_id == "b2"


async def test_a_browser_is_live_while_its_page_is_read_and_not_after(
    registry: SqlLiveRegistry, clock: Clock
) -> None:
    await connect(registry, a_room())
    await registry.open_page(a_page())
    clock.now += 25.0
    await registry.touch_page("p1")
    with pytest.raises(Conflict):
        await connect(registry, a_room("c2", "b2"))
    await registry.close_page(a_page())
    assert await connect(registry, a_room("c2", "b2")) is not None


async def test_of_two_browsers_at_once_one_is_let_in(registry: SqlLiveRegistry) -> None:
    outcomes = await asyncio.gather(
        *(connect(registry, a_room(f"c{n}", f"b{n}")) for n in (1, 2, 3)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 2


async def test_one_asks_for_an_agent_and_the_others_wait(
    registry: SqlLiveRegistry, clock: Clock
) -> None:
    await connect(registry, a_room())
    asked = await asyncio.gather(*(registry.ask("I1", again_after=8.0) for _ in range(4)))
    assert sum(asked) == 1
    clock.now += 9.0
    assert await registry.ask("I1", again_after=8.0)
    assert not await registry.ask("I9", again_after=8.0)


async def test_a_lease_is_the_holders_for_as_long_as_it_beats(
    registry: SqlLiveRegistry, clock: Clock
) -> None:
    await connect(registry, a_room())
    first, second = (LiveAgent(agent_id=name, slots=2) for name in ("a1", "a2"))
    assert await registry.claim("I1", "a1", lost_after=6.0)
    for _ in range(3):
        clock.now += 5.0
        assert await registry.beat(first) == {"I1"}
        assert not await registry.claim("I1", "a2", lost_after=6.0)
    clock.now += 7.0
    assert await registry.claim("I1", "a2", lost_after=6.0)
    assert await registry.beat(first) == frozenset()
    assert await registry.beat(second) == {"I1"}
    await registry.release("I1", "a1")
    held = await registry.room("I1")
    assert held is not None
    assert held.agent_id == "a2"
    await connect(registry, a_room("c2"))
    assert await registry.beat(second) == {"I1"}


async def test_who_lost_the_lease_can_store_nothing_any_more(
    registry: SqlLiveRegistry, filled: SqlStore, clock: Clock
) -> None:
    await connect(registry, a_room())
    await registry.claim("I1", "a1", lost_after=6.0)
    leased = LeasedStore(filled, "I1", "a1")
    async with leased.transaction() as tx:
        await tx.save_progress("I1", turns=[a_turn("t1", 0.0)], conversation={"index": 1})
    clock.now += 7.0
    await registry.claim("I1", "a2", lost_after=6.0)
    with pytest.raises(Conflict) as refused:
        async with leased.transaction() as tx:
            await tx.save_progress("I1", turns=[], conversation={"index": 0})
    assert refused.value.code == "lease_lost"
    async with leased.snapshot() as tx:
        assert (await tx.interview(None, "I1")).conversation == {"index": 1}


async def test_a_room_is_closed_only_for_the_connection_that_was_meant(
    registry: SqlLiveRegistry,
) -> None:
    await connect(registry, a_room("c2"))
    await registry.close("I1", connection_id="c1")
    assert [room.connection_id for room in await registry.rooms()] == ["c2"]
    await registry.close("I1")
    assert await registry.room("I1") is None


async def test_agents_and_pages_that_are_not_seen_are_not_there(
    registry: SqlLiveRegistry, clock: Clock
) -> None:
    await registry.beat(LiveAgent(agent_id="a1", slots=2, holding=1))
    await registry.open_page(a_page())
    assert [agent.holding for agent in await registry.agents(seen_within=6.0)] == [1]
    assert [page.page_id for page in await registry.pages(seen_within=6.0)] == ["p1"]
    clock.now += 7.0
    assert await registry.agents(seen_within=6.0) == []
    assert await registry.pages(seen_within=6.0) == []
    await registry.beat(LiveAgent(agent_id="a1", slots=2))
    await registry.tidy(older_than=5.0)
    assert len(await registry.agents(seen_within=60.0)) == 1
    assert await registry.pages(seen_within=60.0) == []
    await registry.retire("a1")
    assert await registry.agents(seen_within=60.0) == []


# --- messages --------------------------------------------------------------------------------


@pytest.fixture
async def buses(filled: SqlStore, database_url: str) -> AsyncIterator[list[SqlMessageBus]]:
    """Two, as two processes would have."""
    pair = [SqlMessageBus(filled, database_url) for _ in range(2)]
    running = [asyncio.create_task(bus.run()) for bus in pair]
    yield pair
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def test_messages_come_to_another_process_in_order(buses: list[SqlMessageBus]) -> None:
    here, there = buses
    async with there.listen(TOPIC) as words:
        await here.post("I1", TOPIC, {"n": 1}, {"n": 2})
        assert await anext(words) == {"n": 1}
        await here.post("I1", TOPIC, None)
        await here.post("I1", "page:other", {"n": 9})
        await here.post("I1", TOPIC, {"text": "é\u2028" * 9_000})
        assert await anext(words) == {"n": 2}
        assert await anext(words) is None
        long = await anext(words)
    assert long == {"text": "é\u2028" * 9_000}


async def test_a_message_waits_for_a_reader_and_is_read_once(buses: list[SqlMessageBus]) -> None:
    here, there = buses
    await here.post("I1", TOPIC, {"n": 1})
    async with there.listen(TOPIC) as words:
        assert await anext(words) == {"n": 1}
    async with there.listen(TOPIC) as words:
        reading = asyncio.ensure_future(anext(words))
        await asyncio.sleep(0.3)
        assert not reading.done()
        await here.post("I1", TOPIC, {"n": 2})
        assert await reading == {"n": 2}


async def test_a_message_about_nothing_is_refused(buses: list[SqlMessageBus]) -> None:
    with pytest.raises(NotFound):
        await buses[0].post("I9", TOPIC, {"n": 1})
