"""A text that is still being worded while it is already spoken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import structlog

from interviewer.llm.desk import Pace

log = structlog.get_logger()


class Wording:
    """Clauses as they are made; joined by a space they are the text.

    Reads its source in a task of its own, so that the text is whole as soon as it can be and not
    only once it was spoken. Many may read it. `aclose` it in the end.

    `pace`: shared with a source that words more carefully until somebody waits for it.
    """

    def __init__(self, clauses: AsyncGenerator[str], pace: Pace | None = None) -> None:
        self._source = clauses
        self._pace = pace or Pace()
        self._clauses: list[str] = []
        self._grown = asyncio.Event()
        self._reading = asyncio.create_task(self._read(), name="agent.wording")
        self._reading.add_done_callback(lambda _: self._tell())

    async def __aiter__(self) -> AsyncIterator[str]:
        told = 0
        while True:
            grown = self._grown
            while told < len(self._clauses):
                told += 1
                yield self._clauses[told - 1]
            if self._reading.done():
                return
            await grown.wait()

    @property
    def so_far(self) -> str:
        """What is worded already."""
        return " ".join(self._clauses)

    @property
    def done(self) -> bool:
        """Whether nothing more comes."""
        return self._reading.done()

    def hurry(self) -> None:
        """Somebody waits: what is there is to come out as soon as it may be spoken."""
        self._pace.rush()

    @property
    def is_hurried(self) -> bool:
        """Whether somebody waited for it."""
        return self._pace.hurry.is_set()

    @property
    def under_way(self) -> bool:
        """Whether the source has begun, though there may be no whole clause yet."""
        return self._pace.under_way.is_set()

    def cancel(self) -> None:
        """Stop the wording without waiting for it to have stopped."""
        self._reading.cancel()

    async def begun(self) -> bool:
        """Wait for the first clause; False: there is none."""
        async for _ in self:
            return True
        return False

    async def whole(self) -> str:
        """Wait for the whole text."""
        return " ".join([clause async for clause in self])

    async def aclose(self) -> None:
        """Stop the wording, and what makes it."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._source.aclose()

    async def _read(self) -> None:
        try:
            async for clause in self._source:
                self._clauses.append(clause)
                self._tell()
        except Exception as error:
            # What was made stands; the interview goes on with it.
            log.warning("agent.wording.failed", error=type(error).__name__)

    def _tell(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()
