"""What a process and its descendants use, from Linux's `/proc`."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SAMPLE_SECONDS = 0.5


@dataclass(slots=True)
class Usage:
    """`cpu_seconds`: so far, of children that have ended too. `rss_bytes`: summed over processes,
    so that pages which they share count more than once."""

    cpu_seconds: float = 0.0
    rss_bytes: int = 0


@dataclass(slots=True)
class Spent:
    """Between the beginning and the end of `watched`."""

    cpu_seconds: float = 0.0
    peak_rss_bytes: int = 0


def usage(root: int) -> Usage:
    """Of the process `root` and all that descend from it, now."""
    stats = _all_stats()
    children: dict[int, list[int]] = defaultdict(list)
    for pid, fields in stats.items():
        children[int(fields[1])].append(pid)
    total, waiting = Usage(), [root]
    while waiting:
        pid = waiting.pop()
        waiting += children[pid]
        if (own := stats.get(pid)) is not None:
            total.cpu_seconds += sum(map(int, own[11:15])) / _TICKS
            total.rss_bytes += int(own[21]) * _PAGE
    return total


@asynccontextmanager
async def watched(root: int) -> AsyncIterator[Spent]:
    """What the tree of `root` spends meanwhile; complete when the block is left."""
    spent, before = Spent(), usage(root)
    sampling = asyncio.create_task(_sample(root, spent), name="bench.sample")
    try:
        yield spent
    finally:
        sampling.cancel()
        await asyncio.gather(sampling, return_exceptions=True)
        after = usage(root)
        spent.cpu_seconds = after.cpu_seconds - before.cpu_seconds
        spent.peak_rss_bytes = max(spent.peak_rss_bytes, after.rss_bytes)


async def _sample(root: int, spent: Spent) -> None:
    while True:
        now = await asyncio.to_thread(usage, root)
        spent.peak_rss_bytes = max(spent.peak_rss_bytes, now.rss_bytes)
        await asyncio.sleep(_SAMPLE_SECONDS)


def _all_stats() -> dict[int, list[str]]:
    """By process id: the fields of `/proc/PID/stat` from the third on (see proc(5))."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text()
            except OSError:
                continue  # it has ended meanwhile
            found[int(folder.name)] = text.rpartition(")")[2].split()
    return found
