"""Models loaded once, and a voice to talk to them: all test speech is made by our own TTS."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import settings

from interviewer.interfaces import Pcm
from interviewer.speech.synthesizer import HibariEngine, Synthesizer, Voices, trimmed
from interviewer.speech.transcriber import WhisperTranscriber
from interviewer.speech.whisper import WhisperEngine

# A busy machine must not fail a test whose subject is not speed.
settings.register_profile("unhurried", deadline=None, max_examples=60)
settings.load_profile("unhurried")

MODELS = Path.home() / ".cache" / "interviewer" / "models"
Say = Callable[[str], Pcm]


def resampled(pcm: Pcm, rate: int) -> Pcm:
    """To 16 kHz."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
    frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
    frame.sample_rate = rate
    parts = [f.to_ndarray()[0] for item in (frame, None) for f in resampler.resample(item)]
    return np.concatenate(parts)


def silence(seconds: float) -> Pcm:
    return np.zeros(int(seconds * 16_000), np.int16)


@pytest.fixture(scope="session")
def engine() -> Iterator[WhisperEngine]:
    engine = WhisperEngine(MODELS / "whisper-base")
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def transcriber() -> WhisperTranscriber:
    return WhisperTranscriber(MODELS / "whisper-base")


@pytest.fixture(scope="session")
def say() -> Say:
    """Text as 16 kHz speech of the voice `heart`, with next to no silence around it."""
    heart = HibariEngine()

    def speak(text: str) -> Pcm:
        return resampled(trimmed(heart.render(text), heart.voice.sample_rate, 0.0), 24_000)

    return speak


@pytest.fixture
async def synthesizer() -> AsyncIterator[Synthesizer]:
    synthesizer = Synthesizer(Voices.embedded(MODELS))
    yield synthesizer
    synthesizer.close()
