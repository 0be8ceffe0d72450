"""A worker in a process of its own, to be killed: `python worker_process.py DATABASE_URL`.

Its one task writes what it does to a file, and dawdles in the step that its arguments name, but
only the first time.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from interviewer.jobs.queue import JobContext
from interviewer.jobs.worker import Pace, run_worker
from interviewer.storage.engine import open_store


async def diary(context: JobContext, args: Mapping[str, Any]) -> None:
    path = Path(args["path"])

    def write(line: str) -> None:
        with path.open("a") as file:
            file.write(line + "\n")

    async def step(number: int) -> int:
        begin = f"begin {context.job_id} step-{number}"
        again = path.exists() and begin in path.read_text().splitlines()
        write(begin)
        if args["slow"] == f"step-{number}" and not again:
            await asyncio.sleep(2)
        write(f"end {context.job_id} step-{number}")
        return number

    results = [await context.step(f"step-{n}", partial(step, n)) for n in range(5)]
    write(f"result {context.job_id} {results}")


async def main(url: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    store = open_store(url)
    pace = Pace(beat=0.2, overdue=2.0)
    await run_worker(url, store, {"diary": diary}, pace=pace, stop=stop)
    await store.close()


asyncio.run(main(sys.argv[1]))
