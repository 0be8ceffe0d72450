"""Who is worded for, where one model words for several interviews."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial


@dataclass(slots=True, eq=False)
class Pace:
    """Between who words a follow-up and who waits for it.

    `hurry`: set once somebody waits. `under_way`: set with the model's first word. `gave_way`:
    set while it is to stop, as nobody waits for it yet, for another that somebody waits for.
    """

    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: asyncio.Event = field(default_factory=asyncio.Event)
    gave_way: asyncio.Event = field(default_factory=asyncio.Event)
    on_hurry: Callable[[], None] | None = None

    def rush(self) -> None:
        """Somebody waits."""
        self.hurry.set()
        if self.on_hurry is not None:
            self.on_hurry()


class Desk:
    """A model that is no quicker at two texts at once, and what is being worded by it.

    What nobody waits for yet gives way to what somebody waits for, and goes on behind it.
    """

    def __init__(self) -> None:
        self._writing: set[Pace] = set()
        self._changed = asyncio.Event()

    @property
    def busy(self) -> bool:
        """Whether a text begun now would only slow another."""
        return bool(self._writing)

    @contextmanager
    def taken(self, pace: Pace) -> Iterator[None]:
        """A text is worded meanwhile, or waits for its turn."""
        self._writing.add(pace)
        pace.on_hurry = partial(self._clear_for, pace)
        if pace.hurry.is_set():
            self._clear_for(pace)
        try:
            yield
        finally:
            pace.on_hurry = None
            self._writing.discard(pace)
            self._tell()

    async def turn_of(self, pace: Pace) -> None:
        """Wait while somebody waits for another text, and nobody for this one."""
        while not pace.hurry.is_set() and any(
            other.hurry.is_set() for other in self._writing if other is not pace
        ):
            await self._changed.wait()
        pace.gave_way.clear()

    def _clear_for(self, pace: Pace) -> None:
        for other in self._writing:
            if other is not pace and not other.hurry.is_set():
                other.gave_way.set()
        self._tell()

    def _tell(self) -> None:
        """Wake all who wait for their turn."""
        self._changed.set()
        self._changed = asyncio.Event()
