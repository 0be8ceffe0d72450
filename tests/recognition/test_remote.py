"""An agent's end: a service that dies, hangs or comes back costs nobody a word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import numpy as np
import pytest
from prometheus_client import REGISTRY

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Pcm
from interviewer.speech import remote
from interviewer.speech.decoding import Decoder
from interviewer.speech.fallback import FallbackDecoder
from interviewer.speech.hearing import HeardSegment
from interviewer.speech.remote import RemoteDecoder
from interviewer.speech.remote_hearing import FallbackHearer
from tests.ports import free_port
from tests.recognition.server import KEY, Scribe, scripted, serving

SOUND = np.zeros(16_000, np.int16)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same waits, shorter."""
    monkeypatch.setattr(remote, "_TIMEOUT", {"final": 0.5, "interim": 0.3})
    monkeypatch.setattr(remote, "_FIRST_PAUSE", 0.05)
    monkeypatch.setattr(remote, "_LAST_PAUSE", 0.2)


@pytest.fixture
def scribe() -> Scribe:
    return Scribe()


@asynccontextmanager
async def connected(url: str, *, patience: float = 0.0) -> AsyncIterator[RemoteDecoder]:
    decoder = RemoteDecoder(url, KEY, patience=patience)
    running = asyncio.create_task(decoder.run())
    try:
        yield decoder
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)


async def final(decoder: Decoder) -> str:
    found = await decoder.decode(SOUND, kind="final", stream="s")
    assert found is not None
    return found.text


def counted(by: str) -> float:
    return REGISTRY.get_sample_value("interviewer_recognised_total", {"by": by}) or 0.0


async def test_a_service_that_comes_later_or_again_is_found(scribe: Scribe) -> None:
    port = free_port()
    async with connected(f"http://127.0.0.1:{port}/v1") as decoder:
        with pytest.raises(Unavailable, match="away"):
            await final(decoder)
        for _ in range(2):
            async with serving(scripted(scribe), port):
                await asyncio.wait_for(decoder.reached(), 10)
                assert await final(decoder) == "service final"
            await until(lambda: not decoder.up)


async def test_what_a_dying_service_had_is_asked_again_of_the_next(scribe: Scribe) -> None:
    port = free_port()
    scribe.delay = 30.0
    async with connected(f"http://127.0.0.1:{port}/v1", patience=10.0) as decoder:
        async with serving(scripted(scribe), port):
            await asyncio.wait_for(decoder.reached(), 10)
            answer = asyncio.create_task(final(decoder))
            await until(lambda: bool(scribe.asked))
        second = Scribe("the next")
        async with serving(scripted(second), port):
            assert await asyncio.wait_for(answer, 10) == "the next final"


async def test_interims_never_wait_for_a_service(scribe: Scribe) -> None:
    async with connected(f"http://127.0.0.1:{free_port()}/v1", patience=60.0) as decoder:
        with pytest.raises(Unavailable):
            await asyncio.wait_for(decoder.decode(SOUND, kind="interim"), 2)


async def test_one_that_hangs_is_given_up_and_taken_back_when_it_answers(scribe: Scribe) -> None:
    async with serving(scripted(scribe)) as url, connected(url) as decoder:
        await asyncio.wait_for(decoder.reached(), 10)
        scribe.delay = 30.0
        for _ in range(2):
            with pytest.raises(Unavailable, match="too long"):
                await final(decoder)
        await until(lambda: not decoder.up)
        scribe.delay = 0.0
        await asyncio.wait_for(decoder.reached(), 10)
        assert await final(decoder) == "service final"


async def test_a_wrong_key_is_never_up() -> None:
    async with serving(scripted(Scribe())) as url:
        decoder = RemoteDecoder(url, "wrong")
        running = asyncio.create_task(decoder.run())
        await asyncio.sleep(0.5)
        assert not decoder.up
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_one_stream_is_one_stream_to_the_service(scribe: Scribe) -> None:
    async with serving(scripted(scribe)) as url, connected(url) as decoder:
        await asyncio.wait_for(decoder.reached(), 10)
        for stream in ("a", "a", "b"):
            await decoder.decode(SOUND, kind="interim", stream=stream)
    streams = [stream for _, _, _, stream in scribe.asked]
    assert streams[0] == streams[1] != streams[2]


async def test_a_cancelled_draft_is_not_decoded_by_the_service(scribe: Scribe) -> None:
    scribe.delay = 30.0
    async with serving(scripted(scribe)) as url, connected(url) as decoder:
        await asyncio.wait_for(decoder.reached(), 10)
        draft = asyncio.create_task(final(decoder))
        await until(lambda: bool(scribe.asked))
        draft.cancel()
        await until(lambda: scribe.cancelled == 1)


