"""What several processes are made of: database, blobs, secret, language model, folders."""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import shutil
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import IO, Any

import structlog
import uvicorn
from starlette.types import ASGIApp

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Message, Store
from interviewer.jobs.queue import migrate_jobs
from interviewer.llm.client import ChatModel
from interviewer.llm.embedded import EmbeddedServer
from interviewer.llm.fallback import FallbackModel, LiveModel
from interviewer.llm.opening import Opening
from interviewer.observability.listener import ops_listener
from interviewer.settings import Settings
from interviewer.storage.blobs import ObstoreBlobs, open_blobs
from interviewer.storage.engine import SqlStore, migrate, open_store

log = structlog.get_logger()

EMBEDDED_MODEL = Path("llm/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf")
# Slots of the embedded model's cache, so that one kind of prompt does not put another out of it:
# two for follow-ups, whose prompts grow with the answers of several interviews, one for what the
# candidates ask, one for evaluations. Lower ones are served first.
FOLLOW_UP_SLOTS = (0, 1)
ASIDE_SLOT, JOBS_SLOT = 2, 3
LIVE_SLOTS = frozenset({*FOLLOW_UP_SLOTS, ASIDE_SLOT})
READY_WITHIN_SECONDS = 4.0
SHUTDOWN_SECONDS = 10


class WebServer(uvicorn.Server):
    """Stops at a signal without raising it again, so that what we opened is closed in order."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.force_exit = self.should_exit
        self.should_exit = True


def web_server(app: ASGIApp, settings: Settings, **options: Any) -> WebServer:
    """On the host, port and certificate of the settings, silent. `options`: more of uvicorn's."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.tls_cert or None,
        ssl_keyfile=settings.tls_key or None,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        **options,
    )
    return WebServer(config)


