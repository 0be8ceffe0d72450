"""`/health`, `/ready` and `/metrics` of a process that serves no API: `agent` and `work`.

They say what those of `serve` say, so that probes and Prometheus need not tell processes apart.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

log = structlog.get_logger()

Ready = Callable[[], Awaitable[str | None]]
"""What is still missing, in words; None: nothing."""


@asynccontextmanager
async def ops_listener(host: str, port: int, ready: Ready) -> AsyncIterator[int]:
    """Listen as long as this is open; yields the port, a free one if `port` is 0.

    `ready` must bound its own waiting. Raises OSError where the port is taken.
    """
    runner = web.AppRunner(_app(ready), access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound: int = runner.addresses[0][1]
        log.info("ops.listening", host=host, port=bound)
        yield bound
    finally:
        await runner.cleanup()


def _app(ready: Ready) -> web.Application:
    async def is_alive(_: web.Request) -> web.Response:
        return web.json_response({"message": "The interviewer is running.", "status": 200})

    async def is_ready(_: web.Request) -> web.Response:
        reason = await ready()
        status = 200 if reason is None else 503
        body = {"message": reason or "Ready for work.", "status": status}
        headers = None if reason is None else {"Retry-After": "5"}
        return web.json_response(body, status=status, headers=headers)

    async def figures(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes(
        [
            web.get("/health", is_alive),
            web.get("/ready", is_ready),
            web.get("/metrics", figures),
        ]
    )
    return app
