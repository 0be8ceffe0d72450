"""The contract of `Store`, continued: what a held interview writes, and what stays of it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from interviewer.domain.errors import Conflict, NotFound
from interviewer.interfaces import AuditEntry, CameraRecording, Store
from tests.contracts.records import a_turn, read


async def test_progress_puts_turns_and_conversation_down_together(filled: Store) -> None:
    first, second = a_turn("t1", 3.0), a_turn("t2", 3.0, speaker="Interviewer", kind="question")
    early = a_turn("t0", 1.0)
    async with filled.transaction() as tx:
        await tx.save_progress("I1", turns=[first], conversation={"index": 1})
        await tx.save_progress("I1", turns=[second, early], conversation={"index": 2})
        longer = replace(first, text="more words", end=9.0, typed=True)
        await tx.save_progress("I1", turns=[longer], conversation={"index": 3})
    async with filled.snapshot() as tx:
        assert list(await tx.turns("I1")) == [early, longer, second]
        assert (await tx.interview(None, "I1")).conversation == {"index": 3}


async def test_the_second_pass_takes_the_place_of_the_live_transcript(filled: Store) -> None:
    live, better, best = a_turn("t1", 0.0), a_turn("t1", 0.2, text="better"), a_turn("b", 0.1)
    async with filled.transaction() as tx:
        await tx.save_progress("I1", turns=[live], conversation={})
        await tx.replace_turns("I1", [better])
        assert list(await tx.turns("I1")) == [better]
        await tx.replace_turns("I1", [best])
        assert list(await tx.turns("I1")) == [best]
        await tx.replace_turns("I1", [])
        assert list(await tx.turns("I1")) == []
        with pytest.raises(NotFound):
            await tx.replace_turns("I9", [])


async def test_a_camera_recording_grows(filled: Store) -> None:
    camera = CameraRecording(camera_id="cam-1", interview_id="I1", mime_type="video/mp4")
    grown = replace(camera, received=3, bytes=5_000_000_000, finished=True, started_at=1.5)
    other = replace(camera, camera_id="cam-0", created_at=9.0)
    async with filled.transaction() as tx:
        await tx.save_camera(camera)
        await tx.save_camera(other)
        await tx.save_camera(grown)
        assert list(await tx.cameras("I1")) == [grown, other]


async def test_chunks_that_arrive_at_once_are_all_counted(filled: Store) -> None:
    camera = CameraRecording(camera_id="cam-1", interview_id="I1", mime_type="video/mp4")
    async with filled.transaction() as tx:
        await tx.save_camera(camera)

    async def receive() -> None:
        async with filled.transaction() as tx:
            known = (await tx.cameras("I1"))[0]
            await tx.save_camera(replace(known, received=known.received + 1))

    await asyncio.gather(*(receive() for _ in range(20)))
    assert (await read(filled, lambda tx: tx.cameras("I1")))[0].received == 20


async def test_erasing_takes_all_but_the_log_and_that_without_personal_data(
    filled: Store,
) -> None:
    entry = AuditEntry(
        workspace_id="w1",
        actor="key:k1",
        action="interview.created",
        object_type="interview",
        object_id="I1",
        at=1.0,
        details={"email": "aisha@example.com"},
    )
    async with filled.transaction() as tx:
        await tx.save_progress("I1", turns=[a_turn("t1", 0.0)], conversation={})
        await tx.save_camera(CameraRecording(camera_id="c", interview_id="I1", mime_type="v"))
        await tx.audit(entry)
        await tx.audit(replace(entry, object_id="I2"))
        for whose in ("I1", "I2"):
            body = f'{{"interview_id": "{whose}", "name": "Aisha"}}'.encode()
            await tx.save_idempotent_answer(f"w1:{whose}", "hash", 200, body, time.time())
        await tx.erase_interview("I1")
    async with filled.snapshot() as tx:
        with pytest.raises(NotFound):
            await tx.interview(None, "I1")
        assert list(await tx.turns("I1")) == []
        assert list(await tx.cameras("I1")) == []
        assert await tx.idempotent_answer("w1:I1") is None
        assert await tx.idempotent_answer("w1:I2") is not None
        assert await tx.interview_by_email("0A1B2C3D", "i1@example.com") is None
        assert list(await tx.audit_entries("w1", "I1")) == [replace(entry, details={})]
        assert list(await tx.audit_entries("w1", "I2")) == [replace(entry, object_id="I2")]
        assert list(await tx.audit_entries("w2", "I1")) == []
    async with filled.transaction() as tx:
        with pytest.raises(NotFound):
            await tx.erase_interview("I1")


async def test_the_first_answer_to_a_request_is_kept_for_a_day(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000_000.0
    monkeypatch.setattr(filled, "_clock", lambda: now)
    async with filled.transaction() as tx:
        assert await tx.idempotent_answer("w1:abc") is None
        await tx.save_idempotent_answer("w1:abc", "hash", 201, b'{"x": 1}\x00', now)
        with pytest.raises(Conflict):
            await tx.save_idempotent_answer("w1:abc", "other", 200, b"", now)
        assert await tx.idempotent_answer("w1:abc") == ("hash", 201, b'{"x": 1}\x00')
    now += 24 * 3600
    async with filled.transaction() as tx:
        assert await tx.idempotent_answer("w1:abc") is None
        await tx.save_idempotent_answer("w1:abc", "later", 202, b"", now)
        assert await tx.idempotent_answer("w1:abc") == ("later", 202, b"")
