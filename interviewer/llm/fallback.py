"""A second language model for live interviews, for while the first one is away.

For what is said, not for scores: scores of different models cannot be compared, so evaluations
keep to one model and are tried again instead.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Mapping,
    Sequence,
)
from contextlib import aclosing
from typing import TypeVar

import structlog

from interviewer.breaker import Breaker
from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Message
from interviewer.llm.client import ChatModel

log = structlog.get_logger()

T = TypeVar("T")

_THRESHOLD, _COOLDOWN, _LONGEST = 3, 5.0, 60.0
# Less is not worth the second one's while.
_LEAST_SECONDS = 0.2


class FallbackModel:
    """A `LanguageModel`: `first`, and `second` for what `first` does not answer.

    Both share the time that a call has: one that is down leaves most of it, one that hangs none,
    until three calls in a row have opened the breaker. While that is open `first` is not
    asked at all.
    A stream that has begun is not begun again: what was said was said.
    """

    def __init__(
        self, first: ChatModel, second: ChatModel, *, breaker: Breaker | None = None
    ) -> None:
        self.name = first.name
        self._first, self._second = first, second
        self._breaker = breaker or Breaker(
            threshold=_THRESHOLD, cooldown=_COOLDOWN, longest=_LONGEST
        )

    def on_slot(self, slot: int) -> FallbackModel:
        """Both pinned to that slot, as `ChatModel.on_slot`; the breaker is shared."""
        pinned = copy.copy(self)
        pinned._first = self._first.on_slot(slot)
        pinned._second = self._second.on_slot(slot)
        return pinned

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

        async def ask(model: ChatModel, seconds: float) -> str:
            return await model.complete(
                messages,
                max_tokens=max_tokens,
                temperature=temperature,
                stop=stop,
                timeout=seconds,
                grammar_choices=grammar_choices,
            )

        return await self._answered(ask, timeout)

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        first_token_timeout: float = 2.0,
    ) -> AsyncGenerator[str]:
        """See `ChatModel.stream`."""
        deadline = _now() + first_token_timeout
        said = False
        if self._breaker.allows():
            pieces = self._first.stream(
                messages,
                max_tokens=max_tokens,
                temperature=temperature,
                stop=stop,
                first_token_timeout=first_token_timeout,
            )
            try:
                # Closed at once, not when it is collected, as that stops the server's work.
                async with aclosing(pieces):
                    async for piece in pieces:
                        if not said:
                            said = True
                            self._breaker.succeeded()
                        yield piece
            except Unavailable:
                self._failed()
                if said or deadline - _now() < _LEAST_SECONDS:
                    raise
            else:
                return
        pieces = self._second.stream(
            messages,
            max_tokens=max_tokens,
            temperature=temperature,
            stop=stop,
            first_token_timeout=deadline - _now(),
        )
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    async def choice_probabilities(
        self, messages: Sequence[Message], choices: Sequence[str], *, timeout: float = 60.0
    ) -> Mapping[str, float]:
        """See `ChatModel.choice_probabilities`."""

        async def ask(model: ChatModel, seconds: float) -> Mapping[str, float]:
            return await model.choice_probabilities(messages, choices, timeout=seconds)

        return await self._answered(ask, timeout)

    async def warm(self, messages: Sequence[Message]) -> None:
        """Have the one that would be asked now read the prompt ahead; failures are ignored."""
        await (self._second if self._breaker.open else self._first).warm(messages)

    async def ping(self) -> None:
        """Raises `Unavailable` unless one of them answers."""
        try:
            await self._first.ping()
        except Unavailable:
            await self._second.ping()

    async def _answered(self, ask: Callable[[ChatModel, float], Awaitable[T]], timeout: float) -> T:
        """By `first`, or in the seconds that it left by `second`."""
        deadline = _now() + timeout
        if self._breaker.allows():
            try:
                found = await ask(self._first, timeout)
            except Unavailable:
                self._failed()
                if deadline - _now() < _LEAST_SECONDS:
                    raise
            else:
                self._breaker.succeeded()
                return found
        return await ask(self._second, deadline - _now())

    def _failed(self) -> None:
        was_open = self._breaker.open
        self._breaker.failed()
        if self._breaker.open and not was_open:
            log.warning("llm.fallback.in_use")


LiveModel = ChatModel | FallbackModel
"""What live interviews are worded by."""


def _now() -> float:
    return asyncio.get_running_loop().time()
