"""The embedded language model: a child process that is kept alive.

The model runs in a process of its own (`llm.server`), so that neither a crash in native code nor
its memory can take a live interview down. It is restarted within a second or two of its death,
on the same port, so that `base_url` stays true for the life of the service; while it is away the
client raises `Unavailable` and the interview goes on with scripted questions.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import sys
from pathlib import Path
from types import TracebackType

import httpx
import structlog

from interviewer.domain.errors import Unavailable
from interviewer.llm.client import ChatModel
from interviewer.llm.opening import Opening

log = structlog.get_logger()

_FIRST_RESTART = 0.2  # seconds; doubled at each death in a row
_LAST_RESTART = 10.0
_STEADY_AFTER = 30.0  # alive for so long: the next death is a new story
_POLL = 0.02
_START_LIMIT = 120.0  # a cold disk reads 1 GB in this time


class EmbeddedServer:
    """Supervises one `llm.server`.

    `threads`: cores it may use; `slots`: prompts kept warm and requests served at once;
    `context`: tokens that the slots share; `niceness`: added to the parent's; `opening`: what
    prompts in some slots begin with, read once and kept on disk, see `llm.opening`.
    `async with` or `start()`/`stop()`; both are safe to repeat.
    """

    def __init__(
        self,
        model_path: Path,
        *,
        threads: int = 2,
        slots: int = 4,
        context: int = 16384,
        cache_mib: int = 1024,
        niceness: int = 0,
        opening: Opening | None = None,
    ) -> None:
        self._opening = opening
        self._spare_slot = slots
        self.model_path = model_path
        self.model_name = model_path.stem
        self.api_key = secrets.token_urlsafe(32)
        self._options = {
            "--model": str(model_path),
            "--threads": str(threads),
            "--slots": str(slots + (opening is not None)),
            "--context": str(context),
            "--cache-mib": str(cache_mib),
            "--niceness": str(niceness),
        }
        if opening is not None:
            self._options["--state-dir"] = str(opening.folder)
        self._port: int | None = None
        self._ready = asyncio.Event()
        self._child: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self.restarts = 0

    @property
    def base_url(self) -> str:
        """Of the OpenAI-compatible API, `/v1` included. Stays the same over restarts."""
        if self._port is None:
            raise Unavailable("the embedded language model was not started")
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def ready(self) -> bool:
        """Whether the model is loaded and answers."""
        return self._ready.is_set()

    @property
    def pid(self) -> int | None:
        """Of the child that lives now, for metrics and for tests that kill it."""
        return self._child.pid if self._child is not None else None

    def client(self) -> ChatModel:
        """A new client of it; the caller's to close. Raises `Unavailable` before the start."""
        return ChatModel(
            name=self.model_name, base_url=self.base_url, api_key=self.api_key, llama_cpp=True
        )

    async def start(self) -> None:
        """Begin to load the model. Returns at once; see `wait_ready`.

        Raises `Unavailable` when there is no such model file.
        """
        if self._supervisor is not None:
            return
        if not self.model_path.is_file():
            raise Unavailable(f"no model file at {self.model_path.name}")
        self._port = _free_port()
        self._supervisor = asyncio.create_task(self._supervise(), name="llm.embedded")

    async def wait_ready(self, timeout: float = _START_LIMIT) -> None:
        """Raises `Unavailable` if it does not answer within `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._ready.wait()
        except TimeoutError:
            raise Unavailable("the embedded language model is still loading") from None

    async def stop(self) -> None:
        """End the child and wait until it is gone."""
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is None:
            return
        supervisor.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await supervisor

    async def __aenter__(self) -> EmbeddedServer:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _supervise(self) -> None:
        loop = asyncio.get_running_loop()
        pause = _FIRST_RESTART
        while True:
            began = loop.time()
            code = await self._live_once()
            if loop.time() - began > _STEADY_AFTER:
                pause = _FIRST_RESTART
            log.warning("llm.embedded.died", exit_code=code, restart_in=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LAST_RESTART)
            self.restarts += 1

    async def _live_once(self) -> int:
        """One life of the child, from start to exit code. Cancelled: kills it, then returns."""
        arguments = [part for option in self._options.items() for part in option]
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "interviewer.llm.server",
            "--port",
            str(self._port),
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
        )
        self._child = child
        try:
            assert child.stdin is not None  # noqa: S101  (asked for a pipe above)
            child.stdin.write(f"{self.api_key}\n".encode())
            health = asyncio.create_task(self._announce(), name="llm.embedded.health")
            try:
                return await child.wait()
            finally:
                health.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await health
        finally:
            self._ready.clear()
            self._child = None
            if child.returncode is None:
                child.kill()
                await asyncio.shield(child.wait())

    async def _announce(self) -> None:
        """Set `ready` once the model answers; a child that never does is killed."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with httpx.AsyncClient(
            base_url=self.base_url.removesuffix("/v1"),
            headers={"Authorization": f"Bearer {self.api_key}"},
            timeout=2.0,
            trust_env=False,
        ) as client:
            while not await _answers(client):
                if loop.time() - began > _START_LIMIT:
                    log.error("llm.embedded.stuck", seconds=_START_LIMIT)
                    if self._child is not None:
                        self._child.kill()
                    return
                await asyncio.sleep(_POLL)
            if self._opening is not None:
                # At once: the first prompt may be on its way.
                await self._opening.restore(client)
            self._ready.set()
            log.info("llm.embedded.ready", seconds=round(loop.time() - began, 2))
            if self._opening is not None:
                await self._opening.read(client, self._spare_slot)


async def _answers(client: httpx.AsyncClient) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return (await client.get("/health")).status_code == 200
    return False


def _free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
