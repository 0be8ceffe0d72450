"""How quick the interviewer is and what an interview costs, measured from the candidate's end.

Personas hold interviews over real WebRTC with `interviewer serve` as a process of its own, one
after the other: each on two short questions, and one on the whole demo posting. Then the baseline
of `tests.load.stock` hears the answers of the strong one.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from interviewer import settings
from interviewer.rehearsal.command import completed, create_candidate
from interviewer.rehearsal.persona import load_persona
from interviewer.rehearsal.report import percentile
from interviewer.rehearsal.run import RehearsalReport, rehearse
from interviewer.speech.synthesizer import Synthesizer, Voices
from tests.functional.service import API_KEY, REPORT_SECONDS, ServiceProcess
from tests.functional.story import demo_posting
from tests.functional.test_rehearsals import POSTING
from tests.load import stock
from tests.load.processes import Spent, watched

CANDIDATE_NICENESS = -10
STOCK = "LiveKit Agents' defaults with the same models and answers"
PERSONAS = ("strong", "vague", "silent", "interrupting", "asking_back")

STAGES = {
    "hold": "silence until it may be over, whether they go on then or not",
    "settle": "until its last words have their text",
    "intent": "until it is known how it was meant",
    "follow_up": "until a follow-up can be begun, or none is to come",
    "reply": "until the candidate's own question has its answer",
    "first_audio": "from a text to its first sample, of whatever is said",
    "response": "from the candidate's last sample to the move's first, as the service sees it",
    "backchannel": 'from the candidate\'s last sample to an "mm-hm"',
}
"""What `interviewer_turn_seconds` has of a turn's stages, in their order; some wait for none before
them, so that they do not add up."""

Figures = dict[str, Any]


@contextmanager
def served(**variables: str) -> Iterator[ServiceProcess]:
    """`interviewer serve`, and this process before it: a candidate who waits for a processor speaks
    in fits, as none does whose machine is another. What that takes is taken from the service.

    `variables`: of the service, without their prefix.
    """
    with tempfile.TemporaryDirectory() as folder:
        service = ServiceProcess(Path(folder), **variables)
        service.start()
        before = os.getpriority(os.PRIO_PROCESS, 0)
        # Before others only where we may.
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, CANDIDATE_NICENESS)
        try:
            yield service
        finally:
            service.stop()
            with suppress(PermissionError):
                os.setpriority(os.PRIO_PROCESS, 0, before)


def measure(personas: Sequence[str], *, demo: bool) -> Figures:
    """`{"interviews": [...], "all": {...}}`; seconds, unless a name says otherwise."""
    with served() as service:
        figures = asyncio.run(_interviews(service, personas, demo=demo))
    print("response: the stock chain …", flush=True)
    return {**figures, "stock": asyncio.run(_stock())}


async def _stock() -> Figures:
    values = settings.load()
    synthesizer = Synthesizer(Voices.embedded(values.model_dir))
    try:
        heard = await stock.measure(values, load_persona("strong"), synthesizer)
    finally:
        synthesizer.close()
    return {
        "turns": heard.answers,
        "cut_in": heard.cut_in,
        "to_a_part": heard.to_a_part,
        **_percentiles("first_sound", heard.first_sound),
    }


async def _interviews(service: ServiceProcess, personas: Sequence[str], *, demo: bool) -> Figures:
    synthesizer = Synthesizer(Voices.embedded(settings.load().model_dir))
    plans = [(persona, "two questions", POSTING) for persona in personas]
    if demo:
        plans.append(("strong", "demo", demo_posting()))
    held, reports = [], []
    try:
        async with aiohttp.ClientSession(headers={"X-API-KEY": API_KEY}) as http:
            for persona, name, posting in plans:
                print(f"response: {persona}, {name} …", flush=True)
                figures, report = await _interview(
                    http, service, synthesizer, persona, service.create_posting(posting)["id"]
                )
                held.append({"persona": persona, "posting": name, **figures})
                reports.append(report)
            async with http.get(f"{service.url}/metrics") as answer:
                stages = mean_stages(await answer.text())
    finally:
        synthesizer.close()
    cost = sum(one["cpu_seconds"] for one in held) / sum(one["minutes"] for one in held)
    return {
        "interviews": held,
        "stages": stages,
        "all": {
            **latencies(reports),
            "cpu_seconds_per_minute": round(cost, 1),
            "peak_rss_mb": max(one["peak_rss_mb"] for one in held),
        },
    }


async def _interview(
    http: aiohttp.ClientSession,
    service: ServiceProcess,
    synthesizer: Synthesizer,
    persona_name: str,
    posting_id: str,
) -> tuple[Figures, RehearsalReport]:
    persona = await asyncio.to_thread(load_persona, persona_name)
    interview_id = await create_candidate(http, service.url, posting_id, persona.name)
    async with watched(service.pid) as talking:
        report = await rehearse(service.url, interview_id, persona, synthesizer=synthesizer)
    began = time.monotonic()
    async with watched(service.pid) as evaluating:
        data = await completed(http, service.url, interview_id, REPORT_SECONDS)
    if data is None:
        raise TimeoutError(f"no report of {persona_name}:\n{service.log_tail()}")
    return {
        **latencies([report]),
        **_cost(report, talking, evaluating),
        "report_seconds": round(time.monotonic() - began, 1),
        "match_score": data["web_interview"]["match_score"],
        "end_reason": report.end_reason,
    }, report


def _cost(report: RehearsalReport, talking: Spent, evaluating: Spent) -> Figures:
    minutes = report.seconds / 60
    return {
        "minutes": round(minutes, 2),
        "cpu_seconds": round(talking.cpu_seconds, 1),
        "cpu_seconds_per_minute": round(talking.cpu_seconds / minutes, 1),
        "evaluation_cpu_seconds": round(evaluating.cpu_seconds, 1),
        "peak_rss_mb": round(max(talking.peak_rss_bytes, evaluating.peak_rss_bytes) / 2**20),
    }


def latencies(reports: Sequence[RehearsalReport]) -> Figures:
    """From the candidate's last sample leaving to the interviewer's first one arriving."""
    turns = [turn for report in reports for turn in report.turns]
    return {
        "turns": len(turns),
        "cut_in": sum(turn.cut_in for turn in turns),
        "nudged": sum(turn.nudged for turn in turns),
        **_percentiles("first_sound", [t.first_sound for t in turns]),
        **_percentiles("to_move", [t.to_move for t in turns]),
        **_percentiles("barge_in", [s for report in reports for s in report.barge_ins]),
    }


def mean_stages(metrics: str) -> list[Figures]:
    """How often each stage of a turn was gone through and how long it took, by what the service
    tells Prometheus."""
    rows = []
    for family in text_string_to_metric_families(metrics):
        if family.name != "interviewer_turn_seconds":
            continue
        sums = {s.labels["stage"]: s.value for s in family.samples if s.name.endswith("_sum")}
        counts = {s.labels["stage"]: s.value for s in family.samples if s.name.endswith("_count")}
        for stage, count in counts.items():
            if count:
                mean = round(sums[stage] / count, 3)
                rows.append({"stage": stage, "times": round(count), "mean": mean})
    return rows


def _percentiles(name: str, values: Sequence[float | None]) -> dict[str, float | None]:
    known = sorted(value for value in values if value is not None)
    return {
        f"{name}_p{round(share * 100)}": round(percentile(known, share), 2) if known else None
        for share in (0.5, 0.95)
    }


def table(figures: Figures) -> str:
    """For `docs/benchmarks.md`."""
    head = (
        "| persona | posting | min | turns | first sound p50 / p95 | to the move p50 / p95 "
        "| cut in | CPU s a minute | report after s | peak RSS MB |"
    )
    lines = [head, "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"]
    total = {"persona": "all", "posting": "", "minutes": "", "report_seconds": ""}
    for one in (*figures["interviews"], {**total, **figures["all"]}):
        cells = (
            one["persona"],
            one["posting"],
            one["minutes"],
            one["turns"],
            pair(one, "first_sound"),
            pair(one, "to_move"),
            one["cut_in"],
            one["cpu_seconds_per_minute"],
            one["report_seconds"],
            one["peak_rss_mb"],
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    baseline = figures["stock"]
    late, number = pair(baseline, "first_sound"), baseline["turns"]
    spoiled = f"it replied into {baseline['cut_in']}, and to {baseline['to_a_part']} before it had"
    lines += [
        "",
        f"{STOCK}: first sound p50 / p95 {late} s; of {number} answers {spoiled} their last words.",
    ]
    if figures["all"]["barge_in_p50"] is not None:
        stopped = pair(figures["all"], "barge_in")
        lines += ["", f"Silent after being interrupted, s, p50 / p95: {stopped}."]
    lines += ["", "| stage | times | mean, s | |", "|---|---:|---:|---|"]
    found = {row["stage"]: row for row in figures["stages"]}
    for stage, meaning in STAGES.items():
        if row := found.get(stage):
            lines.append(f"| {stage} | {row['times']} | {row['mean']:.2f} | {meaning} |")
    return "\n".join(lines)


def pair(figures: Figures, name: str) -> str:
    low, high = figures[f"{name}_p50"], figures[f"{name}_p95"]
    return "–" if low is None else f"{low:.2f} / {high:.2f}"
