"""Fixtures for every room: databases, empty or migrated, of both kinds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from interviewer.storage.engine import SqlStore, migrate, open_store
from tests.postgres import PostgresServer, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_template(postgres: PostgresServer) -> str:
    """The name of a PostgreSQL database to copy: that is faster than migrating each."""
    url = postgres.create()
    migrate(url)
    return url.partition("@/")[2].partition("?")[0]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a schema, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database, of each kind in turn."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'interviewer.db'}"
        migrate(url)
        yield url
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    url = postgres.create(request.getfixturevalue("migrated_template"))
    yield url
    postgres.drop(url)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[SqlStore]:
    """A store on a fresh database, of each kind in turn."""
    store = open_store(database_url)
    yield store
    await store.close()


@pytest.fixture
async def sqlite_store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    """A store on a fresh SQLite database, for tests that are not about the database."""
    url = f"sqlite:///{tmp_path / 'interviewer.db'}"
    migrate(url)
    store = open_store(url)
    yield store
    await store.close()
