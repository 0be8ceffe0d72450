"""`/webhooks`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request, Response

from interviewer.api import examples, paging
from interviewer.api.deps import CallerDep, ConfigDep, NowDep, ServicesDep
from interviewer.api.schemas import webhooks as wire
from interviewer.api.schemas.common import Listing, Single
from interviewer.api.views import webhooks as views
from interviewer.sessions.webhooks import WebhookDesk

router = APIRouter(prefix="/webhooks", tags=["Webhooks"])


def get_desk(
    services: ServicesDep, config: ConfigDep, caller: CallerDep, now: NowDep
) -> WebhookDesk:
    return WebhookDesk(
        store=services.store,
        secret=config.session_secret,
        allow_loopback=config.webhook_allow_loopback,
        workspace_id=caller.workspace.id,
        actor=caller.actor,
        now=now,
    )


def get_payloads(services: ServicesDep, config: ConfigDep) -> views.Payloads:
    return views.Payloads(services.store, services.blobs, config.origin)


DeskDep = Annotated[WebhookDesk, Depends(get_desk)]
PayloadsDep = Annotated[views.Payloads, Depends(get_payloads)]


@router.post("", status_code=201, summary="Register a webhook")
async def create_webhook(
    request: Request,
    desk: DeskDep,
    body: Annotated[wire.CreateWebhook, Body(openapi_examples=examples.WEBHOOK)],
) -> Single[wire.WebhookWithSecret]:
    """Keep `secret`: it is shown this once, and every delivery is signed with it."""
    record, secret = await desk.create(body.posting_id, body.webhook_url, body.event_type)
    request.state.secrets = (secret,)
    return Single(object="webhook", data=views.with_secret(record, secret))


@router.get("", summary="List webhooks")
async def list_webhooks(
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    limit: paging.Limit = 20,
    starting_after: paging.After = None,
) -> Listing[wire.WireWebhook]:
    """Newest first; disabled ones too."""
    async with services.store.snapshot() as tx:
        page = await tx.webhooks(caller.workspace.id, limit=limit, starting_after=starting_after)
    rows = [views.webhook(record) for record in page.items]
    return paging.listing(request, rows, has_more=page.has_more, total=page.total)


@router.get("/{webhook_id}", summary="Get a webhook")
async def get_webhook(
    webhook_id: str, services: ServicesDep, caller: CallerDep
) -> Single[wire.WireWebhook]:
    async with services.store.snapshot() as tx:
        record = await tx.webhook(caller.workspace.id, webhook_id)
    return Single(object="webhook", data=views.webhook(record))


@router.delete("/{webhook_id}", summary="Delete a webhook")
async def delete_webhook(webhook_id: str, desk: DeskDep) -> Single[wire.WireWebhook]:
    """Nothing is delivered to it any more; its deliveries are deleted with it."""
    return Single(object="webhook", data=views.webhook(await desk.delete(webhook_id)))


@router.post("/{webhook_id}/rotate-secret", summary="Replace a webhook's secret")
async def rotate_secret(
    request: Request, webhook_id: str, desk: DeskDep
) -> Single[wire.WebhookWithSecret]:
    """For 24 hours deliveries are signed with the old one too. Four times a day at most."""
    record, secret = await desk.rotate(webhook_id)
    request.state.secrets = (secret,)
    return Single(object="webhook", data=views.with_secret(record, secret))


@router.post("/{webhook_id}/activate", summary="Enable a disabled webhook")
async def activate_webhook(webhook_id: str, desk: DeskDep) -> Single[wire.WireWebhook]:
    """What happened meanwhile is not delivered; failed deliveries may be replayed."""
    return Single(object="webhook", data=views.webhook(await desk.activate(webhook_id)))


@router.get(
    "/{webhook_id}/deliveries",
    summary="List deliveries",
    response_model=Listing[wire.WireDelivery],
)
async def list_deliveries(
    *,
    request: Request,
    webhook_id: str,
    services: ServicesDep,
    caller: CallerDep,
    payloads: PayloadsDep,
    limit: paging.Limit = 20,
    starting_after: paging.After = None,
) -> Response:
    """Newest first, kept for 30 days after the last attempt."""
    async with services.store.snapshot() as tx:
        await tx.webhook(caller.workspace.id, webhook_id)
        page = await tx.deliveries(webhook_id, limit=limit, starting_after=starting_after)
    rows = [await payloads.shown(delivery) for delivery in page.items]
    listed = paging.listing(request, rows, has_more=page.has_more, total=page.total)
    return Response(await asyncio.to_thread(_json, listed), media_type="application/json")


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/replay", status_code=202, summary="Deliver again"
)
async def replay_delivery(
    webhook_id: str, delivery_id: str, desk: DeskDep, payloads: PayloadsDep
) -> Single[wire.WireDelivery]:
    """At once, with the same `webhook-id` and all attempts before it again."""
    delivery = await desk.replay(webhook_id, delivery_id)
    return Single(object="webhook_delivery", data=await payloads.shown(delivery))


def _json(listed: Listing[wire.WireDelivery]) -> bytes:
    """Row by row, so that a page of whole interviews does not hold the interpreter up."""
    rows: Sequence[str] = [row.model_dump_json() for row in listed.data]
    pagination = listed.pagination.model_dump_json()
    return f'{{"data":[{",".join(rows)}],"pagination":{pagination}}}'.encode()
