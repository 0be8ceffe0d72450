"""What the pages of one interview are told: a snapshot for a new page, then every message.

Message shapes: `contract.md`, reproduced in `docs/integrators.md` (candidate events).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import structlog

log = structlog.get_logger()

Message = dict[str, Any]
State = Literal["connecting", "listening", "thinking", "speaking", "paused", "ended"]

# A page that is so many messages behind is not reading; it is cut off and comes back by itself.
MAX_UNREAD = 512


class PageFeed:
    """Fan-out to the pages of one interview. `now` gives interview seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._pages: dict[int, asyncio.Queue[Message | None]] = {}
        self._next = 0
        self._state: State = "connecting"
        self._question: Message | None = None
        self._last_said: Message | None = None
        self._ended: Message | None = None

    @property
    def state(self) -> State:
        return self._state

    @property
    def pages(self) -> int:
        """Pages that read now."""
        return len(self._pages)

    def set_state(self, state: State) -> None:
        """Announce a state, unless it holds already."""
        if state != self._state:
            self._state = state
            self.tell_state_again()

    def tell_state_again(self) -> None:
        """Where things stand: somebody else may have told the pages otherwise."""
        self._send(self._state_message())

    def _state_message(self) -> Message:
        return {"type": "state", "state": self._state, "at": round(self._now(), 3)}

    def question(self, message: Message) -> None:
        """Announce the current main question or follow-up."""
        self._question = message
        self._send(message)

    def transcript(self, message: Message) -> None:
        said = message["speaker"] == "Interviewer" and not message.get("backchannel")
        if said and message["final"]:
            self._last_said = message
        self._send(message)

    def notice(self, code: str, message: str) -> None:
        self._send({"type": "notice", "code": code, "message": message})

    def ended(self, reason: str, redirect_url: str | None) -> None:
        """The last message of all; pages that come later get only this."""
        self.set_state("ended")
        self._ended = {"type": "ended", "reason": reason, "redirect_url": redirect_url}
        self._send(self._ended)
        self.close()

    def close(self) -> None:
        """End every page's stream after what it was sent."""
        for queue in self._pages.values():
            _offer(queue, None)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[Message]]:
        """The messages for one page: where things stand first."""
        queue: asyncio.Queue[Message | None] = asyncio.Queue(MAX_UNREAD)
        key, self._next = self._next, self._next + 1
        for message in self._snapshot():
            queue.put_nowait(message)
        if self._ended is None:
            self._pages[key] = queue
        else:
            queue.put_nowait(None)
        try:
            yield _drain(queue)
        finally:
            self._pages.pop(key, None)

    def _snapshot(self) -> list[Message]:
        messages = [self._state_message()]
        if self._question is not None:
            messages.append({**self._question, "repeat": True})
        if self._last_said is not None:
            messages.append(self._last_said)
        if self._ended is not None:
            messages.append(self._ended)
        return messages

    def _send(self, message: Message) -> None:
        for key, queue in list(self._pages.items()):
            if not _offer(queue, message):
                log.warning("agent.page.too_slow", unread=queue.qsize())
                del self._pages[key]
                _cut_off(queue)


async def _drain(queue: asyncio.Queue[Message | None]) -> AsyncIterator[Message]:
    while (message := await queue.get()) is not None:
        yield message


def _offer(queue: asyncio.Queue[Message | None], message: Message | None) -> bool:
    try:
        queue.put_nowait(message)
    except asyncio.QueueFull:
        return False
    return True


def _cut_off(queue: asyncio.Queue[Message | None]) -> None:
    """Make room for the end mark, so that the reader stops."""
    queue.get_nowait()
    queue.put_nowait(None)
