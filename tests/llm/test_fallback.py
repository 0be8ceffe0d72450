"""A second language model takes over what the first one does not answer, and hands it back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from interviewer.breaker import Breaker
from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Message
from interviewer.llm.client import ChatModel
from interviewer.llm.fallback import FallbackModel
from tests.clock import Clock
from tests.fakes.llm import FakeLanguageModel

ASK = [Message("user", "Hello?")]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def first() -> FakeLanguageModel:
    return FakeLanguageModel(default="The first one says this.", name="first")


@pytest.fixture
def second() -> FakeLanguageModel:
    return FakeLanguageModel(default="The second one says that.", name="second")


@pytest.fixture
def model(first: FakeLanguageModel, second: FakeLanguageModel, clock: Clock) -> FallbackModel:
    breaker = Breaker(threshold=3, cooldown=5.0, now=clock)
    return FallbackModel(cast(ChatModel, first), cast(ChatModel, second), breaker=breaker)


async def said(model: FallbackModel) -> str:
    return "".join([piece async for piece in model.stream(ASK, max_tokens=20)])


async def test_the_second_is_left_alone_while_the_first_answers(
    model: FallbackModel, second: FakeLanguageModel
) -> None:
    assert model.name == "first"
    assert await model.complete(ASK, max_tokens=20) == "The first one says this."
    assert await said(model) == "The first one says this."
    await model.choice_probabilities(ASK, ("1", "2"))
    await model.warm(ASK)
    assert second.prompts == []


async def test_each_call_that_fails_is_answered_by_the_second(
    model: FallbackModel, first: FakeLanguageModel
) -> None:
    first.down = True
    assert await model.complete(ASK, max_tokens=20) == "The second one says that."
    assert await said(model) == "The second one says that."
    assert set(await model.choice_probabilities(ASK, ("1", "2"))) == {"1", "2"}
    await model.ping()


async def test_after_three_failures_the_first_is_not_asked_until_a_trial_succeeds(
    model: FallbackModel, first: FakeLanguageModel, second: FakeLanguageModel, clock: Clock
) -> None:
    first.down = True
    for _ in range(5):
        await model.complete(ASK, max_tokens=20)
    assert (len(first.prompts), len(second.prompts)) == (3, 5)
    await model.warm(ASK)
    assert len(second.prompts) == 6, "the one that is asked now is warmed"
    first.down = False
    clock.now = 5.0
    assert await said(model) == "The first one says this."
    assert await model.complete(ASK, max_tokens=20) == "The first one says this."


async def test_where_no_time_is_left_the_second_is_not_asked(
    model: FallbackModel, first: FakeLanguageModel, second: FakeLanguageModel
) -> None:
    first.delay = 1.0
    with pytest.raises(Unavailable):
        await model.complete(ASK, max_tokens=20, timeout=0.05)
    assert second.prompts == []


async def test_a_stream_that_has_begun_is_not_begun_again(
    model: FallbackModel, first: FakeLanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object, **__: object) -> AsyncIterator[str]:
        yield "The first"
        raise Unavailable("it went away")

    monkeypatch.setattr(first, "stream", breaks)
    stream = model.stream(ASK, max_tokens=20)
    assert await anext(stream) == "The first"
    with pytest.raises(Unavailable):
        await anext(stream)


async def test_pinned_copies_share_the_breaker() -> None:
    down = ChatModel(name="down", base_url="http://127.0.0.1:9/v1")
    other = ChatModel(name="other", base_url="http://127.0.0.1:9/v1")
    breaker = Breaker(threshold=1, cooldown=60.0)
    model = FallbackModel(down, other, breaker=breaker)
    with pytest.raises(Unavailable):
        await asyncio.wait_for(model.on_slot(1).complete(ASK, max_tokens=1), 10)
    assert breaker.open
    assert not breaker.allows()
    await down.aclose()
    await other.aclose()
