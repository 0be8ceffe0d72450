"""The office, on a fresh SQLite database, with the finalizer in this process to save starts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from interviewer.media.finalize.__main__ import handle
from interviewer.storage.engine import SqlStore
from tests.jobs.office import Office, an_office


@pytest.fixture
def office(sqlite_store: SqlStore, tmp_path: Path) -> Office:
    return an_office(sqlite_store, tmp_path)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Render in this process; a new one for each run is what most tests do not need."""

    async def render(request: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(handle, request)

    monkeypatch.setattr("interviewer.jobs.tasks.media.render", render)
