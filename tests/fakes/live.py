"""Live interviews without media: connections, messages in and out, takeover."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from interviewer.domain.errors import Conflict, Invalid, NotFound
from interviewer.interfaces import Connection

TYPES = frozenset(
    {"done_speaking", "more_time", "repeat", "skip", "typed_answer", "leave", "integrity"}
)


@dataclass
class FakeCall:
    """One connection: `outbox` is what its page will be sent; None ends the stream."""

    connection: Connection
    browser_id: str
    outbox: asyncio.Queue[dict[str, Any] | None] = field(default_factory=lambda: asyncio.Queue(100))
    received: list[dict[str, Any]] = field(default_factory=list)
    offers: list[str] = field(default_factory=list)


class FakeLive:
    """Implements `LiveInterviews`; `calls` by connection id."""

    def __init__(self) -> None:
        self.calls: dict[str, FakeCall] = {}
        self.stopped: list[tuple[str, str]] = []

    async def connect(
        self,
        interview_id: str,
        *,
        browser_id: str,
        takeover: bool = False,
        transport: str | None = None,
    ) -> Connection:
        for call in list(self.calls.values()):
            if call.connection.interview_id != interview_id:
                continue
            if call.browser_id != browser_id and not takeover:
                raise Conflict("It is open in another browser.", code="already_connected")
            await call.outbox.put({"type": "notice", "code": "taken_over", "message": "Moved."})
            await self._drop(call)
        connection = Connection(
            id=secrets.token_urlsafe(16),
            interview_id=interview_id,
            transport=transport or "webrtc",
            ice_servers=[{"urls": "stun:stun.test:3478"}],
            url="wss://livekit.test" if transport == "livekit" else None,
            token="token" if transport == "livekit" else None,
        )
        self.calls[connection.id] = FakeCall(connection, browser_id)
        return connection

    async def offer(self, connection_id: str, sdp: str) -> str:
        self._call(connection_id).offers.append(sdp)
        return "v=0\r\ns=answer\r\n"

    async def hang_up(self, connection_id: str) -> None:
        await self._drop(self._call(connection_id))

    @asynccontextmanager
    async def events(self, connection_id: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        call = self._call(connection_id)

        async def stream() -> AsyncIterator[dict[str, Any]]:
            yield {"type": "state", "state": "connecting", "at": 0.0}
            while (message := await call.outbox.get()) is not None:
                yield message

        yield stream()

    async def receive(self, connection_id: str, message: Mapping[str, Any]) -> None:
        if message["type"] not in TYPES:
            raise Invalid(f"Unknown message type: {message['type']}.")
        self._call(connection_id).received.append(dict(message))

    async def stop(self, interview_id: str, reason: str) -> None:
        self.stopped.append((interview_id, reason))
        for call in list(self.calls.values()):
            if call.connection.interview_id == interview_id:
                await self._drop(call)

    def is_live(self, interview_id: str) -> bool:
        return any(c.connection.interview_id == interview_id for c in self.calls.values())

    def live_count(self) -> int:
        return len(self.calls)

    async def _drop(self, call: FakeCall) -> None:
        await call.outbox.put(None)
        self.calls.pop(call.connection.id, None)

    def _call(self, connection_id: str) -> FakeCall:
        if connection_id not in self.calls:
            raise NotFound("No such connection.")
        return self.calls[connection_id]
