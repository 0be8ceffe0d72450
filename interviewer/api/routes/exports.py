"""`/postings/{posting_id}/export`: everything about its candidates, to take along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse

from interviewer.api.deps import CallerDep, NowDep, Services, ServicesDep
from interviewer.api.views import exports
from interviewer.api.views import interviews as views
from interviewer.domain.interview import Interview
from interviewer.sessions.audit import note

router = APIRouter(prefix="/postings/{posting_id}/export", tags=["Candidates"])

PAGE = 100


@router.get(
    "",
    summary="Export a posting's candidates",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "A table, or a JSON array of what `/interviews/{id}/data` gives.",
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
            },
        }
    },
)
async def export_candidates(
    posting_id: str,
    services: ServicesDep,
    caller: CallerDep,
    now: NowDep,
    format: Annotated[Literal["csv", "json"], Query()] = "csv",
) -> StreamingResponse:
    """All of them, newest first, as they come. In the table a cell that a spreadsheet would run
    as a formula begins with an apostrophe. Each export is noted in the audit log."""
    workspace_id = caller.workspace.id
    async with services.store.snapshot() as tx:
        posting = await tx.posting(workspace_id, posting_id)
    await note(
        services.store,
        workspace_id,
        "posting.exported",
        "posting",
        posting_id,
        actor=caller.actor,
        now=now,
    )
    records = _all(services, workspace_id, posting_id)
    body, kind = (
        (_table(records), "text/csv; charset=utf-8")
        if format == "csv"
        else (_array(records, services), "application/json")
    )
    name = f"{posting.slug}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(body, media_type=kind, headers=headers)


async def _all(services: Services, workspace_id: str, posting_id: str) -> AsyncIterator[Interview]:
    """Page by page, so that no long list is held in memory."""
    cursor: str | None = None
    while True:
        async with services.store.snapshot() as tx:
            page = await tx.interviews(workspace_id, posting_id, limit=PAGE, starting_after=cursor)
        for record in page.items:
            yield record
        if not page.has_more:
            return
        cursor = page.items[-1].id


async def _table(records: AsyncIterator[Interview]) -> AsyncIterator[str]:
    # A byte order mark: without it spreadsheets take UTF-8 for something else.
    yield "\ufeff" + exports.header()
    async for record in records:
        yield exports.line(record)


async def _array(records: AsyncIterator[Interview], services: Services) -> AsyncIterator[str]:
    yield "["
    separator = ""
    async for record in records:
        data = await views.data(record, services.blobs)
        yield separator + data.model_dump_json()
        separator = ",\n"
    yield "]\n"
