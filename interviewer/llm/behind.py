"""Evaluations give way to live interviews that are worded by the same llama.cpp server.

On one box a prompt for a score is read for half a minute, and a follow-up that somebody waits for
would be worded beside it at a third of its speed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

import structlog

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import LanguageModel, Message

log = structlog.get_logger()

T = TypeVar("T")

# Between two looks at the slots, which a server answers between two batches.
_POLL = 0.25
# For so long a call gives way. So long can everybody wait for a report; with interviews all day
# long each call of an evaluation still gets its turn.
_PATIENCE = 60.0


class BehindLive:
    """A `LanguageModel` whose calls wait for whoever is live, and give way to them.

    `is_live` tells whether somebody is; it may raise `Unavailable`, and then nobody is waited for.
    A call that was under way is made again: llama.cpp has kept what it had read of the prompt, so
    what is lost are the words of its reply. `patience` seconds after it was asked for it gives way
    no more and goes on beside the others. `timeout` counts for each try. One call at a time: they
    share a slot, and another's prompt would take the place of what was read.
    """

    def __init__(
        self,
        model: LanguageModel,
        is_live: Callable[[], Awaitable[bool]],
        *,
        patience: float = _PATIENCE,
        poll: float = _POLL,
    ) -> None:
        self.name = model.name
        self._model = model
        self._is_live = is_live
        self._patience = patience
        self._poll = poll
        self._turn = asyncio.Lock()
        self._is_blind = False

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        timeout: float = 30.0,
        grammar_choices: Sequence[str] = (),
    ) -> str:
        """See `ChatModel.complete`."""
        return await self._behind(
            lambda: self._model.complete(
                messages,
                max_tokens=max_tokens,
                temperature=temperature,
                stop=stop,
                timeout=timeout,
                grammar_choices=grammar_choices,
            )
        )

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        first_token_timeout: float = 2.0,
    ) -> AsyncGenerator[str]:
        """See `ChatModel.stream`. It waits to begin; what has begun is not begun again."""
        await self._wait(asyncio.get_running_loop().time() + self._patience)
        pieces = self._model.stream(
            messages,
            max_tokens=max_tokens,
            temperature=temperature,
            stop=stop,
            first_token_timeout=first_token_timeout,
        )
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    async def choice_probabilities(
        self, messages: Sequence[Message], choices: Sequence[str], *, timeout: float = 60.0
    ) -> Mapping[str, float]:
        """See `ChatModel.choice_probabilities`."""
        return await self._behind(
            lambda: self._model.choice_probabilities(messages, choices, timeout=timeout)
        )

    async def warm(self, messages: Sequence[Message]) -> None:
        """See `ChatModel.warm`."""
        await self._behind(lambda: self._model.warm(messages))

    async def ping(self) -> None:
        """At once: it asks whether the server is there."""
        await self._model.ping()

    async def _behind(self, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        async with self._turn:
            until = asyncio.get_running_loop().time() + self._patience
            while True:
                await self._wait(until)
                asking = asyncio.create_task(call(), name="llm.behind")
                try:
                    if not await self._gives_way(asking, until):
                        return await asking
                finally:
                    asking.cancel()
                    await asyncio.gather(asking, return_exceptions=True)
                log.info("llm.behind.gave_way")

    async def _gives_way(self, asking: asyncio.Task[T], until: float) -> bool:
        """Wait for it, or until then; True, at once, where somebody is live before it is done."""
        loop = asyncio.get_running_loop()
        while not asking.done() and loop.time() < until:
            await asyncio.wait({asking}, timeout=self._poll)
            if not asking.done() and await self._somebody_is_live() and not asking.done():
                return True
        return False

    async def _wait(self, until: float) -> None:
        """Until nobody is live, or until then."""
        loop = asyncio.get_running_loop()
        while loop.time() < until and await self._somebody_is_live():  # noqa: ASYNC110 - in another process
            await asyncio.sleep(self._poll)

    async def _somebody_is_live(self) -> bool:
        try:
            return await self._is_live()
        except Unavailable as error:
            if not self._is_blind:
                log.warning("llm.behind.blind", reason=error.message)
            self._is_blind = True
            return False
