"""An API on a fresh SQLite database, with fakes for media, jobs and blobs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from interviewer.api.app import create_app
from interviewer.api.deps import ApiConfig, Services
from interviewer.domain.errors import Unreadable
from interviewer.interfaces import Workspace
from interviewer.sessions import keys
from interviewer.sessions.resume_text import ResumeText
from interviewer.storage.engine import SqlStore, migrate, open_store
from tests.clock import Clock
from tests.fakes.blobs import FakeBlobs
from tests.fakes.jobs import FakeJobQueue
from tests.fakes.live import FakeLive
from tests.fakes.voices import FakeSynthesizer

ORIGIN = "http://interviews.test"
NOW = 1_800_000_000.0
SECRET = "a-secret-for-tests-only"


@dataclass
class World:
    """The service, its fakes, and a key for each of two tenants."""

    app: FastAPI
    store: SqlStore
    key: str
    other_key: str
    clock: Clock
    blobs: FakeBlobs = field(default_factory=FakeBlobs)
    jobs: FakeJobQueue = field(default_factory=FakeJobQueue)
    live: FakeLive = field(default_factory=FakeLive)

    def client(self, key: str | None = None, **more: Any) -> httpx.AsyncClient:
        headers = {"X-API-KEY": key} if key else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers, **more)


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """The service on a real socket, on this event loop; yields its origin."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def read_resume(data: bytes, filename: str) -> ResumeText:
    """Reads what starts like a PDF and refuses the rest, as the real one does."""
    if not data.startswith(b"%PDF-"):
        raise Unreadable("This file cannot be read.", code="unreadable_resume")
    return ResumeText(text=filename, hidden=[], kind="pdf", pages=1)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy: that is faster than migrating one for each test."""
    path = tmp_path_factory.mktemp("template") / "interviewer.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
async def store(migrated_sqlite: Path, tmp_path: Path) -> AsyncIterator[SqlStore]:
    copy = tmp_path / "interviewer.db"
    shutil.copyfile(migrated_sqlite, copy)
    store = open_store(f"sqlite:///{copy}")
    yield store
    await store.close()


async def make_world(store: SqlStore, folder: Path) -> World:
    """Two tenants on that store."""
    clock = Clock(NOW)
    secrets = []
    for slug, name in (("cloudmetrics", "CloudMetrics"), ("rival", "Rival Inc")):
        async with store.transaction() as tx:
            await tx.add_workspace(
                Workspace(id=f"ws_{slug}", slug=slug, name=name, created_at=clock.now)
            )
        _, secret = await keys.create_key(store, f"ws_{slug}", "tests", clock.now)
        secrets.append(secret)
    blobs, jobs, live = FakeBlobs(), FakeJobQueue(), FakeLive()
    services = Services(
        store=store,
        blobs=blobs,
        jobs=jobs,
        live=live,
        synthesizer=FakeSynthesizer(),
        read_resume=read_resume,
        clock=clock,
    )
    config = ApiConfig(public_url=ORIGIN, session_secret=SECRET.encode(), web_dir=folder / "web")
    return World(
        app=create_app(services, config),
        store=store,
        key=secrets[0],
        other_key=secrets[1],
        clock=clock,
        blobs=blobs,
        jobs=jobs,
        live=live,
    )


@pytest.fixture
async def world(store: SqlStore, tmp_path: Path) -> World:
    return await make_world(store, tmp_path)


@pytest.fixture
async def api(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The first tenant's client."""
    async with world.client(world.key) as client:
        yield client


@pytest.fixture
async def page(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A candidate's browser: no key, keeps cookies."""
    async with world.client() as client:
        yield client
