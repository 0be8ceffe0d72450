"""The schema's versions: bringing a database up to date, and refusing one that is ahead.

All that a migration does happens in one transaction that holds a lock, so several processes may
start at once: the first migrates, the others wait and find nothing left to do.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from interviewer.domain.errors import Unavailable
from interviewer.storage.urls import database_url

_LOCK = 0x696E7476
"""The advisory lock of migrations ("intv"), by which PostgreSQL knows them."""

_PATIENCE = 60.0
"""Seconds to wait for another process that is migrating."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


@cache
def head() -> str:
    """The version of the schema that this code is written for."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def revision_error(found: str | None) -> Unavailable:
    """What is wrong with a schema of version `found`, in one line."""
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is None or found in known:
        return Unavailable(
            f"The database schema is at {found or 'nothing'} and must be at {head()}: "
            "run `interviewer migrate`.",
            code="schema_behind",
        )
    return Unavailable(
        f"The database schema is at {found}, made by a newer version of interviewer; this one "
        f"knows it up to {head()}: install the newer version again.",
        code="schema_newer",
    )


def migrate(url: str) -> None:
    """Bring the schema up to date; blocking. Safe from several processes at once.

    Raises Unavailable where the database does not answer, or its schema is newer than the code
    (`schema_newer`).
    """
    parsed = database_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    if sqlite:
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
    arguments = {"timeout": _PATIENCE} if sqlite else {"connect_timeout": 10}
    engine = create_engine(parsed, poolclass=NullPool, connect_args=arguments, hide_parameters=True)
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as connection:
            _upgrade(connection)
    except OperationalError as error:
        reason = str(error.orig).partition("\n")[0]
        raise Unavailable(f"The database cannot be migrated: {reason}") from error
    finally:
        engine.dispose()


def _prepare_sqlite(connection: object, record: object) -> None:  # noqa: ARG001
    """Foreign keys stay off here: rebuilding a table drops it, and would drop what refers to it."""
    connection.isolation_level = None  # type: ignore[attr-defined]
    connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[attr-defined]


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    found = MigrationContext.configure(connection).get_current_revision()
    if found == head():
        return
    error = revision_error(found)
    if error.code == "schema_newer":
        raise error
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
