"""`/health`, `/ready`, `/metrics`: for those who run the service."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse

from interviewer.api.deps import NowDep, ServicesDep
from interviewer.api.metrics import JOBS, WEBHOOKS
from interviewer.domain.errors import InterviewerError, Unavailable

router = APIRouter(tags=["Operation"])

READY_WITHIN_SECONDS = 5.0


@router.get("/health", summary="Is the process alive?")
async def health() -> dict[str, Any]:
    return {"message": "The interviewer is running.", "status": 200}


@router.get("/ready", summary="Can interviews be held?")
async def ready(services: ServicesDep) -> JSONResponse:
    """200 once models are loaded and the database answers; else 503 with the reason."""
    reason = await _unready(services)
    status = 200 if reason is None else 503
    body = {"message": reason or "Ready for interviews.", "status": status}
    return JSONResponse(body, status, None if reason is None else {"Retry-After": "5"})


async def _unready(services: ServicesDep) -> str | None:
    try:
        async with asyncio.timeout(READY_WITHIN_SECONDS):
            await services.store.ping()
            return await services.readiness()
    except TimeoutError:
        return "The database does not answer."
    except InterviewerError as refusal:
        return refusal.message


@router.get("/metrics", response_class=Response, summary="Figures for Prometheus")
async def metrics(services: ServicesDep, now: NowDep) -> Response:
    """Figures of webhooks and jobs stay as they were while the database does not answer."""
    with suppress(Unavailable):
        async with services.store.snapshot() as tx:
            WEBHOOKS.latest = await tx.delivery_figures(now)
        JOBS.latest = await services.jobs.depths()
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
