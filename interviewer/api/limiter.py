"""Requests a minute for each key, with the `RateLimit-*` headers."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, cast

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string
from starlette.responses import JSONResponse

from interviewer.api.errors import envelope

log = structlog.get_logger()

# Redis answers within a millisecond or is not asked again for a while: every request waits for it.
SHARED_SECONDS: Final = 0.5
AWAY_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the request may go on. `reset`: whole seconds until the window is free again."""

    allowed: bool
    limit: int
    remaining: int
    reset: int

    def headers(self) -> list[tuple[str, str]]:
        rows = [
            ("RateLimit-Limit", str(self.limit)),
            ("RateLimit-Remaining", str(self.remaining)),
            ("RateLimit-Reset", str(self.reset)),
        ]
        return rows if self.allowed else [*rows, ("Retry-After", str(max(1, self.reset)))]


class Limiter:
    """A moving window over the last minute, in memory or in Redis.

    A Redis that is away refuses nobody: this process counts by itself until it is back.
    """

    def __init__(self, per_minute: int, url: str = "memory://") -> None:
        self._own = _window("memory://")
        self._shared = None if url.startswith("memory:") else _window(url)
        self._item = RateLimitItemPerMinute(per_minute)
        self._away_until = -math.inf

    async def hit(self, who: str) -> Verdict:
        """Count one request of `who`."""

        async def hit(window: MovingWindowRateLimiter) -> Verdict:
            return await self._verdict(window, who, await window.hit(self._item, who))

        return await self._counted(hit)

    async def look(self, who: str) -> Verdict:
        """What a request would get, uncounted."""

        async def look(window: MovingWindowRateLimiter) -> Verdict:
            return await self._verdict(window, who, await window.test(self._item, who))

        return await self._counted(look)

    async def _counted(
        self, count: Callable[[MovingWindowRateLimiter], Awaitable[Verdict]]
    ) -> Verdict:
        if self._shared is None or time.monotonic() < self._away_until:
            return await count(self._own)
        try:
            async with asyncio.timeout(SHARED_SECONDS):
                return await count(self._shared)
        except (StorageError, TimeoutError, OSError) as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            log.warning("limiter.redis.silent", error_type=type(error).__name__)
            return await count(self._own)

    async def _verdict(self, window: MovingWindowRateLimiter, who: str, allowed: bool) -> Verdict:
        stats = await window.get_window_stats(self._item, who)
        reset = max(0, math.ceil(stats.reset_time - time.time()))
        remaining = max(0, stats.remaining) if allowed else 0
        return Verdict(allowed, self._item.amount, remaining, reset)


def _window(url: str) -> MovingWindowRateLimiter:
    if url.startswith("memory:"):
        storage = storage_from_string(f"async+{url}")
    else:
        storage = storage_from_string(
            f"async+{url}",
            implementation="redispy",
            wrap_exceptions=True,
            socket_connect_timeout=SHARED_SECONDS,
            socket_timeout=SHARED_SECONDS,
        )
    return MovingWindowRateLimiter(cast(Storage, storage))


def too_many(verdict: Verdict, doc_url: str | None = None) -> JSONResponse:
    """The answer 429, with the headers that say when to come again."""
    message = f"At most {verdict.limit} requests a minute; try again in {verdict.reset} s."
    return JSONResponse(envelope(429, message, doc_url=doc_url), 429, dict(verdict.headers()))
