"""A recogniser service in this process, on a real socket: on a model, or on strings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Pcm
from interviewer.recognition.app import recognition_app
from interviewer.recognition.service import Pass, RecogniserService
from interviewer.speech import wire
from interviewer.speech.decode_queue import Kind
from interviewer.speech.hearing import Heard, HeardSegment, HeardWord, WhisperHearer
from interviewer.speech.hypothesis import Hypothesis
from interviewer.speech.whisper import WhisperEngine

KEY = "a-key-of-the-tests"
TINY = Path.home() / ".cache" / "interviewer" / "models" / "whisper-tiny.en"


class Scribe:
    """A `Decoder` that says who it is and how much it was given; slow or failing if told so."""

    def __init__(self, name: str = "service") -> None:
        self.name = name
        self.delay = 0.0
        self.failing = False
        self.code = "unavailable"
        self.thinning = False
        self.asked: list[tuple[Kind, str, str, Hashable]] = []
        self.cancelled = 0

    async def decode(
        self,
        pcm: Pcm,
        *,
        kind: Kind,
        prompt: str = "",
        language: str = "",
        stream: Hashable = None,
    ) -> Hypothesis | None:
        probing = isinstance(stream, tuple) and stream[1] == "probe"
        if not probing:
            self.asked.append((kind, prompt, language, stream))
            try:
                await asyncio.sleep(self.delay)
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        if self.failing:
            raise Unavailable("Too much speech waits for the recogniser.", code=self.code)
        if self.thinning and kind == "interim":
            return None
        return Hypothesis(text=f"{self.name} {kind}", seconds=len(pcm) / 16_000)


def listen(asked: Pass) -> Heard:
    """One segment of two words, half a second each, and the prompt behind it."""
    words = (HeardWord(" two", 0.0, 0.5, 0.75), HeardWord(" words", 0.5, 1.0, 0.5))
    text = f" two words{asked.prompt}"
    segment = HeardSegment(
        text=text, start=0.0, end=1.0, log_probability=-0.25, no_speech=0.125, words=words
    )
    return Heard((segment,), asked.language or "en")


def scripted(scribe: Scribe, listen: Callable[[Pass], Heard] = listen) -> RecogniserService:
    service = RecogniserService(model="whisper-scribe", api_key=KEY)
    service.open(scribe, listen, languages=("en", "de"), passes=1)
    return service


def real(engine: WhisperEngine) -> RecogniserService:
    service = RecogniserService(model="whisper-tiny.en", api_key=KEY)
    hearer = WhisperHearer(engine.model)

    def listen(asked: Pass) -> Heard:
        return hearer.listen(asked.pcm, language=asked.language, hint=asked.prompt)

    service.open(engine, listen, languages=engine.model.supported_languages, passes=1)
    return service


@asynccontextmanager
async def serving(service: RecogniserService, port: int = 0) -> AsyncIterator[str]:
    """Yields the base URL. Leaving it cuts every connection, as a death does."""
    config = uvicorn.Config(
        recognition_app(service),
        host="127.0.0.1",
        port=port,
        log_config=None,
        lifespan="off",
        ws_max_size=wire.MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=0,
    )
    server = uvicorn.Server(config)
    sock = config.bind_socket()
    task = asyncio.create_task(server._serve([sock]))
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        await task
        sock.close()
