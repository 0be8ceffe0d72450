"""Interviews without sound, through `Rooms`, on a real database; the models are scripted."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from interviewer.agent.room import RoomServices
from interviewer.agent.rooms import TEXT_MODE_AFTER, Rooms
from interviewer.agent.scribe import MOST_NOTICED
from interviewer.agent.thinking import Thinking
from interviewer.domain.errors import Invalid
from interviewer.domain.interview import Interview, StepState
from interviewer.llm.asides import AsideWriter
from interviewer.llm.followups import FollowUpWriter
from interviewer.llm.intents import IntentReader
from interviewer.media.peer_io import PeerIO
from interviewer.media.recordings import LocalRecordings
from interviewer.sessions.start import begin_interview, check_can_connect, finish_interview
from interviewer.speech.whisper import WhisperEngine
from interviewer.storage.engine import SqlStore
from tests.contracts.records import a_posting, a_question, a_workspace, an_interview
from tests.fakes.jobs import FakeJobQueue
from tests.fakes.llm import FakeLanguageModel
from tests.fakes.voices import FakeSynthesizer

INTERVIEW = "0123456789ABCDEF"


class Page:
    """One page of the interview: what it was told, and what it says."""

    def __init__(self, rooms: Rooms, connection_id: str, told: list[Mapping[str, Any]]) -> None:
        self._rooms = rooms
        self._connection_id = connection_id
        self._told = told

    async def say(self, **message: Any) -> None:
        await self._rooms.receive(self._connection_id, message)

    async def told(self, **wanted: Any) -> Mapping[str, Any]:
        """The first message with these fields; waits for it."""
        async with asyncio.timeout(TEXT_MODE_AFTER - 1.0):
            while True:
                for message in self._told:
                    if wanted.items() <= message.items():
                        return message
                await asyncio.sleep(0.02)


class World:
    """A service on the database; `restart` is what a crash and a new process leave."""

    def __init__(self, store: SqlStore, folder: Path) -> None:
        self.store = store
        self._folder = folder
        self.rooms = self._opened()

    async def restart(self) -> None:
        await self.rooms.close()
        self.rooms = self._opened()

    @asynccontextmanager
    async def page(self, transport: str | None = "text") -> AsyncIterator[Page]:
        connection = await self.rooms.connect(INTERVIEW, browser_id="b", transport=transport)
        assert connection.transport == (transport or "webrtc")
        told: list[Mapping[str, Any]] = []

        async def read(messages: AsyncIterator[Mapping[str, Any]]) -> None:
            async for message in messages:
                told.append(message)  # noqa: PERF401 - read by others while it grows

        async with self.rooms.events(connection.id) as messages:
            reading = asyncio.create_task(read(messages))
            yield Page(self.rooms, connection.id, told)
            reading.cancel()

    async def interview(self) -> Interview:
        async with self.store.snapshot() as tx:
            return await tx.interview(None, INTERVIEW)

    async def kept(self, key: str) -> Any:
        return ((await self.interview()).conversation or {}).get(key)

    def _opened(self) -> Rooms:
        model = FakeLanguageModel()

        def no_peer(recorder: object) -> PeerIO:
            raise AssertionError("a written interview has no media")

        rooms = Rooms(
            check_connect=lambda i: check_can_connect(self.store, i, time.time()),
            max_interviews=1,
        )
        jobs = FakeJobQueue()
        rooms.open(
            RoomServices(
                store=self.store,
                engine=cast("WhisperEngine", None),
                synthesizer=FakeSynthesizer(),
                recordings=LocalRecordings(self._folder),
                default_voice="heart",
                begin=lambda i: begin_interview(self.store, i, time.time()),
                finish=lambda i, reason: finish_interview(
                    self.store, jobs, i, reason=reason, now=time.time()
                ),
                make_peer=no_peer,
                make_thinking=lambda plan: Thinking(
                    plan, IntentReader(model), FollowUpWriter(model), AsideWriter(model)
                ),
            )
        )
        return rooms


@pytest.fixture
async def world(sqlite_store: SqlStore, tmp_path: Path) -> AsyncIterator[World]:
    step = StepState(id="web_interview", order=2, status="not_started")
    fresh = {"plan": None, "conversation": None, "started_at": None, "ended_at": None}
    async with sqlite_store.transaction() as tx:
        await tx.add_workspace(a_workspace())
        question = a_question(min_follow_ups=0, max_follow_ups=0)
        await tx.add_posting(a_posting(deadline=None), [question])
        await tx.add_interview(
            an_interview(INTERVIEW, status="pending", steps=(step,), end_reason=None, **fresh)
        )
    world = World(sqlite_store, tmp_path)
    yield world
    await world.rooms.close()


async def until_kept(world: World, key: str, value: Any) -> None:
    async with asyncio.timeout(5):
        while await world.kept(key) != value:
            await asyncio.sleep(0.05)


async def test_a_page_without_sound_begins_at_once(world: World) -> None:
    began = time.monotonic()
    async with world.page() as page:
        await page.told(type="transcript", speaker="Interviewer")
        assert time.monotonic() - began < TEXT_MODE_AFTER / 2


async def test_a_request_for_a_person_is_kept_for_the_report(world: World) -> None:
    async with world.page() as page:
        await page.told(type="state", state="listening")
        await page.say(type="typed_answer", text="Can I talk to a real person instead?")
        await until_kept(world, "human_requested", True)
    (session,) = await world.kept("sessions")
    assert session["sound"] is False


async def test_what_the_page_noticed_is_kept_in_order_across_a_restart(world: World) -> None:
    first, second = {"kind": "tab_hidden", "at": 1.234}, {"kind": "paste", "at": 7.0}
    async with world.page() as page:
        await page.say(type="integrity", kind="tab_hidden", at=1.2341)
        await until_kept(world, "integrity", [first])
    await world.restart()
    async with world.page() as page:
        await page.told(type="transcript", speaker="Interviewer")
        await page.say(type="integrity", kind="paste", at=7)
        await until_kept(world, "integrity", [first, second])
    assert len(await world.kept("sessions")) == 2


async def test_a_page_cannot_fill_the_database(world: World) -> None:
    async with world.page() as page:
        for at in range(MOST_NOTICED + 50):
            await page.say(type="integrity", kind="tab_hidden", at=at)
            if at == MOST_NOTICED + 10:
                await page.told(type="transcript", speaker="Interviewer")
        last = [{"kind": "tab_hidden", "at": at} for at in range(50, MOST_NOTICED + 50)]
        await until_kept(world, "integrity", last)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"kind": "paste"},
        {"kind": "paste", "at": True},
        {"kind": "paste", "at": math.nan},
        {"kind": "paste", "at": -1},
        {"kind": "", "at": 1},
        {"kind": "x" * 65, "at": 1},
        {"kind": 7, "at": 1},
    ],
)
async def test_what_is_no_such_event_is_refused(world: World, nonsense: dict[str, Any]) -> None:
    async with world.page() as page:
        with pytest.raises(Invalid):
            await page.say(type="integrity", **nonsense)
