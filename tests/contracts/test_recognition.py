"""What every `Decoder` and every `Transcriber` keeps to, here or in a service, up or away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import numpy as np
import pytest
from jiwer import wer
from whisper_normalizer.english import EnglishTextNormalizer

from interviewer.interfaces import Transcriber
from interviewer.speech.decoding import Decoder
from interviewer.speech.fallback import FallbackDecoder
from interviewer.speech.hearing import WhisperHearer
from interviewer.speech.remote import RemoteDecoder
from interviewer.speech.remote_hearing import FallbackHearer, RemoteHearer
from interviewer.speech.transcriber import PackTranscriber
from interviewer.speech.whisper import WhisperEngine
from tests.recognition.server import KEY, TINY, real, serving
from tests.speech.conftest import Say, say, silence  # noqa: F401 - a fixture

pytestmark = pytest.mark.models

ANSWER = "Last year I closed a deal with a hospital group in Denver."
LATER = "The hardest part was winning over their finance team."
NOBODY = "http://127.0.0.1:9/v1"


@pytest.fixture(scope="module")
def tiny() -> Iterator[WhisperEngine]:
    engine = WhisperEngine(TINY, workers=1, passes=1)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def batching() -> Iterator[WhisperEngine]:
    """As on a GPU: full windows, in batches."""
    engine = WhisperEngine(TINY, workers=1, batch=4)
    yield engine
    engine.close()


@pytest.fixture(params=["own", "batching", "service", "fallback"])
async def decoder(
    request: pytest.FixtureRequest, tiny: WhisperEngine, batching: WhisperEngine
) -> AsyncIterator[Decoder]:
    if request.param in ("own", "batching"):
        yield tiny if request.param == "own" else batching
        return
    async with AsyncExitStack() as stack:
        url = NOBODY
        if request.param == "service":
            url = await stack.enter_async_context(serving(real(tiny)))
        remote = RemoteDecoder(url, KEY, patience=0.0)
        running = asyncio.create_task(remote.run())
        try:
            if request.param == "service":
                await asyncio.wait_for(remote.reached(), 20)
                yield remote
            else:
                yield FallbackDecoder(remote, lambda: tiny)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def errors(said: str, heard: str) -> float:
    """Of as many words as were said: in a short window tiny.en may say a sentence twice."""
    normal = EnglishTextNormalizer()
    words = normal(said)
    return float(wer(words, " ".join(normal(heard).split()[: len(words.split())])))


async def test_a_decoder_hears_what_is_said(decoder: Decoder, say: Say) -> None:  # noqa: F811
    pcm = say(ANSWER)
    found = await decoder.decode(pcm, kind="final", language="en")
    assert found is not None
    assert errors(ANSWER, found.text) < 0.2
    assert found.seconds == pytest.approx(len(pcm) / 16_000)
    assert 0.0 < found.confidence <= 1.0
    assert all(0.0 <= s.start <= s.end <= found.seconds for s in found.segments)


async def test_a_decoder_serves_several_at_once(decoder: Decoder, say: Say) -> None:  # noqa: F811
    said = [ANSWER, LATER, LATER, LATER]
    prompts = ["", "", "We sold software.", "We sold software to hospitals."]
    found = await asyncio.gather(
        *(
            decoder.decode(say(text), kind="final", prompt=prompt, stream=n)
            for n, (text, prompt) in enumerate(zip(said, prompts, strict=True))
        )
    )
    for text, hypothesis in zip(said, found, strict=True):
        assert hypothesis is not None
        assert errors(text, hypothesis.text) < 0.2


async def test_a_decode_may_be_cancelled_and_the_next_is_done(
    decoder: Decoder,
    say: Say,  # noqa: F811
) -> None:
    draft = asyncio.create_task(decoder.decode(say(LATER), kind="final", stream="s"))
    await asyncio.sleep(0.01)
    draft.cancel()
    found = await decoder.decode(say(ANSWER), kind="interim", stream="s")
    assert found is not None
    assert errors(ANSWER, found.text) < 0.2


@pytest.fixture(params=["own", "service", "fallback"])
async def transcriber(
    request: pytest.FixtureRequest, tiny: WhisperEngine
) -> AsyncIterator[Transcriber]:
    own = WhisperHearer(tiny.model)
    if request.param == "own":
        yield PackTranscriber(own)
        return
    async with serving(real(tiny)) as url:
        there = request.param == "service"
        service = RemoteHearer(url if there else NOBODY, KEY, pause=0.01)
        yield PackTranscriber(service if there else FallbackHearer(service, lambda: own))
        service.close()


async def test_a_transcriber_tells_words_and_their_seconds(
    transcriber: Transcriber,
    say: Say,  # noqa: F811
) -> None:
    pcm = np.concatenate((silence(3.0), say(ANSWER), silence(4.0), say(LATER), silence(1.0)))
    words = await asyncio.to_thread(transcriber.transcribe, pcm, hint="CloudMetrics, Rachel")
    assert errors(f"{ANSWER} {LATER}", " ".join(w.text for w in words)) < 0.2
    assert words[0].start == pytest.approx(3.0, abs=0.4)
    assert [w.start for w in words] == sorted(w.start for w in words)
    assert all(0.0 < w.probability <= 1.0 for w in words)
    assert len({w.probability for w in words}) > 2, "each word's own, not its segment's"


async def test_a_transcriber_hears_nothing_in_silence(transcriber: Transcriber) -> None:
    assert await asyncio.to_thread(transcriber.transcribe, silence(3.0)) == []
