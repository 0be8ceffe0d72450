"""Time that tests move."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Clock:
    """Seconds, as `time.time` or `time.monotonic` would tell."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now
