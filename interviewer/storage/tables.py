"""The schema, as SQLAlchemy Core tables. Alembic's migrations are what creates it.

Columns are named after the fields of the records that they hold, so that `records.py` can map
one to the other without a list. A few columns belong to the store alone: `email_key` and
`search_text` (case-folded copies, because the two databases fold case differently) and the
flags of a turn.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class CleanText(TypeDecorator[str]):
    """Text that both databases can hold.

    PostgreSQL refuses U+0000 and neither stores lone surrogates, and a candidate can type both:
    the first is dropped, the second becomes U+FFFD.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        return (
            value.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Identity = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only where the column is an INTEGER."""


def _text(name: str, *args: Any, nullable: bool = False, **more: Any) -> Column[Any]:
    return Column(name, CleanText(), *args, nullable=nullable, **more)


def _time(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Double(), nullable=nullable)


def _json(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, JSON(none_as_null=True), nullable=nullable)


def _flag(name: str) -> Column[Any]:
    return Column(name, Boolean(), nullable=False)


def _count(name: str) -> Column[Any]:
    return Column(name, Integer(), nullable=False)


workspaces = Table(
    "workspaces",
    metadata,
    _text("id", primary_key=True),
    _text("slug", unique=True),
    _text("name"),
    Column("retention_days", Integer(), nullable=True),
    _time("created_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    _text("id", primary_key=True),
    _text("workspace_id", ForeignKey("workspaces.id")),
    _text("name"),
    _text("prefix"),
    _text("sha256", unique=True),
    _time("created_at"),
    _time("revoked_at", nullable=True),
)

postings = Table(
    "postings",
    metadata,
    _text("id", primary_key=True),
    _text("workspace_id", ForeignKey("workspaces.id")),
    _text("title"),
    _text("slug"),
    _text("status"),
    _json("workflow"),
    _text("interviewer_name"),
    _text("language"),
    _text("description"),
    _text("instructions"),
    _text("company_overview"),
    _text("job_overview"),
    _text("interview_process_overview", nullable=True),
    _text("company_overview_delivery_mode"),
    _text("job_overview_delivery_mode"),
    _text("interview_process_overview_delivery_mode"),
    _text("redirect_url", nullable=True),
    _time("deadline", nullable=True),
    _count("max_retakes"),
    Column("retake_cooldown_days", Double(), nullable=False),
    _text("ingestion_url_key"),
    _text("search_text", server_default=""),
    _json("metadata"),
    _json("details"),
    _count("version"),
    _time("created_at"),
    _time("updated_at"),
    UniqueConstraint("workspace_id", "slug"),
    Index(None, "workspace_id", "created_at", "id"),
)

questions = Table(
    "questions",
    metadata,
    _text("id", primary_key=True),
    _text("posting_id", ForeignKey("postings.id", ondelete="CASCADE")),
    _text("modality"),
    _text("text"),
    _count("rank"),
    _text("evaluation_criteria", nullable=True),
    _text("score_of_1", nullable=True),
    _text("score_of_5", nullable=True),
    _text("question_type", nullable=True),
    Column("score_weight", Double(), nullable=False),
    _flag("not_scored"),
    _count("min_follow_ups"),
    _count("max_follow_ups"),
    _text("additional_instructions", nullable=True),
    _text("response_format", nullable=True),
    _text("instructions", nullable=True),
    _json("options", nullable=True),
    _flag("drafted"),
    _flag("active"),
    _time("created_at"),
    _time("updated_at"),
    Index(None, "posting_id", "modality", "rank"),
)

interviews = Table(
    "interviews",
    metadata,
    _text("id", primary_key=True),
    _text("workspace_id", ForeignKey("workspaces.id")),
    _text("posting_id", ForeignKey("postings.id")),
    _text("candidate_id"),
    _text("name"),
    _text("email"),
    _text("email_key"),
    _text("search_text"),
    _text("phone_number", nullable=True),
    _json("metadata"),
    _json("data", nullable=True),
    _text("status"),
    _json("steps"),
    _json("consent", nullable=True),
    _json("plan", nullable=True),
    _json("conversation", nullable=True),
    _json("resume", nullable=True),
    _text("resume_blob", nullable=True),
    _json("report", nullable=True),
    _json("recording", nullable=True),
    Column("score", Double(), nullable=True),
    _time("started_at", nullable=True),
    _time("ended_at", nullable=True),
    _text("end_reason", nullable=True),
    _count("attempt"),
    _count("version"),
    _time("created_at"),
    _time("updated_at"),
    UniqueConstraint("posting_id", "email_key", "attempt"),
    Index(None, "posting_id", "created_at", "id"),
    Index(None, "workspace_id", "created_at"),
)

turns = Table(
    "turns",
    metadata,
    Column("row", Identity, primary_key=True, autoincrement=True),
    _text("interview_id", ForeignKey("interviews.id", ondelete="CASCADE")),
    _text("turn_id"),
    _flag("live"),  # said live, or from the second pass
    _flag("current"),  # part of the transcript, or kept apart
    _text("speaker"),
    _text("text"),
    Column("start", Double(), nullable=False),
    Column("end", Double(), nullable=False),
    _text("kind"),
    _text("question_id", nullable=True),
    _flag("typed"),
    UniqueConstraint("interview_id", "live", "turn_id"),
)

cameras = Table(
    "cameras",
    metadata,
    _text("interview_id", ForeignKey("interviews.id", ondelete="CASCADE"), primary_key=True),
    _text("camera_id", primary_key=True),
    _text("mime_type"),
    _count("received"),
    Column("bytes", BigInteger(), nullable=False),
    _flag("finished"),
    _time("started_at", nullable=True),
    _time("created_at"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("row", Identity, primary_key=True, autoincrement=True),
    _text("workspace_id"),  # no foreign keys: the log outlives what it tells of
    _text("actor"),
    _text("action"),
    _text("object_type"),
    _text("object_id"),
    _time("at"),
    _json("details"),
    Index(None, "workspace_id", "object_id"),
    Index(None, "workspace_id", "row"),
)

idempotent_answers = Table(
    "idempotent_answers",
    metadata,
    _text("key", primary_key=True),
    _text("request_hash"),
    _count("status"),
    Column("body", LargeBinary(), nullable=False),
    _time("at"),
    Index(None, "at"),
)

ingestions = Table(
    "ingestions",
    metadata,
    _text("id", primary_key=True),
    _text("workspace_id", ForeignKey("workspaces.id")),
    _text("posting_id", ForeignKey("postings.id")),
    _text("actor"),
    _json("rows"),
    _count("total"),
    _text("status"),
    _json("interview_ids"),
    _json("error", nullable=True),
    _time("created_at"),
    _time("updated_at"),
)

job_workers = Table(
    "job_workers",
    metadata,
    _text("executor_id", primary_key=True),
    _time("seen_at"),
)

webhooks = Table(
    "webhooks",
    metadata,
    _text("id", primary_key=True),
    _text("workspace_id", ForeignKey("workspaces.id")),
    _text("posting_id", ForeignKey("postings.id")),
    _text("webhook_url"),
    _text("event_type"),
    _text("secret_sha256"),
    _flag("is_active"),
    _text("disabled_reason", nullable=True),
    _json("rotated_at"),
    _time("failing_since", nullable=True),
    _time("created_at"),
    _time("updated_at"),
    Index(None, "posting_id", "event_type"),
    Index(None, "workspace_id", "created_at", "id"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    _text("id", primary_key=True),
    _text("webhook_id", ForeignKey("webhooks.id", ondelete="CASCADE")),
    # An erased interview takes with it all that was said of it.
    _text("interview_id", ForeignKey("interviews.id", ondelete="CASCADE")),
    _text("event_id"),
    _text("event_type"),
    _time("happened_at"),
    _text("status"),
    _count("attempts"),
    _time("next_attempt_at", nullable=True),
    _time("last_attempt_at", nullable=True),
    Column("response_status", Integer(), nullable=True),
    _text("response_body", nullable=True),
    _text("error", nullable=True),
    _text("lease", nullable=True),  # whoever holds it may send, until then
    _time("leased_until", nullable=True),
    _time("created_at"),
    _time("updated_at"),
    Index(None, "webhook_id", "created_at", "id"),
    Index(None, "webhook_id", "leased_until"),
    Index(None, "interview_id"),
    Index(None, "status", "next_attempt_at"),
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    _text("outcome", primary_key=True),
    Column("attempts", BigInteger(), nullable=False),
)

# Live interviews in several processes: who is connected, who holds them, what they tell each other.

live_agents = Table(
    "live_agents",
    metadata,
    _text("agent_id", primary_key=True),
    _count("slots"),
    _count("holding"),
    _flag("draining"),
    _time("seen_at"),
)

live_rooms = Table(
    "live_rooms",
    metadata,
    _text("interview_id", ForeignKey("interviews.id", ondelete="CASCADE"), primary_key=True),
    _text("connection_id", unique=True),
    _text("browser_id"),
    _flag("wants_text"),
    _time("adopted_at", nullable=True),
    _text("agent_id", nullable=True),
    _time("agent_seen_at", nullable=True),
    _time("asked_at", nullable=True),
)

live_pages = Table(
    "live_pages",
    metadata,
    _text("page_id", primary_key=True),
    _text("interview_id", ForeignKey("interviews.id", ondelete="CASCADE")),
    _text("connection_id"),
    _time("seen_at"),
    Index(None, "interview_id"),
)

live_messages = Table(
    "live_messages",
    metadata,
    Column("row", Identity, primary_key=True, autoincrement=True),
    _text("interview_id", ForeignKey("interviews.id", ondelete="CASCADE")),
    _text("topic"),
    _json("body", nullable=True),
    _time("at"),
    Index(None, "topic", "row"),
)
