"""Backup and restore as docs/ops.md says, run from there: the interview is still there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from interviewer import demo
from interviewer.bootstrap.parts import migrate_all
from interviewer.bootstrap.serving import Server
from interviewer.sessions.keys import create_key
from interviewer.settings import PREFIX, load
from tests.api.test_candidates import REPORT
from tests.postgres import PostgresServer, postgres_binaries

ROOT = Path(__file__).parents[2]
KEY = "restored-0123456789abcdef0123456789"
SOUND = b"what was said" * 1000


def block(word: str) -> str:
    """The one shell block of the document's chapter on backups that has this word."""
    chapter = (ROOT / "docs" / "ops.md").read_text().partition("\n## Backup and restore\n")[2]
    chapter = chapter.partition("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```", chapter, re.MULTILINE | re.DOTALL)
    (found,) = (text for text in blocks if word in text)
    return str(found)


def run(script: str, folder: Path, **variables: str) -> None:
    """In `folder`, as an operator would in the checkout."""
    if not (folder / ".venv").exists():
        (folder / ".venv").symlink_to(sys.prefix)
    path = f"{postgres_binaries()}:{os.environ['PATH']}"
    environ = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    environ |= {"PATH": path, "PYTHONPATH": str(ROOT), **variables}
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@asynccontextmanager
async def service(
    folder: Path, **variables: str
) -> AsyncIterator[tuple[Server, httpx.AsyncClient]]:
    """`interviewer serve`'s own parts on that data folder, without models, and a client."""
    server = Server(load({f"{PREFIX}DATA_DIR": str(folder / "data"), **variables}))
    transport = httpx.ASGITransport(server.app)
    headers = {"X-API-KEY": KEY}
    try:
        async with httpx.AsyncClient(
            transport=transport, base_url=server.settings.public_url, headers=headers
        ) as client:
            yield server, client
    finally:
        server.synthesizer.close()
        await server.queue.close()
        await server.store.close()


async def evaluated(server: Server, client: httpx.AsyncClient) -> str:
    """An interview that was held and recorded; its id."""
    workspace = await demo.ensure_workspace(server.store)
    await create_key(server.store, workspace.id, "test", time.time(), secret=KEY)
    posting = await client.post(
        "/api/v4/postings",
        json={
            "title": "Account executive",
            "workflow": [
                {
                    "type": "web_interview",
                    "questions": [{"modality": "voice", "text": "Why sales?"}],
                }
            ],
        },
    )
    assert posting.status_code == 201, posting.text
    candidate = await client.post(
        f"/api/v4/postings/{posting.json()['data']['id']}/candidates",
        json={"name": "Aisha Williams", "email": "aisha@example.com"},
    )
    interview_id = str(candidate.json()["data"]["interview_id"])
    key = f"interviews/{interview_id}/audio.mp3"
    await server.blobs.put(key, SOUND, content_type="audio/mpeg")
    async with server.store.transaction() as tx:
        record = await tx.interview(None, interview_id)
        steps = tuple(replace(step, status="complete") for step in record.steps)
        await tx.update_interview(
            replace(
                record,
                status="completed",
                score=76.0,
                report=REPORT,
                recording={"audio": key},
                steps=steps,
                started_at=1.0,
                ended_at=900.0,
                end_reason="completed",
            )
        )
    await server.queue.enqueue("finalize_interview", {"interview_id": interview_id}, job_id="j")
    return interview_id


async def told(client: httpx.AsyncClient, interview_id: str) -> dict[str, Any]:
    """What an ATS is told of it; links bear the time at which they end."""
    answer = await client.get(f"/api/v4/interviews/{interview_id}/data")
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    sound = await client.get(data["web_interview"].pop("audio_recording_url"))
    assert sound.content == SOUND
    return data


async def test_sqlite_and_files_come_back_in_a_fresh_place(tmp_path: Path) -> None:
    if shutil.which("sqlite3") is None:
        pytest.fail("The tests need sqlite3: scripts/test-deps installs it", pytrace=False)
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    migrate_all(load({f"{PREFIX}DATA_DIR": str(old / "data")}))
    async with service(old) as (server, client):
        interview_id = await evaluated(server, client)
        before = await told(client, interview_id)
        run(block("# SQLite"), old)
        # The service went on after the backup: what came then is not in it.
        erased = await client.delete(f"/api/v4/interviews/{interview_id}")
        assert erased.status_code in (200, 204)
    shutil.move(old / "backup", new / "backup")
    shutil.rmtree(old)
    run(block("cp -a backup/. data/"), new)
    async with service(new) as (server, client):
        assert await told(client, interview_id) == before
        assert await server.queue.status("j") == "queued"
    assert (new / "data" / "secret").stat().st_mode & 0o077 == 0


async def test_a_dump_of_postgresql_comes_back_in_a_fresh_database(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    urls = [postgres.create(), postgres.create()]
    old, new = (
        {f"{PREFIX}DATABASE_URL": url, f"{PREFIX}SECRET": "the-same-secret-in-both-places"}
        for url in urls
    )
    migrate_all(load({f"{PREFIX}DATA_DIR": str(tmp_path / "data"), **old}))
    async with service(tmp_path, **old) as (server, client):
        interview_id = await evaluated(server, client)
        before = await told(client, interview_id)
        run(block("pg_dump"), tmp_path, **old)
    postgres.drop(urls[0])
    run(block("pg_restore"), tmp_path, **new)
    async with service(tmp_path, **new) as (server, client):
        assert await told(client, interview_id) == before
        assert await server.queue.status("j") == "queued"
    postgres.drop(urls[1])
