"""Everything said, stored before anything more is said.

A database that fails for a while does not stop the interview: what could not be stored is kept
and goes out with the next write.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from interviewer.domain.transcript import Turn
from interviewer.interfaces import Store

log = structlog.get_logger()


class Journal:
    """The turns of one interview, in memory and in the store."""

    def __init__(self, store: Store, interview_id: str, turns: Sequence[Turn]) -> None:
        self._store = store
        self._interview_id = interview_id
        self._turns = {turn.turn_id: turn for turn in turns}
        self._last_number = max((int(i[1:]) for i in self._turns if i[1:].isdigit()), default=0)
        self._unsaved: dict[str, Turn] = {}
        self._state: Mapping[str, Any] | None = None
        self._lock = asyncio.Lock()
        self._wake = asyncio.Event()

    @property
    def turns(self) -> list[Turn]:
        return sorted(self._turns.values(), key=lambda turn: turn.start)

    def new_id(self) -> str:
        """The id of the next turn."""
        self._last_number += 1
        return f"t{self._last_number:04d}"

    def note(self, turn: Turn) -> None:
        """Put a turn in, or a longer version of it; it is stored soon, by `run`."""
        self._turns[turn.turn_id] = turn
        self._unsaved[turn.turn_id] = turn
        self._wake.set()

    def remember(self, state: Mapping[str, Any]) -> None:
        """The conversation's state, stored soon, by `run`."""
        self._state = state
        self._wake.set()

    async def save(self, *turns: Turn, state: Mapping[str, Any] | None = None) -> bool:
        """Store now; False if the store failed and it has to wait for the next write."""
        for turn in turns:
            self.note(turn)
        if state is not None:
            self._state = state
        async with self._lock:
            return await self._write()

    async def run(self) -> None:
        """Store what was noted, shortly after; runs until it is cancelled."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(0.25)
            async with self._lock:
                stored = await self._write()
            if not stored:
                await asyncio.sleep(2.0)

    async def _write(self) -> bool:
        self._wake.clear()
        if self._state is None:
            return True
        unsaved, self._unsaved = self._unsaved, {}
        try:
            async with self._store.transaction() as tx:
                await tx.save_progress(
                    self._interview_id, turns=list(unsaved.values()), conversation=self._state
                )
        except asyncio.CancelledError:
            self._keep(unsaved)
            raise
        except Exception:
            # Whatever is wrong with the database, the interview goes on and this is kept.
            log.exception("agent.journal.write_failed", turns=len(unsaved))
            self._keep(unsaved)
            return False
        return True

    def _keep(self, unsaved: Mapping[str, Turn]) -> None:
        """It was not stored: it goes out with the next write, unless a longer version does."""
        self._unsaved = {**unsaved, **self._unsaved}
        self._wake.set()
