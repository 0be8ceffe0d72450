"""Finals before interims, bounded, and nothing lost when it closes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from interviewer.domain.errors import Unavailable
from interviewer.speech.decode_queue import DecodeQueue


class Bench:
    """Jobs that wait for a gate and note the order in which they were done."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.done: list[str] = []

    def job(self, name: str) -> Callable[[], str]:
        def work() -> str:
            assert self.gate.wait(5)
            self.done.append(name)
            return name

        return work


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def queue(bench: Bench) -> Iterator[DecodeQueue[str]]:
    queue: DecodeQueue[str] = DecodeQueue(workers=1, max_finals=3, max_interims=2)
    yield queue
    bench.gate.set()
    queue.close()


async def occupied(queue: DecodeQueue[str], bench: Bench) -> asyncio.Task[str | None]:
    """The only worker is busy with the job "first"."""
    task = asyncio.create_task(queue.run(bench.job("first"), kind="final"))
    async with asyncio.timeout(5):
        while queue.idle or queue.waiting()["final"]:
            await asyncio.sleep(0.001)
    return task


async def test_finals_overtake_interims(queue: DecodeQueue[str], bench: Bench) -> None:
    tasks = [await occupied(queue, bench)]
    tasks.append(asyncio.create_task(queue.run(bench.job("interim"), kind="interim")))
    tasks.append(asyncio.create_task(queue.run(bench.job("final"), kind="final")))
    await asyncio.sleep(0.01)
    bench.gate.set()
    assert await asyncio.gather(*tasks) == ["first", "interim", "final"]
    assert bench.done == ["first", "final", "interim"]


async def test_a_newer_interim_of_the_same_stream_replaces_the_older(
    queue: DecodeQueue[str], bench: Bench
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
    queue: DecodeQueue[str], bench: Bench
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
    queue: DecodeQueue[str] = DecodeQueue(workers=2, max_finals=4, max_interims=4)
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


async def test_a_cancelled_job_is_not_done(queue: DecodeQueue[str], bench: Bench) -> None:
    first = await occupied(queue, bench)
    unwanted = asyncio.create_task(queue.run(bench.job("unwanted"), kind="final"))
    await asyncio.sleep(0.01)
    unwanted.cancel()
    await asyncio.sleep(0.01)
    bench.gate.set()
    assert await first == "first"
    assert await queue.run(lambda: "next", kind="final") == "next"
    assert bench.done == ["first"]


async def test_failing_work_is_told_and_the_thread_lives_on(queue: DecodeQueue[str]) -> None:
    def fail() -> str:
        raise ValueError("broken audio")

    with pytest.raises(Unavailable, match="broken audio"):
        await queue.run(fail, kind="final")
    assert await queue.run(lambda: "fine", kind="final") == "fine"


async def test_closing_fails_what_waits(queue: DecodeQueue[str], bench: Bench) -> None:
    await occupied(queue, bench)
    waiting = asyncio.create_task(queue.run(bench.job("waiting"), kind="final"))
    await asyncio.sleep(0.01)
    threading.Timer(0.05, bench.gate.set).start()
    await asyncio.to_thread(queue.close)
    with pytest.raises(Unavailable):
        await waiting
    with pytest.raises(Unavailable):
        await queue.run(lambda: "late", kind="final")