def migrate_all(settings: Settings) -> None:
    """Bring the database's schema, and the job queue's, up to date. Blocks."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url)
    migrate_jobs(settings.database_url)


def prepare_database(settings: Settings) -> None:
    """Migrate; or, where a job of its own does that, refuse a schema that is behind. Blocks.

    Raises Unavailable.
    """
    if settings.migrate_at_start:
        migrate_all(settings)
    else:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        asyncio.run(_check_schema(settings))


async def _check_schema(settings: Settings) -> None:
    async with opened_store(settings) as store:
        await store.ping()


def signing_secret(settings: Settings) -> str:
    """The configured secret, or one made once in the data folder, readable by its owner only."""
    if settings.secret:
        return settings.secret
    path = settings.data_dir / "secret"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with open(path, "x", opener=partial(os.open, mode=0o600)) as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()


@dataclass
class Readiness:
    """What is still missing before interviews can be held, in words; None: nothing."""

    store: Store
    waiting_for: dict[str, str] = field(default_factory=dict)

    async def __call__(self) -> str | None:
        try:
            async with asyncio.timeout(READY_WITHIN_SECONDS):
                await self.store.ping()
        except TimeoutError:
            return "The database does not answer."
        except Unavailable as error:
            return error.message
        return next(iter(self.waiting_for.values()), None)

    def done(self, what: str) -> None:
        self.waiting_for.pop(what, None)


@asynccontextmanager
async def watched(settings: Settings, ready: Readiness) -> AsyncIterator[None]:
    """Let probes and Prometheus in, if there is a port for them. Raises Unavailable."""
    async with AsyncExitStack() as stack:
        if settings.ops_port:
            try:
                listening = ops_listener(settings.host, settings.ops_port, ready)
                await stack.enter_async_context(listening)
            except OSError as error:
                reason = error.strerror or type(error).__name__
                raise Unavailable(
                    f"INTERVIEWER_OPS_PORT {settings.ops_port} cannot be listened on: {reason}"
                ) from error
        yield


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[SqlStore]:
    store = open_store(settings.database_url)
    try:
        yield store
    finally:
        await store.close()


def open_blob_store(settings: Settings) -> ObstoreBlobs:
    return open_blobs(
        settings.blob_url,
        public_url=settings.public_url,
        secret=signing_secret(settings),
        s3={
            "endpoint": settings.s3_endpoint,
            "region": settings.s3_region,
            "access_key_id": settings.s3_access_key,
            "secret_access_key": settings.s3_secret_key,
        },
    )


@asynccontextmanager
async def language_model(
    settings: Settings, opening: Sequence[Message] = ()
) -> AsyncIterator[tuple[ChatModel, Settings]]:
    """The model, and settings by which a child process reaches the same server.

    The embedded model's process lives as long as this. `opening`: what prompts for follow-ups
    begin with, where live interviews are held.
    """
    if not settings.embedded_llm:
        async with aclosing(chat_model(settings)) as model:
            yield model, settings
        return
    async with _embedded(settings, opening) as server:
        reached = replace(
            settings,
            llm_base_url=server.base_url,
            llm_model=server.model_name,
            llm_api_key=server.api_key,
            llm_server="llama.cpp",
        )
        async with aclosing(chat_model(reached)) as model:
            yield model, reached


def _embedded(settings: Settings, opening: Sequence[Message]) -> EmbeddedServer:
    model = settings.model_dir / EMBEDDED_MODEL
    return EmbeddedServer(
        model,
        threads=settings.llm_threads,
        opening=_kept(model, opening) if opening else None,
    )


def _kept(model: Path, opening: Sequence[Message]) -> Opening | None:
    try:
        return Opening(model, opening, FOLLOW_UP_SLOTS)
    except OSError as error:
        log.warning("llm.opening.no_place", error=type(error).__name__)
        return None


@asynccontextmanager
async def live_model(
    settings: Settings, first: ChatModel, opening: Sequence[Message] = ()
) -> AsyncIterator[LiveModel]:
    """What live interviews are worded by: `first`, and the second one if one is set."""
    if not settings.llm_fallback_base_url:
        yield first
        return
    async with AsyncExitStack() as stack:
        if settings.llm_fallback_base_url == "embedded":
            server = await stack.enter_async_context(_embedded(settings, opening))
            second = server.client()
        else:
            second = ChatModel(
                name=settings.llm_fallback_model,
                base_url=settings.llm_fallback_base_url,
                api_key=settings.llm_fallback_api_key,
            )
        await stack.enter_async_context(aclosing(second))
        yield FallbackModel(first, second)


def chat_model(settings: Settings) -> ChatModel:
    return ChatModel(
        name=settings.llm_model,
        base_url=settings.llm_base_url,
        api_key=settings.llm_api_key,
        llama_cpp=settings.llm_server == "llama.cpp",
    )


def own_folder(parent: Path) -> Path:
    """An empty folder in `parent` for this process alone; those of processes that are gone, with
    what candidates said in them, are removed.

    Several machines may share `parent`, and process ids tell nothing there. So each process holds
    a lock as long as it lives, and whoever can take a folder's lock finds nobody in it.
    """
    parent.mkdir(parents=True, exist_ok=True)
    name = f"{socket.gethostname()}-{secrets.token_hex(6)}"
    try:
        while (lock := _locked(parent / f"{name}.lock", create=True)) is None:
            continue  # another's sweep came between; it removes what it locks
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unavailable(f"No file can be locked in {parent}: {reason}") from error
    _held_locks.append(lock)
    own = parent / name
    own.mkdir()
    for folder in parent.iterdir():
        if folder.is_dir() and folder != own:
            _remove_if_left(folder)
    return own


_held_locks: list[IO[bytes]] = []
"""Open until the process ends, however it ends: the kernel lets go of them then."""


def _remove_if_left(folder: Path) -> None:
    path = folder.parent / f"{folder.name}.lock"
    try:
        lock = _locked(path)
    except OSError:
        return
    if lock is None and path.exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    if lock is not None:
        path.unlink(missing_ok=True)
        lock.close()


def _locked(path: Path, *, create: bool = False) -> IO[bytes] | None:
    """The file, locked; None if another has locked or removed it."""
    try:
        file = path.open("ab" if create else "rb+")
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(file.fileno()).st_ino == path.stat().st_ino:
            return file
    except (BlockingIOError, FileNotFoundError):
        pass
    except OSError:
        file.close()
        raise
    file.close()
    return None
