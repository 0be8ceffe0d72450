"""Finals before interims, bounded, and nothing lost when it closes."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from interviewer.domain.errors import Unavailable
from interviewer.speech.decode_queue import DecodeQueue, Kind

Work = Callable[[], str]
Queue = DecodeQueue[Work, str]


def done(works: Sequence[Work]) -> list[str]:
    return [work() for work in works]


class Bench:
    """Jobs that wait for a gate and note the order in which they were done."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.done: list[str] = []

    def job(self, name: str) -> Work:
        def work() -> str:
            assert self.gate.wait(5)
            self.done.append(name)
            return name

        return work


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def queue(bench: Bench) -> Iterator[Queue]:
    queue: Queue = DecodeQueue(done, workers=1, max_finals=3, max_interims=2)
    yield queue
    bench.gate.set()
    queue.close()


async def occupied(queue: Queue, bench: Bench) -> asyncio.Task[str | None]:
    """The only worker is busy with the job "first"."""
    task = asyncio.create_task(queue.run(bench.job("first"), kind="final"))
    async with asyncio.timeout(5):
        while queue.idle or queue.waiting()["final"]:
            await asyncio.sleep(0.001)
    return task


async def test_finals_overtake_interims(queue: Queue, bench: Bench) -> None:
    tasks = [await occupied(queue, bench)]
    tasks.append(asyncio.create_task(queue.run(bench.job("interim"), kind="interim")))
    tasks.append(asyncio.create_task(queue.run(bench.job("final"), kind="final")))
    await asyncio.sleep(0.01)
    bench.gate.set()
    assert await asyncio.gather(*tasks) == ["first", "interim", "final"]
    assert bench.done == ["first", "final", "interim"]


async def test_a_newer_interim_of_the_same_stream_replaces_the_older(
    queue: Queue, bench: Bench
) -> None:
    first = await occupied(queue, bench)
    old = asyncio.create_task(queue.run(bench.job("old"), kind="interim", stream="a"))
    other = asyncio.create_task(queue.run(bench.job("other"), kind="interim", stream="b"))
    await asyncio.sleep(0.01)
    new = asyncio.create_task(queue.run(bench.job("new"), kind="interim", stream="a"))
    assert await old is None
    bench.gate.set()
    assert [await task for task in (first, other, new)] == ["first", "other", "new"]
    assert "old" not in bench.done


async def test_too_many_interims_thin_out_and_too_many_finals_are_refused(
    queue: Queue, bench: Bench
) -> None:
    tasks = [await occupied(queue, bench)]
    for stream in ("a", "b"):
        work = bench.job(stream)
        tasks.append(asyncio.create_task(queue.run(work, kind="interim", stream=stream)))
    tasks += [asyncio.create_task(queue.run(bench.job(n), kind="final")) for n in ("1", "2", "3")]
    await asyncio.sleep(0.01)
    assert queue.waiting() == {"final": 3, "interim": 2}
    assert await queue.run(bench.job("c"), kind="interim", stream="c") is None
    with pytest.raises(Unavailable):
        await queue.run(bench.job("4"), kind="final")
    bench.gate.set()
    assert None not in await asyncio.gather(*tasks)


async def test_with_two_threads_one_is_kept_for_finals(bench: Bench) -> None:
    queue: Queue = DecodeQueue(done, workers=2, max_finals=4, max_interims=4)
    interims = [
        asyncio.create_task(queue.run(bench.job(name), kind="interim", stream=name))
        for name in ("a", "b")
    ]
    await asyncio.sleep(0.05)
    assert queue.waiting()["interim"] == 1
    final = asyncio.create_task(queue.run(lambda: "final", kind="final"))
    assert await asyncio.wait_for(final, 5) == "final"
    bench.gate.set()
    assert await asyncio.gather(*interims) == ["a", "b"]
    queue.close()


async def test_a_cancelled_job_is_not_done(queue: Queue, bench: Bench) -> None:
    first = await occupied(queue, bench)
    unwanted = asyncio.create_task(queue.run(bench.job("unwanted"), kind="final"))
    await asyncio.sleep(0.01)
    unwanted.cancel()
    await asyncio.sleep(0.01)
    bench.gate.set()
    assert await first == "first"
    assert await queue.run(lambda: "next", kind="final") == "next"
    assert bench.done == ["first"]


