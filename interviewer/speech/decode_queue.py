"""The queue before the recogniser's threads: finals first, interims thinned out, all bounded.

Knows nothing of models: what is done with the items is the function that it is given.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, Literal, TypeVar

import structlog

from interviewer.domain.errors import Unavailable

log = structlog.get_logger()

Kind = Literal["interim", "final"]
T = TypeVar("T")
R = TypeVar("R")

MODEL_FAILED: Final = "model_failed"
"""The `code` of an Unavailable that is the model's own failure, not a full or closed queue."""

_PRIORITY: dict[Kind, int] = {"final": 0, "interim": 1}


@dataclass(slots=True, eq=False)
class _Job(Generic[T, R]):
    item: T
    kind: Kind
    stream: Hashable
    like: Hashable
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[R | None]
    cancelled: bool = field(default=False)


class DecodeQueue(Generic[T, R]):
    """`workers` threads that take the most urgent job, and `work` on its item.

    Finals wait for each other only. Of one stream at most one interim waits: a newer one takes
    its place. Interims run on all threads but one (if there are several), so that a final never
    waits for one to end; under load they thin out by themselves. `interim_share`: of one thread's
    time, what interims may take of it altogether, as all else runs on the same cores.

    `work`: items in, as many results out, in one of the threads. With `max_batch` above one a
    thread takes along what waits of the same kind and the same `like` as the most urgent job;
    where such a batch fails, its jobs are done one by one.
    """

    def __init__(
        self,
        work: Callable[[Sequence[T]], Sequence[R]],
        *,
        workers: int,
        max_finals: int,
        max_interims: int,
        max_batch: int = 1,
        interim_share: float = 1.0,
    ) -> None:
        self._do = work
        self._rest = 1.0 / interim_share  # from one second's beginning to the next's
        self._interims_from = float("-inf")  # `time.monotonic()`
        self._max_batch = max_batch
        self._limits: dict[Kind, int] = {"final": max_finals, "interim": max_interims}
        self._interim_slots = max(1, workers - 1)
        self._running: dict[Kind, int] = {"final": 0, "interim": 0}
        self._queue: list[tuple[int, int, _Job[T, R]]] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"recogniser-{n}", daemon=True)
            for n in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    async def run(
        self, item: T, *, kind: Kind, stream: Hashable = None, like: Hashable = None
    ) -> R | None:
        """What became of `item` in one of the threads; None: an interim thinned out.

        Raises Unavailable when closed, when too many finals wait, or when the work failed
        (`MODEL_FAILED`).
        Cancelling takes the job out of the queue; one that is being done is done in vain.
        """
        loop = asyncio.get_running_loop()
        job: _Job[T, R] = _Job(item, kind, stream, like, loop, loop.create_future())
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

    def _submit(self, job: _Job[T, R]) -> bool:
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

    def _discard_stale(self, newer: _Job[T, R]) -> list[_Job[T, R]]:
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

    def _next(self) -> list[_Job[T, R]]:
        """The most urgent job and its likes, waiting for one; none when closed."""
        with self._wake:
            while not self._closed:
                if self._queue and self._may_run(self._queue[0][2]):
                    _, _, job = heapq.heappop(self._queue)
                    if job.cancelled:
                        continue
                    self._running[job.kind] += 1
                    return [job, *self._likes(job)]
                self._wake.wait(self._resting())
        return []

    def _resting(self) -> float | None:
        """Seconds until interims may go on, where they wait for that alone."""
        if not self._queue or self._running["interim"] >= self._interim_slots:
            return None
        return max(0.001, self._interims_from - time.monotonic())

    def _likes(self, first: _Job[T, R]) -> list[_Job[T, R]]:
        """What waits and may be done together with `first`, taken out of the queue."""
        taken: list[tuple[int, int, _Job[T, R]]] = []
        for entry in sorted(self._queue) if self._max_batch > 1 else ():
            job = entry[2]
            alike = (job.kind, job.like) == (first.kind, first.like) and not job.cancelled
            if alike and len(taken) + 1 < self._max_batch:
                taken.append(entry)
        if taken:
            self._queue = [entry for entry in self._queue if entry not in taken]
            heapq.heapify(self._queue)
        return [job for _, _, job in taken]

    def _may_run(self, job: _Job[T, R]) -> bool:
        if job.kind == "final":
            return True
        is_rested = time.monotonic() >= self._interims_from
        return is_rested and self._running["interim"] < self._interim_slots

    def _work(self) -> None:
        while jobs := self._next():
            began = time.monotonic()
            try:
                self._do_together(jobs)
            finally:
                with self._wake:
                    self._running[jobs[0].kind] -= 1
                    if jobs[0].kind == "interim":
                        took = time.monotonic() - began
                        self._interims_from = max(began, self._interims_from) + self._rest * took
                    self._wake.notify_all()

    def _do_together(self, jobs: Sequence[_Job[T, R]]) -> None:
        try:
            results = self._do([job.item for job in jobs])
            done = list(zip(jobs, results, strict=True))
        except Exception as error:
            if len(jobs) > 1:
                for job in jobs:
                    self._do_together([job])
                return
            log.exception("speech.decode.failed", kind=jobs[0].kind)
            failure = Unavailable(f"The recogniser failed: {error}", code=MODEL_FAILED)
            _resolve(jobs[0], None, failure)
            return
        for job, result in done:
            _resolve(job, result, None)


def _resolve(job: _Job[T, R], result: R | None, error: Exception | None) -> None:
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
