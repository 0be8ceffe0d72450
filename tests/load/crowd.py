"""How many interviews one machine holds at once: response times beside their number.

The simulated candidates live in this process, at low priority, so that they cost the service as
little as may be; they begin some seconds apart, as people do.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp

from interviewer import settings
from interviewer.rehearsal.command import create_candidate
from interviewer.rehearsal.persona import load_persona
from interviewer.rehearsal.run import RehearsalReport, rehearse
from interviewer.speech.synthesizer import Synthesizer, Voices
from tests.functional.service import API_KEY, ServiceProcess
from tests.functional.test_rehearsals import POSTING
from tests.load.processes import watched
from tests.load.response import latencies, pair

CROWDS = (1, 2, 3)
APART_SECONDS = 7.0
NICENESS = 5


def measure(crowds: Sequence[int] = CROWDS) -> list[dict[str, Any]]:
    """A row for each number of interviews at once."""
    with tempfile.TemporaryDirectory() as folder:
        service = ServiceProcess(Path(folder), MAX_INTERVIEWS=str(max(crowds)))
        service.start()
        os.nice(NICENESS)
        try:
            return [asyncio.run(_hold(service, number)) for number in crowds]
        finally:
            service.stop()


async def _hold(service: ServiceProcess, number: int) -> dict[str, Any]:
    synthesizer = Synthesizer(Voices.embedded(settings.load().model_dir))
    posting_id = service.create_posting(POSTING)["id"]
    try:
        async with (
            aiohttp.ClientSession(headers={"X-API-KEY": API_KEY}) as http,
            watched(service.pid) as spent,
        ):
            talks = [_talk(http, service, posting_id, synthesizer, n) for n in range(number)]
            reports = await asyncio.gather(*talks)
    finally:
        synthesizer.close()
    minutes = sum(report.seconds for report in reports) / 60
    return {
        "at_once": number,
        **latencies(reports),
        "cpu_seconds_per_minute": round(spent.cpu_seconds / minutes, 1),
    }


async def _talk(
    http: aiohttp.ClientSession,
    service: ServiceProcess,
    posting_id: str,
    synthesizer: Synthesizer,
    place: int,
) -> RehearsalReport:
    await asyncio.sleep(place * APART_SECONDS)
    persona = await asyncio.to_thread(load_persona, "strong")
    interview_id = await create_candidate(http, service.url, posting_id, f"{persona.name} {place}")
    return await rehearse(service.url, interview_id, persona, synthesizer=synthesizer)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """For `docs/benchmarks.md`."""
    lines = [
        "| at once | turns | first sound p50 / p95 | to move p50 / p95 | cut in | CPU s a min |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        cells = (
            row["at_once"],
            row["turns"],
            pair(row, "first_sound"),
            pair(row, "to_move"),
            row["cut_in"],
            row["cpu_seconds_per_minute"],
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)
