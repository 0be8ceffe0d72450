"""A rehearsal's result as text for a terminal: what was said, how quick, how it was scored."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from interviewer.rehearsal.run import RehearsalReport, TurnTiming


def format_report(report: RehearsalReport) -> str:
    """Transcript, latencies and, when there is one, the scorecard."""
    sections = [_heading(report), format_transcript(report), format_latencies(report)]
    if report.data is not None:
        sections.append(format_scorecard(report.data))
    return "\n\n".join(sections)


def _heading(report: RehearsalReport) -> str:
    asked = sum(1 for question in report.questions if not question.get("follow_up"))
    follow_ups = len(report.questions) - asked
    return (
        f"Rehearsal with the candidate “{report.persona}”, interview {report.interview_id}\n"
        f"{asked} questions and {follow_ups} follow-ups in {_clock(report.seconds)}; "
        f"ended: {report.end_reason or 'not by the service'}"
        + (f"; calls made again: {report.reconnects}" if report.reconnects else "")
    )


def format_transcript(report: RehearsalReport) -> str:
    turns = (
        f"  {_clock(turn.get('start') or 0.0)}  {turn['speaker']}: {turn['text']}"
        for turn in report.transcript
    )
    return "\n".join(("Transcript", *turns))


def format_latencies(report: RehearsalReport) -> str:
    lines = [
        "Response, in seconds from the candidate's last sample leaving to the interviewer's first",
        "  question   spoke   first sound   first word of the move",
    ]
    lines += [f"  {_turn(turn)}" for turn in report.turns]
    for name, values in (
        ("first sound", [t.first_sound for t in report.turns]),
        ("to the move", [t.to_move for t in report.turns]),
    ):
        known = sorted(value for value in values if value is not None)
        if known:
            p50, p95 = percentile(known, 0.5), percentile(known, 0.95)
            lines.append(f"  {name}: p50 {p50:.2f}, p95 {p95:.2f} ({len(known)} turns)")
    cut_in = sum(turn.cut_in for turn in report.turns)
    lines.append(f"  turns taken while the candidate was speaking or pausing: {cut_in}")
    if report.barge_ins:
        stops = ", ".join(f"{seconds:.2f}" for seconds in report.barge_ins)
        lines.append(f"  silent after being interrupted: {stops}")
    return "\n".join(lines)


def _turn(turn: TurnTiming) -> str:
    name = f"{turn.number}{' follow-up' if turn.follow_up else ''}"
    marks = [mark for mark, on in (("cut in", turn.cut_in), ("nudged", turn.nudged)) if on]
    first, move = (f"{v:.2f}" if v is not None else "-" for v in (turn.first_sound, turn.to_move))
    return f"{name:<12} {turn.spoke_for:6.1f} {first:>10} {move:>12}  {', '.join(marks)}".rstrip()


def format_scorecard(data: Mapping[str, Any]) -> str:
    """From the answer of `GET /api/v4/interviews/{id}/data`."""
    interview = data.get("web_interview") or {}
    lines = ["Scorecard", f"  match score: {_or_dash(interview.get('match_score'))}"]
    for row in interview.get("scorecard") or ():
        score = _or_dash(row.get("evaluation_score"))
        lines.append(f"  {score}/5  {row.get('question', '')}")
        lines.append(f"       {row.get('evaluation_summary') or row.get('not_scored') or ''}")
        lines += [
            f"       {_clock(quote.get('start') or 0.0)} “{quote.get('quote', '')}”"
            for quote in row.get("evidence") or ()
        ]
    lines += [
        f"  {name}: {'; '.join(map(str, interview[name]))}"
        for name in ("highlights", "lowlights", "tags")
        if interview.get(name)
    ]
    lines.append(f"  speech score: {_or_dash(interview.get('speech_score'))}")
    return "\n".join(lines)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Nearest rank, of values in ascending order; at least one."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


def _or_dash(value: object) -> str:
    return "-" if value is None else str(value)
