"""Whether the model still works: what fails time after time is broken, as a GPU that is gone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

# One bad piece of sound, asked for again, is no sickness.
SICK_AFTER: Final = 3
# A moment without memory fails a whole batch, and counts once.
MOMENT: Final = 1.0
# A model that has been sick for so long, up to now, does not recover in this process.
LOST_SECONDS: Final = 120.0
UP_TO_NOW: Final = 30.0


class Fitness:
    """Counts failures in a row. `now`: seconds of a steady clock."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures = 0
        self._failed_at = float("-inf")
        self._sick_since: float | None = None

    def worked(self) -> None:
        self._failures, self._sick_since = 0, None

    def failed(self) -> None:
        now = self._now()
        if not self._failures or now - self._failed_at >= MOMENT:
            self._failures += 1
            self._failed_at = now
        if self.sick and self._sick_since is None:
            self._sick_since = now

    @property
    def sick(self) -> bool:
        """Work should go elsewhere for now."""
        return self._failures >= SICK_AFTER

    @property
    def lost(self) -> bool:
        """Only a new process helps."""
        now, since = self._now(), self._sick_since
        sick_for_long = since is not None and now - since >= LOST_SECONDS
        return sick_for_long and now - self._failed_at <= UP_TO_NOW
