"""Limits that several processes share by Redis, and what they do without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from interviewer.api import limiter
from interviewer.api.limiter import Limiter
from tests.redis import RedisServer, running_redis


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as server:
        yield server


async def test_two_processes_count_together(redis: RedisServer) -> None:
    first, second = Limiter(3, redis.url), Limiter(3, redis.url)
    assert (await first.hit("key:1")).remaining == 2
    assert (await second.hit("key:1")).remaining == 1
    assert (await first.hit("key:1")).remaining == 0
    assert (await second.look("key:1")).allowed is False
    assert (await second.hit("key:1")).allowed is False
    assert (await second.hit("key:2")).allowed


async def test_a_redis_that_is_away_refuses_nobody(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "AWAY_SECONDS", 0.0)
    first, second = Limiter(2, redis.url), Limiter(2, redis.url)
    await first.hit("key:1")
    redis.stop()
    assert (await first.hit("key:1")).allowed
    assert (await first.hit("key:1")).allowed
    assert not (await first.hit("key:1")).allowed, "each process still counts by itself"
    assert (await second.hit("key:1")).allowed
    redis.start()
    assert (await first.hit("key:1")).remaining == 1
    assert (await second.hit("key:1")).remaining == 0


async def test_without_redis_each_process_counts() -> None:
    first, second = Limiter(1), Limiter(1)
    assert (await first.hit("key:1")).allowed
    assert (await second.hit("key:1")).allowed
    assert not (await first.hit("key:1")).allowed
