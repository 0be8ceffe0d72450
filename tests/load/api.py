"""How many calls an ATS may make, and how long a resume takes.

The API runs in a process of its own (`--serve DATABASE_URL`) on a real socket, with the real
store and fakes for media and jobs, on each database in turn; callers send without a pause. The
resume is read and screened as the job does it, with the embedded model.
"""

from __future__ import annotations

import asyncio
import dataclasses
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from interviewer import settings
from interviewer.api.app import create_app
from interviewer.bootstrap import EMBEDDED_MODEL
from interviewer.domain.posting import Question
from interviewer.llm.embedded import EmbeddedServer
from interviewer.llm.resume_screen import ResumeScreen
from interviewer.rehearsal.report import percentile
from interviewer.sessions.resume_text import extract
from interviewer.storage.engine import migrate, open_store
from tests.api.bodies import created, invited, posting
from tests.api.conftest import make_world
from tests.postgres import running_postgres
from tests.sessions.test_resume_text import pdf, show

CALLERS = 16
SECONDS = 5.0
RESUME = (
    "Marcus Johnson",
    "Account Executive at Salesforce, 2021 to 2025: 140% of quota in 2025, President's Club.",
    "Sold CRM to mid-market companies, $100K to $500K, cycles of three to six months.",
    "Daily user of Salesforce, Outreach and Gong.",
    "Sales Development Representative at Datadog, 2019 to 2021.",
)

Figures = dict[str, Any]
Call = Callable[[httpx.AsyncClient, int], Awaitable[httpx.Response]]


def measure() -> Figures:
    """`{"sqlite", "postgresql"}`: by call `{"per_second", "p50", "p95"}`, seconds; `"resume"`:
    seconds to `read` and to `screen`, and how many `criteria`."""
    with tempfile.TemporaryDirectory() as folder:
        sqlite = asyncio.run(_database(f"sqlite:///{folder}/load.db"))
    with running_postgres() as server:
        postgresql = asyncio.run(_database(server.create()))
    return {"sqlite": sqlite, "postgresql": postgresql, "resume": asyncio.run(_resume())}


def table(figures: Figures) -> str:
    """The figures as Markdown."""
    lines = [
        f"{CALLERS} callers at once, for {SECONDS:.0f} s each, on the machine that serves too.",
        "",
        "| database | call | requests a second | p50, ms | p95, ms |",
        "|---|---|---:|---:|---:|",
    ]
    for database in ("sqlite", "postgresql"):
        for call, row in figures[database].items():
            times = f"{1000 * row['p50']:.0f} | {1000 * row['p95']:.0f}"
            lines.append(f"| {database} | {call} | {row['per_second']:.0f} | {times} |")
    resume = figures["resume"]
    screened = f"screened by {resume['criteria']} criteria in {resume['screen']:.1f} s"
    lines += ["", f"A resume of one page: read in {resume['read']:.2f} s, {screened}."]
    return "\n".join(lines)


async def _database(url: str) -> Figures:
    await asyncio.to_thread(migrate, url)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.load.api", "--serve", url, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    try:
        origin, key = (await child.stdout.readline()).decode().split()
        limits = httpx.Limits(max_connections=CALLERS)
        async with httpx.AsyncClient(
            base_url=origin, headers={"X-API-KEY": key}, limits=limits, timeout=60
        ) as api:
            return await _calls(api)
    finally:
        child.terminate()
        await child.wait()


async def _calls(api: httpx.AsyncClient) -> Figures:
    posting_id = await created(api, posting())
    interview_id = await invited(api, posting_id)

    async def ingest(api: httpx.AsyncClient, number: int) -> httpx.Response:
        body = {"name": f"N {number}", "email": f"n{number}@example.com"}
        return await api.post(f"/api/v4/postings/{posting_id}/candidates", json=body)

    async def data(api: httpx.AsyncClient, number: int) -> httpx.Response:
        return await api.get(f"/api/v4/interviews/{interview_id}/data")

    async def listed(api: httpx.AsyncClient, number: int) -> httpx.Response:
        return await api.get(f"/api/v4/postings/{posting_id}/candidates")

    calls: Mapping[str, Call] = {"ingest": ingest, "data": data, "list of 20": listed}
    return {name: await _timed(api, call) for name, call in calls.items()}


async def _timed(api: httpx.AsyncClient, call: Call) -> Figures:
    times: list[float] = []
    began = time.perf_counter()

    async def caller(first: int) -> None:
        number = first
        while time.perf_counter() < began + SECONDS:
            sent = time.perf_counter()
            (await call(api, number)).raise_for_status()
            times.append(time.perf_counter() - sent)
            number += CALLERS

    await asyncio.gather(*(caller(number) for number in range(CALLERS)))
    elapsed = time.perf_counter() - began
    times.sort()
    return {
        "per_second": len(times) / elapsed,
        "p50": percentile(times, 0.5),
        "p95": percentile(times, 0.95),
    }


async def _resume() -> Figures:
    began = time.perf_counter()
    page = "".join(show(line, y=700 - 30 * number) for number, line in enumerate(RESUME))
    text = await extract(pdf(page), "resume.pdf")
    read = time.perf_counter() - began
    eligibility, scoring = _criteria()
    configured = settings.load()
    async with EmbeddedServer(
        configured.model_dir / EMBEDDED_MODEL, threads=configured.llm_threads
    ) as server:
        await server.wait_ready()
        model = server.client()
        began = time.perf_counter()
        await ResumeScreen(model).screen(text.text, eligibility, scoring)
        screen = time.perf_counter() - began
        await model.aclose()
    return {"read": read, "screen": screen, "criteria": len(eligibility) + len(scoring)}


def _criteria() -> tuple[Sequence[Question], Sequence[Question]]:
    questions = [
        Question(id=f"q{rank}", posting_id="p", rank=rank, modality=q["modality"], text=q["text"])
        for rank, q in enumerate(posting()["workflow"][0]["questions"], start=1)
    ]
    return (
        [q for q in questions if q.modality == "resume_eligibility"],
        [q for q in questions if q.modality == "resume_scoring"],
    )


async def _serve(url: str) -> None:
    """Print the origin and a key, then serve until terminated."""
    store = open_store(url)
    with tempfile.TemporaryDirectory() as folder:
        world = await make_world(store, Path(folder))
        config = dataclasses.replace(world.app.state.config, requests_per_minute=10_000_000)
        services = dataclasses.replace(world.app.state.services, clock=time.time)
        app = create_app(services, config)
        server = uvicorn.Server(
            uvicorn.Config(app, port=0, log_level="warning", lifespan="off", access_log=False)
        )
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.05)
        port = server.servers[0].sockets[0].getsockname()[1]
        print(f"http://127.0.0.1:{port}", world.key, flush=True)
        await serving
    await store.close()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[sys.argv.index("--serve") + 1]))
