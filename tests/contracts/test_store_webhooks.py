"""The contract of `WebhookRecords`, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from interviewer.domain.errors import Invalid, NotFound
from interviewer.domain.webhooks import (
    FAILING_FOR,
    RETRIES,
    Attempt,
    Delivery,
    Webhook,
    delivery_of,
)
from interviewer.interfaces import ClaimedDelivery, Store
from tests.contracts.records import a_webhook, an_event, an_interview, read

NOW = 1_000.25
LEASE = 60.0
OK = Attempt(outcome="succeeded", at=NOW + 1, response_status=204, response_body="")


def refused(at: float, status: int = 500) -> Attempt:
    return Attempt(outcome="refused", at=at, response_status=status, response_body="no")


@pytest.fixture
async def hooked(filled: Store) -> Store:
    """A store with one webhook and nothing to deliver yet."""
    async with filled.transaction() as tx:
        await tx.add_webhook(a_webhook())
    return filled


async def announce(store: Store, *interviews: str, **more: Any) -> int:
    async with store.transaction() as tx:
        return sum([await tx.announce(an_event(i, **more)) for i in interviews or ("I1",)])


async def claim(store: Store, now: float = NOW, limit: int = 10) -> Sequence[ClaimedDelivery]:
    async with store.transaction() as tx:
        return await tx.claim_deliveries(now, limit=limit, lease_seconds=LEASE)


async def settle(store: Store, claimed: ClaimedDelivery, attempt: Attempt) -> Webhook | None:
    async with store.transaction() as tx:
        return await tx.settle(claimed, attempt, 0.0)


async def all_of(store: Store, webhook_id: str = "WH1") -> Sequence[Delivery]:
    page = await read(store, lambda tx: tx.deliveries(webhook_id, limit=100))
    found: Sequence[Delivery] = page.items
    return found


async def webhook(store: Store) -> Webhook:
    found: Webhook = await read(store, lambda tx: tx.webhook("w1", "WH1"))
    return found


async def another_interview(store: Store, interview_id: str) -> None:
    async with store.transaction() as tx:
        await tx.add_interview(an_interview(interview_id))


async def test_webhooks_come_back_as_they_were_stored(hooked: Store) -> None:
    second = a_webhook(
        "WH2", is_active=False, disabled_reason="gone", failing_since=3.5, created_at=13.0
    )
    async with hooked.transaction() as tx:
        await tx.add_webhook(second)
        assert await tx.webhook("w1", "WH1") == a_webhook()
        assert (await tx.webhooks("w1", limit=10)).items == [second, a_webhook()]
        assert await tx.count_webhooks("0A1B2C3D", "interview_completed") == 2
        assert await tx.count_webhooks("0A1B2C3D", "report_available") == 0
        page = await tx.webhooks("w1", limit=1)
        assert (page.items, page.has_more, page.total) == ([second], True, 2)
        page = await tx.webhooks("w1", limit=1, starting_after="WH2")
        assert (page.items, page.has_more) == ([a_webhook()], False)
        await tx.update_webhook(replace(second, is_active=True, disabled_reason=None))
        assert (await tx.webhook("w1", "WH2")).is_active


async def test_another_tenant_sees_no_webhook(hooked: Store) -> None:
    with pytest.raises(NotFound):
        await read(hooked, lambda tx: tx.webhook("w2", "WH1"))
    assert (await read(hooked, lambda tx: tx.webhooks("w2", limit=10))).total == 0
    with pytest.raises(Invalid):
        await read(hooked, lambda tx: tx.webhooks("w2", limit=10, starting_after="WH1"))


async def test_an_event_makes_one_delivery_for_each_webhook_that_wants_it(hooked: Store) -> None:
    async with hooked.transaction() as tx:
        await tx.add_webhook(a_webhook("WH2"))
        await tx.add_webhook(a_webhook("OFF", is_active=False))
        await tx.add_webhook(a_webhook("OTHER", event_type="report_available"))
    assert await announce(hooked) == 2
    assert await announce(hooked) == 0
    for name in ("WH1", "WH2"):
        assert await all_of(hooked, name) == [delivery_of(an_event(), name)]
    assert [*await all_of(hooked, "OFF"), *await all_of(hooked, "OTHER")] == []
    assert await announce(hooked, occasion="2") == 2


async def test_an_event_is_lost_with_the_change_that_it_tells_of(hooked: Store) -> None:
    async def fail() -> None:
        async with hooked.transaction() as tx:
            await tx.announce(an_event())
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await all_of(hooked) == []


async def test_a_delivery_is_one_senders_until_it_is_settled(hooked: Store) -> None:
    await announce(hooked)
    assert not await read(hooked, lambda tx: tx.delivery_is_due(NOW - 1))
    assert await claim(hooked, NOW - 1) == []
    assert await read(hooked, lambda tx: tx.delivery_is_due(NOW))
    (claimed,) = await claim(hooked)
    assert claimed.webhook == a_webhook()
    assert claimed.delivery == delivery_of(an_event(), "WH1")
    assert await claim(hooked) == []
    assert not await read(hooked, lambda tx: tx.delivery_is_due(NOW))
    assert await settle(hooked, claimed, OK)
    (done,) = await all_of(hooked)
    assert (done.status, done.attempts, done.response_status) == ("succeeded", 1, 204)
    assert (done.next_attempt_at, done.last_attempt_at) == (None, OK.at)
    assert await claim(hooked, NOW + 1e6) == []


async def test_what_a_dead_sender_held_is_sent_by_another(hooked: Store) -> None:
    await announce(hooked)
    (first,) = await claim(hooked)
    assert await claim(hooked, NOW + LEASE - 1) == []
    (second,) = await claim(hooked, NOW + LEASE)
    assert second.delivery.event_id == first.delivery.event_id
    assert not await settle(hooked, first, refused(NOW + LEASE))
    assert await settle(hooked, second, OK)
    assert (await all_of(hooked))[0].attempts == 1


async def test_two_senders_at_once_never_get_the_same(hooked: Store) -> None:
    async with hooked.transaction() as tx:
        for n in range(6):
            await tx.add_webhook(a_webhook(f"X{n}"))
    assert await announce(hooked) == 7
    claims = await asyncio.gather(*(claim(hooked, limit=3) for _ in range(4)))
    rest = await claim(hooked)
    found = [claimed.delivery.id for group in [*claims, rest] for claimed in group]
    assert len(found) == len(set(found)) == 7


async def test_a_webhook_gets_one_delivery_at_a_time_the_oldest_first(hooked: Store) -> None:
    await another_interview(hooked, "I2")
    await announce(hooked, "I2", at=NOW - 5)
    await announce(hooked, "I1", at=NOW - 3)
    (first,) = await claim(hooked)
    assert first.delivery.interview_id == "I2"
    assert await claim(hooked) == []
    await settle(hooked, first, refused(NOW))
    (second,) = await claim(hooked)
    assert second.delivery.interview_id == "I1"


async def test_failures_are_tried_again_by_the_schedule_until_it_ends(hooked: Store) -> None:
    await announce(hooked)
    now = NOW
    for done, pause in enumerate(RETRIES[1:], start=1):
        (claimed,) = await claim(hooked, now)
        await settle(hooked, claimed, refused(now))
        (delivery,) = await all_of(hooked)
        assert (delivery.status, delivery.attempts) == ("pending", done)
        assert delivery.next_attempt_at == now + pause
        now += pause
    (claimed,) = await claim(hooked, now)
    await settle(hooked, claimed, refused(now))
    (delivery,) = await all_of(hooked)
    assert (delivery.status, delivery.next_attempt_at) == ("failed", None)
    assert (await webhook(hooked)).failing_since == NOW
    assert (await webhook(hooked)).is_active


async def test_gone_disables_at_once_and_withdraws_what_waits(hooked: Store) -> None:
    await another_interview(hooked, "I2")
    await announce(hooked, "I1", "I2")
    (claimed,) = await claim(hooked)
    await settle(hooked, claimed, refused(NOW, 410))
    found = await webhook(hooked)
    assert (found.is_active, found.disabled_reason, found.updated_at) == (False, "gone", NOW)
    assert [d.status for d in await all_of(hooked)] == ["failed", "failed"]
    assert [d.next_attempt_at for d in await all_of(hooked)] == [None, None]
    assert await announce(hooked, occasion="2") == 0


async def test_five_days_of_failures_disable_and_a_success_starts_anew(hooked: Store) -> None:
    async def fail(now: float, attempts: int) -> None:
        (delivery,) = await all_of(hooked)
        waiting = replace(delivery, status="pending", attempts=attempts, next_attempt_at=now)
        async with hooked.transaction() as tx:
            await tx.update_delivery(waiting)
        (claimed,) = await claim(hooked, now)
        await settle(hooked, claimed, refused(now))

    last = len(RETRIES) - 1
    await announce(hooked)
    await fail(NOW, 0)
    (claimed,) = await claim(hooked, NOW + 10)
    await settle(hooked, claimed, replace(OK, at=NOW + 10))
    assert (await webhook(hooked)).failing_since is None
    await fail(NOW + 20, 0)
    await fail(NOW + 20 + FAILING_FOR, 0)
    assert (await webhook(hooked)).is_active, "it has another attempt"
    await fail(NOW + 19 + FAILING_FOR, last)
    assert (await webhook(hooked)).is_active, "a second too early"
    await fail(NOW + 20 + FAILING_FOR, last)
    assert (await webhook(hooked)).disabled_reason == "failing"


async def test_an_erased_interview_takes_its_deliveries_along(hooked: Store) -> None:
    await announce(hooked)
    (claimed,) = await claim(hooked)
    async with hooked.transaction() as tx:
        await tx.erase_interview("I1")
    assert await all_of(hooked) == []
    assert not await settle(hooked, claimed, OK)


async def test_a_deleted_webhook_takes_its_deliveries_along(hooked: Store) -> None:
    await announce(hooked)
    (claimed,) = await claim(hooked)
    async with hooked.transaction() as tx:
        await tx.delete_webhook("WH1")
    assert await all_of(hooked) == []
    assert not await settle(hooked, claimed, OK)


async def test_deliveries_are_listed_newest_first_and_found_by_their_webhook(
    hooked: Store,
) -> None:
    for n in range(3):
        await announce(hooked, occasion=str(n), at=NOW + n)
    page = await read(hooked, lambda tx: tx.deliveries("WH1", limit=2))
    assert [d.happened_at for d in page.items] == [NOW + 2, NOW + 1]
    assert (page.has_more, page.total) == (True, 3)
    last = page.items[-1].id
    page = await read(hooked, lambda tx: tx.deliveries("WH1", limit=2, starting_after=last))
    assert [d.happened_at for d in page.items] == [NOW]
    assert await read(hooked, lambda tx: tx.delivery("WH1", last))
    with pytest.raises(NotFound):
        await read(hooked, lambda tx: tx.delivery("WH2", last))


async def test_what_was_over_long_ago_is_forgotten(hooked: Store) -> None:
    for n in range(3):
        await announce(hooked, occasion=str(n), at=NOW + n)
    (claimed,) = await claim(hooked)
    await settle(hooked, claimed, OK)
    async with hooked.transaction() as tx:
        assert await tx.forget_deliveries(OK.at) == 0
        assert await tx.forget_deliveries(NOW + 1e6) == 1
    assert {d.status for d in await all_of(hooked)} == {"pending"}


async def test_figures_count_attempts_by_their_outcome(hooked: Store) -> None:
    await announce(hooked, occasion="1")
    await announce(hooked, occasion="2")
    for attempt in (refused(NOW), OK):
        (claimed,) = await claim(hooked)
        await settle(hooked, claimed, attempt)
    figures = await read(hooked, lambda tx: tx.delivery_figures(NOW + 30))
    assert figures.attempts == {"refused": 1, "succeeded": 1}
    assert (figures.pending, figures.overdue) == (1, 25.0)
