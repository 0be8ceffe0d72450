"""Live interviews in several processes: agents, rooms, pages, and what they tell each other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "live_agents",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("holding", sa.Integer(), nullable=False),
        sa.Column("draining", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name="pk_live_agents"),
    )
    op.create_table(
        "live_rooms",
        sa.Column("interview_id", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Text(), nullable=False),
        sa.Column("browser_id", sa.Text(), nullable=False),
        sa.Column("wants_text", sa.Boolean(), nullable=False),
        sa.Column("adopted_at", sa.Double(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("agent_seen_at", sa.Double(), nullable=True),
        sa.Column("asked_at", sa.Double(), nullable=True),
        _of_interview("live_rooms"),
        sa.PrimaryKeyConstraint("interview_id", name="pk_live_rooms"),
        sa.UniqueConstraint("connection_id", name="uq_live_rooms_connection_id"),
    )
    op.create_table(
        "live_pages",
        sa.Column("page_id", sa.Text(), nullable=False),
        sa.Column("interview_id", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        _of_interview("live_pages"),
        sa.PrimaryKeyConstraint("page_id", name="pk_live_pages"),
    )
    op.create_index("ix_live_pages_interview_id", "live_pages", ["interview_id"])
    op.create_table(
        "live_messages",
        sa.Column(
            "row",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("interview_id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        _of_interview("live_messages"),
        sa.PrimaryKeyConstraint("row", name="pk_live_messages"),
    )
    op.create_index("ix_live_messages_topic_row", "live_messages", ["topic", "row"])


def _of_interview(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["interview_id"],
        ["interviews.id"],
        name=f"fk_{table}_interview_id_interviews",
        ondelete="CASCADE",
    )
