"""A scripted language model: it says what the test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Message

Reply = str | Exception | Callable[[str], str]


@dataclass
class FakeLanguageModel:
    """A `LanguageModel` whose replies are picked by what stands in the prompt.

    `replies`: (a part of the whole prompt, what to say), the first that fits; `odds`: the same
    for `choice_probabilities`. `delay`: seconds before every answer; `pace`: between the words
    of a stream. `down`: nothing works.
    `prompts`: every prompt it was given, its messages joined by line breaks.
    """

    replies: Sequence[tuple[str, Reply]] = ()
    odds: Sequence[tuple[str, Mapping[str, float]]] = ()
    default: str = "Okay."
    delay: float = 0.0
    pace: float = 0.0
    down: bool = False
    name: str = "fake"
    prompts: list[str] = field(default_factory=list)

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
        text = self._said(await self._asked(messages, timeout))
        for mark in stop:
            text = text.split(mark)[0]
        if grammar_choices:
            return text if text in grammar_choices else grammar_choices[0]
        return " ".join(text.split(" ")[:max_tokens])

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        first_token_timeout: float = 2.0,
    ) -> AsyncGenerator[str]:
        text = await self.complete(
            messages, max_tokens=max_tokens, stop=stop, timeout=first_token_timeout
        )
        for number, word in enumerate(text.split(" ")):
            yield f" {word}" if number else word
            await asyncio.sleep(self.pace)

    async def choice_probabilities(
        self, messages: Sequence[Message], choices: Sequence[str], *, timeout: float = 60.0
    ) -> Mapping[str, float]:
        prompt = await self._asked(messages, timeout)
        mass = next((odds for part, odds in self.odds if part in prompt), {})
        found = {choice: mass.get(choice, 0.0) for choice in choices}
        total = sum(found.values())
        return {c: (p / total if total else 1 / len(choices)) for c, p in found.items()}

    async def warm(self, messages: Sequence[Message]) -> None:
        self.prompts.append("\n".join(m.content for m in messages))

    async def ping(self) -> None:
        if self.down:
            raise Unavailable("the fake is down")

    async def _asked(self, messages: Sequence[Message], timeout: float) -> str:
        prompt = "\n".join(m.content for m in messages)
        self.prompts.append(prompt)
        if self.delay:
            await asyncio.sleep(min(self.delay, timeout))
        if self.down or self.delay > timeout:
            raise Unavailable("the fake is down")
        return prompt

    def _said(self, prompt: str) -> str:
        reply = next((r for part, r in self.replies if part in prompt), self.default)
        if isinstance(reply, Exception):
            raise reply
        return reply(prompt) if callable(reply) else reply
