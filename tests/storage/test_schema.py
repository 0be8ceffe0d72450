"""Migrations: they make exactly the tables of the code, once, and never go back in time."""

from __future__ import annotations

import asyncio
import sys
from functools import partial

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from interviewer.domain.errors import Invalid, Unavailable
from interviewer.storage.engine import database_url, migrate, open_store
from interviewer.storage.schema import head
from interviewer.storage.tables import metadata


def test_the_migrated_schema_is_the_one_in_the_code(empty_database_url: str) -> None:
    migrate(empty_database_url)
    engine = create_engine(database_url(empty_database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert context.get_current_revision() == head()
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_tables_have_every_constraint_that_the_code_counts_on(empty_database_url: str) -> None:
    """What Alembic's comparison leaves out: primary keys and what deleting a row takes along."""
    migrate(empty_database_url)
    engine = create_engine(database_url(empty_database_url))
    found = inspect(engine)
    for table in metadata.sorted_tables:
        primary = found.get_pk_constraint(table.name)["constrained_columns"]
        assert primary == [column.name for column in table.primary_key]
        for key in found.get_foreign_keys(table.name):
            (column,) = key["constrained_columns"]
            (expected,) = table.c[column].foreign_keys
            assert key["options"].get("ondelete") == expected.ondelete
    engine.dispose()


async def test_two_processes_may_migrate_at_once(empty_database_url: str) -> None:
    code = "import sys; from interviewer.storage.engine import migrate; migrate(sys.argv[1])"
    children = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", code, empty_database_url)
        for _ in range(2)
    ]
    assert [await child.wait() for child in children] == [0, 0]
    store = open_store(empty_database_url)
    await store.ping()
    await store.close()


async def test_a_newer_schema_is_refused_in_one_line(database_url: str) -> None:
    _set_revision(database_url, "9999")
    store = open_store(database_url)
    refusals = (partial(asyncio.to_thread, migrate, database_url), store.ping)
    for refusal in refusals:
        with pytest.raises(Unavailable, match="newer version") as refused:
            await refusal()
        assert refused.value.code == "schema_newer"
        assert "9999" in refused.value.message
        assert "\n" not in refused.value.message
    await store.close()


async def test_an_older_schema_asks_for_a_migration(database_url: str) -> None:
    _set_revision(database_url, "0001")
    store = open_store(database_url)
    with pytest.raises(Unavailable, match="interviewer migrate"):
        await store.ping()
    await store.close()


async def test_a_database_without_a_schema_asks_for_a_migration(empty_database_url: str) -> None:
    store = open_store(empty_database_url)
    with pytest.raises(Unavailable, match="interviewer migrate"):
        await store.ping()
    await store.close()


async def test_a_database_that_is_away_is_unavailable() -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    store = open_store(url)
    with pytest.raises(Unavailable):
        await store.ping()
    with pytest.raises(Unavailable):
        await asyncio.to_thread(migrate, url)
    await store.close()


@pytest.mark.parametrize("url", ["", "mysql://x/y", "sqlite://", "sqlite:///:memory:", "no url"])
def test_an_unusable_url_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        open_store(url)


def _set_revision(url: str, revision: str) -> None:
    engine = create_engine(database_url(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    engine.dispose()
