"""What is looked after when nobody asks."""

from __future__ import annotations

import pytest

from interviewer.domain.errors import NotFound
from interviewer.domain.interview import StepState
from interviewer.domain.webhooks import Attempt
from interviewer.interfaces import Ingestion
from interviewer.sessions.upkeep import (
    ABANDONED_SECONDS,
    DAY,
    end_what_was_abandoned,
    erase_what_is_old,
    evaluate_what_ended,
    forget_what_was_delivered,
    invite_who_was_handed_in,
    screen_what_was_handed_in,
)
from interviewer.storage.engine import SqlStore
from tests.contracts.records import a_posting, a_webhook, a_workspace, an_event, an_interview
from tests.fakes.blobs import FakeBlobs
from tests.fakes.jobs import FakeJobQueue
from tests.fakes.live import FakeLive

NOW = 2_000_000_000.0


async def keep(store: SqlStore, *interviews: object) -> None:
    async with store.transaction() as tx:
        await tx.add_workspace(a_workspace())
        await tx.add_posting(a_posting(), [])
        for interview in interviews:
            await tx.add_interview(interview)  # type: ignore[arg-type]


async def test_an_interview_that_ended_in_a_crash_is_evaluated(sqlite_store: SqlStore) -> None:
    await keep(
        sqlite_store,
        an_interview("A1", status="evaluating", email="a@example.com"),
        an_interview("A2", status="completed", email="b@example.com"),
    )
    jobs = FakeJobQueue()
    assert await evaluate_what_ended(sqlite_store, jobs, NOW) == 1
    assert await jobs.status("finalize_interview:A1:1") is not None
    assert await jobs.status("finalize_interview:A2:1") is None


async def test_one_whose_sound_may_still_come_is_left_to_its_agent(
    sqlite_store: SqlStore,
) -> None:
    times = {"A1": NOW - 60.0, "A2": NOW - 700.0}
    await keep(
        sqlite_store,
        *(
            an_interview(key, status="evaluating", email=f"{key}@example.com", ended_at=at)
            for key, at in times.items()
        ),
    )
    jobs = FakeJobQueue()
    assert await evaluate_what_ended(sqlite_store, jobs, NOW, settled_after=660.0) == 1
    assert await jobs.status("finalize_interview:A1:1") is None
    assert await jobs.status("finalize_interview:A2:1") is not None


async def test_a_second_evaluation_that_was_lost_is_asked_for_again(
    sqlite_store: SqlStore,
) -> None:
    await keep(
        sqlite_store,
        an_interview("A1", status="evaluating", email="a@example.com", updated_at=NOW - 60.0),
        an_interview("A2", status="evaluating", email="b@example.com", updated_at=NOW - DAY),
    )
    jobs = FakeJobQueue()
    jobs.done |= {"finalize_interview:A1:1", "finalize_interview:A2:1"}
    await evaluate_what_ended(sqlite_store, jobs, NOW)
    again = [job_id for job_id in jobs.queued if ":again-" in job_id]
    assert [job_id.split(":")[1] for job_id in again] == ["A2"]  # A1's may still be under way


async def test_candidates_handed_in_are_not_forgotten(sqlite_store: SqlStore) -> None:
    await keep(sqlite_store)
    handed_in = Ingestion(
        id="intake_1",
        workspace_id="w1",
        posting_id="0A1B2C3D",
        actor="key:k1",
        rows=({"name": "Aisha", "email": "a@example.com"},),
        total=1,
        created_at=NOW - 120.0,
        updated_at=NOW - 120.0,
    )
    async with sqlite_store.transaction() as tx:
        await tx.add_ingestion(handed_in)
    jobs = FakeJobQueue()
    assert await invite_who_was_handed_in(sqlite_store, jobs, NOW - 100.0) == 0
    assert await invite_who_was_handed_in(sqlite_store, jobs, NOW) == 1
    assert list(jobs.queued) == ["ingest:intake_1"]
    jobs.failed.add("ingest:intake_1")
    await invite_who_was_handed_in(sqlite_store, jobs, NOW)
    async with sqlite_store.snapshot() as tx:
        given_up = await tx.ingestion("w1", "intake_1")
    assert given_up.status == "failed"
    assert given_up.error is not None
    assert given_up.rows == ()


async def test_a_screening_that_was_lost_is_asked_for_again_and_a_failed_one_is_no_wall(
    sqlite_store: SqlStore,
) -> None:
    waiting = {
        "steps": (
            StepState(id="resume", order=1, status="in_progress"),
            StepState(id="web_interview", order=2),
        ),
        "resume": None,
        "ended_at": None,
    }
    await keep(
        sqlite_store,
        an_interview("A1", email="a@example.com", **waiting),
        an_interview("A2", email="b@example.com"),
    )
    jobs = FakeJobQueue()
    assert await screen_what_was_handed_in(sqlite_store, jobs, NOW) == 1
    assert list(jobs.queued) == ["screen_resume:A1:1"]
    jobs.failed.add("screen_resume:A1:1")
    assert await screen_what_was_handed_in(sqlite_store, jobs, NOW) == 1
    assert await screen_what_was_handed_in(sqlite_store, jobs, NOW) == 0
    async with sqlite_store.snapshot() as tx:
        assert (await tx.interview(None, "A1")).steps[0].status == "complete"


