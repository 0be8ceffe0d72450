"""The outbox is emptied, whatever receivers and processes do meanwhile."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from standardwebhooks import Webhook as Verifier

from interviewer.domain.errors import Unavailable
from interviewer.domain.webhooks import Delivery
from interviewer.jobs.webhooks.deliverer import ROTATE
from interviewer.sessions import webhook_secrets
from interviewer.storage.engine import SqlStore
from tests.contracts.records import a_posting, a_workspace, an_event, an_interview
from tests.jobs.webhooks.outbox import (
    HURRY,
    SECRET,
    a_deliverer,
    announce,
    deliveries,
    delivering,
    hook,
    hurry,
)
from tests.jobs.webhooks.receiver import Received, Receiver, receiving


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def fill(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.add_workspace(a_workspace("w1"))
        await tx.add_posting(a_posting(), [])
        await tx.add_interview(an_interview())


@pytest.fixture
async def outbox(sqlite_store: SqlStore) -> SqlStore:
    await fill(sqlite_store)
    return sqlite_store


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)


async def until_over(store: SqlStore, *webhooks: str) -> None:
    async def over() -> bool:
        pages = [await deliveries(store, webhook_id) for webhook_id in webhooks or ("WH1",)]
        return all(d.status != "pending" for page in pages for d in page)

    await until(over)


async def until_attempted(store: SqlStore, times: int = 1) -> Delivery:
    async def attempted() -> bool:
        return (await deliveries(store))[0].attempts >= times

    await until(attempted)
    return (await deliveries(store))[0]


def verified(got: Received, webhook_id: str = "WH1", number: int = 0) -> dict[str, object]:
    """The event, its signature checked as receivers do. Raises WebhookVerificationError."""
    secret = webhook_secrets.derive(SECRET, webhook_id, number)
    event: dict[str, object] = Verifier(secret).verify(got.body, got.headers)
    return event


async def test_an_event_arrives_signed_with_the_interview_in_it(
    outbox: SqlStore, receiver: Receiver
) -> None:
    await hook(outbox, receiver.url("/ok"))
    await announce(outbox, "I1")
    async with delivering(a_deliverer(outbox)):
        await until_over(outbox)
    (got,) = receiver.received
    event = verified(got)
    assert event["id"] == got.headers["webhook-id"] == an_event().id
    assert (event["type"], event["timestamp"]) == (
        "interview_completed",
        "1970-01-01T00:16:40.250000Z",
    )
    assert json.loads(got.body)["data"]["interview_id"] == "I1"
    assert got.headers["content-type"] == "application/json"
    (delivery,) = await deliveries(outbox)
    assert (delivery.status, delivery.attempts, delivery.response_body) == ("succeeded", 1, "fine")


async def test_a_failure_is_tried_again_under_the_same_id_with_a_new_signature(
    outbox: SqlStore, receiver: Receiver
) -> None:
    await hook(outbox, receiver.url("/hook"))
    await announce(outbox, "I1")
    async with delivering(a_deliverer(outbox)):
        for n, mode in enumerate(("/fail", "/hang", "/redirect", "/die", "/garbage"), start=1):
            receiver.modes["/hook"] = mode
            await hurry(outbox)
            await until_attempted(outbox, n)
        receiver.modes["/hook"] = "/ok"
        await hurry(outbox)
        await until_over(outbox)
    assert len(receiver.received) == 6
    assert {got.headers["webhook-id"] for got in receiver.received} == {an_event().id}
    assert {str(verified(got)["id"]) for got in receiver.received} == {an_event().id}
    async with outbox.snapshot() as tx:
        assert (await tx.delivery_figures(0.0)).attempts == {
            "refused": 2,
            "timeout": 1,
            "unreachable": 2,
            "succeeded": 1,
        }


async def test_both_secrets_sign_after_a_rotation(outbox: SqlStore, receiver: Receiver) -> None:
    long_ago = time.time() - 2 * 86_400
    await hook(outbox, receiver.url("/ok"), rotated_at=(long_ago, time.time() - 60))
    await announce(outbox, "I1")
    async with delivering(a_deliverer(outbox)):
        await until_over(outbox)
    (got,) = receiver.received
    assert len(got.headers["webhook-signature"].split(" ")) == 2
    verified(got, number=2)
    verified(got, number=1)
    with pytest.raises(Exception, match="No matching signature"):
        verified(got, number=0)


async def test_nothing_is_signed_with_a_secret_that_the_receiver_does_not_know(
    outbox: SqlStore, receiver: Receiver
) -> None:
    await hook(outbox, receiver.url("/ok"))
    await announce(outbox, "I1")
    async with delivering(a_deliverer(outbox, secret=b"another service's secret")):
        delivery = await until_attempted(outbox)
    assert (delivery.status, delivery.error) == ("pending", ROTATE)
    assert receiver.received == []


async def test_a_webhook_that_hangs_keeps_only_itself_waiting(
    outbox: SqlStore, receiver: Receiver
) -> None:
    await hook(outbox, receiver.url("/hang"))
    await hook(outbox, receiver.url("/ok"), "WH2")
    await announce(outbox, "I1", *(f"J{n}" for n in range(10)))
    async with delivering(a_deliverer(outbox)):
        await until_over(outbox, "WH2")
        hung = [got for got in receiver.received if got.path == "/hang"]
        assert 1 <= len(hung) < 11
    assert {d.status for d in await deliveries(outbox, "WH2")} == {"succeeded"}
    assert len({got.body for got in receiver.received if got.path == "/ok"}) == 11


async def test_gone_is_obeyed(outbox: SqlStore, receiver: Receiver) -> None:
    await hook(outbox, receiver.url("/gone"))
    await announce(outbox, "I1", "I2")
    async with delivering(a_deliverer(outbox)):
        await until_over(outbox)
    assert len(receiver.received) == 1
    async with outbox.snapshot() as tx:
        assert (await tx.webhook("w1", "WH1")).disabled_reason == "gone"


async def test_an_interview_that_is_erased_while_it_is_told_of_is_told_no_more(
    outbox: SqlStore, receiver: Receiver
) -> None:
    await hook(outbox, receiver.url("/hang"))
    await announce(outbox, "I1")
    async with delivering(a_deliverer(outbox)):
        await asyncio.wait_for(receiver.arrived.wait(), 10)
        async with outbox.transaction() as tx:
            await tx.erase_interview("I1")
        await announce(outbox, "I2")
        await until(lambda: _is(len(receiver.received) == 2))
    assert json.loads(receiver.received[1].body)["data"]["interview_id"] == "I2"
    assert [d.interview_id for d in await deliveries(outbox)] == ["I2"]


async def _is(value: bool) -> bool:
    return value


async def test_a_database_that_is_away_loses_nothing(outbox: SqlStore, receiver: Receiver) -> None:
    payloads = a_deliverer(outbox)._render
    away = True

    async def render(delivery: Delivery) -> bytes:
        nonlocal away
        if away:
            away = False
            raise Unavailable("The database does not answer.")
        return await payloads(delivery)

    await hook(outbox, receiver.url("/ok"))
    await announce(outbox, "I1")
    async with delivering(a_deliverer(outbox, render=render)):
        await until_over(outbox)
    (delivery,) = await deliveries(outbox)
    assert (delivery.status, delivery.attempts) == ("succeeded", 1)


async def test_our_own_fault_is_an_attempt_like_others(outbox: SqlStore) -> None:
    async def render(delivery: Delivery) -> bytes:
        raise ZeroDivisionError

    await hook(outbox, "https://hooks.example/")
    await announce(outbox, "I1")
    async with delivering(a_deliverer(outbox, render=render)):
        delivery = await until_attempted(outbox)
    assert delivery.error == "It could not be sent; our fault."
    assert delivery.next_attempt_at is not None


async def test_a_killed_sender_loses_nothing_and_the_next_signs_alike(
    store: SqlStore, database_url: str, receiver: Receiver
) -> None:
    """On both databases: killed once while a receiver hangs, once among many."""
    await fill(store)
    await hook(store, receiver.url("/hook"))
    await hook(store, receiver.url("/ok"), "WH2")
    receiver.modes["/hook"] = "/hang"
    interviews = ["I1", *(f"J{n}" for n in range(20))]
    await announce(store, *interviews)
    for _ in range(2):
        receiver.arrived.clear()
        sender = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.jobs.webhooks.outbox", database_url
        )
        try:
            await asyncio.wait_for(receiver.arrived.wait(), 120)
            await asyncio.sleep(0.2)
        finally:
            sender.send_signal(signal.SIGKILL)
            await sender.wait()
    receiver.modes["/hook"] = "/ok"
    async with delivering(a_deliverer(store)), delivering(a_deliverer(store, pace=HURRY)):
        await until_over(store, "WH2")
        await hurry(store)
        await until_over(store)

    expected = {an_event(interview_id).id for interview_id in interviews}
    for webhook_id, path in (("WH1", "/hook"), ("WH2", "/ok")):
        rows = await deliveries(store, webhook_id)
        assert {d.status for d in rows} == {"succeeded"}
        arrived = [got for got in receiver.received if got.path == path]
        events = [verified(got, webhook_id) for got in arrived]
        assert {got.headers["webhook-id"] for got in arrived} == expected
        assert {str(event["id"]) for event in events} == expected
