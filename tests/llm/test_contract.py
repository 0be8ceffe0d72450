"""What every `LanguageModel` keeps to: the fake and the client of a real server alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import LanguageModel, Message
from interviewer.llm.behind import BehindLive
from interviewer.llm.client import ChatModel
from interviewer.llm.embedded import EmbeddedServer
from interviewer.llm.fallback import FallbackModel
from tests.fakes.llm import FakeLanguageModel
from tests.llm.conftest import SMALL

ASK = [Message("system", "You are polite."), Message("user", "Say hello to Ann and to Bob.")]


@pytest.fixture(
    params=[
        "fake",
        pytest.param("embedded", marks=pytest.mark.models),
        pytest.param("fallback", marks=pytest.mark.models),
        pytest.param("behind", marks=pytest.mark.models),
    ]
)
async def model(request: pytest.FixtureRequest) -> AsyncIterator[LanguageModel]:
    if request.param == "fake":
        yield FakeLanguageModel(default="Hello Ann and hello Bob.")
        return
    async with EmbeddedServer(SMALL, threads=1, slots=2, context=2048) as server:
        await server.wait_ready()
        client = server.client()
        down = ChatModel(name="down", base_url="http://127.0.0.1:9/v1")
        models: dict[str, LanguageModel] = {
            "embedded": client,
            "fallback": FallbackModel(down, client),
            "behind": BehindLive(client.on_slot(0), partial(_works_in_slot_1, client)),
        }
        yield models[request.param]
        await client.aclose()
        await down.aclose()


async def _works_in_slot_1(client: ChatModel) -> bool:
    return 1 in await client.slots_at_work()


async def test_a_language_model_does_what_its_interface_says(model: LanguageModel) -> None:
    assert model.name
    await model.ping()
    await model.warm(ASK)
    said = await model.complete(ASK, max_tokens=12, timeout=60)
    assert said
    assert said == said.strip()
    streamed = [p async for p in model.stream(ASK, max_tokens=12, first_token_timeout=60)]
    assert "".join(streamed).strip() == said
    assert len(streamed) > 1
    odds = await model.choice_probabilities(ASK, ("1", "2", "3"))
    assert list(odds) == ["1", "2", "3"]
    assert sum(odds.values()) == pytest.approx(1.0)
    assert all(p > 0 for p in odds.values())
    chosen = await model.complete(ASK, max_tokens=8, grammar_choices=("red", "blue"), timeout=60)
    assert chosen in ("red", "blue")


async def test_out_of_time_is_unavailable(model: LanguageModel) -> None:
    if isinstance(model, FakeLanguageModel):
        model.delay = 1.0
    with pytest.raises(Unavailable):
        await model.complete(ASK, max_tokens=400, timeout=0.001)
