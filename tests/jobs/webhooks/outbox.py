"""A store with webhooks to deliver to, and a deliverer in a hurry.

Run as a program, it delivers until it is killed: `python -m tests.jobs.webhooks.outbox URL`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from interviewer.api.views.webhooks import Payloads
from interviewer.domain.webhooks import Delivery, Webhook
from interviewer.interfaces import Store
from interviewer.jobs.webhooks import Courier, Deliverer, DeliveryPace
from interviewer.sessions import webhook_secrets
from interviewer.storage.engine import open_store
from tests.contracts.records import a_webhook, an_event, an_interview
from tests.fakes.blobs import FakeBlobs

SECRET = b"a-service-secret-for-tests"
HURRY = DeliveryPace(poll=0.05, rest=0.01, lease=2.0, grace=0.2, at_once=4)


def a_deliverer(store: Store, **changes: Any) -> Deliverer:
    values: dict[str, Any] = {
        "courier": Courier(allow_loopback=True, timeout=1.0),
        "render": Payloads(store, FakeBlobs(), "http://interviews.test").body,
        "secret": SECRET,
        "pace": HURRY,
    }
    return Deliverer(store=store, **values | changes)


async def hook(store: Store, url: str, webhook_id: str = "WH1", **more: Any) -> Webhook:
    """A webhook to that URL, with the secret that `SECRET` gives it."""
    number = len(more.get("rotated_at", ()))
    secret = webhook_secrets.derive(SECRET, webhook_id, number)
    values: dict[str, Any] = {"rotated_at": ()} | more
    webhook = replace(
        a_webhook(webhook_id, webhook_url=url, **values),
        secret_sha256=webhook_secrets.fingerprint(secret),
    )
    async with store.transaction() as tx:
        await tx.add_webhook(webhook)
    return webhook


async def announce(store: Store, *interviews: str) -> None:
    """That those are over; those that are new are made first."""
    async with store.transaction() as tx:
        for interview_id in interviews:
            if interview_id != "I1":
                await tx.add_interview(an_interview(interview_id))
            await tx.announce(an_event(interview_id))


async def hurry(store: Store, webhook_id: str = "WH1") -> None:
    """What waits for another try is due now."""
    for delivery in await deliveries(store, webhook_id):
        if delivery.status == "pending":
            async with store.transaction() as tx:
                await tx.update_delivery(replace(delivery, next_attempt_at=1.0))


async def deliveries(store: Store, webhook_id: str = "WH1") -> list[Delivery]:
    async with store.snapshot() as tx:
        return list((await tx.deliveries(webhook_id, limit=100)).items)


@asynccontextmanager
async def delivering(deliverer: Deliverer) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(deliverer.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)


async def main(url: str) -> None:
    await a_deliverer(open_store(url)).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
