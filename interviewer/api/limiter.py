"""Requests a minute for each key, with the `RateLimit-*` headers."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import cast

from limits import RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.storage import storage_from_string
from starlette.responses import JSONResponse

from interviewer.api.errors import envelope


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
    """A moving window over the last minute, in memory or in Redis."""

    def __init__(self, per_minute: int, url: str = "memory://") -> None:
        storage = cast(Storage, storage_from_string(f"async+{url}"))
        self._limiter = MovingWindowRateLimiter(storage)
        self._item = RateLimitItemPerMinute(per_minute)

    async def hit(self, who: str) -> Verdict:
        """Count one request of `who`."""
        allowed = await self._limiter.hit(self._item, who)
        return await self._verdict(who, allowed)

    async def look(self, who: str) -> Verdict:
        """What a request would get, uncounted."""
        return await self._verdict(who, await self._limiter.test(self._item, who))

    async def _verdict(self, who: str, allowed: bool) -> Verdict:
        stats = await self._limiter.get_window_stats(self._item, who)
        reset = max(0, math.ceil(stats.reset_time - time.time()))
        remaining = max(0, stats.remaining) if allowed else 0
        return Verdict(allowed, self._item.amount, remaining, reset)


def too_many(verdict: Verdict, doc_url: str | None = None) -> JSONResponse:
    """The answer 429, with the headers that say when to come again."""
    message = f"At most {verdict.limit} requests a minute; try again in {verdict.reset} s."
    return JSONResponse(envelope(429, message, doc_url=doc_url), 429, dict(verdict.headers()))
