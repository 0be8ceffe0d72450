"""What several processes are made of: database, blobs, secret, language model, folders."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from interviewer.jobs.queue import migrate_jobs
from interviewer.llm.client import ChatModel
from interviewer.llm.embedded import EmbeddedServer
from interviewer.settings import Settings
from interviewer.storage.blobs import ObstoreBlobs, open_blobs
from interviewer.storage.engine import SqlStore, migrate, open_store

EMBEDDED_MODEL = Path("llm/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf")
# Slots of the embedded model's cache, a kind of prompt each, so that none puts another out of
# it. Lower ones are served first: live interviews before evaluations.
FOLLOW_UP_SLOT, INTENT_SLOT, REPLY_SLOT, JOBS_SLOT = range(4)


def migrate_all(settings: Settings) -> None:
    """Bring the database's schema, and the job queue's, up to date. Blocks."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url)
    migrate_jobs(settings.database_url)


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
async def language_model(settings: Settings) -> AsyncIterator[tuple[ChatModel, Settings]]:
    """The model, and settings by which a child process reaches the same server.

    The embedded model's process lives as long as this.
    """
    if not settings.embedded_llm:
        async with aclosing(chat_model(settings)) as model:
            yield model, settings
        return
    server = EmbeddedServer(settings.model_dir / EMBEDDED_MODEL, threads=settings.llm_threads)
    async with server:
        reached = replace(
            settings,
            llm_base_url=server.base_url,
            llm_model=server.model_name,
            llm_api_key=server.api_key,
            llm_server="llama.cpp",
        )
        async with aclosing(chat_model(reached)) as model:
            yield model, reached


def chat_model(settings: Settings) -> ChatModel:
    return ChatModel(
        name=settings.llm_model,
        base_url=settings.llm_base_url,
        api_key=settings.llm_api_key,
        llama_cpp=settings.llm_server == "llama.cpp",
    )


def own_folder(parent: Path) -> Path:
    """This process's folder in `parent`, empty; those of processes that are gone are removed."""
    own = parent / str(os.getpid())
    own.mkdir(parents=True, exist_ok=True)
    for folder in parent.iterdir():
        alive = folder.name.isdigit() and Path("/proc", folder.name).exists()
        if folder == own or not alive:
            shutil.rmtree(folder, ignore_errors=True)
    own.mkdir(exist_ok=True)
    return own
