"""`LiveRegistry` over SQL: rooms, pages and agents of live interviews, seen by all processes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Table, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_update_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_or_update_sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from interviewer.domain.errors import Conflict, NotFound
from interviewer.interfaces import LiveAgent, LivePage, LiveRoom
from interviewer.storage.engine import SqlStore
from interviewer.storage.records import from_row, to_row
from interviewer.storage.repositories import SqlTransaction
from interviewer.storage.tables import (
    interviews,
    live_agents,
    live_messages,
    live_pages,
    live_rooms,
)


class LeasedStore:
    """A `Store` that writes only while an agent holds an interview.

    An agent that was taken for dead (its machine slept, its network was cut) and wakes up again
    finds its writes refused, with Conflict (`lease_lost`), instead of undoing its successor's.
    """

    def __init__(self, store: SqlStore, interview_id: str, agent_id: str) -> None:
        self._store = store
        self._interview_id = interview_id
        self._agent_id = agent_id
        self.snapshot = store.snapshot
        self.ping = store.ping
        self.close = store.close

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqlTransaction]:
        async with self._store.transaction() as tx:
            await tx.require_lease(self._interview_id, self._agent_id)
            yield tx


class SqlLiveRegistry:
    """See `interfaces.LiveRegistry`. `clock`: Unix seconds."""

    def __init__(self, store: SqlStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    # --- rooms --------------------------------------------------------------------------------

    async def connect(
        self, room: LiveRoom, *, takeover: bool, arrival: float, page_lost: float
    ) -> LiveRoom | None:
        now = self._clock()
        async with self._store.connection() as connection:
            old = await self._locked_room(connection, room.interview_id)
            if old is not None and old.browser_id != room.browser_id and not takeover:
                arriving = old.adopted_at is not None and now - old.adopted_at < arrival
                if arriving or await self._is_read(connection, old, now - page_lost):
                    raise Conflict(
                        "This interview is open in another browser or tab.",
                        code="already_connected",
                    )
            values = {
                "interview_id": room.interview_id,
                "connection_id": room.connection_id,
                "browser_id": room.browser_id,
                "wants_text": room.wants_text,
                "adopted_at": now,
                "asked_at": None,
            }
            await _upsert(connection, live_rooms, values, "interview_id")
        return old

    async def room(self, interview_id: str) -> LiveRoom | None:
        rooms = await self._rooms(live_rooms.c.interview_id == interview_id)
        return rooms[0] if rooms else None

    async def room_of(self, connection_id: str) -> LiveRoom:
        rooms = await self._rooms(live_rooms.c.connection_id == connection_id)
        if not rooms:
            raise NotFound("There is no such connection (any more).")
        return rooms[0]

    async def rooms(self) -> Sequence[LiveRoom]:
        return await self._rooms()

    async def close(self, interview_id: str, *, connection_id: str | None = None) -> None:
        closing = delete(live_rooms).where(live_rooms.c.interview_id == interview_id)
        if connection_id is not None:
            closing = closing.where(live_rooms.c.connection_id == connection_id)
        await self._execute(closing)

    async def ask(self, interview_id: str, *, again_after: float) -> bool:
        now = self._clock()
        due = or_(live_rooms.c.asked_at.is_(None), live_rooms.c.asked_at < now - again_after)
        asked = await self._execute(
            update(live_rooms)
            .where(live_rooms.c.interview_id == interview_id, due)
            .values(asked_at=now)
        )
        return asked > 0

    # --- agents -------------------------------------------------------------------------------

    async def claim(self, interview_id: str, agent_id: str, *, lost_after: float) -> bool:
        now = self._clock()
        free = or_(
            live_rooms.c.agent_id.is_(None),
            live_rooms.c.agent_id == agent_id,
            live_rooms.c.agent_seen_at < now - lost_after,
        )
        taken = await self._execute(
            update(live_rooms)
            .where(live_rooms.c.interview_id == interview_id, free)
            .values(agent_id=agent_id, agent_seen_at=now)
        )
        return taken > 0

    async def release(self, interview_id: str, agent_id: str) -> None:
        await self._execute(
            update(live_rooms)
            .where(live_rooms.c.interview_id == interview_id, live_rooms.c.agent_id == agent_id)
            .values(agent_id=None, agent_seen_at=None, asked_at=None)
        )

    async def beat(self, agent: LiveAgent) -> frozenset[str]:
        now = self._clock()
        async with self._store.connection() as connection:
            await _upsert(connection, live_agents, {**to_row(agent), "seen_at": now}, "agent_id")
            held = await connection.scalars(
                update(live_rooms)
                .where(live_rooms.c.agent_id == agent.agent_id)
                .values(agent_seen_at=now)
                .returning(live_rooms.c.interview_id)
            )
            return frozenset(held)

    async def retire(self, agent_id: str) -> None:
        await self._execute(delete(live_agents).where(live_agents.c.agent_id == agent_id))

    async def agents(self, *, seen_within: float) -> Sequence[LiveAgent]:
        seen = live_agents.c.seen_at > self._clock() - seen_within
        async with self._store.connection() as connection:
            rows = (await connection.execute(select(live_agents).where(seen))).mappings()
            return [from_row(LiveAgent, row) for row in rows]

    # --- pages --------------------------------------------------------------------------------

    async def open_page(self, page: LivePage) -> None:
        async with self._store.connection() as connection:
            values = {**to_row(page), "seen_at": self._clock()}
            await _upsert(connection, live_pages, values, "page_id")

    async def touch_page(self, page_id: str) -> None:
        await self._execute(
            update(live_pages).where(live_pages.c.page_id == page_id).values(seen_at=self._clock())
        )

    async def close_page(self, page: LivePage) -> None:
        """A page that has been here and is gone need not be waited for."""
        async with self._store.connection() as connection:
            await connection.execute(delete(live_pages).where(live_pages.c.page_id == page.page_id))
            await connection.execute(
                update(live_rooms)
                .where(live_rooms.c.connection_id == page.connection_id)
                .values(adopted_at=None)
            )

    async def pages(self, *, seen_within: float) -> Sequence[LivePage]:
        seen = live_pages.c.seen_at > self._clock() - seen_within
        async with self._store.connection() as connection:
            rows = (await connection.execute(select(live_pages).where(seen))).mappings()
            return [from_row(LivePage, row) for row in rows]

    async def tidy(self, *, older_than: float) -> None:
        before = self._clock() - older_than
        for table, seen in (
            (live_pages, live_pages.c.seen_at),
            (live_agents, live_agents.c.seen_at),
            (live_messages, live_messages.c.at),
        ):
            await self._execute(delete(table).where(seen < before))

    # --- statements ---------------------------------------------------------------------------

    async def _execute(self, statement: Any) -> int:
        """How many rows it changed."""
        async with self._store.connection() as connection:
            return int((await connection.execute(statement)).rowcount)

    async def _rooms(self, *conditions: Any) -> Sequence[LiveRoom]:
        async with self._store.connection() as connection:
            rows = await connection.execute(select(live_rooms).where(*conditions))
            return [from_row(LiveRoom, row) for row in rows.mappings()]

    async def _locked_room(self, connection: AsyncConnection, interview_id: str) -> LiveRoom | None:
        """By the interview's row: of two that connect at once, neither may find a room yet."""
        lock = select(interviews.c.id).where(interviews.c.id == interview_id)
        await connection.execute(lock.with_for_update(key_share=True))
        query = select(live_rooms).where(live_rooms.c.interview_id == interview_id)
        row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else from_row(LiveRoom, row)

    async def _is_read(self, connection: AsyncConnection, room: LiveRoom, since: float) -> bool:
        reading = select(live_pages.c.page_id).where(
            live_pages.c.connection_id == room.connection_id, live_pages.c.seen_at > since
        )
        return (await connection.execute(reading)).first() is not None


async def _upsert(
    connection: AsyncConnection, table: Table, values: Mapping[str, Any], key: str
) -> None:
    sqlite = connection.dialect.name == "sqlite"
    new = insert_or_update_sqlite if sqlite else insert_or_update_postgresql
    rest = {name: value for name, value in values.items() if name != key}
    await connection.execute(
        new(table).values(dict(values)).on_conflict_do_update(index_elements=[key], set_=rest)
    )
