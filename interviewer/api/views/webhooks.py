"""Webhooks and deliveries as recruiters see them, and the bodies that are sent."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from interviewer.api.schemas import candidates as candidates_wire
from interviewer.api.schemas import webhooks as wire
from interviewer.api.views import interviews as views
from interviewer.domain.errors import NotFound
from interviewer.domain.webhooks import Delivery, Webhook
from interviewer.interfaces import Blobs, Store

Data = candidates_wire.Candidate | candidates_wire.InterviewData


def webhook(record: Webhook) -> wire.WireWebhook:
    return wire.WireWebhook(**_fields(record))


def with_secret(record: Webhook, secret: str) -> wire.WebhookWithSecret:
    return wire.WebhookWithSecret(**_fields(record), secret=secret)


def _fields(record: Webhook) -> dict[str, object]:
    return {
        "webhook_id": record.id,
        "posting_id": record.posting_id,
        "webhook_url": record.webhook_url,
        "event_type": record.event_type,
        "is_active": record.is_active,
        "disabled_reason": record.disabled_reason,
        "failing_since": record.failing_since,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


@dataclass(frozen=True, slots=True)
class Payloads:
    """The bodies of deliveries, made from what is stored when they are asked for.

    So an erasure reaches all that has not been sent yet, no copy of a candidate's data lies in
    the outbox, and links to recordings still open after a day of retries.
    """

    store: Store
    blobs: Blobs
    origin: str

    async def event(self, delivery: Delivery) -> wire.Event[Data]:
        """Raises NotFound where the interview is gone."""
        at = datetime.fromtimestamp(delivery.happened_at, UTC).isoformat(timespec="microseconds")
        return wire.Event[Data](
            id=delivery.event_id,
            type=delivery.event_type,
            timestamp=at.replace("+00:00", "Z"),
            created_at=delivery.happened_at,
            data=await self._data(delivery),
        )

    async def body(self, delivery: Delivery) -> bytes:
        """As it goes over the wire and is signed. Raises NotFound."""
        return (await self.event(delivery)).model_dump_json().encode()

    async def _data(self, delivery: Delivery) -> Data:
        async with self.store.snapshot() as tx:
            record = await tx.interview(None, delivery.interview_id)
            workspace = await tx.workspace(record.workspace_id)
        if delivery.event_type == "candidate_ingested":
            return await views.candidate(record, workspace, self.origin, self.blobs)
        return await views.data(record, self.blobs)

    async def shown(self, delivery: Delivery) -> wire.WireDelivery:
        """The delivery with its payload; null once the interview is gone."""
        try:
            payload = (await self.event(delivery)).model_dump()
        except NotFound:
            payload = None
        return wire.WireDelivery(**asdict(delivery), payload=payload)
