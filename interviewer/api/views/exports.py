"""All candidates of a posting as a table, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from interviewer.domain.interview import Interview

COLUMNS = (
    "interview_id",
    "candidate_id",
    "attempt",
    "name",
    "email",
    "phone_number",
    "status",
    "score",
    "ai_score",
    "resume_score",
    "resume_eligible",
    "speech_score",
    "tags",
    "summary",
    "invited_at",
    "interviewed_at",
    "metadata",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What spreadsheets take for a formula (OWASP, CSV injection)."""


def header() -> str:
    return _line(COLUMNS)


def line(record: Interview) -> str:
    """One candidate; times as ISO 8601 in UTC, metadata as JSON."""
    values = _values(record)
    return _line([values[name] for name in COLUMNS])


def _values(record: Interview) -> Mapping[str, Any]:
    report: Mapping[str, Any] = record.report or {}
    resume: Mapping[str, Any] = record.resume or {}
    return {
        "interview_id": record.id,
        "candidate_id": record.candidate_id,
        "attempt": record.attempt,
        "name": record.name,
        "email": record.email,
        "phone_number": record.phone_number,
        "status": record.status,
        "score": record.score,
        "ai_score": report.get("ai_match_score", report.get("match_score")),
        "resume_score": resume.get("overall_score"),
        "resume_eligible": resume.get("is_eligible"),
        "speech_score": report.get("speech_score"),
        "tags": ", ".join(report.get("tags", ())),
        "summary": report.get("summary"),
        "invited_at": _time(record.created_at),
        "interviewed_at": _time(record.ended_at),
        "metadata": json.dumps(record.metadata, ensure_ascii=False) if record.metadata else None,
    }


def _line(values: Any) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_cell(value) for value in values])
    return buffer.getvalue()


def _cell(value: Any) -> Any:
    """An apostrophe before what would be run; spreadsheets show it as text."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return "" if value is None else value


def _time(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
