"""For how long a track has brought no packets, and what a count that fails tells: nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from livekit import rtc
from livekit.rtc._proto.stats_pb2 import RtcStats

from interviewer.media import room_io
from interviewer.media.room_io import PacketWatch


class Track:
    """Counts as it is told; raises where `packets` is None."""

    def __init__(self) -> None:
        self.packets: int | None = 1
        self.muted = False

    async def get_stats(self) -> list[Any]:
        if self.packets is None:
            raise RuntimeError("no such track")
        stats = RtcStats()
        stats.inbound_rtp.received.packets_received = self.packets
        return [stats]


@pytest.fixture
def track() -> Track:
    return Track()


@pytest.fixture
async def watch(track: Track, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PacketWatch]:
    monkeypatch.setattr(room_io, "COUNT_SECONDS", 0.01)
    watch = PacketWatch(cast(rtc.Track, track))
    running = asyncio.create_task(watch.run())
    await asyncio.sleep(0.3)
    yield watch
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_track_that_brings_nothing_more_is_silent_until_it_does(
    watch: PacketWatch, track: Track
) -> None:
    assert watch.silent_for() > 0.1
    track.packets = 2
    await asyncio.sleep(0.05)
    assert watch.silent_for() < 0.25


async def test_a_count_that_fails_tells_nothing_and_is_made_again(
    watch: PacketWatch, track: Track
) -> None:
    assert watch.silent_for() > 0.1
    track.packets = None
    await asyncio.sleep(0.05)
    assert watch.silent_for() == 0.0
    track.packets = 2
    await asyncio.sleep(0.3)
    assert watch.silent_for() > 0.1


async def test_a_muted_microphone_is_no_dead_line_nor_has_been_one(
    watch: PacketWatch, track: Track
) -> None:
    track.muted = True
    await asyncio.sleep(0.3)
    assert watch.silent_for() == 0.0
    track.muted = False
    await asyncio.sleep(0.05)
    assert watch.silent_for() < 0.4


async def test_a_count_that_stands_still_for_long_holds_nobody_up(
    watch: PacketWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_io, "MOST_SILENT", 0.1)
    assert watch.silent_for() == 0.0