# --- with a model of our own behind it -------------------------------------------------------


class Loads:
    """Loads a scribe, and counts how often; fails the first time if told so."""

    def __init__(self, *, fails: int = 0) -> None:
        self.times = 0
        self.fails = fails

    def __call__(self) -> Decoder:
        self.times += 1
        if self.times <= self.fails:
            raise Unavailable("The recogniser cannot be loaded.")
        return Scribe("own")


@pytest.fixture
def loads() -> Loads:
    return Loads()


async def test_the_own_model_is_loaded_once_and_only_when_it_is_needed(
    scribe: Scribe, loads: Loads
) -> None:
    port = free_port()
    async with connected(f"http://127.0.0.1:{port}/v1") as service:
        decoder = FallbackDecoder(service, loads)
        async with serving(scripted(scribe), port):
            await asyncio.wait_for(service.reached(), 10)
            before = counted("service")
            assert await final(decoder) == "service final"
            assert (loads.times, counted("service")) == (0, before + 1)
            scribe.delay = 30.0
            before = counted("local")
            answer = asyncio.create_task(final(decoder))
            await until(lambda: len(scribe.asked) == 2)
        assert await asyncio.wait_for(answer, 10) == "own final"
        assert await asyncio.gather(*(final(decoder) for _ in range(3))) == ["own final"] * 3
        interim = await decoder.decode(SOUND, kind="interim")
        assert interim is not None
        assert (loads.times, counted("local")) == (1, before + 5)
        scribe.delay = 0.0
        async with serving(scripted(scribe), port):
            await asyncio.wait_for(service.reached(), 10)
            assert await final(decoder) == "service final"


async def test_a_draft_that_is_cancelled_does_not_stop_the_loading_for_others(loads: Loads) -> None:
    async with connected(f"http://127.0.0.1:{free_port()}/v1") as service:
        decoder = FallbackDecoder(service, loads)
        draft = asyncio.create_task(final(decoder))
        other = asyncio.create_task(final(decoder))
        await asyncio.sleep(0)
        draft.cancel()
        assert await asyncio.wait_for(other, 10) == "own final"
        assert loads.times == 1


async def test_loading_that_failed_is_tried_again_by_the_next() -> None:
    async with connected(f"http://127.0.0.1:{free_port()}/v1") as service:
        decoder = FallbackDecoder(service, Loads(fails=1))
        with pytest.raises(Unavailable, match="loaded"):
            await final(decoder)
        assert await final(decoder) == "own final"


async def test_with_nothing_to_fall_back_on_the_answer_waits_for_the_service(
    scribe: Scribe,
) -> None:
    port = free_port()
    async with connected(f"http://127.0.0.1:{port}/v1", patience=20.0) as service:
        decoder = FallbackDecoder(service, None)
        answer = asyncio.create_task(final(decoder))
        await asyncio.sleep(0.3)
        assert not answer.done()
        async with serving(scripted(scribe), port):
            assert await asyncio.wait_for(answer, 10) == "service final"


async def test_and_is_owned_up_to_where_the_service_stays_away() -> None:
    before = counted("nobody")
    async with connected(f"http://127.0.0.1:{free_port()}/v1", patience=0.2) as service:
        with pytest.raises(Unavailable):
            await final(FallbackDecoder(service, None))
    assert counted("nobody") == before + 1


def test_what_nobody_hears_in_the_second_pass_is_counted() -> None:
    class Away:
        def hear(self, pcm: Pcm, *, language: str, hint: str) -> Sequence[HeardSegment]:
            raise Unavailable("The recogniser service is away.")

    before = counted("nobody")
    with pytest.raises(Unavailable, match="away"):
        FallbackHearer(Away(), None).hear(SOUND, language="en", hint="")
    assert counted("nobody") == before + 1


async def test_who_is_woken_by_an_ending_connection_does_not_ask_it_again(scribe: Scribe) -> None:
    """Several were under way when the connection was given up for failures."""
    async with serving(scripted(scribe)) as url, connected(url) as decoder:
        await asyncio.wait_for(decoder.reached(), 10)
        scribe.delay = 30.0
        asked = [asyncio.create_task(final(decoder)) for _ in range(2)]
        await asyncio.sleep(0.3)
        late = asyncio.create_task(final(decoder))
        await asyncio.gather(*asked, late, return_exceptions=True)
        with pytest.raises(Unavailable, match="away"):
            await late
