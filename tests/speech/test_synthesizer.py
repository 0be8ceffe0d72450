"""Streaming, caching and trimming with a voice made of tones; then the real voices."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import jiwer
import numpy as np
import pytest
from whisper_normalizer.english import EnglishTextNormalizer

from interviewer.domain.errors import NotFound
from interviewer.interfaces import Pcm, Voice
from interviewer.speech.synthesizer import HEART, Engine, Synthesizer, Voices, trimmed
from interviewer.speech.tts_plugin import SynthesizerTTS, frames
from interviewer.speech.whisper import WhisperEngine

from .conftest import MODELS, resampled

RATE = HEART.sample_rate
QUESTIONS = [
    "Walk me through a deal you closed that you are most proud of. What was the deal size?",
    "Who was involved, and what made it successful?",
    "Tell me about a time you lost a deal. What happened, and what did you learn from it?",
    "How do you build pipeline? Walk me through your typical prospecting workflow in a given week.",
    "Why are you interested in selling an analytics product? What excites you about this space?",
]


class ToneEngine:
    """A voice that hums 0.1 s a word, with silence around, and counts what it was asked."""

    voice: Voice = HEART
    first, longest = 40, 120

    def __init__(self) -> None:
        self.rendered: list[str] = []
        self.threads: set[str] = set()

    def render(self, text: str) -> Pcm:
        self.rendered.append(text)
        self.threads.add(threading.current_thread().name)
        hum = np.full(int(0.1 * RATE) * len(text.split()), 5_000, np.int16)
        quiet = np.zeros(RATE // 2, np.int16)
        return np.concatenate((quiet, hum, quiet))


@pytest.fixture
def tones() -> ToneEngine:
    return ToneEngine()


@pytest.fixture
def humming(tones: ToneEngine) -> Iterator[Synthesizer]:
    engine: Engine = tones
    synthesizer = Synthesizer(Voices({"heart": (HEART, lambda: engine)}), cache_bytes=1 << 20)
    yield synthesizer
    synthesizer.close()


async def render(synthesizer: Synthesizer, text: str, voice: str = "heart") -> Pcm:
    parts = [chunk async for chunk in synthesizer.stream(text, voice)]
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)


async def test_the_first_sentence_is_out_before_the_second_is_rendered(
    humming: Synthesizer, tones: ToneEngine
) -> None:
    stream = humming.stream("One two. Three four.", "heart")
    await anext(stream)
    assert tones.rendered == ["One two."]
    assert all(name.startswith("tts") for name in tones.threads)


async def test_what_was_rendered_ahead_is_not_rendered_again(
    humming: Synthesizer, tones: ToneEngine
) -> None:
    await humming.prerender(["One two. Three."], "heart")
    asked = len(tones.rendered)
    ahead = await render(humming, "One two. Three.")
    assert len(tones.rendered) == asked
    await humming.prerender(["One two. Three."], "heart")
    assert len(tones.rendered) == asked
    assert len(ahead) / RATE == pytest.approx(0.3 + 0.32 + 0.06 + 2 * 0.03, abs=0.02)


async def test_a_text_given_up_half_way_is_not_cached(
    humming: Synthesizer, tones: ToneEngine
) -> None:
    stream = humming.stream("One two. Three four.", "heart")
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    assert humming.figures().entries == 0
    await render(humming, "One two. Three four.")
    assert tones.rendered[-1] == "Three four."


async def test_the_cache_is_bounded_and_forgets_the_least_used(humming: Synthesizer) -> None:
    for number in range(60):
        await render(humming, f"Number {number} of a long row of words that fill the cache up.")
    figures = humming.figures()
    assert 0 < figures.bytes <= 1 << 20
    assert figures.entries < 60


async def test_chunks_are_short_and_empty_text_is_silent(humming: Synthesizer) -> None:
    chunks = [chunk async for chunk in humming.stream("word " * 20, "heart")]
    assert max(len(c) for c in chunks) <= RATE // 2
    assert len(await render(humming, "")) == 0
    assert len(await render(humming, "…")) == 0


async def test_an_unknown_voice_is_refused(humming: Synthesizer) -> None:
    with pytest.raises(NotFound):
        await render(humming, "Hello.", "nobody")


async def test_frames_are_20_ms_and_lose_nothing(humming: Synthesizer) -> None:
    whole = await render(humming, "One two three.")
    parts = [frame async for frame in frames(humming, "One two three.", HEART)]
    assert {f.samples_per_channel for f in parts[:-1]} == {RATE // 50}
    assert b"".join(bytes(f.data) for f in parts) == whole.tobytes()


async def test_the_framework_hears_the_same(humming: Synthesizer) -> None:
    whole = await render(humming, "One two three.")
    async with SynthesizerTTS(humming, HEART).synthesize("One two three.") as stream:
        frame = await stream.collect()
    assert frame.sample_rate == RATE
    assert bytes(frame.data)[: whole.nbytes // 2] == whole.tobytes()[: whole.nbytes // 2]


def test_silence_around_speech_is_cut_and_a_pause_put_behind() -> None:
    quiet, hum = np.zeros(RATE, np.int16), np.full(RATE, 5_000, np.int16)
    cut = trimmed(np.concatenate((quiet, hum, quiet)), RATE, 0.3)
    assert len(cut) / RATE == pytest.approx(1.0 + 0.03 + 0.3, abs=0.01)
    assert len(trimmed(quiet, RATE, 0.3)) == 0


@pytest.mark.models
@pytest.mark.parametrize("voice", ["heart", "joe"])
async def test_what_is_said_is_understood(
    synthesizer: Synthesizer, engine: WhisperEngine, voice: str
) -> None:
    normal = EnglishTextNormalizer()
    heard = []
    for question in QUESTIONS:
        pcm = await render(synthesizer, question, voice)
        rate = synthesizer.voice(voice).sample_rate
        heard.append(engine.recognise(resampled(pcm, rate), kind="final").text)
    wrong = jiwer.wer([normal(q) for q in QUESTIONS], [normal(h) for h in heard])
    assert wrong < 0.08, heard


@pytest.mark.models
async def test_the_first_sound_is_loud_enough(synthesizer: Synthesizer) -> None:
    first = await anext(synthesizer.stream(QUESTIONS[0], "heart"))
    assert np.abs(first[: RATE // 5]).max() > 1_000, "speech begins within 0.2 s of the first chunk"
    assert np.abs(first.astype(np.int32)).max() <= 30_000


@pytest.mark.models
async def test_two_interviews_can_speak_at_once(synthesizer: Synthesizer) -> None:
    texts = ["Tell me more about that.", "Who was involved in it?"]
    alone = [len(await render(synthesizer, text)) for text in texts]
    again = Synthesizer(Voices.embedded(MODELS))
    together = await asyncio.gather(*(render(again, text) for text in texts))
    again.close()
    assert [len(t) for t in together] == alone
