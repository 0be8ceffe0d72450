"""The demo on an empty database."""

from __future__ import annotations

import asyncio
from pathlib import Path

from interviewer import demo
from interviewer.storage.engine import open_store
from tests.api.conftest import make_world


async def test_of_two_processes_one_makes_the_demo(database_url: str, tmp_path: Path) -> None:
    stores = [open_store(database_url) for _ in range(2)]
    try:
        worlds = [await make_world(stores[0], tmp_path)] * 2
        async with stores[0].snapshot() as tx:
            (workspace, *_) = await tx.workspaces()
        made = await asyncio.gather(
            *(
                demo.make_demo(world.app, store, workspace, key)
                for world, store, key in zip(worlds, stores, (None, None), strict=True)
            )
        )
        assert [one is None for one in made].count(True) == 1
        async with stores[0].snapshot() as tx:
            assert (await tx.postings(workspace.id, limit=10)).total == 1
        # The same key from the settings of both is no other case.
        assert await demo.make_demo(worlds[0].app, stores[1], workspace, "given") is None
    finally:
        for store in stores:
            await store.close()
