"""Recordings go to where any worker finds them, whatever becomes of who recorded them."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Blobs
from interviewer.media import recordings as recordings_module
from interviewer.media.recording import SessionRecorder, durable_seconds
from interviewer.media.recordings import (
    LocalRecordings,
    Recordings,
    UploadedRecordings,
    fetch_recording,
    whole_key,
)
from interviewer.storage.blobs import LocalBlobs
from tests.media.sounds import tone

INTERVIEW = "00AA"


class MoodyBlobs(LocalBlobs):
    """Takes nothing while it is `away`, but may keep what it says it did not take."""

    away = False
    keeps_all_the_same = False

    async def put(self, key: str, data: bytes, *, content_type: str | None = None) -> None:
        if not self.away or self.keeps_all_the_same:
            await super().put(key, data, content_type=content_type)
        if self.away:
            raise Unavailable("The store is away.")


@pytest.fixture
def blobs(tmp_path: Path) -> MoodyBlobs:
    return MoodyBlobs(tmp_path / "blobs", "http://x", "a secret of many characters", time.time)


@pytest.fixture(params=["local", "uploaded"])
def recordings(request: pytest.FixtureRequest, tmp_path: Path, blobs: MoodyBlobs) -> Recordings:
    local = request.param == "local"
    return LocalRecordings(tmp_path) if local else UploadedRecordings(tmp_path / "agent", blobs)


def speak(recorder: SessionRecorder, seconds: float, *, start: float = 0.0) -> None:
    for n in range(round(seconds / 0.02)):
        recorder.candidate(tone(440, 0.02, 16_000), start + n * 0.02)


async def written(recorder: SessionRecorder, seconds: float) -> None:
    while recorder.recorded_seconds < seconds:
        await asyncio.sleep(0.05)


async def test_sessions_are_numbered_and_measured(recordings: Recordings) -> None:
    assert await recordings.free_session(INTERVIEW, 0) == 0
    recorder = await recordings.begin(INTERVIEW, 0)
    speak(recorder, 3.0)
    await recordings.end(recorder)
    assert await recordings.seconds(INTERVIEW, 0) == pytest.approx(3.0, abs=0.1)
    assert await recordings.free_session(INTERVIEW, 0) == 1
    assert await recordings.seconds(INTERVIEW, 1) == 0.0


async def test_a_session_that_never_began_leaves_its_number_free(recordings: Recordings) -> None:
    recorder = await recordings.begin(INTERVIEW, 0)
    await recordings.discard(recorder)
    assert await recordings.free_session(INTERVIEW, 0) == 0


async def test_what_is_uploaded_is_the_recording_to_the_byte(
    tmp_path: Path, blobs: MoodyBlobs
) -> None:
    recordings = UploadedRecordings(tmp_path / "agent", blobs)
    recorder = await recordings.begin(INTERVIEW, 2)
    for second in range(3):
        speak(recorder, 1.0, start=float(second))
        await written(recorder, second + 0.9)
        await asyncio.sleep(1.0)
    await recorder.aclose()
    original = recorder.path.read_bytes()
    await recordings.end(recorder)
    assert not recorder.path.exists()
    pieces = await blobs.list(f"interviews/{INTERVIEW}/audio/")
    assert len(pieces) >= 3
    joined = tmp_path / "joined.mka"
    assert await fetch_recording(blobs, INTERVIEW, 2, joined)
    assert joined.read_bytes() == original


async def test_a_killed_agent_leaves_all_but_the_last_seconds(
    tmp_path: Path, blobs: MoodyBlobs
) -> None:
    recordings = UploadedRecordings(tmp_path / "agent", blobs)
    recorder = await recordings.begin(INTERVIEW, 0)
    speak(recorder, 4.0)
    await written(recorder, 3.9)
    await asyncio.sleep(1.5)
    another = UploadedRecordings(tmp_path / "another", blobs)
    torn = tmp_path / "torn.mka"
    assert await fetch_recording(blobs, INTERVIEW, 0, torn)
    assert await asyncio.to_thread(durable_seconds, torn) > 2.0
    assert await another.seconds(INTERVIEW, 0) > 2.0
    assert await another.free_session(INTERVIEW, 0) == 1
    await recordings.end(recorder)


@pytest.mark.parametrize("keeps", [False, True])
async def test_a_store_that_is_away_for_a_while_costs_nothing(
    tmp_path: Path, blobs: MoodyBlobs, keeps: bool
) -> None:
    recordings = UploadedRecordings(tmp_path / "agent", blobs)
    blobs.away, blobs.keeps_all_the_same = True, keeps
    recorder = await recordings.begin(INTERVIEW, 0)
    speak(recorder, 2.0)
    await written(recorder, 1.9)
    await asyncio.sleep(1.5)
    blobs.away = False
    speak(recorder, 2.0, start=2.0)
    await recorder.aclose()
    original = recorder.path.read_bytes()
    await recordings.end(recorder)
    joined = tmp_path / "joined.mka"
    assert await fetch_recording(blobs, INTERVIEW, 0, joined)
    assert joined.read_bytes() == original


async def test_a_store_that_is_away_at_the_end_gets_the_rest_when_it_is_back(
    tmp_path: Path, blobs: MoodyBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings_module, "LAST_SEGMENT_SECONDS", 0.2)
    monkeypatch.setattr(recordings_module, "RETRY_SECONDS", 0.1)
    recordings = UploadedRecordings(tmp_path / "agent", blobs)
    blobs.away = True
    recorder = await recordings.begin(INTERVIEW, 0)
    speak(recorder, 2.0)
    await recorder.aclose()
    original = recorder.path.read_bytes()
    await recordings.end(recorder)
    assert await recordings.seconds(INTERVIEW, 0) == pytest.approx(2.0, abs=0.1)
    assert await recordings.free_session(INTERVIEW, 0) == 1
    settling = asyncio.create_task(recordings.settle(INTERVIEW))
    await asyncio.sleep(0.3)
    assert not settling.done()
    blobs.away = False
    await asyncio.wait_for(settling, 10)
    joined = tmp_path / "joined.mka"
    assert await fetch_recording(blobs, INTERVIEW, 0, joined)
    assert joined.read_bytes() == original
    assert not recorder.path.exists()


async def test_nothing_is_read_behind_a_hole(tmp_path: Path, blobs: MoodyBlobs) -> None:
    for n in (0, 1, 3):
        key = f"interviews/{INTERVIEW}/audio/0000-{n:06d}-0000{n}000.mka"
        await blobs.put(key, bytes([n]))
    path = tmp_path / "joined"
    assert await fetch_recording(blobs, INTERVIEW, 0, path)
    assert path.read_bytes() == b"\x00\x01"
    assert not await fetch_recording(blobs, INTERVIEW, 1, path)


async def test_a_recording_in_one_piece_is_found_too(tmp_path: Path, blobs: MoodyBlobs) -> None:
    store: Blobs = blobs
    await store.put(whole_key(INTERVIEW, 4), np.arange(9, dtype=np.int16).tobytes())
    path = tmp_path / "whole"
    assert await fetch_recording(store, INTERVIEW, 4, path)
    assert len(path.read_bytes()) == 18
