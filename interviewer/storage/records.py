"""Records of the domain to rows and back, field by field by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any, TypeVar

from sqlalchemy.engine import RowMapping

from interviewer.domain.interview import Consent, Interview, StepState
from interviewer.domain.posting import Posting, Question, WorkflowStep
from interviewer.domain.webhooks import Webhook
from interviewer.interfaces import Ingestion

R = TypeVar("R")

_READERS: Mapping[tuple[type, str], Callable[[Any], Any]] = {
    (Posting, "workflow"): lambda steps: tuple(WorkflowStep(**step) for step in steps),
    (Question, "options"): lambda options: None if options is None else tuple(options),
    (Interview, "steps"): lambda steps: tuple(StepState(**step) for step in steps),
    (Ingestion, "rows"): tuple,
    (Ingestion, "interview_ids"): tuple,
    (Interview, "consent"): lambda consent: None if consent is None else Consent(**consent),
    (Webhook, "rotated_at"): tuple,
}


def plain(value: Any) -> Any:
    """`value` in terms of what JSON knows: nested records as dicts, sequences as lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def to_row(record: Any) -> dict[str, Any]:
    """The record's fields as column values."""
    return {field.name: plain(getattr(record, field.name)) for field in fields(record)}


def from_row(cls: type[R], row: RowMapping) -> R:
    """A `cls` from a row that has a column for each of its fields; other columns are left."""
    values: dict[str, Any] = {}
    for field in fields(cls):  # type: ignore[arg-type]  # every record is a dataclass
        reader = _READERS.get((cls, field.name))
        value = row[field.name]
        values[field.name] = reader(value) if reader else value
    return cls(**values)


def fold(*texts: str | None) -> str:
    """Case-folded for comparison, alike on both databases (SQLite's own lower() is ASCII)."""
    return "\n".join(text.strip().casefold() for text in texts if text)
