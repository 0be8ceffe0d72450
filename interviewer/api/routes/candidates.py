"""`/postings/{posting_id}/candidates`, and `/ingestions` of those that are invited later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from interviewer.api import examples, paging
from interviewer.api.deps import (
    ApiConfig,
    Caller,
    CallerDep,
    ConfigDep,
    NowDep,
    Services,
    ServicesDep,
)
from interviewer.api.schemas import candidates as wire
from interviewer.api.schemas.common import Line100, Listing, Single
from interviewer.api.views import interviews as views
from interviewer.sessions import candidates
from interviewer.sessions.audit import note_view
from interviewer.sessions.drafts import CandidateDraft
from interviewer.sessions.ingestions import hand_in

router = APIRouter(prefix="/postings/{posting_id}/candidates", tags=["Candidates"])
ingestions = APIRouter(prefix="/ingestions", tags=["Candidates"])


@router.post("", status_code=201, summary="Invite a candidate")
async def ingest_candidate(
    *,
    posting_id: str,
    services: ServicesDep,
    config: ConfigDep,
    caller: CallerDep,
    now: NowDep,
    body: Annotated[wire.IngestCandidate, Body(openapi_examples=examples.CANDIDATE)],
) -> Single[wire.IngestedCandidate]:
    """One interview for each candidate and posting: a known e-mail address gets the same
    interview back, with the new name, phone number, metadata and data."""
    records = await candidates.ingest(
        services.store,
        caller.workspace.id,
        posting_id,
        [body.draft()],
        actor=caller.actor,
        now=now,
    )
    receipt = views.ingested(records[0], caller.workspace, config.origin)
    return Single(object="candidate", data=receipt)


@router.post("/bulk", status_code=201, summary="Invite many candidates")
async def ingest_candidates(
    *,
    posting_id: str,
    services: ServicesDep,
    config: ConfigDep,
    caller: CallerDep,
    now: NowDep,
    body: Annotated[wire.IngestCandidates, Body(openapi_examples=examples.CANDIDATES)],
) -> Single[list[wire.IngestedCandidate]]:
    """All or none: one unusable row refuses them all, and every one is named."""
    records = await candidates.ingest(
        services.store,
        caller.workspace.id,
        posting_id,
        [row.draft() for row in body.data],
        actor=caller.actor,
        now=now,
    )
    receipts = [views.ingested(r, caller.workspace, config.origin) for r in records]
    return Single(object="list", data=receipts)


@router.post("/async", status_code=202, summary="Invite a candidate later")
async def queue_candidate(
    *,
    posting_id: str,
    response: Response,
    services: ServicesDep,
    config: ConfigDep,
    caller: CallerDep,
    now: NowDep,
    body: Annotated[wire.IngestCandidate, Body(openapi_examples=examples.CANDIDATE)],
) -> Single[wire.QueuedIngestion]:
    """Checked at once, invited by a job: ask at `status_url` what became of it."""
    return await _hand_in(
        posting_id=posting_id,
        drafts=[body.draft()],
        response=response,
        services=services,
        config=config,
        caller=caller,
        now=now,
    )


@router.post("/bulk/async", status_code=202, summary="Invite many candidates later")
async def queue_candidates(
    *,
    posting_id: str,
    response: Response,
    services: ServicesDep,
    config: ConfigDep,
    caller: CallerDep,
    now: NowDep,
    body: Annotated[wire.IngestCandidates, Body(openapi_examples=examples.CANDIDATES)],
) -> Single[wire.QueuedIngestion]:
    """Checked at once, all or none; invited by a job: ask at `status_url` what became of it."""
    return await _hand_in(
        posting_id=posting_id,
        drafts=[row.draft() for row in body.data],
        response=response,
        services=services,
        config=config,
        caller=caller,
        now=now,
    )


async def _hand_in(
    *,
    posting_id: str,
    drafts: Sequence[CandidateDraft],
    response: Response,
    services: Services,
    config: ApiConfig,
    caller: Caller,
    now: float,
) -> Single[wire.QueuedIngestion]:
    ingestion = await hand_in(
        services.store,
        services.jobs,
        caller.workspace.id,
        posting_id,
        drafts,
        actor=caller.actor,
        now=now,
    )
    receipt = views.queued(ingestion, config.origin)
    response.headers["Location"] = receipt.status_url
    return Single(object="ingestion", data=receipt)


@ingestions.get("/{ingestion_id}", summary="Get what became of an ingestion")
async def get_ingestion(
    ingestion_id: str, services: ServicesDep, config: ConfigDep, caller: CallerDep
) -> Single[wire.Ingestion]:
    """Kept for 30 days. A failed one may be handed in again: known addresses keep their
    interviews."""
    async with services.store.snapshot() as tx:
        record = await tx.ingestion(caller.workspace.id, ingestion_id)
    view = views.ingestion(record, caller.workspace, config.origin)
    return Single(object="ingestion", data=view)


@router.get("", summary="List candidates")
async def list_candidates(
    *,
    request: Request,
    posting_id: str,
    services: ServicesDep,
    config: ConfigDep,
    caller: CallerDep,
    now: NowDep,
    limit: paging.Limit = 20,
    starting_after: paging.After = None,
    status: Annotated[wire.StatusName | None, Query()] = None,
    search: Annotated[
        Line100 | None, Query(description="In name or e-mail address, whatever the case.")
    ] = None,
    created_after: Annotated[
        str | None, Query(max_length=40, description="ISO 8601 or Unix seconds, inclusive.")
    ] = None,
    created_before: Annotated[
        str | None, Query(max_length=40, description="ISO 8601 or Unix seconds, inclusive.")
    ] = None,
) -> Listing[wire.Candidate]:
    """Newest first, with progress and scores."""
    after = paging.moment(created_after, "created_after")
    before = paging.moment(created_before, "created_before")
    async with services.store.snapshot() as tx:
        await tx.posting(caller.workspace.id, posting_id)
        page = await tx.interviews(
            caller.workspace.id,
            posting_id,
            limit=limit,
            starting_after=starting_after,
            status=status,
            search=search or None,
            created_after=after,
            created_before=before,
        )
    await note_view(
        services.store,
        caller.workspace.id,
        "candidates.listed",
        "posting",
        posting_id,
        actor=caller.actor,
        now=now,
    )
    rows = [
        await views.candidate(record, caller.workspace, config.origin, services.blobs)
        for record in page.items
    ]
    return paging.listing(request, rows, has_more=page.has_more, total=page.total)
