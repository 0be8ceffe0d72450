"""Doing the jobs: `interviewer work`.

DBOS takes a job from the queue, records its steps and, asked to, hands the jobs of a dead worker
to another. Whether a worker is dead is for us to say: each has an id of its own, never used
again, and shows itself in `job_workers` every few seconds. Any worker that finds another overdue
gives its jobs back to the queue. A worker that was itself overdue (the machine slept, the loop
was blocked) stops at once, because another has taken its jobs over.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import structlog
from dbos import DBOS
from sqlalchemy import delete, insert, select, update

from interviewer.domain.errors import InterviewerError, Unavailable
from interviewer.jobs.queue import (
    APP_NAME,
    APP_VERSION,
    QUEUE,
    QUICK_QUEUE,
    WORKFLOW,
    JobFailed,
    JobFunction,
    JsonSerializer,
    jobs_url,
)
from interviewer.observability import metrics
from interviewer.storage.engine import SqlStore
from interviewer.storage.tables import job_workers

log = structlog.get_logger()

T = TypeVar("T")

KEPT = 30 * 86_400.0
"""Seconds for which it stays known that a job was done, or why it failed."""
QUICK_AT_ONCE = 2
MAX_RECOVERIES = 5
"""A job that has taken this many workers down with it is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds. `beat`: between two signs of life; `overdue`: without one, until a worker counts
    as dead; `retries`: before each new try of a step that raised, eight minutes in all: a model
    server that is restarted has its weights to load."""

    beat: float = 3.0
    overdue: float = 30.0
    retries: tuple[float, ...] = (2.0, 8.0, 32.0, 64.0, 128.0, 240.0)


async def run_worker(
    url: str,
    store: SqlStore,
    tasks: Mapping[str, JobFunction],
    *,
    concurrency: int = 1,
    pace: Pace = Pace(),
    stop: asyncio.Event | None = None,
) -> None:
    """Do jobs until `stop` is set or the task is cancelled; one such worker in a process.

    `url`: the database's, migrated (`migrate` and `migrate_jobs`); `store`: on the same.
    `concurrency`: jobs at a time, beside two quick ones. Raises Unavailable when it was taken
    for dead.
    """
    executor_id = f"{socket.gethostname()}-{secrets.token_hex(6)}"
    _configure(url, executor_id)
    jobs = _Jobs(tasks, pace.retries)
    heart = _Heart(store, executor_id, pace)
    await heart.start()
    try:
        DBOS.launch()
        for name, at_once in ((QUEUE, concurrency), (QUICK_QUEUE, QUICK_AT_ONCE)):
            await DBOS.register_queue_async(
                name, worker_concurrency=at_once, polling_interval_sec=1.0
            )
        await _forget_old_jobs()
        log.info("worker.started", executor_id=executor_id, concurrency=concurrency)
        await heart.beat(stop or asyncio.Event())
    finally:
        await asyncio.shield(_shut_down(jobs, heart))


async def _forget_old_jobs() -> None:
    """Up to a thousand at every start."""
    before = datetime.fromtimestamp(time.time() - KEPT, UTC).isoformat()
    old = await DBOS.list_workflows_async(
        status=["SUCCESS", "ERROR", "CANCELLED"],
        completed_before=before,
        limit=1000,
        load_input=False,
        load_output=False,
    )
    if old:
        await DBOS.delete_workflows_async([workflow.workflow_id for workflow in old])
        log.info("worker.jobs.forgotten", jobs=len(old))


async def _shut_down(jobs: _Jobs, heart: _Heart) -> None:
    await jobs.interrupt()
    await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
    # DBOS had put its own executor behind `asyncio.to_thread`, and has closed it now.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
    await heart.stop()
    log.info("worker.stopped", executor_id=heart.executor_id)


def _configure(url: str, executor_id: str) -> None:
    dbos_log = logging.getLogger("dbos")
    dbos_log.addHandler(logging.NullHandler())  # or it would add its own, and not propagate
    dbos_log.addFilter(_is_news)
    DBOS(
        config={
            "name": APP_NAME,
            "system_database_url": jobs_url(url),
            "application_version": APP_VERSION,
            "executor_id": executor_id,
            "serializer": JsonSerializer(),
            "run_migrations": False,
            "log_level": "ERROR",
            "sys_db_pool_size": 4,
        }
    )
    DBOS.listen_queues([QUEUE, QUICK_QUEUE])


def _is_news(record: logging.LogRecord) -> bool:
    """Whether DBOS tells more than that a job failed, which we have logged ourselves."""
    return not (record.exc_info and isinstance(record.exc_info[1], JobFailed))


class _Jobs:
    """The jobs that this process runs. One workflow does for all of them: its first argument
    says which task."""

    def __init__(self, tasks: Mapping[str, JobFunction], retries: tuple[float, ...]) -> None:
        self._tasks = tasks
        self._retries = retries
        self._running: set[asyncio.Task[Any]] = set()
        self._stopping = False
        for name in tasks:
            metrics.JOBS.labels(name, "failed")
        DBOS.workflow(name=WORKFLOW, max_recovery_attempts=MAX_RECOVERIES)(self._workflow())

    def _workflow(self) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
        async def run_job(name: str, args: dict[str, Any]) -> None:
            await self._run(str(DBOS.workflow_id), name, args)

        return run_job

    async def _run(self, job_id: str, name: str, args: dict[str, Any]) -> None:
        task = asyncio.current_task()
        if task is None or self._stopping:
            raise asyncio.CancelledError
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        started = time.monotonic()
        log.info("job.started", job=name, job_id=job_id)
        try:
            await self._task(name)(_Context(job_id, self._retries), args)
        except Exception as error:
            reason = reason_of(error)
            where = None if isinstance(error, JobFailed) else place_of(error)
            log.error("job.failed", job=name, job_id=job_id, reason=reason, where=where)  # noqa: TRY400 - a traceback may quote a candidate
            metrics.JOBS.labels(name, "failed").inc()
            raise JobFailed(reason) from None
        metrics.JOBS.labels(name, "done").inc()
        metrics.JOB_SECONDS.labels(name).observe(time.monotonic() - started)
        log.info("job.done", job=name, job_id=job_id, seconds=time.monotonic() - started)

    def _task(self, name: str) -> JobFunction:
        try:
            return self._tasks[name]
        except KeyError:
            raise JobFailed(f"No task is called {name}.") from None

    async def interrupt(self) -> None:
        """Stop in mid-step, as a crash would: what is unfinished is taken up again elsewhere."""
        self._stopping = True
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


class _Context:
    """The running job's `JobContext`."""

    def __init__(self, job_id: str, retries: tuple[float, ...]) -> None:
        self.job_id = job_id
        self._retries = retries

    async def step(self, name: str, function: Callable[[], Awaitable[T]]) -> T:
        async def run() -> dict[str, Any]:
            return await self._tries(name, function)

        outcome = await DBOS.run_step_async({"name": name}, run)
        if "reason" in outcome:
            raise JobFailed(f"{name}: {outcome['reason']}")
        result: T = outcome["result"]
        return result

    async def _tries(self, name: str, function: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
        """The step's outcome: `result`, or the `reason` for which it was given up."""
        for pause in (*self._retries, None):
            try:
                return {"result": await function()}
            except Exception as error:
                final = isinstance(error, InterviewerError) and not isinstance(error, Unavailable)
                reason = reason_of(error)
                log.warning(
                    "job.step.failed",
                    job_id=self.job_id,
                    step=name,
                    reason=reason,
                    where=place_of(error),
                    again_in=None if final else pause,
                )
                if pause is None or final:
                    return {"reason": reason}
                await asyncio.sleep(pause)
        raise AssertionError("the last try returns")


def reason_of(error: BaseException) -> str:
    """The error's type and, where the message is our own, its words: others may quote a
    candidate's."""
    if isinstance(error, (InterviewerError, JobFailed)):
        return str(error)
    return type(error).__name__


def place_of(error: BaseException) -> str:
    """Where in the code it was raised; a whole traceback would quote what was being read."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"


class _Heart:
    """This worker's signs of life, and its eye on those of the others."""

    def __init__(self, store: SqlStore, executor_id: str, pace: Pace) -> None:
        self._store = store
        self._pace = pace
        self.executor_id = executor_id

    async def start(self) -> None:
        async with self._store.connection() as connection:
            await connection.execute(
                insert(job_workers).values(executor_id=self.executor_id, seen_at=time.time())
            )

    async def beat(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. Raises Unavailable when another has buried this worker."""
        while not stop.is_set():
            try:
                await self._beat_once()
                await self._bury_the_dead()
            except Unavailable as error:
                if error.code == "worker_lost":
                    raise
                log.warning("worker.database.silent", reason=error.message)
            try:
                await asyncio.wait_for(stop.wait(), self._pace.beat)
            except TimeoutError:
                continue

    async def _beat_once(self) -> None:
        mine = job_workers.c.executor_id == self.executor_id
        async with self._store.connection() as connection:
            seen = await connection.execute(
                update(job_workers).where(mine).values(seen_at=time.time())
            )
        if not seen.rowcount:
            raise Unavailable("This worker was taken for dead.", code="worker_lost")

    async def _bury_the_dead(self) -> None:
        """Jobs first, then the row: if we die in between, the next one does it again."""
        overdue = job_workers.c.seen_at < time.time() - self._pace.overdue
        async with self._store.connection() as connection:
            found = await connection.scalars(select(job_workers.c.executor_id).where(overdue))
            dead = list(found)
        for executor_id in dead:
            handles = await asyncio.to_thread(DBOS._recover_pending_workflows, [executor_id])
            log.warning("worker.buried", executor_id=executor_id, jobs=len(handles))
            async with self._store.connection() as connection:
                await connection.execute(
                    delete(job_workers).where(job_workers.c.executor_id == executor_id, overdue)
                )

    async def stop(self) -> None:
        """Leave word that this worker is gone, so that another need not wait to take over."""
        async with self._store.connection() as connection:
            await connection.execute(
                update(job_workers)
                .where(job_workers.c.executor_id == self.executor_id)
                .values(seen_at=0.0)
            )
