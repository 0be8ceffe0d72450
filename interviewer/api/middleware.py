"""The outermost layer: a body limit, safe headers, measurement, and no internals in a 500."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Sequence

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interviewer.api import metrics
from interviewer.api.errors import MESSAGES, envelope

MAX_BODY_BYTES = 4 * 1024 * 1024
"""For JSON bodies; uploads have limits of their own."""

log = structlog.get_logger()


class OuterLayer:
    """Wraps everything. `scope["state"]["headers"]`: headers to add to whatever is answered."""

    def __init__(self, app: ASGIApp, *, doc_url: str) -> None:
        self._app = app
        self._doc_url = doc_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added: list[tuple[str, str]] = []
        scope.setdefault("state", {})["headers"] = added
        started_at = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), scope["path"], added)
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception as error:
            log.error(  # noqa: TRY400  a traceback would quote what the candidate wrote
                "api.request.failed",
                method=scope["method"],
                route=metrics.route_of(scope),
                error=type(error).__name__,
                frames=_frames(error),
            )
            if status == 0:
                await _send_json(answer, 500, envelope(500, MESSAGES[500], doc_url=self._doc_url))
        finally:
            metrics.observe(scope, status, time.perf_counter() - started_at)


def _add_headers(headers: MutableHeaders, path: str, added: Sequence[tuple[str, str]]) -> None:
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("X-Frame-Options", "DENY")
    if path.startswith("/api/"):
        headers.setdefault("Cache-Control", "no-store")
    for name, value in added:
        headers[name] = value


def _frames(error: BaseException) -> list[str]:
    """Where it happened, innermost last; never the message, which may quote a person."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]


async def _send_json(send: Send, status: int, body: object) -> None:
    data = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})
