"""`/postings`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import BaseModel, ValidationError

from interviewer.api import etags, examples, paging
from interviewer.api.deps import CallerDep, ConfigDep, NowDep, ServicesDep
from interviewer.api.errors import field_errors, invalid
from interviewer.api.schemas import postings as wire
from interviewer.api.schemas.common import Line100, Listing, Single
from interviewer.api.views import postings as views
from interviewer.domain.errors import FieldError
from interviewer.domain.posting import WorkflowStep
from interviewer.sessions import postings

router = APIRouter(prefix="/postings", tags=["Postings"])

Search = Annotated[
    Line100 | None, Query(description="Part of the title or slug, whatever the case.")
]
MODELS: Mapping[str, type[BaseModel]] = {
    "resume": wire.ResumeConfig,
    "web_interview": wire.WebInterviewConfig,
}


@router.post("", status_code=201, summary="Create a posting")
async def create_posting(
    services: ServicesDep,
    config: ConfigDep,
    caller: CallerDep,
    now: NowDep,
    body: Annotated[wire.CreatePosting, Body(openapi_examples=examples.POSTING)],
) -> Single[wire.CreatedPosting]:
    """A posting with its workflow. Steps without questions get some that are drafted
    from its description, marked `drafted`."""
    if body.interview_template_id is not None:
        message = f"Unknown interview template: {body.interview_template_id}."
        param = "interview_template_id"
        raise invalid([FieldError(param, "unknown_template", message)])
    misplaced = [FieldError(param, code, message) for param, code, message in body.misplaced()]
    if misplaced:
        raise invalid(misplaced)
    record, questions = await postings.create_posting(
        services.store,
        caller.workspace,
        body.draft(),
        voice_ids=services.voice_ids(),
        languages=services.languages(),
        actor=caller.actor,
        now=now,
    )
    receipt = views.created(record, questions, caller.workspace, config.origin, now)
    return Single(object="posting", data=receipt)


@router.get("", summary="List postings")
async def list_postings(
    *,
    request: Request,
    services: ServicesDep,
    config: ConfigDep,
    caller: CallerDep,
    now: NowDep,
    limit: paging.Limit = 20,
    starting_after: paging.After = None,
    search: Search = None,
    status: Annotated[wire.StatusName | None, Query()] = None,
) -> Listing[wire.Posting]:
    """Newest first."""
    async with services.store.snapshot() as tx:
        page = await tx.postings(
            caller.workspace.id,
            limit=limit,
            starting_after=starting_after,
            search=search or None,
            status=status,
            at=now,
        )
    rows = [views.posting(p, caller.workspace, config.origin, now) for p in page.items]
    return paging.listing(request, rows, has_more=page.has_more, total=page.total)


@router.get("/list", summary="List posting summaries")
async def list_summaries(
    *,
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    now: NowDep,
    limit: paging.Limit = 20,
    starting_after: paging.After = None,
    search: Search = None,
    status: Annotated[wire.StatusName | None, Query()] = None,
) -> Listing[wire.PostingSummary]:
    """Id, title and slug only."""
    async with services.store.snapshot() as tx:
        page = await tx.postings(
            caller.workspace.id,
            limit=limit,
            starting_after=starting_after,
            search=search or None,
            status=status,
            at=now,
        )
    rows = [views.summary(p) for p in page.items]
    return paging.listing(request, rows, has_more=page.has_more, total=page.total)


@router.get("/{posting_id}", summary="Get a posting")
async def get_posting(
    *,
    posting_id: str,
    response: Response,
    services: ServicesDep,
    config: ConfigDep,
    caller: CallerDep,
    now: NowDep,
) -> Single[wire.Posting]:
    async with services.store.snapshot() as tx:
        record = await tx.posting(caller.workspace.id, posting_id)
    etags.tag(response, record)
    view = views.posting(record, caller.workspace, config.origin, now)
    return Single(object="posting", data=view)


@router.patch("/{posting_id}", summary="Update a posting")
async def update_posting(
    *,
    posting_id: str,
    body: Annotated[wire.UpdatePosting, Body(openapi_examples=examples.POSTING_CHANGE)],
    response: Response,
    services: ServicesDep,
    config: ConfigDep,
    caller: CallerDep,
    now: NowDep,
    if_match: etags.IfMatch = None,
) -> Single[wire.Posting]:
    """What is absent or null stays. Interviews that have begun keep their plan."""
    record = await postings.update_posting(
        services.store,
        caller.workspace.id,
        posting_id,
        fields=body.fields(),
        details=body.details(),
        slug=body.name,
        languages=services.languages(),
        actor=caller.actor,
        now=now,
        require=etags.required(if_match),
    )
    etags.tag(response, record)
    view = views.posting(record, caller.workspace, config.origin, now)
    return Single(object="posting", data=view)


@router.patch("/{posting_id}/workflow/{step}", summary="Update a step's configuration")
async def update_step(
    *,
    posting_id: str,
    step: str,
    body: Annotated[wire.UpdateStep, Body(openapi_examples=examples.STEP_CHANGE)],
    response: Response,
    services: ServicesDep,
    config: ConfigDep,
    caller: CallerDep,
    now: NowDep,
    if_match: etags.IfMatch = None,
) -> Single[wire.Posting]:
    """`step`: its type, or its 1-based order. A null value removes the key."""
    async with services.store.snapshot() as tx:
        stored = postings.find_step(await tx.posting(caller.workspace.id, posting_id), step)
    record = await postings.update_step(
        services.store,
        caller.workspace.id,
        posting_id,
        stored.id,
        _step_changes(stored, body.config),
        voice_ids=services.voice_ids(),
        actor=caller.actor,
        now=now,
        require=etags.required(if_match),
    )
    etags.tag(response, record)
    view = views.posting(record, caller.workspace, config.origin, now)
    return Single(object="posting", data=view)


def _step_changes(stored: WorkflowStep, given: dict[str, Any]) -> dict[str, Any]:
    """The changes, checked together with what stays. Raises Invalid."""
    model = MODELS[stored.type]
    merged = {**stored.config, **given}
    if stored.type == "resume" and ("optional" in given) != ("mandatory" in given):
        # The two mean the same; the one that is given replaces the other.
        merged.pop("mandatory" if "optional" in given else "optional", None)
        given = {"mandatory": None, "optional": None} | given
    try:
        checked = model.model_validate(merged)
    except ValidationError as error:
        found = field_errors(error.errors())
        raise invalid(
            [FieldError(f"config.{e.param}".rstrip("."), e.code, e.message) for e in found]
        ) from None
    clean = checked.model_dump(exclude_none=True)
    return {name: clean.get(name) for name in given}


@router.post("/{posting_id}/archive", summary="Archive a posting")
async def archive_posting(
    posting_id: str, services: ServicesDep, config: ConfigDep, caller: CallerDep, now: NowDep
) -> Single[wire.Posting]:
    """It takes no new candidates; those under way finish."""
    record = await postings.archive_posting(
        services.store, caller.workspace.id, posting_id, actor=caller.actor, now=now
    )
    view = views.posting(record, caller.workspace, config.origin, now)
    return Single(object="posting", data=view)


@router.post("/{posting_id}/activate", summary="Activate a posting")
async def activate_posting(
    posting_id: str, services: ServicesDep, config: ConfigDep, caller: CallerDep, now: NowDep
) -> Single[wire.Posting]:
    """It takes candidates (again)."""
    record = await postings.activate_posting(
        services.store, caller.workspace.id, posting_id, actor=caller.actor, now=now
    )
    view = views.posting(record, caller.workspace, config.origin, now)
    return Single(object="posting", data=view)


@router.post("/{posting_id}/clone", status_code=201, summary="Clone a posting")
async def clone_posting(
    posting_id: str, services: ServicesDep, config: ConfigDep, caller: CallerDep, now: NowDep
) -> Single[wire.CreatedPosting]:
    """A new active posting with the same workflow and questions, without candidates."""
    record, questions = await postings.clone_posting(
        services.store, caller.workspace.id, posting_id, actor=caller.actor, now=now
    )
    receipt = views.created(record, questions, caller.workspace, config.origin, now)
    return Single(object="posting", data=receipt)


@router.get("/{posting_id}/stats", summary="Get a posting's figures")
async def get_stats(
    posting_id: str, services: ServicesDep, caller: CallerDep
) -> Single[wire.PostingStats]:
    record, figures = await postings.posting_stats(services.store, caller.workspace.id, posting_id)
    return Single(object="posting_stats", data=views.stats(record, figures))
