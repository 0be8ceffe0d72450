"""Database URLs as people write them."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from interviewer.domain.errors import Invalid


def database_url(url: str) -> URL:
    """The URL as people write it, for a driver that works async and sync.

    `sqlite:///relative/path`, `sqlite:////absolute/path`, `postgresql://user@host/name`.
    Raises Invalid for anything else.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise Invalid("The database URL cannot be read.", param="database_url") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if parsed.database in (None, "", ":memory:") or parsed.query:
            raise Invalid("SQLite needs a file: sqlite:///path.", param="database_url")
        return parsed.set(drivername="sqlite")
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise Invalid("The database is SQLite or PostgreSQL.", param="database_url")
