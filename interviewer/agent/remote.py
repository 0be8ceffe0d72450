"""The interviews that agents hold in other processes, as this API process sees them.

Any number of API processes do this side by side; none is special, none keeps anything that
another could not take over. Each looks every two seconds for interviews that a page waits in and
nobody holds, and whoever is first to write down that it asks for an agent, asks.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import structlog

from interviewer.agent import protocol
from interviewer.agent.messages import parse
from interviewer.agent.rooms import CheckConnect
from interviewer.domain.errors import Conflict, InterviewerError, Invalid, Unavailable
from interviewer.interfaces import Connection, LivePage, LiveRegistry, LiveRoom, MessageBus
from interviewer.media.sfu import Sfu, candidate_identity
from interviewer.observability import metrics

log = structlog.get_logger()

# The agent's first word to a page comes within so long, if it is there.
FIRST_WORD = 0.5
STOP_SECONDS = 10.0
POST_RETRIES = (0.5, 1.0, 2.0, 4.0)
TAKEN_OVER = "This interview goes on in another tab."
INTERRUPTED = "The connection to the interviewer was lost. Please stay; they will be right back."


class RemoteInterviews:
    """Implements `LiveInterviews` for LiveKit. `run` must be running."""

    def __init__(
        self,
        *,
        registry: LiveRegistry,
        bus: MessageBus,
        sfu: Sfu,
        check_connect: CheckConnect,
    ) -> None:
        self._registry = registry
        self._bus = bus
        self._sfu = sfu
        self._check_connect = check_connect
        self._live: frozenset[str] = frozenset()
        self._looked_at = float("-inf")
        self._judges_from = float("-inf")
        self._asking: set[asyncio.Task[None]] = set()

    # --- LiveInterviews -----------------------------------------------------------------------

    async def connect(
        self,
        interview_id: str,
        *,
        browser_id: str,
        takeover: bool = False,
        transport: str | None = None,
    ) -> Connection:
        if transport not in (None, "livekit", "text"):
            raise Invalid(
                "`transport` must be livekit or text here.",
                code="unknown_transport",
                param="transport",
            )
        await self._check_connect(interview_id)
        await self._check_capacity(interview_id)
        connection_id = secrets.token_urlsafe(24)
        room = LiveRoom(
            interview_id=interview_id,
            connection_id=connection_id,
            browser_id=browser_id,
            wants_text=transport == "text",
        )
        old = await self._registry.connect(
            room, takeover=takeover, arrival=protocol.ARRIVAL, page_lost=protocol.PAGE_LOST
        )
        self._live |= {interview_id}
        if old is not None:
            await self._put_aside(old)
        await self._bus.post(interview_id, protocol.agent_topic(interview_id), protocol.LOOK)
        self._soon(self._ask_for_agent(room if old is None else old))
        log.info("agent.connected", interview_id=interview_id, takeover=takeover)
        if transport == "text":
            return Connection(id=connection_id, interview_id=interview_id, transport="text")
        return Connection(
            id=connection_id,
            interview_id=interview_id,
            transport="livekit",
            url=self._sfu.access.page_url,
            token=self._sfu.access.candidate_token(interview_id, connection_id),
        )

    async def offer(self, connection_id: str, sdp: str) -> str:  # noqa: ARG002 - the interface's
        await self._registry.room_of(connection_id)
        raise Conflict("Sound comes through LiveKit here.", code="unknown_transport")

    async def hang_up(self, connection_id: str) -> None:
        room = await self._registry.room_of(connection_id)
        await self._sfu.show_out(room.interview_id, candidate_identity(connection_id))
        topic = protocol.agent_topic(room.interview_id)
        await self._bus.post(room.interview_id, topic, protocol.HANG_UP)

    @asynccontextmanager
    async def events(self, connection_id: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        room = await self._registry.room_of(connection_id)
        page = LivePage(
            page_id=secrets.token_hex(12),
            interview_id=room.interview_id,
            connection_id=connection_id,
            seen_at=0.0,
        )
        async with AsyncExitStack() as stack:
            words = await stack.enter_async_context(
                self._bus.listen(protocol.page_topic(page.page_id))
            )
            await self._registry.open_page(page)
            stack.push_async_callback(self._close_page, page)
            await self._look(page)
            keeping = asyncio.create_task(self._keep_page(page), name="live.page")
            stack.push_async_callback(_ended, keeping)
            yield _told(words, keeping)

    async def receive(self, connection_id: str, message: Mapping[str, Any]) -> None:
        parse(message)
        room = await self._registry.room_of(connection_id)
        said = protocol.said(connection_id, room.browser_id, dict(message))
        topic = protocol.agent_topic(room.interview_id)
        for pause in POST_RETRIES:
            try:
                await self._bus.post(room.interview_id, topic, said)
            except Unavailable:
                # The page counts it as sent: a database that is away for seconds must not eat it.
                await asyncio.sleep(pause)
            else:
                return
        await self._bus.post(room.interview_id, topic, said)

    async def stop(self, interview_id: str, reason: str) -> None:
        """Returns once its agent has let go of it, so that what it stored can be erased."""
        room = await self._registry.room(interview_id)
        if room is None:
            return
        await self._bus.post(
            interview_id, protocol.agent_topic(interview_id), protocol.stop(reason)
        )
        try:
            async with asyncio.timeout(STOP_SECONDS):
                while room is not None and room.agent_id is not None:
                    await asyncio.sleep(0.1)
                    room = await self._registry.room(interview_id)
        except TimeoutError:
            log.warning("live.stop.unanswered", interview_id=interview_id)
        await self._registry.close(interview_id)
        await self._sfu.close_room(interview_id)

    def is_live(self, interview_id: str) -> bool:
        return interview_id in self._live

    def live_count(self) -> int:
        return len(self._live)

    # --- nobody is left alone -----------------------------------------------------------------

    async def run(self) -> None:
        """Look after every interview that a page is connected to; runs until cancelled."""
        while True:
            try:
                await self._look_after_all()
            except Unavailable as error:
                log.warning("live.supervisor.waits", reason=error.message)
            await asyncio.sleep(protocol.BEAT)

    async def close(self) -> None:
        """Leave the interviews to the other processes, and their agents in peace."""
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    async def _look_after_all(self) -> None:
        rooms = await self._registry.rooms()
        if not self._may_judge(time.monotonic()):
            self._live |= {room.interview_id for room in rooms}
            return
        pages = await self._registry.pages(seen_within=protocol.PAGE_LOST)
        read = {page.connection_id for page in pages}
        live = set()
        for room in rooms:
            if room.connection_id in read or _is_arriving(room):
                live.add(room.interview_id)
                await self._ask_for_agent(room)
            elif not _is_held(room):
                await self._registry.close(room.interview_id, connection_id=room.connection_id)
        self._live = frozenset(live)
        await self._registry.tidy(older_than=protocol.LITTER)

    def _may_judge(self, now: float) -> bool:
        """Whether silence means death. Not at first, nor after an outage of the database: pages
        and agents could not say that they live, and a room closed then is an interview lost."""
        if now - self._looked_at > 3 * protocol.BEAT:
            self._judges_from = now + protocol.GRACE
        self._looked_at = now
        return now >= self._judges_from

    async def _ask_for_agent(self, room: LiveRoom) -> None:
        """If nobody holds it, and nobody has just asked: at most one process gets so far."""
        if _is_held(room) or (room.agent_id is not None and time.monotonic() < self._judges_from):
            return
        if not await self._registry.ask(room.interview_id, again_after=protocol.ASK_AGAIN):
            return
        if room.agent_id is not None:
            metrics.AGENTS_LOST.inc()
            log.warning("live.agent.lost", interview_id=room.interview_id, agent=room.agent_id)
            await self._tell_pages(
                room,
                {"type": "notice", "code": "interrupted", "message": INTERRUPTED},
                {"type": "state", "state": "paused"},
            )
        try:
            await self._sfu.dispatch(room.interview_id)
        except Unavailable as error:
            metrics.DISPATCHES.labels("failed").inc()
            log.warning("live.dispatch.failed", interview_id=room.interview_id, reason=error.code)
        else:
            metrics.DISPATCHES.labels("asked").inc()
            log.info("live.dispatched", interview_id=room.interview_id)

    async def _check_capacity(self, interview_id: str) -> None:
        """Raises Unavailable when every agent is busy; none at all may still be starting."""
        agents = await self._registry.agents(seen_within=protocol.AGENT_LOST)
        taking = [agent for agent in agents if not agent.draining]
        if not taking or any(agent.holding < agent.slots for agent in taking):
            return
        room = await self._registry.room(interview_id)
        if room is None or not _is_held(room):
            metrics.REFUSED.labels("at_capacity").inc()
            raise Unavailable(
                "All interviewers are busy just now. Please try again in about 5 minutes; "
                "your place is kept.",
                code="at_capacity",
            )

    # --- pages --------------------------------------------------------------------------------

    async def _put_aside(self, old: LiveRoom) -> None:
        """The pages of the connection that was replaced are told, and its sound is cut."""
        notice = {"type": "notice", "code": "taken_over", "message": TAKEN_OVER}
        await self._tell_pages(old, notice, None)
        self._soon(self._sfu.show_out(old.interview_id, candidate_identity(old.connection_id)))

    async def _tell_pages(self, room: LiveRoom, *messages: dict[str, Any] | None) -> None:
        for page in await self._registry.pages(seen_within=protocol.PAGE_LOST):
            if page.connection_id == room.connection_id:
                topic = protocol.page_topic(page.page_id)
                await self._bus.post(room.interview_id, topic, *messages)

    async def _keep_page(self, page: LivePage) -> None:
        """Say that the page is here.

        Ends when the room is closed: the page comes back by `connect`, or is told that it is over.
        """
        while True:
            await asyncio.sleep(protocol.BEAT)
            try:
                await self._registry.touch_page(page.page_id)
                if await self._registry.room(page.interview_id) is None:
                    return
            except InterviewerError as error:
                log.warning("live.page.unkept", reason=error.code)

    async def _close_page(self, page: LivePage) -> None:
        try:
            await self._registry.close_page(page)
            await self._look(page)
        except InterviewerError as error:
            # Erased meanwhile, or the database is away; either way it is forgotten by itself.
            log.info("live.page.unclosed", reason=error.code)

    async def _look(self, page: LivePage) -> None:
        topic = protocol.agent_topic(page.interview_id)
        await self._bus.post(page.interview_id, topic, protocol.LOOK)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="live.soon")
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _told(
    words: AsyncIterator[dict[str, Any] | None], keeping: asyncio.Task[None]
) -> AsyncIterator[dict[str, Any]]:
    """The messages for a page, until they or its place end.

    While no agent has come, it is told that one is awaited.
    """
    patience: float | None = FIRST_WORD
    while True:
        word = asyncio.ensure_future(anext(words))
        try:
            while not word.done() and not keeping.done():
                await asyncio.wait(
                    {word, keeping}, timeout=patience, return_when=asyncio.FIRST_COMPLETED
                )
                if patience is not None and not word.done() and not keeping.done():
                    yield {"type": "state", "state": "connecting"}
                patience = None
            message = await word if word.done() else None
        finally:
            word.cancel()
        if message is None:
            return
        yield message


def _is_arriving(room: LiveRoom) -> bool:
    return room.adopted_at is not None and _age(room.adopted_at) < protocol.ARRIVAL


def _is_held(room: LiveRoom) -> bool:
    seen = room.agent_seen_at
    return room.agent_id is not None and seen is not None and _age(seen) < protocol.AGENT_LOST


def _age(unix: float) -> float:
    return time.time() - unix
