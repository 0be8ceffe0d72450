"""What a newcomer finds on an empty database: a workspace, a posting and one candidate.

Made through the service's own API, so that the demo is nothing a user could not make.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from interviewer.domain.errors import Conflict
from interviewer.interfaces import Store, Workspace
from interviewer.sessions.keys import new_key

WORKSPACE = Workspace(id="ws_demo", slug="demo", name="CloudMetrics")
KEY_ID = "key_demo"
"""One process of several on an empty database gets to make the key of this id, and the demo."""
CANDIDATE = {"name": "Aisha Williams", "email": "aisha.w@example.com"}


@dataclass(frozen=True, slots=True)
class Demo:
    """What is printed at the first start. The key is shown this once; it is stored hashed."""

    api_key: str
    interview_url: str
    review_url: str


async def ensure_workspace(store: Store) -> Workspace:
    """The default workspace, made on an empty database."""
    async with store.transaction() as tx:
        found = await tx.workspaces()
        if found:
            return found[0]
        workspace = Workspace(
            id=WORKSPACE.id, slug=WORKSPACE.slug, name=WORKSPACE.name, created_at=time.time()
        )
        try:
            await tx.add_workspace(workspace)
        except Conflict:
            return (await tx.workspaces())[0]  # another process started at the same moment
        return workspace


async def is_empty(store: Store, workspace_id: str) -> bool:
    """Whether nobody has made anything yet."""
    async with store.snapshot() as tx:
        postings = await tx.postings(workspace_id, limit=1)
        return postings.total == 0 and not await tx.keys(workspace_id)


async def make_demo(
    app: FastAPI, store: Store, workspace: Workspace, key: str | None
) -> Demo | None:
    """The posting and the candidate of `demo.json`; None: another process is making them.

    `key`: use this one instead of a new one.
    """
    record, secret = new_key(workspace.id, "demo", time.time(), secret=key, key_id=KEY_ID)
    try:
        async with store.transaction() as tx:
            await tx.add_key(record)
    except Conflict:
        return None
    body = json.loads((Path(__file__).parent / "demo.json").read_text())
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://demo", headers={"X-API-KEY": secret}
    ) as client:
        posting = await _post(client, "/api/v4/postings", body)
        candidate = await _post(client, f"/api/v4/postings/{posting['id']}/candidates", CANDIDATE)
    return Demo(secret, candidate["interview_url"], posting["urls"]["review_url"])


async def _post(client: httpx.AsyncClient, path: str, body: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    answer.raise_for_status()
    data: dict[str, Any] = answer.json()["data"]
    return data
