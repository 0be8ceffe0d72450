"""The language model and speech."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from interviewer.domain.transcript import Word

Pcm = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Message:
    """`role`: system, user or assistant."""

    role: str
    content: str


class LanguageModel(Protocol):
    """Any OpenAI-compatible chat model. All raise `Unavailable` when down or over time."""

    name: str

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        timeout: float = 30.0,
        grammar_choices: Sequence[str] = (),
    ) -> str: ...

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        first_token_timeout: float = 2.0,
    ) -> AsyncGenerator[str]: ...

    async def choice_probabilities(
        self, messages: Sequence[Message], choices: Sequence[str], *, timeout: float = 60.0
    ) -> Mapping[str, float]:
        """Probability of each single-token choice as the next token, normalised to sum 1."""

    async def warm(self, messages: Sequence[Message]) -> None:
        """Read the prompt into the server's cache (`max_tokens` 1); failures are ignored."""

    async def ping(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A voice that can be chosen in a posting. `sample_rate` in Hz."""

    id: str
    name: str
    language: str
    gender: str
    engine: str
    licence: str
    sample_rate: int


class SpeechSynthesizer(Protocol):
    """Text to speech, and rendered ahead of time where the text is known."""

    def voices(self) -> Sequence[Voice]: ...

    def stream(self, text: str, voice_id: str) -> AsyncIterator[Pcm]:
        """Chunks of `int16[n]`, mono, at the voice's sample rate, as they are made."""

    async def prerender(self, texts: Sequence[str], voice_id: str) -> None:
        """Render and cache by (voice, text); `stream` then answers at once."""


class Transcriber(Protocol):
    """The second pass: whole recordings, beam search, word times."""

    def transcribe(self, pcm: Pcm, *, language: str = "en", hint: str = "") -> list[Word]:
        """`pcm`: `int16[n]`, 16 kHz mono. Blocking; call it in a thread or a job."""
