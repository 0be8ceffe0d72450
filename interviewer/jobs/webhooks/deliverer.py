"""Emptying the outbox: what is due is claimed, sent, and its outcome written down.

Any number of processes may do so at once; each delivery is one's alone while its lease lasts. A
process that dies keeps nothing but the lease: once that is over, another sends it again, with
the same `webhook-id`. So everything arrives at least once.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog
from standardwebhooks import Webhook as Signer

from interviewer.domain.errors import NotFound, Unavailable
from interviewer.domain.webhooks import Attempt, Delivery, Webhook
from interviewer.interfaces import ClaimedDelivery, Store
from interviewer.jobs.webhooks.courier import Courier
from interviewer.jobs.worker import place_of
from interviewer.sessions import webhook_secrets

log = structlog.get_logger()

Render = Callable[[Delivery], Awaitable[bytes]]
"""The body to send now. Raises NotFound where the interview is gone."""

USER_AGENT = "Interviewer-Webhooks/1"
ROTATE = "The service's secret is another than this webhook's was made with: rotate it."


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPace:
    """Seconds. `poll`: between two looks at the outbox; `rest`: at least, however much there
    is; `lease`: longer than one sending takes; `grace`: for those under way at a stop.

    `at_once`: deliveries under way, one a webhook.
    """

    poll: float = 1.0
    rest: float = 0.05
    lease: float = 60.0
    grace: float = 5.0
    at_once: int = 8


class Deliverer:
    """`secret`: the service's, from which webhooks' secrets are derived. `clock`: Unix seconds."""

    def __init__(
        self,
        *,
        store: Store,
        courier: Courier,
        render: Render,
        secret: bytes,
        pace: DeliveryPace = DeliveryPace(),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._courier = courier
        self._render = render
        self._secret = secret
        self._pace = pace
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set or the task is cancelled."""
        async with asyncio.TaskGroup() as group:
            stopped = group.create_task(stop.wait(), name="webhooks.stop")
            sending: set[asyncio.Task[None]] = set()
            while not stop.is_set():
                free = self._pace.at_once - len(sending)
                for claimed in await self._claim(free) if free else ():
                    sending.add(group.create_task(self._deliver(claimed)))
                await asyncio.wait(
                    {stopped, *sending},
                    timeout=self._pace.poll,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                await asyncio.sleep(self._pace.rest)
                sending = {task for task in sending if not task.done()}
            if sending:
                await asyncio.wait(sending, timeout=self._pace.grace)
            for task in sending:
                task.cancel()

    async def _claim(self, limit: int) -> Sequence[ClaimedDelivery]:
        """Looking costs no lock; the store's write lock is taken only if there is something."""
        now = self._clock()
        try:
            async with self._store.snapshot() as tx:
                if not await tx.delivery_is_due(now):
                    return ()
            async with self._store.transaction() as tx:
                return await tx.claim_deliveries(now, limit=limit, lease_seconds=self._pace.lease)
        except Unavailable as error:
            log.warning("webhook.outbox.silent", reason=error.message)
        except Exception as error:
            log.error("webhook.outbox.failed", where=place_of(error))  # noqa: TRY400 - as below
        return ()

    async def _deliver(self, claimed: ClaimedDelivery) -> None:
        try:
            attempt = await self._attempt(claimed)
            async with self._store.transaction() as tx:
                webhook = await tx.settle(claimed, attempt, random.random())
        except (NotFound, Unavailable) as refusal:
            # Erased meanwhile, or the database is away: then another try comes after the lease.
            log.warning("webhook.delivery.dropped", reason=refusal.message)
            return
        except Exception as error:
            log.error("webhook.delivery.failed", where=place_of(error))  # noqa: TRY400 - may quote
            return
        log.info(
            "webhook.attempted",
            webhook_id=claimed.webhook.id,
            delivery_id=claimed.delivery.id,
            outcome=attempt.outcome,
            response_status=attempt.response_status,
        )
        if webhook is not None and claimed.webhook.is_active and not webhook.is_active:
            log.warning("webhook.disabled", webhook_id=webhook.id, reason=webhook.disabled_reason)

    async def _attempt(self, claimed: ClaimedDelivery) -> Attempt:
        """Send it. Raises NotFound, Unavailable."""
        delivery, webhook = claimed.delivery, claimed.webhook
        now = self._clock()
        secrets = self._secrets(webhook, now)
        if webhook_secrets.fingerprint(secrets[0]) != webhook.secret_sha256:
            return Attempt(outcome="error", at=now, error=ROTATE)
        try:
            body = await self._render(delivery)
            headers = signed_headers(secrets, delivery.event_id, now, body)
            attempt = await self._courier.send(webhook.webhook_url, headers, body, now)
            # The pause before the next one begins when this one has ended.
            return replace(attempt, at=self._clock())
        except (NotFound, Unavailable):
            raise
        except Exception as error:
            log.error("webhook.delivery.failed", where=place_of(error))  # noqa: TRY400 - may quote
            return Attempt(outcome="error", at=now, error="It could not be sent; our fault.")

    def _secrets(self, webhook: Webhook, now: float) -> list[str]:
        numbers = webhook.signing_secrets(now)
        return [webhook_secrets.derive(self._secret, webhook.id, number) for number in numbers]


def signed_headers(
    secrets: Sequence[str], event_id: str, now: float, body: bytes
) -> dict[str, str]:
    """Of Standard Webhooks: a signature by each secret, with spaces between."""
    at = datetime.fromtimestamp(int(now), UTC)
    signatures = [Signer(secret).sign(event_id, at, body.decode()) for secret in secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now)),
        "webhook-signature": " ".join(signatures),
    }