async def test_an_interview_left_for_a_day_ends_and_a_fresh_one_does_not(
    sqlite_store: SqlStore,
) -> None:
    left = {
        "status": "in_progress",
        "started_at": NOW - 2 * DAY,
        "ended_at": None,
        "end_reason": None,
    }
    await keep(
        sqlite_store,
        an_interview("A1", email="a@example.com", updated_at=NOW - ABANDONED_SECONDS - 1, **left),
        an_interview("A2", email="b@example.com", updated_at=NOW - 60, **left),
    )
    jobs = FakeJobQueue()
    assert await end_what_was_abandoned(sqlite_store, jobs, FakeLive(), NOW) == 1
    async with sqlite_store.snapshot() as tx:
        ended, fresh = await tx.interview(None, "A1"), await tx.interview(None, "A2")
    assert (ended.status, ended.end_reason) == ("evaluating", "candidate_left")
    assert fresh.status == "in_progress"


async def test_what_is_kept_longer_than_promised_is_erased_media_included(
    sqlite_store: SqlStore,
) -> None:
    await keep(
        sqlite_store,
        an_interview("A1", email="a@example.com", updated_at=NOW - 31 * DAY),
        an_interview("A2", email="b@example.com", updated_at=NOW - 29 * DAY),
    )
    blobs = FakeBlobs()
    for interview_id in ("A1", "A2"):
        await blobs.put(f"interviews/{interview_id}/audio.mp3", b"sound")
    erased = await erase_what_is_old(sqlite_store, blobs, FakeLive(), retention_days=180, now=NOW)
    assert erased == 1
    async with sqlite_store.snapshot() as tx:
        with pytest.raises(NotFound):
            await tx.interview(None, "A1")
        assert await tx.interview(None, "A2")
    assert await blobs.list("interviews/A1/") == []
    assert len(await blobs.list("interviews/A2/")) == 1


async def test_the_period_runs_from_the_last_activity_not_from_the_invitation(
    sqlite_store: SqlStore,
) -> None:
    invited_long_ago = {"created_at": NOW - 300 * DAY, "updated_at": NOW - 10 * DAY}
    await keep(sqlite_store, an_interview("A1", **invited_long_ago))
    blobs, live = FakeBlobs(), FakeLive()
    assert await erase_what_is_old(sqlite_store, blobs, live, retention_days=180, now=NOW) == 0
    later = NOW + 21 * DAY
    assert await erase_what_is_old(sqlite_store, blobs, live, retention_days=180, now=later) == 1


async def test_a_workspace_keeps_as_long_as_it_says_and_others_as_long_as_the_service(
    sqlite_store: SqlStore,
) -> None:
    async with sqlite_store.transaction() as tx:
        for name, days in (("long", 365), ("short", 7), ("unset", None)):
            await tx.add_workspace(a_workspace(name, retention_days=days))
            await tx.add_posting(a_posting(f"P-{name}", name), [])
            await tx.add_interview(
                an_interview(
                    name, workspace_id=name, posting_id=f"P-{name}", updated_at=NOW - 60 * DAY
                )
            )
    blobs, live = FakeBlobs(), FakeLive()
    assert await erase_what_is_old(sqlite_store, blobs, live, retention_days=90, now=NOW) == 1
    async with sqlite_store.snapshot() as tx:
        assert await tx.interview("long", "long")
        assert await tx.interview("unset", "unset")
        with pytest.raises(NotFound):
            await tx.interview("short", "short")


async def test_what_was_told_a_month_ago_is_forgotten_and_what_still_waits_is_not(
    sqlite_store: SqlStore,
) -> None:
    await keep(sqlite_store, an_interview("A1"))
    async with sqlite_store.transaction() as tx:
        await tx.add_webhook(a_webhook())
        for occasion in ("1", "2"):
            await tx.announce(an_event("A1", at=NOW - 40 * DAY, occasion=occasion))
        (claimed,) = await tx.claim_deliveries(NOW, limit=1, lease_seconds=60.0)
        done = Attempt(outcome="succeeded", at=NOW - 31 * DAY, response_status=200)
        assert await tx.settle(claimed, done, 0.0)
    assert await forget_what_was_delivered(sqlite_store, NOW - 2 * DAY) == 0
    assert await forget_what_was_delivered(sqlite_store, NOW) == 1
    async with sqlite_store.snapshot() as tx:
        (kept,) = (await tx.deliveries("WH1", limit=10)).items
    assert kept.status == "pending"
