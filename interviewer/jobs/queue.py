"""Durable jobs, on DBOS: who asks for them only needs this module.

DBOS keeps its own tables: in the schema `dbos` of a PostgreSQL database, in a file of its own
beside a SQLite one. What it must be told to stay safe, and why:

- `APP_VERSION` is pinned: by default it is a hash of the code, and jobs of another hash would
  wait for ever after an upgrade. In return a task's steps may only be appended to.
- Everything is stored as JSON, never pickled.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import structlog
from dbos import DBOS, DBOSClient, EnqueueOptions, Serializer
from sqlalchemy.exc import SQLAlchemyError

from interviewer.domain.errors import Unavailable
from interviewer.storage.urls import database_url

log = structlog.get_logger()

APP_NAME = "interviewer"
APP_VERSION = "1"
QUEUE = "jobs"
QUICK_QUEUE = "quick"
QUICK_JOBS = frozenset({"ingest_candidates", "screen_resume"})
"""Jobs that somebody waits for: they do not stand in line behind evaluations of minutes."""
WORKFLOW = "run_job"

_STATES: Mapping[str, str] = {
    "ENQUEUED": "queued",
    "DELAYED": "queued",
    "PENDING": "running",
    "SUCCESS": "done",
}
_OPEN = ["ENQUEUED", "DELAYED", "PENDING"]

T = TypeVar("T")


class JobContext(Protocol):
    """What a running job is given."""

    job_id: str

    async def step(self, name: str, function: Callable[[], Awaitable[T]]) -> T:
        """Run `function` once and keep its result, which must be JSON.

        After a crash the kept result is returned and nothing runs, so the steps of a task must
        come in the same order each time, under the same names. Keep results small, and the
        candidate's words in the store rather than in them. A step that raises is tried again
        with growing pauses, at once given up if it raises one of our own refusals other than
        Unavailable; then JobFailed is raised.
        """


JobFunction = Callable[[JobContext, Mapping[str, Any]], Awaitable[None]]
"""A task: a plan of steps. Outside of its steps it does nothing that matters twice."""


class JobFailed(Exception):
    """A step failed for good. The message says which and why, without personal data."""


class JsonSerializer(Serializer):
    """DBOS's values as JSON; of an exception only its message is kept."""

    def serialize(self, data: Any) -> str:
        if isinstance(data, BaseException):
            data = {"failure": str(data)}
        return json.dumps(data, separators=(",", ":"))

    def deserialize(self, serialized_data: str) -> Any:
        value = json.loads(serialized_data)
        if isinstance(value, dict) and value.keys() == {"failure"}:
            return JobFailed(value["failure"])
        return value

    def name(self) -> str:
        return "interviewer_json"


def jobs_url(url: str) -> str:
    """Where DBOS keeps the jobs of the database at `url`.

    On SQLite a file of their own, so that the queue's polling never waits for, nor delays, what
    an interview has to write.
    """
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = Path(str(parsed.database))
        return parsed.set(database=str(file.with_suffix(".jobs.db"))).render_as_string()
    return parsed.render_as_string(hide_password=False)


def migrate_jobs(url: str) -> None:
    """Bring DBOS's tables for the database at `url` up to date; blocking."""
    where = jobs_url(url)
    if where.startswith("sqlite"):
        file = Path(str(database_url(where).database))
        file.parent.mkdir(parents=True, exist_ok=True)
        with sqlite3.connect(file, timeout=30) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
    DBOS.migrate(where)


class DbosJobQueue:
    """Implements `interfaces.JobQueue`. It only asks for jobs; `worker.py` does them."""

    def __init__(self, url: str) -> None:
        self._client = DBOSClient(
            system_database_url=jobs_url(url),
            serializer=JsonSerializer(),
            application_name=APP_NAME,
            system_database_pool_size=2,
            retry_connection_errors=False,
            lazy=True,
        )

    async def enqueue(self, name: str, args: Mapping[str, Any], *, job_id: str) -> None:
        options: EnqueueOptions = {
            "queue_name": QUICK_QUEUE if name in QUICK_JOBS else QUEUE,
            "workflow_name": WORKFLOW,
            "workflow_id": job_id,
            "app_version": APP_VERSION,
        }
        await _reaching(self._client.enqueue_async(options, name, dict(args)))
        log.info("job.enqueued", job=name, job_id=job_id)

    async def status(self, job_id: str) -> str | None:
        found = await self._list(workflow_ids=[job_id])
        return _STATES.get(found[0], "failed") if found else None

    async def depths(self) -> Mapping[str, int]:
        found = Counter(_STATES[status] for status in await self._list(status=_OPEN))
        return {state: found[state] for state in ("queued", "running")}

    async def close(self) -> None:
        await asyncio.to_thread(self._client.destroy)

    async def _list(self, **criteria: Any) -> Sequence[str]:
        found = await _reaching(
            self._client.list_workflows_async(load_input=False, load_output=False, **criteria)
        )
        return [workflow.status for workflow in found]


async def _reaching(call: Awaitable[T]) -> T:
    """Raise Unavailable where the jobs' database does not answer."""
    try:
        return await call
    except (SQLAlchemyError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise Unavailable(f"The job queue does not answer: {reason}") from error


def open_queue(url: str) -> DbosJobQueue:
    """The queue of the database at `url`; `migrate_jobs(url)` comes first."""
    return DbosJobQueue(url)
