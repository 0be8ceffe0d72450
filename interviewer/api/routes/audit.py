"""`/audit`: who saw, changed, took out and erased what."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from interviewer.api import paging
from interviewer.api.deps import CallerDep, ServicesDep
from interviewer.api.schemas.common import Listing, Resource

router = APIRouter(prefix="/audit", tags=["Audit"])

Filter = Annotated[str | None, Query(max_length=100)]


class AuditEntry(Resource):
    """`actor`: `key:<id>`, `candidate` or `system`. Of an erased interview only this is left."""

    object: str = "audit_entry"
    id: str
    actor: str = Field(examples=["key:key_0123456789abcdef"])
    action: str = Field(examples=["interview.viewed"])
    object_type: str = Field(examples=["interview"])
    object_id: str
    at: float
    details: dict[str, Any]


@router.get("", summary="Read the audit log")
async def list_entries(
    *,
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    limit: paging.Limit = 20,
    starting_after: paging.After = None,
    object_id: Filter = None,
    actor: Filter = None,
    action: Filter = None,
    created_after: Annotated[
        str | None, Query(max_length=40, description="ISO 8601 or Unix seconds, inclusive.")
    ] = None,
    created_before: Annotated[
        str | None, Query(max_length=40, description="ISO 8601 or Unix seconds, inclusive.")
    ] = None,
) -> Listing[AuditEntry]:
    """Newest first. Views are noted once an hour for each key and interview."""
    async with services.store.snapshot() as tx:
        page = await tx.audit_log(
            caller.workspace.id,
            limit=limit,
            starting_after=_row(starting_after),
            object_id=object_id,
            actor=actor,
            action=action,
            after=paging.moment(created_after, "created_after"),
            before=paging.moment(created_before, "created_before"),
        )
    rows = [
        AuditEntry(
            id=str(entry.row),
            actor=entry.actor,
            action=entry.action,
            object_type=entry.object_type,
            object_id=entry.object_id,
            at=entry.at,
            details=dict(entry.details),
        )
        for entry in page.items
    ]
    return paging.listing(request, rows, has_more=page.has_more, total=page.total)


def _row(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= 18):
        raise paging.unusable("starting_after", "No such row in this list.")
    return int(cursor)
