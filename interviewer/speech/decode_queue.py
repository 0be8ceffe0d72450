"""The queue before the recogniser's threads: finals first, interims thinned out, all bounded.

Knows nothing of models: what a job does is the function that it is given.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

import structlog

from interviewer.domain.errors import Unavailable

log = structlog.get_logger()

Kind = Literal["interim", "final"]
R = TypeVar("R")

_PRIORITY: dict[Kind, int] = {"final": 0, "interim": 1}


@dataclass(slots=True, eq=False)
class _Job(Generic[R]):
    work: Callable[[], R]
    kind: Kind
    stream: Hashable
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[R | None]
    cancelled: bool = field(default=False)


class DecodeQueue(Generic[R]):
    """`workers` threads that take the most urgent job.

    Finals wait for each other only. Of one stream at most one interim waits: a newer one takes
    its place. Interims run on all threads but one (if there are several), so that a final never
    waits for one to end; under load they thin out by themselves.
    """

    def __init__(self, *, workers: int, max_finals: int, max_interims: int) -> None:
        self._limits: dict[Kind, int] = {"final": max_finals, "interim": max_interims}
        self._interim_slots = max(1, workers - 1)
        self._running: dict[Kind, int] = {"final": 0, "interim": 0}
        self._queue: list[tuple[int, int, _Job[R]]] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"recogniser-{n}", daemon=True)
            for n in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, work: Callable[[], R], *, kind: Kind, stream: Hashable = None) -> R | None:
        """The result of `work`, done in one of the threads; None: an interim thinned out.

        Raises Unavailable when closed, when too many finals wait, or when the work failed.
        Cancelling takes the job out of the queue; one that is being done is done in vain.
        """
        loop = asyncio.get_running_loop()
        job = _Job(work, kind, stream, loop, loop.create_future())
        if not self._submit(job):
            return None
        try:
            return await job.future
        except asyncio.CancelledError:
            job.cancelled = True
            raise

    def waiting(self) -> dict[Kind, int]:
        """Jobs in the queue by kind, for metrics and admission."""
        with self._wake:
            return {kind: self._count(kind) for kind in _PRIORITY}

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is being done."""
        with self._wake:
            return not self._queue and not any(self._running.values())

    def close(self) -> None:
        """Stop the threads after what they are doing; what waits fails with Unavailable."""
        with self._wake:
            self._closed = True
            left, self._queue = [job for _, _, job in self._queue], []
            self._wake.notify_all()
        for job in left:
            _resolve(job, None, Unavailable("The recogniser was closed."))
        for thread in self._threads:
            thread.join(timeout=5)

    # --- inside, on any thread ---------------------------------------------------------------

    def _submit(self, job: _Job[R]) -> bool:
        """Queue it. False: an interim for which there is no room."""
        with self._wake:
            if self._closed:
                raise Unavailable("The recogniser was closed.")
            stale = self._discard_stale(job)
            full = self._count(job.kind) >= self._limits[job.kind]
            if full and job.kind == "final":
                raise Unavailable("Too much speech waits for the recogniser.")
            if not full:
                heapq.heappush(self._queue, (_PRIORITY[job.kind], next(self._order), job))
                self._wake.notify_all()
        for other in stale:
            _resolve(other, None, None)
        return not full

    def _discard_stale(self, newer: _Job[R]) -> list[_Job[R]]:
        """Take cancelled jobs, and the interims that `newer` replaces, out of the queue."""
        stale = [
            job
            for _, _, job in self._queue
            if job.cancelled or (job.kind == newer.kind == "interim" and job.stream == newer.stream)
        ]
        if stale:
            self._queue = [entry for entry in self._queue if entry[2] not in stale]
            heapq.heapify(self._queue)
        return stale

    def _count(self, kind: Kind) -> int:
        return sum(job.kind == kind for _, _, job in self._queue)

    def _next(self) -> _Job[R] | None:
        """The most urgent job, waiting for one; None when closed."""
        with self._wake:
            while not self._closed:
                if self._queue and self._may_run(self._queue[0][2]):
                    _, _, job = heapq.heappop(self._queue)
                    if job.cancelled:
                        continue
                    self._running[job.kind] += 1
                    return job
                self._wake.wait()
        return None

    def _may_run(self, job: _Job[R]) -> bool:
        return job.kind == "final" or self._running["interim"] < self._interim_slots

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                _resolve(job, job.work(), None)
            except Exception as error:
                log.exception("speech.decode.failed", kind=job.kind)
                _resolve(job, None, Unavailable(f"The recogniser failed: {error}"))
            finally:
                with self._wake:
                    self._running[job.kind] -= 1
                    self._wake.notify_all()


def _resolve(job: _Job[R], result: R | None, error: Exception | None) -> None:
    """Hand the outcome to the loop that waits for it, if it still does."""

    def settle() -> None:
        if job.future.done():
            return
        if error is not None:
            job.future.set_exception(error)
        else:
            job.future.set_result(result)

    if not job.loop.is_closed():
        job.loop.call_soon_threadsafe(settle)
