"""The interviews that are being held in this process: who is connected, who may take over.

An interview has at most one room here; a room has at most one live page (its connection) and at
most one media session at a time. A session that is lost leaves the room open, and whoever comes
back with the same browser goes on where it stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog

from interviewer.agent.messages import deliver, parse
from interviewer.agent.room import Room, RoomServices
from interviewer.domain.errors import Conflict, Invalid, NotFound, Unavailable
from interviewer.domain.interview import Interview
from interviewer.interfaces import Connection
from interviewer.observability import metrics

log = structlog.get_logger()

# A page that only reads for so long wants to type: the interview begins without sound.
TEXT_MODE_AFTER = 8.0
# A room without page and session is forgotten after so long; the interview itself is not.
EMPTY_ROOM_SECONDS = 120.0

CheckConnect = Callable[[str], Awaitable[Interview]]


class Rooms:
    """Implements `LiveInterviews` for WebRTC in this process."""

    def __init__(
        self,
        *,
        check_connect: CheckConnect,
        max_interviews: int,
        ice_servers: tuple[Mapping[str, Any], ...] = (),
    ) -> None:
        self._services: RoomServices | None = None
        self._check_connect = check_connect
        self._max_interviews = max_interviews
        self._ice_servers = ice_servers
        self._rooms: dict[str, Room] = {}
        self._by_connection: dict[str, Room] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    # --- LiveInterviews -----------------------------------------------------------------------

    async def connect(
        self,
        interview_id: str,
        *,
        browser_id: str,
        takeover: bool = False,
        transport: str | None = None,
    ) -> Connection:
        if transport not in (None, "webrtc", "text"):
            raise Invalid(
                "`transport` must be webrtc or text here.",
                code="unknown_transport",
                param="transport",
            )
        await self._check_connect(interview_id)
        room = self._rooms.get(interview_id)
        if room is not None and room.is_live and room.browser_id != browser_id and not takeover:
            raise Conflict(
                "This interview is open in another browser or tab.", code="already_connected"
            )
        if room is None:
            room = self._open(interview_id)
        connection_id = secrets.token_urlsafe(24)
        old = room.adopt(connection_id, browser_id)
        room.wants_text = transport == "text"
        if old is not None:
            self._by_connection.pop(old, None)
            await room.hang_up()
        self._by_connection[connection_id] = room
        log.info("agent.connected", interview_id=interview_id, takeover=takeover)
        return Connection(
            id=connection_id,
            interview_id=interview_id,
            transport=transport or "webrtc",
            ice_servers=self._ice_servers,
        )

    async def offer(self, connection_id: str, sdp: str) -> str:
        return await self._room(connection_id).offer(sdp)

    async def hang_up(self, connection_id: str) -> None:
        await self._room(connection_id).hang_up()

    @asynccontextmanager
    async def events(self, connection_id: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        room = self._room(connection_id)
        later = asyncio.create_task(self._begin_without_sound(room, connection_id))
        self._keep(later)
        try:
            async with room.subscribe() as messages:
                yield messages
        finally:
            later.cancel()

    async def receive(self, connection_id: str, message: Mapping[str, Any]) -> None:
        await deliver(self._room(connection_id), parse(message))

    async def stop(self, interview_id: str, reason: str) -> None:
        room = self._rooms.pop(interview_id, None)
        if room is not None:
            await room.close(reason)
            self._forget(room)
        if reason == "erased" and self._services is not None:
            await self._services.recordings.erase(interview_id)

    def is_live(self, interview_id: str) -> bool:
        room = self._rooms.get(interview_id)
        return room is not None and room.is_live

    def live_count(self) -> int:
        return sum(room.is_live for room in self._rooms.values())

    def open(self, services: RoomServices) -> None:
        """The models are loaded: interviews can be held from now on."""
        self._services = services

    # --- life ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Forget rooms that nobody came back to; runs until it is cancelled."""
        while True:
            await asyncio.sleep(15.0)
            now = time.monotonic()
            for room in list(self._rooms.values()):
                idle = room.idle_since is not None and not room.is_live
                if idle and now - (room.idle_since or now) > EMPTY_ROOM_SECONDS:
                    await self.stop(room.interview_id, "idle")

    async def close(self) -> None:
        """Suspend every interview; what was said is stored, and each can be gone on with."""
        self._closing = True
        await asyncio.gather(*(self.stop(i, "shutdown") for i in list(self._rooms)))
        for task in self._tasks:
            task.cancel()

    def _open(self, interview_id: str) -> Room:
        if self._closing:
            raise Unavailable("The service is restarting; please try again.", code="restarting")
        if self.live_count() >= self._max_interviews:
            metrics.REFUSED.labels("at_capacity").inc()
            raise Unavailable(
                "All interviewers are busy just now. Please try again in about 5 minutes; "
                "your place is kept.",
                code="at_capacity",
            )
        if self._services is None:
            raise Unavailable("The interviewer is starting up; please try again.", code="starting")
        room = Room(interview_id, self._services)
        self._rooms[interview_id] = room
        return room

    def _room(self, connection_id: str) -> Room:
        try:
            return self._by_connection[connection_id]
        except KeyError:
            raise NotFound("There is no such connection (any more).") from None

    def _forget(self, room: Room) -> None:
        for connection_id in [c for c, r in self._by_connection.items() if r is room]:
            del self._by_connection[connection_id]

    async def _begin_without_sound(self, room: Room, connection_id: str) -> None:
        await asyncio.sleep(0.0 if room.wants_text else TEXT_MODE_AFTER)
        if room.connection_id == connection_id:
            with contextlib.suppress(Conflict):
                await room.begin_without_sound()

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
