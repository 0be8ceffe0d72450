"""How many interviews one machine holds at once: response times beside their number.

The simulated candidates live in this process and begin some seconds apart, as people do. They are
served before the service: a candidate who waits for a processor would speak in fits, which no
candidate does, and be taken for one who pauses. So what they cost, which a row tells, is taken from
the service. Their answers are rendered before. Once with the embedded language model, once with one
that answers from elsewhere (`tests.load.elsewhere`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import aiohttp

from interviewer import settings
from interviewer.rehearsal.command import create_candidate
from interviewer.rehearsal.persona import load_persona
from interviewer.rehearsal.run import RehearsalReport, rehearse
from interviewer.rehearsal.voice import CandidateVoice
from interviewer.speech.synthesizer import Synthesizer, Voices
from tests.functional.service import API_KEY, ServiceProcess
from tests.functional.test_rehearsals import POSTING
from tests.load import elsewhere
from tests.load.processes import watched
from tests.load.response import latencies, pair, served

EMBEDDED, ELSEWHERE = (1, 2, 3), (4, 6, 8)
APART_SECONDS = 7.0
WARM_SECONDS = 60.0
PERSONA, VOICE = "strong", "joe"


def measure(
    embedded: Sequence[int] = EMBEDDED, far: Sequence[int] = ELSEWHERE
) -> list[dict[str, Any]]:
    """A row for each number of interviews at once; `model`: where the language model is."""
    rows = []
    if embedded:
        with served(MAX_INTERVIEWS=str(max(embedded))) as service:
            _wait_until_warm(service)
            rows += [{"model": "embedded", **asyncio.run(_hold(service, n))} for n in embedded]
    if far:
        with (
            elsewhere.served() as model,
            served(MAX_INTERVIEWS=str(max(far)), **model) as service,
        ):
            rows += [{"model": "elsewhere", **asyncio.run(_hold(service, n))} for n in far]
    return rows


def _wait_until_warm(service: ServiceProcess) -> None:
    """The model has read what prompts begin with: on a machine's first start, ten seconds."""
    deadline = time.monotonic() + WARM_SECONDS
    while "llm.opening." not in service.log_path.read_text() and time.monotonic() < deadline:
        time.sleep(0.2)


async def _hold(service: ServiceProcess, number: int) -> dict[str, Any]:
    print(f"crowd: {number} at once …", flush=True)
    synthesizer = Synthesizer(Voices.embedded(settings.load().model_dir))
    posting_id = service.create_posting(POSTING)["id"]
    persona = await asyncio.to_thread(load_persona, PERSONA)
    try:
        voice = CandidateVoice(synthesizer, VOICE)
        for line in persona.lines():
            await voice.render(persona, line)
        own = time.process_time()
        async with (
            aiohttp.ClientSession(headers={"X-API-KEY": API_KEY}) as http,
            watched(service.pid) as spent,
        ):
            talks = [_talk(http, service, posting_id, synthesizer, n) for n in range(number)]
            reports = await asyncio.gather(*talks)
        own = time.process_time() - own
    finally:
        synthesizer.close()
    minutes = sum(report.seconds for report in reports) / 60
    return {
        "at_once": number,
        **latencies(reports),
        "cpu_seconds_per_minute": round(spent.cpu_seconds / minutes, 1),
        "candidates_cpu_seconds_per_minute": round(own / minutes, 1),
    }


async def _talk(
    http: aiohttp.ClientSession,
    service: ServiceProcess,
    posting_id: str,
    synthesizer: Synthesizer,
    place: int,
) -> RehearsalReport:
    await asyncio.sleep(place * APART_SECONDS)
    persona = await asyncio.to_thread(load_persona, PERSONA)
    interview_id = await create_candidate(http, service.url, posting_id, f"{persona.name} {place}")
    return await rehearse(
        service.url, interview_id, persona, synthesizer=synthesizer, voice_id=VOICE
    )


def table(rows: Sequence[dict[str, Any]]) -> str:
    """For `docs/benchmarks.md`."""
    head = (
        "| language model | at once | turns | first sound p50 / p95 | to move p50 / p95 | cut in "
        "| CPU s a min | of candidates |"
    )
    lines = [
        head,
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        cells = (
            row["model"],
            row["at_once"],
            row["turns"],
            pair(row, "first_sound"),
            pair(row, "to_move"),
            row["cut_in"],
            row["cpu_seconds_per_minute"],
            row["candidates_cpu_seconds_per_minute"],
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)
