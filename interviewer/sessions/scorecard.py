"""The scorecard as a PDF, for people who were not given a login."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import structlog

from interviewer.domain.errors import Conflict, Unavailable
from interviewer.domain.interview import Interview
from interviewer.domain.posting import Posting
from interviewer.domain.scoring import effective_score

TYPESETTER = "interviewer.sessions.typesetter"
PACKAGE_ROOT = str(Path(__file__).parents[2])
MAX_AT_ONCE = 2
WALL_SECONDS = 20.0

log = structlog.get_logger()
_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def scorecard_pdf(interview: Interview, posting: Posting, company: str) -> bytes:
    """A4, as many pages as it takes. Raises Conflict (`no_report`) before there are results."""
    if interview.report is None and interview.resume is None:
        raise Conflict("There is no scorecard yet.", code="no_report")
    card = json.dumps(_card(interview, posting, company)).encode()
    async with _gates.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(MAX_AT_ONCE)):
        return await _typeset(card)


async def _typeset(card: bytes) -> bytes:
    """Raises Unavailable where it takes too long or fails."""
    # An environment of its own: the child sees no secret of the service.
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        TYPESETTER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": os.pathsep.join([PACKAGE_ROOT, *filter(None, sys.path)])},
    )
    pdf = b""
    try:
        pdf, _ = await asyncio.wait_for(child.communicate(card), WALL_SECONDS)
    except TimeoutError:
        log.warning("scorecard.timeout", seconds=WALL_SECONDS)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode or not pdf.startswith(b"%PDF-"):
        raise Unavailable("The scorecard could not be typeset just now.", code="not_typeset")
    return pdf


def _card(interview: Interview, posting: Posting, company: str) -> dict[str, Any]:
    report = interview.report or {}
    ended = interview.ended_at
    ai_match = report.get("ai_match_score")
    return {
        "interview_id": interview.id,
        "name": interview.name,
        "email": interview.email,
        "title": posting.title,
        "company": company,
        "interviewed_at": None if ended is None else _date(ended),
        "match_score": report.get("match_score"),
        "ai_match_score": None if ai_match == report.get("match_score") else ai_match,
        "summary": report.get("summary"),
        "tags": [tag.replace("-", " ") for tag in report.get("tags", ())],
        "human_requested": bool(report.get("human_requested")),
        "highlights": list(report.get("highlights", ())),
        "lowlights": list(report.get("lowlights", ())),
        "scorecard": [_row(row) for row in report.get("scorecard", ())],
        "resume": None if interview.resume is None else _resume(interview.resume),
        "model": (report.get("model") or {}).get("name") or "the service's model",
    }


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "rank": row.get("rank", 0),
        "question": row["question"],
        "score": effective_score(row),
        "ai_score": row.get("evaluation_score"),
        "override": row.get("override"),
        "summary": row.get("evaluation_summary") or "",
        "weight": row.get("score_weight", 1.0),
        "not_scored": bool(row.get("not_scored")),
        "quotes": [
            {"text": quote["quote"], "at": _clock(quote.get("start"))}
            for quote in row.get("evidence", ())
        ],
    }


def _resume(result: Mapping[str, Any]) -> dict[str, Any]:
    passed = [
        {
            "text": row["criteria_text"],
            "verdict": "met" if row.get("passed") else "not met",
            "reasons": list(row.get("reasons", ())),
        }
        for row in result.get("eligibility_criteria", ())
    ]
    scored = [
        {
            "text": row["criteria_text"],
            "verdict": f"{row.get('score')} of 5",
            "reasons": list(row.get("reasons", ())),
        }
        for row in result.get("score_criteria", ())
    ]
    return {
        "overall_score": result.get("overall_score"),
        "is_eligible": result.get("is_eligible"),
        "criteria": [*passed, *scored],
    }


def _clock(seconds: float | None) -> str:
    """Minutes and seconds into the recording."""
    return "" if seconds is None else f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _date(at: float) -> str:
    day = datetime.fromtimestamp(at, UTC)
    return f"{day.day} {day:%B %Y}"
