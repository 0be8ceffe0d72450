"""An interview that is over: evaluated with all its sound, and its agent free meanwhile."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any, cast

import pytest

from interviewer import settings
from interviewer.bootstrap import interviews
from interviewer.bootstrap.interviews import Hosting
from interviewer.media.recordings import UploadedRecordings
from interviewer.storage.engine import SqlStore
from tests.contracts.records import a_posting, a_workspace, an_interview
from tests.fakes.jobs import FakeJobQueue
from tests.media.test_recordings import MoodyBlobs, speak

INTERVIEW = "0123456789ABCDEF"
JOB = f"finalize_interview:{INTERVIEW}:1"


class Scene:
    def __init__(self, store: SqlStore, folder: Path) -> None:
        self.store = store
        self.jobs = FakeJobQueue()
        secret = "a secret of many characters"
        self.blobs = MoodyBlobs(folder / "blobs", "http://x", secret, time.time)
        self.folder = folder / "agent"
        self.recordings = UploadedRecordings(self.folder, self.blobs)
        nothing = cast(Any, None)
        self.hosting = Hosting(
            settings=settings.load({}),
            store=store,
            queue=cast(Any, self.jobs),
            exchange=nothing,
            make_thinking=nothing,
            engine=nothing,
            synthesizer=nothing,
            recordings=self.recordings,
        )

    async def stored(self) -> int:
        return len(await self.blobs.list(f"interviews/{INTERVIEW}/audio/"))


@pytest.fixture
async def scene(sqlite_store: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Its session has ended while the blobs were away."""
    monkeypatch.setattr("interviewer.media.recordings.LAST_SEGMENT_SECONDS", 0.1)
    monkeypatch.setattr("interviewer.media.recordings.RETRY_SECONDS", 0.1)
    monkeypatch.setattr(interviews, "ERASED_SECONDS", 0.1)
    async with sqlite_store.transaction() as tx:
        await tx.add_workspace(a_workspace())
        await tx.add_posting(a_posting(), [])
        await tx.add_interview(an_interview(INTERVIEW, status="evaluating"))
    scene = Scene(sqlite_store, tmp_path)
    scene.blobs.away = True
    recorder = await scene.recordings.begin(INTERVIEW, 0)
    speak(recorder, 2.0)
    await scene.recordings.end(recorder)
    return scene


async def test_it_is_evaluated_when_its_sound_has_come(scene: Scene) -> None:
    scene.hosting.ended(INTERVIEW)
    await asyncio.sleep(0.5)
    assert await scene.jobs.status(JOB) is None
    scene.blobs.away = False
    await asyncio.wait_for(scene.hosting.settled(), 10)
    assert await scene.jobs.status(JOB) is not None
    assert await scene.stored() > 0


async def test_what_comes_late_of_an_erased_one_goes_as_well(scene: Scene) -> None:
    scene.hosting.ended(INTERVIEW)
    # The store takes pieces, but says that it does not: they lie there all the same.
    scene.blobs.keeps_all_the_same = True
    await asyncio.sleep(0.5)
    assert await scene.stored() > 0
    async with scene.store.transaction() as tx:
        await tx.erase_interview(INTERVIEW)
    await asyncio.wait_for(scene.hosting.settled(), 10)
    assert await scene.stored() == 0
    assert await scene.jobs.status(JOB) is None
    assert not list(scene.folder.rglob("*.mka"))
