"""`/v1/audio/stream`: live decodes of one agent, many at a time; see `speech/wire.py`."""

from __future__ import annotations

import asyncio
import contextlib
import itertools

import structlog
from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect

from interviewer.domain.errors import Invalid, Unavailable
from interviewer.recognition.errors import Refused, as_response
from interviewer.recognition.service import RecogniserService
from interviewer.speech import wire

log = structlog.get_logger()

MOST_DECODES = 512
"""Of one connection, waiting or under way; more are refused."""
_numbers = itertools.count(1)


async def serve_stream(socket: WebSocket, service: RecogniserService) -> None:
    """Until the agent goes. One without the key, or too early, is refused as over HTTP."""
    try:
        service.check_key(socket.headers.get("authorization", ""))
        service.loaded()
    except Refused as refused:
        await socket.send_denial_response(as_response(refused))
        return
    await socket.accept()
    link = _Link(socket, service)
    log.info("recognition.stream.opened", number=link.number)
    try:
        await link.serve()
    finally:
        log.info("recognition.stream.closed", number=link.number)


class _Link:
    """One agent's connection. When it ends, what it still waits for is not decoded."""

    def __init__(self, socket: WebSocket, service: RecogniserService) -> None:
        self.number = next(_numbers)
        self._socket = socket
        self._service = service
        self._decodes: dict[int, asyncio.Task[None]] = {}
        self._sending = asyncio.Lock()

    async def serve(self) -> None:
        try:
            while True:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                await self._take(message.get("bytes"), message.get("text"))
        except WebSocketDisconnect:
            return
        finally:
            left = list(self._decodes.values())
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _take(self, data: bytes | None, text: str | None) -> None:
        try:
            if data is not None:
                self._begin(wire.unpack_request(data))
            elif (task := self._decodes.get(wire.unpack_cancel(text or ""))) is not None:
                task.cancel()
        except Invalid as error:
            number = error.id if isinstance(error, wire.BadRequest) else None
            await self._say(wire.pack_error(number, error.code, error.message, error.param))

    def _begin(self, request: wire.Request) -> None:
        if request.id in self._decodes:
            raise wire.BadRequest(request.id, "`id` is that of a decode under way.", "id")
        if len(self._decodes) >= MOST_DECODES:
            raise wire.BadRequest(request.id, "Too much of this connection waits already.", "id")
        task = asyncio.create_task(self._decode(request), name="recognition.decode")
        self._decodes[request.id] = task
        task.add_done_callback(lambda _: self._decodes.pop(request.id, None))

    async def _decode(self, request: wire.Request) -> None:
        try:
            hypothesis = await self._service.decode(
                request.pcm,
                kind=request.kind,
                prompt=request.prompt,
                language=request.language,
                stream=(self.number, request.stream),
            )
            answer = wire.pack_hypothesis(request.id, hypothesis)
        except Unavailable as error:
            answer = wire.pack_error(request.id, "unavailable", error.message, None)
        await self._say(answer)

    async def _say(self, text: str) -> None:
        # Gone in the meantime: `serve` hears of it, and nobody is left to be told.
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            async with self._sending:
                await self._socket.send_text(text)
