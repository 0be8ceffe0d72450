"""Who recognises speech: this process or a service; and that service, `interviewer recognize`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from interviewer.bootstrap.parts import WebServer, web_server
from interviewer.interfaces import Transcriber
from interviewer.recognition.app import recognition_app
from interviewer.recognition.service import Pass, RecogniserService
from interviewer.settings import Settings
from interviewer.speech import wire
from interviewer.speech.decoding import Decoder
from interviewer.speech.fallback import FallbackDecoder
from interviewer.speech.hearing import Heard, WhisperHearer
from interviewer.speech.remote import RemoteDecoder
from interviewer.speech.remote_hearing import FallbackHearer, RemoteHearer
from interviewer.speech.transcriber import PackTranscriber
from interviewer.speech.whisper import WhisperEngine, load_whisper

log = structlog.get_logger()

# How long a final waits for a service that went: for another pod to take over where a model of
# our own stands by, for the service to be started again where none does.
_PATIENCE = {"local": 1.0, "none": 120.0}
_PASSES = {"cpu": 1, "cuda": 2}


def _model_dir(settings: Settings) -> Path:
    return settings.model_dir / settings.stt_model


def own_engine(settings: Settings, *, passes: int = 0) -> WhisperEngine:
    """Loads a model; blocks. Raises Unavailable."""
    return WhisperEngine(
        _model_dir(settings),
        device=settings.stt_device,
        compute_type=settings.stt_compute_type,
        workers=settings.stt_threads,
        passes=passes,
    )


def own_hearer(settings: Settings) -> WhisperHearer:
    """For the second pass. Loads a model; blocks. Raises Unavailable."""
    model = load_whisper(
        _model_dir(settings),
        device=settings.stt_device,
        compute_type=settings.stt_compute_type,
        threads=settings.stt_threads,
        workers=1,
    )
    return WhisperHearer(model)


@asynccontextmanager
async def live_decoder(settings: Settings) -> AsyncIterator[Decoder]:
    """What live interviews are recognised by, as long as this is open.

    With a service and nothing to fall back on, it opens once the service has answered.
    """
    if not settings.stt_base_url:
        yield await asyncio.to_thread(own_engine, settings)
        return
    remote = RemoteDecoder(
        settings.stt_base_url, settings.stt_api_key, patience=_PATIENCE[settings.stt_fallback]
    )
    connection = asyncio.create_task(remote.run(), name="speech.service")
    try:
        if settings.stt_fallback == "local":
            yield FallbackDecoder(remote, lambda: own_engine(settings))
        else:
            await remote.reached()
            yield FallbackDecoder(remote, None)
    finally:
        connection.cancel()
        await asyncio.gather(connection, return_exceptions=True)


def second_pass(settings: Settings) -> Transcriber:
    """What recordings are transcribed by. Blocks where it loads a model. Raises Unavailable."""
    if not settings.stt_base_url:
        return PackTranscriber(own_hearer(settings))
    service = RemoteHearer(settings.stt_base_url, settings.stt_api_key)
    if settings.stt_fallback == "none":
        return PackTranscriber(FallbackHearer(service, None))
    return PackTranscriber(FallbackHearer(service, lambda: own_hearer(settings)))


async def recognize(settings: Settings) -> None:
    """`interviewer recognize`: serve until told to stop. Raises Unavailable if the model cannot
    be loaded."""
    service = RecogniserService(model=Path(settings.stt_model).name, api_key=settings.stt_api_key)
    server = web_server(
        recognition_app(service),
        settings,
        ws_max_size=wire.MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,
    )
    loading = asyncio.create_task(_open(settings, service), name="recognition.load")
    loading.add_done_callback(lambda task: _stop_if_failed(task, server))
    try:
        await server.serve()
        if loading.done():
            await loading
    finally:
        loading.cancel()
        await asyncio.gather(loading, return_exceptions=True)
        await asyncio.to_thread(service.close)


def _stop_if_failed(task: asyncio.Task[None], server: WebServer) -> None:
    if not task.cancelled() and task.exception() is not None:
        server.should_exit = True


async def _open(settings: Settings, service: RecogniserService) -> None:
    """Load the model while the server answers probes already."""
    began = time.monotonic()
    passes = _PASSES[settings.stt_device]
    engine = await asyncio.to_thread(own_engine, settings, passes=passes)
    hearer = WhisperHearer(engine.model)

    def listen(asked: Pass) -> Heard:
        return hearer.listen(
            asked.pcm, language=asked.language, hint=asked.prompt, temperature=asked.temperature
        )

    service.open(engine, listen, languages=engine.model.supported_languages, passes=passes)
    log.info("recognition.ready", seconds=round(time.monotonic() - began, 1))
