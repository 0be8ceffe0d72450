"""Opening the database: SQLite on one machine, PostgreSQL for several.

`open_store(url)` gives the `Store`; `migrate(url)` (see `schema.py`) makes the schema first.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import URL, Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from interviewer.domain.errors import Unavailable
from interviewer.storage.repositories import SqlTransaction
from interviewer.storage.schema import head, migrate, revision_error
from interviewer.storage.urls import database_url

log = structlog.get_logger()

__all__ = ["SqlStore", "database_url", "migrate", "open_store"]

BUSY_TIMEOUT = 20.0
"""Seconds that a SQLite writer waits for another process's transaction."""


_to_json = partial(json.dumps, allow_nan=False, separators=(",", ":"))
"""PostgreSQL refuses NaN in JSON and SQLite does not: refuse it for both."""


def open_store(url: str, *, clock: Callable[[], float] = time.time) -> SqlStore:
    """The store behind `url`; connects when it is first used. `clock`: Unix seconds."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        writer, reader = _sqlite_engine(parsed, write=True), _sqlite_engine(parsed, write=False)
    else:
        writer = create_async_engine(
            parsed,
            json_serializer=_to_json,
            hide_parameters=True,  # they are people's words, and errors end up in logs
            pool_size=10,
            max_overflow=10,
            pool_timeout=20,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10},
        )
        reader = writer.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
    return SqlStore(writer, reader, clock)


class SqlStore:
    """Implements `interfaces.Store`. `reader` only reads; the two may share a pool."""

    def __init__(
        self, writer: AsyncEngine, reader: AsyncEngine, clock: Callable[[], float]
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._clock = clock

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqlTransaction]:
        """Do not open one inside another: on SQLite there is one writer, so it would wait for
        itself and then be Unavailable."""
        with _refusals():
            async with self._writer.begin() as connection:
                yield SqlTransaction(connection, locking=True, clock=self._clock)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[SqlTransaction]:
        with _refusals():
            async with self._reader.begin() as connection:
                yield SqlTransaction(connection, locking=False, clock=self._clock)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """A bare writing transaction, for the job queue's own tables."""
        with _refusals():
            async with self._writer.begin() as connection:
                yield connection

    async def ping(self) -> None:
        async with self.reading() as connection:
            found = await connection.run_sync(_revision)
        if found != head():
            raise revision_error(found)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A bare connection that only reads."""
        with _refusals():
            async with self._reader.connect() as connection:
                yield connection

    async def close(self) -> None:
        await self._reader.dispose()
        await self._writer.dispose()


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


@contextmanager
def _refusals() -> Iterator[None]:
    """Say `Unavailable` where the database is away, locked or full, not what its driver says."""
    try:
        yield
    except (PoolTimeout, OperationalError, InterfaceError) as error:
        cause = getattr(error, "orig", None) or error
        # The driver tells host, port and user: for the log, not for whoever asked.
        log.warning("database.silent", reason=_first_line(cause))
        raise Unavailable("The database does not answer.") from error
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise Unavailable("The connection to the database was lost.") from error


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]


def _sqlite_engine(url: URL, *, write: bool) -> AsyncEngine:
    """One connection that writes, so that writers of this process queue in order and without
    polling for SQLite's lock; a few that only read, which WAL lets them do meanwhile."""
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        json_serializer=_to_json,
        hide_parameters=True,  # as above
        pool_size=1 if write else 4,
        max_overflow=0,
        pool_timeout=BUSY_TIMEOUT,
        connect_args={"timeout": BUSY_TIMEOUT},
    )
    _tune_sqlite(engine.sync_engine, write=write)
    return engine


def _tune_sqlite(engine: Engine, *, write: bool) -> None:
    begin = "BEGIN IMMEDIATE" if write else "BEGIN"

    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: object) -> None:  # noqa: ARG001
        connection.isolation_level = None  # the driver begins nothing by itself; we do, below
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        if not write:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def beginning(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
