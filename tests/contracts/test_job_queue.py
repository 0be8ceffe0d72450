"""The contract of `JobQueue` and of the worker behind it, on both databases."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from interviewer.domain.errors import Invalid, Unavailable
from interviewer.jobs import worker
from interviewer.jobs.queue import (
    DbosJobQueue,
    JobContext,
    JobFunction,
    migrate_jobs,
    open_queue,
)
from interviewer.jobs.worker import Pace, run_worker
from interviewer.storage.engine import SqlStore
from interviewer.storage.tables import job_workers

ENDED = ("done", "failed")
QUICK = Pace(beat=0.2, overdue=2.0, retries=(0.1, 0.1))


@pytest.fixture
async def queue(database_url: str) -> AsyncIterator[DbosJobQueue]:
    await asyncio.to_thread(migrate_jobs, database_url)
    queue = open_queue(database_url)
    yield queue
    await queue.close()


async def until_ended(queue: DbosJobQueue, job_id: str, seconds: float = 30) -> str:
    async with asyncio.timeout(seconds):
        while (state := await queue.status(job_id)) not in ENDED:
            await asyncio.sleep(0.2)
    assert state is not None
    return state


@asynccontextmanager
async def at_work(
    url: str, store: SqlStore, tasks: Mapping[str, JobFunction], concurrency: int = 1
) -> AsyncIterator[None]:
    """A worker in this process while the block runs."""
    stop = asyncio.Event()
    work = run_worker(url, store, tasks, concurrency=concurrency, pace=QUICK, stop=stop)
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)


async def test_a_job_waits_until_a_worker_comes_and_runs_once(
    queue: DbosJobQueue, database_url: str, store: SqlStore
) -> None:
    ran: list[Any] = []

    async def task(context: JobContext, args: Mapping[str, Any]) -> None:
        async def first() -> dict[str, str]:
            return {"said": "naïve ✓"}

        ran.append((context.job_id, dict(args), await context.step("first", first)))

    await queue.enqueue("greet", {"interview_id": "A"}, job_id="greet:A:1")
    await queue.enqueue("greet", {"interview_id": "A"}, job_id="greet:A:1")
    assert await queue.status("greet:A:1") == "queued"
    assert await queue.status("greet:B:1") is None
    assert await queue.depths() == {"queued": 1, "running": 0}

    async with at_work(database_url, store, {"greet": task}):
        assert await until_ended(queue, "greet:A:1") == "done"
        await queue.enqueue("greet", {"interview_id": "A"}, job_id="greet:A:1")
        await asyncio.sleep(1.5)
    assert ran == [("greet:A:1", {"interview_id": "A"}, {"said": "naïve ✓"})]
    assert await queue.depths() == {"queued": 0, "running": 0}


async def test_a_step_that_raises_is_tried_again_and_then_the_job_fails(
    queue: DbosJobQueue, database_url: str, store: SqlStore
) -> None:
    tries = {"shaky": 0, "broken": 0, "refused": 0}

    async def shaky() -> int:
        tries["shaky"] += 1
        if tries["shaky"] < 3:
            raise OSError("not yet")
        return 7

    async def broken() -> None:
        tries["broken"] += 1
        raise OSError("never")

    async def refused() -> None:
        tries["refused"] += 1
        raise Invalid("That cannot work.")

    async def shaky_then_broken(context: JobContext, args: Mapping[str, Any]) -> None:
        assert await context.step("shaky", shaky) == 7
        await context.step("broken", broken)

    async def refusing(context: JobContext, args: Mapping[str, Any]) -> None:
        await context.step("refused", refused)

    tasks = {"shaky": shaky_then_broken, "refused": refusing}
    for name in (*tasks, "unheard-of"):
        await queue.enqueue(name, {}, job_id=name)
    async with at_work(database_url, store, tasks):
        for name in (*tasks, "unheard-of"):
            assert await until_ended(queue, name) == "failed"
    assert tries == {"shaky": 3, "broken": 3, "refused": 1}


async def test_no_more_jobs_at_a_time_than_it_was_told(
    queue: DbosJobQueue, database_url: str, store: SqlStore
) -> None:
    at_once: list[int] = []
    running = 0

    async def busy() -> None:
        nonlocal running
        running += 1
        at_once.append(running)
        await asyncio.sleep(0.3)
        running -= 1

    async def task(context: JobContext, args: Mapping[str, Any]) -> None:
        await context.step("busy", busy)

    ids = [f"busy:{number}" for number in range(5)]
    for job_id in ids:
        await queue.enqueue("busy", {}, job_id=job_id)
    async with at_work(database_url, store, {"busy": task}, concurrency=2):
        for job_id in ids:
            assert await until_ended(queue, job_id) == "done"
    assert max(at_once) == 2
    assert len(at_once) == 5


async def test_a_job_that_somebody_waits_for_overtakes_an_evaluation(
    queue: DbosJobQueue, database_url: str, store: SqlStore
) -> None:
    overtaken = asyncio.Event()

    async def slow(context: JobContext, args: Mapping[str, Any]) -> None:
        await context.step("wait", overtaken.wait)

    async def quick(context: JobContext, args: Mapping[str, Any]) -> None:
        overtaken.set()

    await queue.enqueue("finalize_interview", {}, job_id="slow")
    await queue.enqueue("ingest_candidates", {}, job_id="quick")
    tasks = {"finalize_interview": slow, "ingest_candidates": quick}
    async with at_work(database_url, store, tasks):
        assert await until_ended(queue, "quick") == "done"
        assert await until_ended(queue, "slow") == "done"


async def test_stopping_hands_an_unfinished_job_to_the_next_worker(
    queue: DbosJobQueue, database_url: str, store: SqlStore
) -> None:
    ran: list[str] = []
    halfway = asyncio.Event()

    async def first() -> None:
        ran.append("first")

    async def second() -> None:
        ran.append("second")
        if not halfway.is_set():
            halfway.set()
            await asyncio.sleep(60)

    async def task(context: JobContext, args: Mapping[str, Any]) -> None:
        await context.step("first", first)
        await context.step("second", second)

    await queue.enqueue("two", {}, job_id="two")
    async with at_work(database_url, store, {"two": task}):
        await asyncio.wait_for(halfway.wait(), 20)
    assert await queue.status("two") == "running"
    async with at_work(database_url, store, {"two": task}):
        assert await until_ended(queue, "two") == "done"
    assert ran == ["first", "second", "second"]


async def test_a_worker_that_was_taken_for_dead_stops_and_leaves_its_job_to_others(
    queue: DbosJobQueue, database_url: str, store: SqlStore
) -> None:
    begun = asyncio.Event()
    interrupted = asyncio.Event()

    async def long() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            interrupted.set()
            raise

    async def task(context: JobContext, args: Mapping[str, Any]) -> None:
        await context.step("long", long)

    await queue.enqueue("long", {}, job_id="long")
    work = asyncio.create_task(run_worker(database_url, store, {"long": task}, pace=QUICK))
    await asyncio.wait_for(begun.wait(), 30)
    async with store.connection() as connection:
        await connection.execute(delete(job_workers))
    with pytest.raises(Unavailable, match="taken for dead"):
        await asyncio.wait_for(work, 30)
    assert interrupted.is_set()
    assert await queue.status("long") == "running"


async def test_jobs_done_long_ago_are_forgotten(
    queue: DbosJobQueue, database_url: str, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def task(context: JobContext, args: Mapping[str, Any]) -> None:
        """Nothing to do."""

    await queue.enqueue("nothing", {}, job_id="old")
    async with at_work(database_url, store, {"nothing": task}):
        assert await until_ended(queue, "old") == "done"
    await queue.enqueue("nothing", {}, job_id="waiting")
    monkeypatch.setattr(worker, "KEPT", -60.0)
    async with at_work(database_url, store, {"nothing": task}):
        assert await until_ended(queue, "waiting") == "done"
    assert await queue.status("old") is None


async def test_a_database_that_is_away_is_unavailable() -> None:
    queue = open_queue("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(Unavailable):
        await queue.enqueue("nothing", {}, job_id="1")
    with pytest.raises(Unavailable):
        await queue.depths()
    await queue.close()


async def test_a_killed_worker_loses_nothing_and_repeats_no_finished_step(
    queue: DbosJobQueue, database_url: str, tmp_path: Path
) -> None:
    """Real processes: the first is killed in the middle of the third step of five."""
    diary = tmp_path / "diary"
    for job_id in ("job:1", "job:2"):
        await queue.enqueue("diary", {"path": str(diary), "slow": "step-2"}, job_id=job_id)

    first = await start_worker_process(database_url)
    await until_written(diary, "begin job:1 step-2")
    first.send_signal(signal.SIGKILL)
    await first.wait()
    assert await queue.status("job:1") == "running"

    second = await start_worker_process(database_url)
    try:
        assert await until_ended(queue, "job:1") == "done"
        assert await until_ended(queue, "job:2") == "done"
    finally:
        second.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(second.wait(), 20) == 0

    lines = diary.read_text().splitlines()
    for job_id in ("job:1", "job:2"):
        ends = [line for line in lines if line.startswith(f"end {job_id}")]
        assert ends == [f"end {job_id} step-{number}" for number in range(5)]
    assert lines.count("begin job:1 step-2") == 2
    assert lines.count("result job:1 [0, 1, 2, 3, 4]") == 1


async def start_worker_process(url: str) -> asyncio.subprocess.Process:
    child = Path(__file__).with_name("worker_process.py")
    return await asyncio.create_subprocess_exec(sys.executable, str(child), url)


async def until_written(path: Path, line: str) -> None:
    async with asyncio.timeout(30):
        while not path.exists() or line not in path.read_text().splitlines():
            await asyncio.sleep(0.05)
