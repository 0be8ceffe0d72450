"""One text on its way through the voice; it may have been begun before all of it was worded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from interviewer.agent.voice import Spoken, Voice, said_of
from interviewer.agent.wording import Wording


class Line:
    """Begins to be said at once. Owned by the interview's task: `cancel` or await `spoken`."""

    def __init__(self, voice: Voice, text: str | Wording) -> None:
        self._text = text
        self._started = False
        self._then: Callable[[], None] | None = None
        self.spoken: asyncio.Task[Spoken] = asyncio.create_task(
            voice.say(text, self._on_started), name="agent.say"
        )

    @property
    def text(self) -> str:
        """All that is worded of it."""
        return said_of(self._text)

    @property
    def started(self) -> bool:
        """Whether its first sample is out."""
        return self._started

    def when_started(self, then: Callable[[], None]) -> None:
        """Call it with the first sample; now, if that is out already."""
        if self._started:
            then()
        else:
            self._then = then

    def give_way(self) -> None:
        """It is stopped: a first sample that slips out all the same begins nothing."""
        self._then = None

    async def close(self) -> None:
        """Stop the voice and the wording. Safe to call twice."""
        self.spoken.cancel()
        if isinstance(self._text, Wording):
            await self._text.aclose()

    def _on_started(self) -> None:
        self._started = True
        if self._then is not None:
            self._then()
