"""Webhooks as their owners manage them: make, rotate, activate, delete, replay."""

from __future__ import annotations

from dataclasses import dataclass, replace

from interviewer.domain.addresses import unfit_url
from interviewer.domain.errors import Conflict, FieldError, Invalid, NotFound
from interviewer.domain.webhooks import Delivery, EventType, Webhook
from interviewer.interfaces import AuditEntry, Store, Transaction
from interviewer.sessions import ids, webhook_secrets

MOST_WEBHOOKS = 20
"""Of one event type of one posting: each costs every such event a row and a delivery."""
MOST_SECRETS = 5
"""That sign at once: each costs every delivery a signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDesk:
    """What the use cases need. `actor`: who asks, for the audit trail."""

    store: Store
    secret: bytes
    allow_loopback: bool
    workspace_id: str
    actor: str
    now: float

    async def create(
        self, posting_id: str, webhook_url: str, event_type: EventType
    ) -> tuple[Webhook, str]:
        """The webhook and its secret. Raises Invalid (`webhook_url`), NotFound (`posting_id`),
        Conflict (`too_many_webhooks`)."""
        reason = unfit_url(webhook_url, allow_loopback=self.allow_loopback)
        if reason is not None:
            error = FieldError("webhook_url", "invalid_url", reason)
            raise Invalid(f"webhook_url: {reason}", errors=[error], param="webhook_url")
        webhook_id = ids.new_webhook_id()
        secret = webhook_secrets.derive(self.secret, webhook_id, 0)
        webhook = Webhook(
            id=webhook_id,
            workspace_id=self.workspace_id,
            posting_id=posting_id,
            webhook_url=webhook_url,
            event_type=event_type,
            secret_sha256=webhook_secrets.fingerprint(secret),
            created_at=self.now,
            updated_at=self.now,
        )
        async with self.store.transaction() as tx:
            await self._require_posting(tx, posting_id)
            if await tx.count_webhooks(posting_id, event_type) >= MOST_WEBHOOKS:
                message = f"At most {MOST_WEBHOOKS} webhooks for one event of one posting."
                raise Conflict(message, code="too_many_webhooks")
            await tx.add_webhook(webhook)
            await self._audit(tx, webhook, "created")
        return webhook, secret

    async def _require_posting(self, tx: Transaction, posting_id: str) -> None:
        try:
            await tx.posting(self.workspace_id, posting_id)
        except NotFound as error:
            raise NotFound(error.message, param="posting_id") from None

    async def rotate(self, webhook_id: str) -> tuple[Webhook, str]:
        """A new secret; the old one signs beside it for another day. Raises Conflict."""
        async with self.store.transaction() as tx:
            webhook = await tx.webhook(self.workspace_id, webhook_id)
            if len(webhook.signing_secrets(self.now)) >= MOST_SECRETS:
                message = f"At most {MOST_SECRETS - 1} times a day."
                raise Conflict(message, code="rotated_too_often")
            rotated_at = (*webhook.rotated_at, self.now)
            secret = webhook_secrets.derive(self.secret, webhook_id, len(rotated_at))
            webhook = replace(
                webhook,
                rotated_at=rotated_at,
                secret_sha256=webhook_secrets.fingerprint(secret),
                updated_at=self.now,
            )
            await tx.update_webhook(webhook)
            await self._audit(tx, webhook, "secret_rotated")
        return webhook, secret

    async def activate(self, webhook_id: str) -> Webhook:
        """Deliver to it again; what it missed meanwhile stays missed, or is replayed."""
        async with self.store.transaction() as tx:
            webhook = await tx.webhook(self.workspace_id, webhook_id)
            if webhook.is_active:
                return webhook
            webhook = replace(
                webhook,
                is_active=True,
                disabled_reason=None,
                failing_since=None,
                updated_at=self.now,
            )
            await tx.update_webhook(webhook)
            await self._audit(tx, webhook, "activated")
        return webhook

    async def delete(self, webhook_id: str) -> Webhook:
        """As it was, inactive. Its deliveries go with it."""
        async with self.store.transaction() as tx:
            webhook = await tx.webhook(self.workspace_id, webhook_id)
            await tx.delete_webhook(webhook_id)
            await self._audit(tx, webhook, "deleted")
        return replace(webhook, is_active=False, updated_at=self.now)

    async def replay(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Due at once, with all attempts before it again. Raises Conflict (`webhook_disabled`)."""
        async with self.store.transaction() as tx:
            webhook = await tx.webhook(self.workspace_id, webhook_id)
            delivery = await tx.delivery(webhook_id, delivery_id)
            if not webhook.is_active:
                raise Conflict("This webhook is disabled.", code="webhook_disabled")
            delivery = replace(
                delivery,
                status="pending",
                attempts=0,
                next_attempt_at=self.now,
                updated_at=self.now,
            )
            await tx.update_delivery(delivery)
        return delivery

    async def _audit(self, tx: Transaction, webhook: Webhook, action: str) -> None:
        await tx.audit(
            AuditEntry(
                workspace_id=self.workspace_id,
                actor=self.actor,
                action=f"webhook.{action}",
                object_type="webhook",
                object_id=webhook.id,
                at=self.now,
            )
        )
