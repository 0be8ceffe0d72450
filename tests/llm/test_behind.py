"""Evaluations behind live interviews: they wait, give way, and are done nevertheless."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import web

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Message
from interviewer.llm.behind import BehindLive
from interviewer.llm.client import ChatModel
from interviewer.llm.embedded import EmbeddedServer
from tests.fakes.llm import FakeLanguageModel
from tests.llm.conftest import SMALL

ASK = [Message("user", "Which of these does the answer show?")]


class Line:
    """Whether an interview is live."""

    def __init__(self, *, live: bool = False) -> None:
        self.live = live

    async def is_live(self) -> bool:
        return self.live


async def test_a_call_waits_until_nobody_is_live() -> None:
    model, line = FakeLanguageModel(), Line(live=True)
    behind = BehindLive(model, line.is_live, poll=0.01)
    asking = asyncio.create_task(behind.complete(ASK, max_tokens=4))
    await asyncio.sleep(0.1)
    assert not model.prompts
    line.live = False
    assert await asking == model.default


async def test_a_call_under_way_gives_way_and_is_made_again() -> None:
    model, line = FakeLanguageModel(delay=0.3), Line()
    behind = BehindLive(model, line.is_live, poll=0.01)
    asking = asyncio.create_task(behind.choice_probabilities(ASK, ("1", "2")))
    while not model.prompts:
        await asyncio.sleep(0.01)
    line.live = True
    await asyncio.sleep(0.5)
    assert not asking.done(), "it went on beside the interview"
    assert len(model.prompts) == 1
    line.live = False
    assert sum((await asking).values()) == pytest.approx(1.0)
    assert len(model.prompts) == 2


async def test_patience_ends() -> None:
    """With interviews all day long the reports come nevertheless."""
    model, line = FakeLanguageModel(delay=0.1), Line(live=True)
    behind = BehindLive(model, line.is_live, poll=0.01, patience=0.2)
    assert await behind.complete(ASK, max_tokens=4) == model.default
    assert len(model.prompts) == 1


async def test_a_call_that_is_always_disturbed_ends_too() -> None:
    """Somebody is live at each second look: each try would be broken off, none would wait."""
    looks = 0

    async def is_live() -> bool:
        nonlocal looks
        looks += 1
        return looks % 2 == 0

    model = FakeLanguageModel(delay=0.1)
    behind = BehindLive(model, is_live, poll=0.01, patience=2.0)
    assert await behind.complete(ASK, max_tokens=4) == model.default
    assert len(model.prompts) > 2


async def test_what_was_done_during_a_look_is_not_done_again() -> None:
    """The batch that a look waits for is often the one that ends the call."""
    model = FakeLanguageModel(delay=0.05)

    async def is_live() -> bool:
        if model.prompts:
            await asyncio.sleep(0.2)
        return bool(model.prompts)

    behind = BehindLive(model, is_live, poll=0.01)
    assert await behind.complete(ASK, max_tokens=4) == model.default
    assert len(model.prompts) == 1


async def test_one_call_at_a_time_so_that_none_takes_the_place_of_what_another_read() -> None:
    model, line = FakeLanguageModel(delay=1.0), Line()
    behind = BehindLive(model, line.is_live, poll=0.01)
    first = asyncio.create_task(behind.complete(ASK, max_tokens=4))
    second = asyncio.create_task(behind.complete(ASK, max_tokens=4))
    while not model.prompts:
        await asyncio.sleep(0.01)
    line.live = True
    await asyncio.sleep(0.2)
    assert len(model.prompts) == 1
    line.live = False
    await asyncio.gather(first, second)
    assert len(model.prompts) == 3


async def test_who_cannot_be_asked_is_not_waited_for() -> None:
    async def is_live() -> bool:
        raise Unavailable("no slots are told")

    behind = BehindLive(FakeLanguageModel(), is_live, poll=0.01)
    assert await behind.complete(ASK, max_tokens=4)


async def test_a_failure_of_the_model_is_told() -> None:
    behind = BehindLive(FakeLanguageModel(down=True), Line().is_live, poll=0.01)
    with pytest.raises(Unavailable):
        await behind.complete(ASK, max_tokens=4)


async def test_whoever_stops_waiting_stops_the_call() -> None:
    stopped = asyncio.Event()

    class Slow(FakeLanguageModel):
        async def complete(self, *_: object, **__: object) -> str:
            try:
                await asyncio.sleep(60)
            finally:
                stopped.set()
            return ""

    behind = BehindLive(Slow(), Line().is_live, poll=0.01)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await behind.complete(ASK, max_tokens=4)
    assert stopped.is_set()


@pytest.mark.models
async def test_slots_tell_who_is_at_work() -> None:
    async with EmbeddedServer(SMALL, threads=1, slots=2, context=2048) as server:
        await server.wait_ready()
        model = server.client()
        assert await model.slots_at_work() == frozenset()
        long = [Message("user", "Tell me of the sea. " * 80)]
        reading = asyncio.create_task(model.on_slot(1).complete(long, max_tokens=1, timeout=60))
        async with asyncio.timeout(30):
            while not (at_work := await model.slots_at_work()):
                await asyncio.sleep(0.01)
            assert at_work == {1}
            await reading
            while await model.slots_at_work():
                await asyncio.sleep(0.01)
        await model.aclose()


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, "{}"), (200, "<html>"), (200, '{"slots": 4}'), (200, '[{"id": 0}]'), (200, "[1]")],
)
async def test_other_servers_tell_no_slots(status: int, body: str) -> None:
    with pytest.raises(Unavailable):
        await _slots_told_by(status, body)


async def test_slots_stand_beside_the_version_in_the_address() -> None:
    slots = [{"id": 0, "is_processing": False}, {"id": 2, "is_processing": True}]
    assert await _slots_told_by(200, json.dumps(slots)) == {2}


async def _slots_told_by(status: int, body: str) -> frozenset[int]:
    """By a server whose API is at `/behind/v1`."""

    async def answer(_: web.Request) -> web.Response:
        kind = "text/html" if body.startswith("<") else "application/json"
        return web.Response(status=status, text=body, content_type=kind)

    app = web.Application()
    app.router.add_get("/behind/slots", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    model = ChatModel(name="other", base_url=f"http://127.0.0.1:{runner.addresses[0][1]}/behind/v1")
    try:
        return await model.slots_at_work()
    finally:
        await model.aclose()
        await runner.cleanup()


async def test_who_is_not_there_tells_no_slots() -> None:
    model = ChatModel(name="down", base_url="http://127.0.0.1:9/v1")
    with pytest.raises(Unavailable):
        await model.slots_at_work()
    await model.aclose()
