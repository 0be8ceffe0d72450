"""The report: the scorecard's rows, what follows from them, and the transcript."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import structlog

from interviewer.domain.interview import Interview
from interviewer.domain.plan import InterviewPlan
from interviewer.domain.scoring import ScoredQuestion, match_score, with_override
from interviewer.domain.speech_score import speech_figures
from interviewer.domain.transcript import Turn, Word
from interviewer.domain.webhooks import Event
from interviewer.jobs.tasks.context import TaskContext, audio_key, video_key
from interviewer.jobs.tasks.tags import choose_tags
from interviewer.jobs.tasks.transcribe import stored_words
from interviewer.llm.prompts import PROMPT_VERSION

log = structlog.get_logger()

GOOD, MIDDLING, POOR = 4, 3, 2
MOST_POINTS = 3
"""Highlights, and lowlights, at most."""

Row = Mapping[str, Any]


async def write_report(
    context: TaskContext, job_id: str, interview_id: str, media: Mapping[str, Any]
) -> dict[str, Any]:
    """Store the report and mark the interview completed; returns its scores.

    `job_id`: of this evaluation, for which the report is announced once, however often a crash
    has it written. `media`: `{"audio": bool, "video": bool, "duration": s, "note"}`. A
    recruiter's overrides of an earlier report stay.
    """
    interview = await context.interview(interview_id)
    plan = InterviewPlan.from_dict(interview.plan or {"questions": ()})
    async with context.store.snapshot() as tx:
        turns = await tx.turns(interview_id)
    words = await stored_words(context, interview_id)
    rows = [
        row
        for question in plan.questions
        if (row := await context.work(interview_id, f"row-{question.question_id}")) is not None
    ]
    tags = await choose_tags(context.llm, plan, rows, turns)
    model = {"name": context.llm.name, "prompt_version": PROMPT_VERSION}
    report = build_report(
        rows,
        turns,
        words,
        tags=tags,
        media=media,
        model=model,
        conversation=interview.conversation or {},
    )
    recording = {
        "video": video_key(interview_id) if media["video"] else None,
        "audio": audio_key(interview_id) if media["audio"] else None,
        "duration": media["duration"],
    }
    now = context.now()
    async with context.store.transaction() as tx:
        current = await tx.interview(None, interview_id)
        await tx.update_interview(_completed(current, report, recording, now))
        await tx.announce(
            Event(
                type="report_available",
                posting_id=current.posting_id,
                interview_id=interview_id,
                at=now,
                occasion=job_id,
            )
        )
    log.info(
        "report.stored",
        interview_id=interview_id,
        match_score=report["match_score"],
        speech_score=report["speech_score"],
    )
    return {"match_score": report["match_score"]}


def _completed(
    interview: Interview, report: dict[str, Any], recording: dict[str, Any], now: float
) -> Interview:
    asked = {row["question_id"] for row in report["scorecard"]}
    for row in (interview.report or {}).get("scorecard", ()):
        if row.get("override") and row["question_id"] in asked:
            report = with_override(report, row["question_id"], row["override"])
    match = report["match_score"]
    return replace(
        interview,
        report=report,
        recording=recording,
        score=None if match is None else float(match),
        # A recruiter who has decided meanwhile is not overruled.
        status="completed"
        if interview.status in ("in_progress", "evaluating")
        else interview.status,
        updated_at=now,
    )


def build_report(
    rows: Sequence[Row],
    turns: Sequence[Turn],
    words: Mapping[str, Sequence[Word]],
    *,
    tags: Sequence[str],
    media: Mapping[str, Any],
    model: Mapping[str, str],
    conversation: Mapping[str, Any],
) -> dict[str, Any]:
    """`Interview.report`, as the API returns it. Pure.

    `conversation`: its stored state, for what people should know and no score rests on.
    """
    match = match_score(map(_scored, rows))
    figures = speech_figures(
        [words[t.turn_id] for t in turns if t.kind == "answer" and t.turn_id in words]
    )
    highlights, lowlights = highlight_rows(rows), lowlight_rows(rows)
    return {
        "match_score": match,
        "highlights": [_point(row) for row in highlights],
        "highlight_questions": [row["question_id"] for row in highlights],
        "lowlights": [_point(row) for row in lowlights],
        "lowlight_questions": [row["question_id"] for row in lowlights],
        "speech_score": figures.score if figures else None,
        "speech": asdict(figures) if figures else None,
        "score_spread": match_spread(rows),
        "tags": list(tags),
        "summary": overall_summary(rows, match),
        "scorecard": [dict(row) for row in rows],
        "transcript": [_transcript_row(turn) for turn in turns],
        "human_requested": bool(conversation.get("human_requested")),
        "integrity": [
            {"kind": event["kind"], "at": _seconds(event["at"])}
            for event in conversation.get("integrity", ())
        ],
        "model": dict(model),
        "media": {"video": media["video"], "note": media.get("note")},
    }


def match_spread(rows: Sequence[Row]) -> float | None:
    """How far repeated runs could move the match score, in its own points."""
    known = [
        (row["score_weight"], row["spread"])
        for row in rows
        if row["spread"] is not None and _scored(row).counts
    ]
    counted = math.fsum(r["score_weight"] for r in rows if _scored(r).counts)
    if not known or counted <= 0:
        return None
    return round(20 * math.fsum(weight * spread for weight, spread in known) / counted, 1)


def _scored(row: Row) -> ScoredQuestion:
    return ScoredQuestion(
        score=row["evaluation_score"], weight=row["score_weight"], not_scored=row["not_scored"]
    )


def highlight_rows(rows: Sequence[Row]) -> list[Row]:
    """The best answers, by score, then weight: good ones, else the best of the middling."""
    scored = [r for r in rows if _score(r) is not None and r["status"] == "answered"]
    best = sorted(scored, key=lambda r: (-(_score(r) or 0), -r["score_weight"], r["rank"]))
    good = [r for r in best if (_score(r) or 0) >= GOOD]
    return good[:MOST_POINTS] or [r for r in best if _score(r) == MIDDLING][:1]


def lowlight_rows(rows: Sequence[Row]) -> list[Row]:
    """The weakest answers: poor ones, else the weakest of the middling unless it is praised."""
    scored = [r for r in rows if _score(r) is not None]
    worst = sorted(scored, key=lambda r: (_score(r) or 0, -r["score_weight"], r["rank"]))
    poor = [r for r in worst if (_score(r) or 0) <= POOR]
    praised = [r["question_id"] for r in highlight_rows(rows)]
    middling = [r for r in worst if _score(r) == MIDDLING and r["question_id"] not in praised]
    return poor[:MOST_POINTS] or middling[:1]


def overall_summary(rows: Sequence[Row], match: int | None) -> str:
    """What happened, in sentences, with nothing that is not in the rows."""
    reached = [r for r in rows if r["status"] != "not_reached"]
    answered = [r for r in rows if r["status"] == "answered"]
    said = [f"The candidate answered {len(answered)} of {_count(len(rows), 'question')}."]
    if len(reached) < len(rows):
        missed = len(rows) - len(reached)
        were = "was" if missed == 1 else "were"
        said.append(f"{_count(missed, 'question').capitalize()} {were} never reached.")
    unheard = sum(r["status"] == "not_recognised" for r in rows)
    if unheard:
        said.append(f"In {_count(unheard, 'question')} the words could not be made out.")
    if match is None:
        said.append("No answer was scored.")
    else:
        said.append(f"Weighted over the scored questions the match is {match} of 100.")
    said += [first_sentence(r["evaluation_summary"]) for r in highlight_rows(rows)[:1]]
    return " ".join(said)


def first_sentence(text: str) -> str:
    """Up to the first full stop that ends a sentence, with one at its end."""
    text = " ".join(text.split())
    match = re.match(r".+?[.!?](?=\s+[A-Z\"“]|$)", text)
    sentence = match[0] if match else text
    return sentence if not sentence or sentence[-1] in ".!?" else f"{sentence}."


def _score(row: Row) -> int | None:
    score: int | None = None if row["not_scored"] else row["evaluation_score"]
    return score


def _point(row: Row) -> str:
    if row["status"] == "answered":
        return first_sentence(row["evaluation_summary"])
    return f"Gave no answer to “{shortened(row['question'])}”"


def shortened(text: str, most: int = 90) -> str:
    """At a word's end, with an ellipsis where something was left out."""
    if len(text) <= most:
        return text
    return text[:most].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _transcript_row(turn: Turn) -> dict[str, Any]:
    return {
        "turn_id": turn.turn_id,
        "question_id": turn.question_id,
        "speaker": turn.speaker,
        "text": turn.text,
        "start": _seconds(turn.start),
        "end": _seconds(turn.end),
        "kind": turn.kind,
        "typed": turn.typed,
    }


def _seconds(value: float) -> float:
    return round(value, 3) if math.isfinite(value) else 0.0
