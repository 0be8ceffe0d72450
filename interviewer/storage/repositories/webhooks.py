"""Webhooks and their deliveries: an outbox that several processes empty."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from interviewer.domain.errors import NotFound
from interviewer.domain.webhooks import (
    Attempt,
    Delivery,
    Event,
    EventType,
    Outcome,
    Webhook,
    delivery_of,
    disabled_by,
    next_attempt_at,
)
from interviewer.interfaces import ClaimedDelivery, DeliveryFigures, Page
from interviewer.storage.records import from_row, to_row
from interviewer.storage.repositories.base import Repository
from interviewer.storage.tables import webhook_attempts, webhook_deliveries, webhooks

WITHDRAWN = "The webhook was disabled."


class Webhooks(Repository):
    """See `interfaces.WebhookRecords`."""

    async def add_webhook(self, webhook: Webhook) -> None:
        await self._insert(webhooks, to_row(webhook))

    async def webhook(self, workspace_id: str, webhook_id: str) -> Webhook:
        query = select(webhooks).where(
            webhooks.c.id == webhook_id, webhooks.c.workspace_id == workspace_id
        )
        return from_row(Webhook, await self._one(self._locked(query), "No such webhook."))

    async def webhooks(
        self, workspace_id: str, *, limit: int, starting_after: str | None = None
    ) -> Page[Webhook]:
        scope = webhooks.c.workspace_id == workspace_id
        return await self._page(
            Webhook, webhooks, [scope], limit=limit, starting_after=starting_after, scope=scope
        )

    async def count_webhooks(self, posting_id: str, event_type: EventType) -> int:
        query = select(func.count()).where(
            webhooks.c.posting_id == posting_id, webhooks.c.event_type == event_type
        )
        return await self._connection.scalar(query) or 0

    async def update_webhook(self, webhook: Webhook) -> None:
        await self._connection.execute(
            update(webhooks).where(webhooks.c.id == webhook.id).values(to_row(webhook))
        )

    async def delete_webhook(self, webhook_id: str) -> None:
        await self._connection.execute(delete(webhooks).where(webhooks.c.id == webhook_id))

    async def announce(self, event: Event) -> int:
        wanted = select(webhooks.c.id).where(
            webhooks.c.posting_id == event.posting_id,
            webhooks.c.event_type == event.type,
            webhooks.c.is_active,
        )
        rows = [
            to_row(delivery_of(event, found)) for found in await self._connection.scalars(wanted)
        ]
        if not rows:
            return 0
        sqlite = self._connection.dialect.name == "sqlite"
        new = (insert_sqlite if sqlite else insert_postgresql)(webhook_deliveries)
        made = await self._connection.scalars(
            new.values(rows).on_conflict_do_nothing().returning(webhook_deliveries.c.id)
        )
        return len(made.all())

    async def deliveries(
        self, webhook_id: str, *, limit: int, starting_after: str | None = None
    ) -> Page[Delivery]:
        table = webhook_deliveries
        scope = table.c.webhook_id == webhook_id
        return await self._page(
            Delivery, table, [scope], limit=limit, starting_after=starting_after, scope=scope
        )

    async def delivery(self, webhook_id: str, delivery_id: str) -> Delivery:
        table = webhook_deliveries
        query = select(table).where(table.c.id == delivery_id, table.c.webhook_id == webhook_id)
        return from_row(Delivery, await self._one(self._locked(query), "No such delivery."))

    async def update_delivery(self, delivery: Delivery) -> None:
        table = webhook_deliveries
        await self._connection.execute(
            update(table).where(table.c.id == delivery.id).values(to_row(delivery))
        )

    # --- delivering ---------------------------------------------------------------------------

    async def delivery_is_due(self, now: float) -> bool:
        query = select(webhook_deliveries.c.id).where(_due(now)).limit(1)
        return await self._connection.scalar(query) is not None

    async def claim_deliveries(
        self, now: float, *, limit: int, lease_seconds: float
    ) -> Sequence[ClaimedDelivery]:
        table = webhook_deliveries
        place = func.row_number().over(
            partition_by=table.c.webhook_id, order_by=(table.c.next_attempt_at, table.c.id)
        )
        turns = select(table.c.id, place.label("place")).where(_due(now)).subquery()
        first = select(turns.c.id).where(turns.c.place == 1)
        query = (
            select(table)
            .where(table.c.id.in_(first), _due(now))
            .order_by(table.c.next_attempt_at, table.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claimed = []
        for row in await self._rows(query):
            lease = secrets.token_hex(8)
            await self._connection.execute(
                update(table)
                .where(table.c.id == row["id"])
                .values(lease=lease, leased_until=now + lease_seconds)
            )
            webhook = await self._webhook_of(row["webhook_id"])
            delivery = from_row(Delivery, row)
            claimed.append(ClaimedDelivery(delivery=delivery, webhook=webhook, lease=lease))
        return claimed

    async def _webhook_of(self, webhook_id: str) -> Webhook:
        row = await self._one(select(webhooks).where(webhooks.c.id == webhook_id), "It is gone.")
        return from_row(Webhook, row)

    async def settle(
        self, claimed: ClaimedDelivery, attempt: Attempt, chance: float
    ) -> Webhook | None:
        # The webhook's row first, as where it is deleted, so that neither waits for the other.
        try:
            webhook = await self.webhook(claimed.webhook.workspace_id, claimed.webhook.id)
        except NotFound:
            return None
        table = webhook_deliveries
        mine = (table.c.id == claimed.delivery.id) & (table.c.lease == claimed.lease)
        rows = await self._rows(self._locked(select(table).where(mine)))
        if not rows:
            return None
        settled = _after(from_row(Delivery, rows[0]), attempt, chance)
        await self.update_delivery(settled)
        await self._connection.execute(
            update(table).where(mine).values(lease=None, leased_until=None)
        )
        await self._count(attempt.outcome)
        return await self._judge(webhook, attempt, last=settled.status == "failed")

    async def _judge(self, webhook: Webhook, attempt: Attempt, *, last: bool) -> Webhook:
        """What the attempt says of its webhook: that it works, fails, or is to be given up."""
        if attempt.outcome == "succeeded":
            judged = replace(webhook, failing_since=None)
        else:
            since = attempt.at if webhook.failing_since is None else webhook.failing_since
            judged = replace(webhook, failing_since=since)
            reason = disabled_by(webhook, attempt, last=last)
            if webhook.is_active and reason is not None:
                judged = replace(
                    judged, is_active=False, disabled_reason=reason, updated_at=attempt.at
                )
                await self._withdraw(webhook.id, attempt.at)
        if judged != webhook:
            await self.update_webhook(judged)
        return judged

    async def _withdraw(self, webhook_id: str, now: float) -> None:
        table = webhook_deliveries
        await self._connection.execute(
            update(table)
            .where(table.c.webhook_id == webhook_id, table.c.status == "pending")
            .values(status="failed", next_attempt_at=None, error=WITHDRAWN, updated_at=now)
        )

    async def _count(self, outcome: Outcome) -> None:
        table = webhook_attempts
        known = update(table).where(table.c.outcome == outcome)
        more = await self._connection.execute(known.values(attempts=table.c.attempts + 1))
        if not more.rowcount:
            # Two first ones at once: the second waits, finds a row there, and adds to it.
            sqlite = self._connection.dialect.name == "sqlite"
            new = (insert_sqlite if sqlite else insert_postgresql)(table)
            await self._connection.execute(
                new.values(outcome=outcome, attempts=1).on_conflict_do_update(
                    index_elements=["outcome"], set_={"attempts": table.c.attempts + 1}
                )
            )

    # --- looking after ------------------------------------------------------------------------

    async def delivery_figures(self, now: float) -> DeliveryFigures:
        table = webhook_deliveries
        pending = select(func.count(), func.min(table.c.next_attempt_at)).where(
            table.c.status == "pending"
        )
        count, oldest = (await self._connection.execute(pending)).one()
        attempts = await self._rows(select(webhook_attempts))
        return DeliveryFigures(
            pending=count,
            overdue=0.0 if oldest is None else max(0.0, now - oldest),
            attempts={row["outcome"]: row["attempts"] for row in attempts},
        )

    async def forget_deliveries(self, before: float, *, limit: int = 500) -> int:
        table = webhook_deliveries
        old = (
            select(table.c.id)
            .where(table.c.status != "pending", table.c.updated_at < before)
            .limit(limit)
        )
        forgotten = await self._connection.execute(delete(table).where(table.c.id.in_(old)))
        return forgotten.rowcount


def _due(now: float) -> ColumnElement[bool]:
    """Pending, its time has come, and no delivery of its webhook is being sent."""
    table = webhook_deliveries
    other = table.alias("other")
    sending = (
        select(other.c.id)
        .where(other.c.webhook_id == table.c.webhook_id, other.c.leased_until > now)
        .exists()
    )
    free = or_(table.c.leased_until.is_(None), table.c.leased_until <= now)
    is_due = and_(table.c.status == "pending", table.c.next_attempt_at <= now)
    return and_(is_due, free, ~sending)


def _after(delivery: Delivery, attempt: Attempt, chance: float) -> Delivery:
    attempts = delivery.attempts + 1
    settled = replace(
        delivery,
        attempts=attempts,
        last_attempt_at=attempt.at,
        response_status=attempt.response_status,
        response_body=attempt.response_body,
        error=attempt.error,
        updated_at=attempt.at,
    )
    if attempt.outcome == "succeeded":
        return replace(settled, status="succeeded", next_attempt_at=None)
    again = next_attempt_at(attempts, attempt.at, chance)
    if again is None or delivery.status != "pending":
        return replace(settled, status="failed", next_attempt_at=None)
    return replace(settled, next_attempt_at=again)
