"""What the smaller commands do."""

from __future__ import annotations

import time
from collections.abc import Callable

from interviewer import demo
from interviewer.bootstrap.parts import (
    opened_store,
)
from interviewer.rehearsal.command import main as hold_rehearsal
from interviewer.sessions.keys import create_key, list_keys, revoke_key
from interviewer.settings import Settings
from interviewer.speech.synthesizer import Synthesizer, Voices


async def create_api_key(settings: Settings, name: str, workspace_slug: str | None) -> None:
    async with opened_store(settings) as store:
        workspace = await demo.ensure_workspace(store)
        if workspace_slug is not None:
            async with store.snapshot() as tx:
                workspace = await tx.workspace_by_slug(workspace_slug)
        key, secret = await create_key(store, workspace.id, name, time.time())
    print(f"{key.id}  {secret}\nIt is stored hashed: keep it now, it cannot be shown again.")


async def list_api_keys(settings: Settings, date: Callable[[float | None], str]) -> None:
    async with opened_store(settings) as store:
        for key in await list_keys(store):
            revoked = f"  revoked {date(key.revoked_at)}" if key.revoked_at else ""
            print(f"{key.id}  {key.prefix}…  {date(key.created_at)}  {key.name}{revoked}")


async def revoke_api_key(settings: Settings, key_id: str) -> None:
    async with opened_store(settings) as store:
        await revoke_key(store, key_id, time.time())
    print(f"{key_id} is revoked")


async def rehearse(
    settings: Settings, *, url: str, api_key: str, posting_id: str, persona: str
) -> int:
    """Hold an interview of a running service with a simulated candidate; the exit status."""
    synthesizer = Synthesizer(Voices.embedded(settings.model_dir))
    try:
        return await hold_rehearsal(url, api_key, posting_id, persona, synthesizer=synthesizer)
    finally:
        synthesizer.close()
