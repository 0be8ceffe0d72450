"""`MessageBus` over SQL: a table, and PostgreSQL's NOTIFY to say that there is something in it.

The database is what every process reaches already, and a row waits for a reader that is not
there yet, or no longer. A message costs a small transaction, some milliseconds; SQLite has no
NOTIFY, so there the table is looked at ten times a second.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import structlog
from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from interviewer.domain.errors import NotFound, Unavailable
from interviewer.storage.engine import SqlStore
from interviewer.storage.tables import live_messages
from interviewer.storage.urls import database_url

log = structlog.get_logger()

CHANNEL = "interviewer_live"
LOOK_SECONDS = 0.1
"""Between two looks at the table, where nothing tells of a change."""
UNTOLD_SECONDS = 2.0
"""The same where NOTIFY does: a notice may be lost while its connection is made again."""
RETRY_SECONDS = 1.0


class SqlMessageBus:
    """See `interfaces.MessageBus`. `run` must be running for PostgreSQL's notices to be heard."""

    def __init__(self, store: SqlStore, url: str, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._url = database_url(url)
        self._clock = clock
        self._readers: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._notified = self._url.get_backend_name() == "postgresql"
        self._hearing = False

    async def run(self) -> None:
        """Hear what other processes post, until cancelled."""
        while self._notified:
            try:
                await self._hear()
            except psycopg.Error as error:
                log.warning("bus.notices.lost", error_type=type(error).__name__)
            finally:
                self._hearing = False
            await asyncio.sleep(RETRY_SECONDS)

    async def post(
        self, interview_id: str, topic: str, *messages: Mapping[str, Any] | None
    ) -> None:
        at = self._clock()
        rows = [
            {"interview_id": interview_id, "topic": topic, "body": body, "at": at}
            for body in messages
        ]
        try:
            async with self._store.connection() as connection:
                await connection.execute(insert(live_messages), rows)
                if self._notified:
                    await connection.execute(select(func.pg_notify(CHANNEL, topic)))
        except IntegrityError:
            raise NotFound("There is no such interview.") from None
        self._wake(topic)

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[AsyncIterator[dict[str, Any] | None]]:
        changed = asyncio.Event()
        self._readers[topic].add(changed)
        try:
            yield self._read(topic, changed)
        finally:
            self._readers[topic].discard(changed)
            if not self._readers[topic]:
                del self._readers[topic]

    async def _read(
        self, topic: str, changed: asyncio.Event
    ) -> AsyncIterator[dict[str, Any] | None]:
        while True:
            changed.clear()
            try:
                messages = await self._take(topic)
            except Unavailable as error:
                log.warning("bus.database.silent", reason=error.message)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for message in messages:
                yield message
            if messages:
                continue
            try:
                async with asyncio.timeout(UNTOLD_SECONDS if self._hearing else LOOK_SECONDS):
                    await changed.wait()
            except TimeoutError:
                continue

    async def _take(self, topic: str) -> list[dict[str, Any] | None]:
        """Read and delete what waits; a look at nothing takes no lock."""
        mine = live_messages.c.topic == topic
        async with self._store.reading() as connection:
            waiting = await connection.scalar(select(live_messages.c.row).where(mine).limit(1))
        if waiting is None:
            return []
        async with self._store.connection() as connection:
            taken = await connection.execute(
                delete(live_messages)
                .where(mine)
                .returning(live_messages.c.row, live_messages.c.body)
            )
            return [row.body for row in sorted(taken, key=lambda row: row.row)]

    async def _hear(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._url.set(drivername="postgresql").render_as_string(hide_password=False),
            autocommit=True,
        )
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self._hearing = True
            for topic in list(self._readers):
                self._wake(topic)
            async for notice in connection.notifies():
                self._wake(notice.payload)

    def _wake(self, topic: str) -> None:
        for changed in self._readers.get(topic, ()):
            changed.set()
