"""A circuit breaker: after some failures in a row nothing is asked for a while, then one trial.

Closed, calls go through. `threshold` failures in a row open it for `cooldown` seconds. Then one
call is let through: if it succeeds the breaker closes, if it fails the wait is doubled, up to
`longest`. Time is passed in by `now`, in seconds. For one thread or one event loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Breaker:
    """Ask `allows()` before a call, and tell `succeeded()` or `failed()` after it."""

    def __init__(
        self,
        *,
        threshold: int,
        cooldown: float,
        longest: float = 60.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._threshold = threshold
        self._cooldown, self._longest = cooldown, longest
        self._now = now
        self._failures = 0
        self._wait = cooldown
        self._again_at: float | None = None

    @property
    def open(self) -> bool:
        """Whether it keeps calls back, a trial that is due or under way included."""
        return self._again_at is not None

    def allows(self) -> bool:
        """Whether to call now. Where it is open and the wait is over, True to one caller: a
        trial of which nothing is heard again within `cooldown` makes room for the next."""
        if self._again_at is None:
            return True
        if self._now() < self._again_at:
            return False
        self._again_at = self._now() + self._cooldown
        return True

    def succeeded(self) -> None:
        self._failures, self._wait, self._again_at = 0, self._cooldown, None

    def failed(self) -> None:
        self._failures += 1
        if self._again_at is not None:
            self._wait = min(2 * self._wait, self._longest)
        if self._failures >= self._threshold:
            self._again_at = self._now() + self._wait
