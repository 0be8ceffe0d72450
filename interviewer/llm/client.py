"""Any OpenAI-compatible chat model: OpenAI, vLLM, llama.cpp, our own embedded server.

Prompts should only ever grow at the end: servers keep what they have read, and a prompt that
begins like the last one costs no more than what was added. Where the server is ours (llama.cpp),
a client can be pinned to one of its slots, so that live interviews and scoring don't push each
other out of the cache.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import math
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from typing import Any, TypedDict

import openai
import structlog
from openai import AsyncOpenAI
from openai.types.chat.chat_completion import Choice
from openai.types.chat.chat_completion_token_logprob import TopLogprob

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Message
from interviewer.observability import metrics

log = structlog.get_logger()

_TOP_LOGPROBS = (20, 5)  # OpenAI's and vLLM's limit, then what the meaner ones allow
_SURE = 0.9  # probability given to the one choice of a server that tells no probabilities
_STALL = 5.0  # seconds between two tokens of a stream, after which the server is taken as gone


class _Slot(TypedDict):
    """Of what llama.cpp's `/slots` tells, what is read here."""

    id: int
    is_processing: bool


class ChatModel:
    """A `LanguageModel` over the OpenAI client.

    `base_url`: with `/v1`. `llama_cpp`: the server is llama.cpp (ours is), so its grammar and
    cache fields may be sent. Retries are left to the callers, who know how much time is left.
    """

    def __init__(
        self, *, name: str, base_url: str, api_key: str = "none", llama_cpp: bool = False
    ) -> None:
        self.name = name
        self._client = AsyncOpenAI(base_url=base_url, api_key=api_key or "none", max_retries=0)
        self._llama_cpp = llama_cpp
        self._backend = "llama.cpp" if llama_cpp else "openai"
        metrics.MODEL_FAILURES.labels("language", self._backend)
        self._slot: int | None = None
        self._top_logprobs = _TOP_LOGPROBS[0]

    def on_slot(self, slot: int) -> ChatModel:
        """The same model, its requests pinned to one slot of a llama.cpp server.

        Lower slots are read first when several have work. Elsewhere pinning has no effect.
        """
        pinned = copy.copy(self)
        pinned._slot = slot
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
        """The reply. `grammar_choices`: it is one of these, or empty if it could not be read so.

        Raises `Unavailable` when the server is down, refuses, or takes over `timeout` seconds.
        """
        extra = self._extra()
        if grammar_choices and self._llama_cpp:
            extra["grammar"] = "root ::= " + " | ".join(_literal(c) for c in grammar_choices)
        with _refusals(self._backend):
            async with asyncio.timeout(timeout):
                answer = await self._client.chat.completions.create(
                    model=self.name,
                    messages=_wire(messages),
                    max_tokens=max_tokens,
                    temperature=temperature,
                    stop=list(stop) or openai.omit,
                    extra_body=extra,
                )
        text = (answer.choices[0].message.content or "").strip() if answer.choices else ""
        return _one_of(text, grammar_choices) if grammar_choices else text

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        first_token_timeout: float = 2.0,
    ) -> AsyncGenerator[str]:
        """The reply, piece by piece. Closing the iterator stops the server's work.

        Raises `Unavailable` when the first piece takes over `first_token_timeout` seconds, or
        the server goes away before the end.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + first_token_timeout
        with _refusals(self._backend):
            async with asyncio.timeout_at(deadline):
                chunks = await self._client.chat.completions.create(
                    model=self.name,
                    messages=_wire(messages),
                    max_tokens=max_tokens,
                    temperature=temperature,
                    stop=list(stop) or openai.omit,
                    extra_body=self._extra(),
                    stream=True,
                )
            try:
                while True:
                    async with asyncio.timeout_at(deadline):
                        chunk = await anext(chunks, None)
                    if chunk is None:
                        return
                    text = chunk.choices[0].delta.content if chunk.choices else None
                    if text:
                        yield text
                        deadline = loop.time() + _STALL
            finally:
                await chunks.close()

    async def choice_probabilities(
        self, messages: Sequence[Message], choices: Sequence[str], *, timeout: float = 60.0
    ) -> Mapping[str, float]:
        """Probability of each of `choices` (one token each) as the next token; they sum to 1.

        Servers tell only the likeliest tokens: a choice that is not among them gets less than
        the least of those. Raises `Unavailable`.
        """
        with _refusals(self._backend):
            async with asyncio.timeout(timeout):
                choice = await self._first_token(messages, choices)
        top = choice.logprobs.content if choice and choice.logprobs else None
        if top and top[0].top_logprobs:
            return _normalised(top[0].top_logprobs, choices)
        said = _one_of((choice.message.content or "").strip(), choices) if choice else ""
        if not said:
            raise Unavailable("the language model told neither probabilities nor a choice")
        rest = (1.0 - _SURE) / max(1, len(choices) - 1)
        return {c: (_SURE if c == said else rest) for c in choices}

    async def warm(self, messages: Sequence[Message]) -> None:
        """Have the server read the prompt ahead; failures are ignored."""
        with contextlib.suppress(Unavailable):
            await self.complete(messages, max_tokens=1)

    async def ping(self) -> None:
        """Raises `Unavailable` unless the server answers."""
        with _refusals(self._backend):
            async with asyncio.timeout(5.0):
                await self._client.models.list()

    async def slots_at_work(self) -> frozenset[int]:
        """Of a llama.cpp server: those that read or write now.

        Raises `Unavailable`, also where the server tells something else. Failures are not
        counted: nothing was asked of the model.
        """
        server = str(self._client.base_url).rstrip("/").removesuffix("/v1")
        try:
            async with asyncio.timeout(5.0):
                found = await self._client.get(f"{server}/slots", cast_to=list[_Slot])
            return frozenset(slot["id"] for slot in found if slot["is_processing"])
        except (TimeoutError, openai.OpenAIError, LookupError, TypeError, ValueError) as error:
            raise Unavailable(f"no slots are told: {type(error).__name__}") from error

    async def aclose(self) -> None:
        """Close the connections; those of pinned copies are the same."""
        await self._client.close()

    async def _first_token(
        self, messages: Sequence[Message], choices: Sequence[str]
    ) -> Choice | None:
        extra = self._extra()
        if self._llama_cpp:
            extra["grammar"] = "root ::= " + " | ".join(_literal(c) for c in choices)
        while True:
            try:
                answer = await self._client.chat.completions.create(
                    model=self.name,
                    messages=_wire(messages),
                    max_tokens=1,
                    temperature=0.0,
                    logprobs=True,
                    top_logprobs=self._top_logprobs,
                    extra_body=extra,
                )
            except openai.BadRequestError:
                if self._top_logprobs == _TOP_LOGPROBS[-1]:
                    raise
                self._top_logprobs = _TOP_LOGPROBS[-1]
                log.info("llm.client.few_logprobs", top=self._top_logprobs)
            else:
                return answer.choices[0] if answer.choices else None

    def _extra(self) -> dict[str, Any]:
        if not self._llama_cpp:
            return {}
        return {"cache_prompt": True} | ({} if self._slot is None else {"id_slot": self._slot})


@contextlib.contextmanager
def _refusals(backend: str) -> Iterator[None]:
    """Turn whatever the client raises into `Unavailable`; prompts stay out of the message."""
    try:
        yield
    except TimeoutError as error:
        metrics.MODEL_FAILURES.labels("language", backend).inc()
        raise Unavailable("the language model took too long") from error
    except openai.OpenAIError as error:
        metrics.MODEL_FAILURES.labels("language", backend).inc()
        raise Unavailable(f"the language model failed: {type(error).__name__}") from error


def _wire(messages: Sequence[Message]) -> Any:
    return [{"role": m.role, "content": m.content} for m in messages]


def _literal(text: str) -> str:
    """A GBNF string literal (llama.cpp, grammars/README.md)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _one_of(text: str, choices: Sequence[str]) -> str:
    """The choice that `text` begins with, or the first that stands in it; else empty."""
    said = text.casefold().lstrip("\"'*`( ")
    by_length = sorted(choices, key=len, reverse=True)
    starts = [c for c in by_length if said.startswith(c.casefold())]
    inside = [c for c in by_length if c.casefold() in said]
    return next(iter([*starts, *inside]), "")


def _normalised(top: Sequence[TopLogprob], choices: Sequence[str]) -> dict[str, float]:
    mass = dict.fromkeys(choices, 0.0)
    for entry in top:
        token = entry.token.strip()
        if token in mass:
            mass[token] += math.exp(entry.logprob)
    floor = math.exp(min(entry.logprob for entry in top)) / 2
    mass = {choice: value or floor for choice, value in mass.items()}
    total = sum(mass.values())
    return {choice: value / total for choice, value in mass.items()}
