"""Search in postings, candidates handed in for later, and the audit log page by page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

POSTINGS = sa.table("postings", *(sa.column(n) for n in ("id", "title", "slug", "search_text")))


def upgrade() -> None:
    # The default is for the rows that are there, until they are filled in below.
    op.add_column(
        "postings", sa.Column("search_text", sa.Text(), nullable=False, server_default="")
    )
    _fill_search_text()
    op.create_index("ix_audit_log_workspace_id_row", "audit_log", ["workspace_id", "row"])
    op.create_table(
        "ingestions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("posting_id", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("interview_ids", sa.JSON(), nullable=False),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_ingestions_workspace_id_workspaces"
        ),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["postings.id"], name="fk_ingestions_posting_id_postings"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ingestions"),
    )


def _fill_search_text() -> None:
    """Folded by Python, as the store does: the databases' own lower() differ."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(POSTINGS)).mappings().all():
        folded = "\n".join(text.strip().casefold() for text in (row["title"], row["slug"]))
        connection.execute(
            sa.update(POSTINGS).where(POSTINGS.c.id == row["id"]).values(search_text=folded)
        )