async def test_failing_work_is_told_and_the_thread_lives_on(queue: Queue) -> None:
    def fail() -> str:
        raise ValueError("broken audio")

    with pytest.raises(Unavailable, match="broken audio"):
        await queue.run(fail, kind="final")
    assert await queue.run(lambda: "fine", kind="final") == "fine"


async def test_closing_fails_what_waits(queue: Queue, bench: Bench) -> None:
    await occupied(queue, bench)
    waiting = asyncio.create_task(queue.run(bench.job("waiting"), kind="final"))
    await asyncio.sleep(0.01)
    threading.Timer(0.05, bench.gate.set).start()
    await asyncio.to_thread(queue.close)
    with pytest.raises(Unavailable):
        await waiting
    with pytest.raises(Unavailable):
        await queue.run(lambda: "late", kind="final")


class Batches:
    """Does items together and notes which; "bad" fails whatever it is in."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.seen: list[list[str]] = []

    def __call__(self, items: Sequence[str]) -> list[str]:
        assert self.gate.wait(5)
        self.seen.append(list(items))
        if "bad" in items:
            raise ValueError("broken audio")
        return [item.upper() for item in items]


@pytest.fixture
def batches() -> Batches:
    return Batches()


@pytest.fixture
def batching(batches: Batches) -> Iterator[DecodeQueue[str, str]]:
    queue: DecodeQueue[str, str] = DecodeQueue(
        batches, workers=1, max_finals=9, max_interims=9, max_batch=3
    )
    yield queue
    batches.gate.set()
    queue.close()


async def taken(queue: DecodeQueue[str, str]) -> asyncio.Task[str | None]:
    """The only worker has "first", and waits at the gate."""
    task = asyncio.create_task(queue.run("first", kind="final"))
    async with asyncio.timeout(5):
        while queue.idle or queue.waiting()["final"]:
            await asyncio.sleep(0.001)
    return task


async def ask(
    queue: DecodeQueue[str, str], item: str, kind: Kind = "final", like: int = 0
) -> asyncio.Task[str | None]:
    task = asyncio.create_task(queue.run(item, kind=kind, like=like, stream=item))
    await asyncio.sleep(0.01)
    return task


async def test_what_is_alike_is_done_together_finals_first(
    batching: DecodeQueue[str, str], batches: Batches
) -> None:
    tasks = [await taken(batching)]
    tasks += [await ask(batching, item, "interim") for item in ("i", "j")]
    tasks += [await ask(batching, item) for item in ("a", "b", "c", "d")]
    tasks += [await ask(batching, "other", like=1)]
    batches.gate.set()
    results = await asyncio.gather(*tasks)
    assert results == ["FIRST", "I", "J", "A", "B", "C", "D", "OTHER"]
    assert batches.seen == [["first"], ["a", "b", "c"], ["d"], ["other"], ["i", "j"]]


async def test_one_that_fails_does_not_fail_its_batch(
    batching: DecodeQueue[str, str], batches: Batches
) -> None:
    tasks = [await taken(batching)]
    tasks += [await ask(batching, item) for item in ("a", "bad", "b")]
    batches.gate.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [f if isinstance(f, str) else type(f) for f in found] == ["FIRST", "A", Unavailable, "B"]
    assert batches.seen[1:] == [["a", "bad", "b"], ["a"], ["bad"], ["b"]]


async def test_interims_rest_so_that_they_leave_time_and_finals_do_not_wait_for_that() -> None:
    def slow() -> str:
        time.sleep(0.2)
        return "interim"

    queue: Queue = DecodeQueue(done, workers=1, max_finals=3, max_interims=2, interim_share=0.1)
    try:
        assert await queue.run(slow, kind="interim", stream=1) == "interim"
        resting = asyncio.create_task(queue.run(lambda: "next", kind="interim", stream=1))
        assert await queue.run(lambda: "final", kind="final") == "final"
        await asyncio.sleep(0.1)
        assert not resting.done()
        assert await asyncio.wait_for(resting, 5) == "next"
    finally:
        queue.close()
