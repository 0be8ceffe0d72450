"""The contract of `Store`, continued: what a held interview writes, and what stays of it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from interviewer.domain.errors import NotFound
from interviewer.interfaces import (
    AuditEntry,
    CameraRecording,
    IdempotentAnswer,
    Ingestion,
    Store,
)
from interviewer.storage.engine import open_store
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
            await tx.claim_idempotency_key(f"w1:{whose}", "hash", time.time())
            await tx.save_idempotent_answer(f"w1:{whose}", 200, body)
        await tx.erase_interview("I1")
    async with filled.snapshot() as tx:
        with pytest.raises(NotFound):
            await tx.interview(None, "I1")
        assert list(await tx.turns("I1")) == []
        assert list(await tx.cameras("I1")) == []
        assert await tx.interview_by_email("0A1B2C3D", "i1@example.com") is None
        assert list(await tx.audit_entries("w1", "I1")) == [replace(entry, details={})]
        assert list(await tx.audit_entries("w1", "I2")) == [replace(entry, object_id="I2")]
        assert list(await tx.audit_entries("w2", "I1")) == []
    async with filled.transaction() as tx:
        assert await tx.claim_idempotency_key("w1:I1", "hash", time.time()) is None
        assert await tx.claim_idempotency_key("w1:I2", "hash", time.time()) is not None
        with pytest.raises(NotFound):
            await tx.erase_interview("I1")


async def test_the_first_answer_to_a_request_is_kept_for_a_day(filled: Store) -> None:
    now = 1_000_000.0
    body = b'{"x": 1}\x00'
    async with filled.transaction() as tx:
        assert await tx.claim_idempotency_key("w1:abc", "hash", now) is None
        await tx.save_idempotent_answer("w1:abc", 201, body)
        await tx.save_idempotent_answer("w1:abc", 200, b"")
        await tx.release_idempotency_key("w1:abc")
    kept = IdempotentAnswer("hash", 201, body)
    async with filled.transaction() as tx:
        assert await tx.claim_idempotency_key("w1:abc", "other", now + 86_399) == kept
        assert await tx.claim_idempotency_key("w1:abc", "later", now + 86_400) is None


async def test_of_many_who_claim_a_key_one_gets_it(filled: Store, database_url: str) -> None:
    """Half of them through connections of their own, as another pod would."""
    other = open_store(database_url)

    async def claim(number: int) -> IdempotentAnswer | None:
        async with (filled, other)[number % 2].transaction() as tx:
            return await tx.claim_idempotency_key("w1:abc", "hash", 1.0)

    claims = await asyncio.gather(*(claim(number) for number in range(10)))
    await other.close()
    assert claims.count(None) == 1
    assert claims.count(IdempotentAnswer("hash", 0, b"")) == 9


async def test_a_claim_ends_when_it_is_released_or_its_process_must_have_died(
    filled: Store,
) -> None:
    async with filled.transaction() as tx:
        assert await tx.claim_idempotency_key("w1:abc", "hash", 0.0) is None
        await tx.release_idempotency_key("w1:abc")
        assert await tx.claim_idempotency_key("w1:abc", "hash", 1.0) is None
        assert await tx.claim_idempotency_key("w1:abc", "hash", 60.0) is not None
        assert await tx.claim_idempotency_key("w1:abc", "hash", 200.0) is None


async def test_the_log_is_read_page_by_page_newest_first(filled: Store) -> None:
    async with filled.transaction() as tx:
        for number in range(5):
            for workspace_id in ("w1", "w2"):
                await tx.audit(
                    AuditEntry(
                        workspace_id=workspace_id,
                        actor=f"key:{number % 2}",
                        action="interview.viewed",
                        object_type="interview",
                        object_id=f"I{number}",
                        at=float(number),
                    )
                )
    first = await read(filled, lambda tx: tx.audit_log("w1", limit=3))
    assert [entry.object_id for entry in first.items] == ["I4", "I3", "I2"]
    assert (first.has_more, first.total) == (True, 5)
    after = first.items[-1].row
    rest = await read(filled, lambda tx: tx.audit_log("w1", limit=3, starting_after=after))
    assert [entry.object_id for entry in rest.items] == ["I1", "I0"]
    assert (rest.has_more, rest.total) == (False, 5)
    filters: list[tuple[dict[str, Any], list[str]]] = [
        ({"actor": "key:1"}, ["I3", "I1"]),
        ({"object_id": "I2"}, ["I2"]),
        ({"action": "posting.created"}, []),
        ({"after": 1.0, "before": 3.0}, ["I3", "I2", "I1"]),
    ]
    for wanted, found in filters:
        async with filled.snapshot() as tx:
            page = await tx.audit_log("w1", limit=9, **wanted)
        assert [entry.object_id for entry in page.items] == found


async def test_an_ingestion_is_kept_and_changes(filled: Store) -> None:
    handed_in = Ingestion(
        id="intake_1",
        workspace_id="w1",
        posting_id="0A1B2C3D",
        actor="key:k1",
        rows=({"name": "Aisha", "email": "a@example.com"},),
        total=1,
        created_at=1.0,
        updated_at=1.0,
    )
    async with filled.transaction() as tx:
        await tx.add_ingestion(handed_in)
        with pytest.raises(NotFound):
            await tx.ingestion("w2", "intake_1")
        assert await tx.ingestions_to_tend(updated_before=2.0) == [handed_in]
        assert await tx.ingestions_to_tend(updated_before=1.0) == []
        done = replace(handed_in, rows=(), status="done", interview_ids=("I1",))
        await tx.update_ingestion(done)
        with pytest.raises(NotFound):
            await tx.update_ingestion(replace(done, id="intake_2"))
    found = await read(filled, lambda tx: tx.ingestion("w1", "intake_1"))
    assert replace(found, updated_at=1.0) == done
    later = found.updated_at + 1.0
    assert await read(filled, lambda tx: tx.ingestions_to_tend(updated_before=later)) == []
    async with filled.transaction() as tx:
        later = found.updated_at + 31 * 86_400
        await tx.add_ingestion(replace(handed_in, id="intake_2", created_at=later))
        with pytest.raises(NotFound):
            await tx.ingestion("w1", "intake_1")
