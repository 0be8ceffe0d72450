"""Alembic's entry: runs on the connection that `schema.migrate` hands over, inside its lock.

There is no alembic.ini, because nothing but the service migrates its database.
"""

from __future__ import annotations

from alembic import context

from interviewer.storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    compare_type=True,
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
