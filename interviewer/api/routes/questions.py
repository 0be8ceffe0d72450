"""`/postings/{posting_id}/questions`."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Body, Query, Request, Response

from interviewer.api import etags, examples, paging
from interviewer.api.deps import CallerDep, NowDep, ServicesDep
from interviewer.api.schemas import questions as wire
from interviewer.api.schemas.common import Listing, Single
from interviewer.api.views import postings as views
from interviewer.domain.posting import Modality
from interviewer.sessions import questions

router = APIRouter(prefix="/postings/{posting_id}/questions", tags=["Questions"])


ListedModality = Literal[
    "voice", "resume_eligibility", "resume_scoring", "voice_tags", "sms", "form"
]
HERE: dict[str | None, Modality] = {name: name for name in get_args(Modality)}
"""The modalities that have questions here; to ask for another of the v2 API's is no mistake."""


@router.get("", summary="List questions")
async def list_questions(
    *,
    request: Request,
    posting_id: str,
    services: ServicesDep,
    caller: CallerDep,
    modality: Annotated[
        ListedModality | None,
        Query(description="`sms` and `form` of the v2 API have no questions here."),
    ] = None,
    limit: paging.Limit = 20,
    starting_after: paging.After = None,
) -> Listing[wire.Question]:
    """Active questions and criteria, by modality and rank."""
    async with services.store.snapshot() as tx:
        await tx.posting(caller.workspace.id, posting_id)
        records = (
            await tx.questions(posting_id, modality=HERE.get(modality))
            if modality is None or modality in HERE
            else []
        )
    page, has_more = paging.page_of(
        records, limit=limit, after=starting_after, id_of=lambda q: q.id
    )
    rows = [views.question(q) for q in page]
    return paging.listing(request, rows, has_more=has_more, total=len(records))


@router.post("", status_code=201, summary="Add a question")
async def create_question(
    posting_id: str,
    services: ServicesDep,
    caller: CallerDep,
    now: NowDep,
    body: Annotated[wire.CreateQuestion, Body(openapi_examples=examples.QUESTION)],
) -> Single[wire.Question]:
    """It comes last in its modality. Interviews that have begun do not ask it."""
    record = await questions.add_question(
        services.store,
        caller.workspace.id,
        posting_id,
        body.draft(),
        actor=caller.actor,
        now=now,
    )
    return Single(object="question", data=views.question(record))


@router.post("/reorder", summary="Reorder questions")
async def reorder_questions(
    *,
    request: Request,
    posting_id: str,
    services: ServicesDep,
    caller: CallerDep,
    now: NowDep,
    body: Annotated[wire.ReorderQuestions, Body(openapi_examples=examples.REORDER)],
) -> Listing[wire.Question]:
    """Every active question of the modality exactly once."""
    param, order = body.named
    records = await questions.reorder_questions(
        services.store,
        caller.workspace.id,
        posting_id,
        body.modality,
        order,
        param=param,
        actor=caller.actor,
        now=now,
    )
    rows = [views.question(q) for q in records]
    return paging.listing(request, rows, has_more=False, total=len(rows))


@router.get("/{question_id}", summary="Get a question")
async def get_question(
    *,
    posting_id: str,
    question_id: str,
    response: Response,
    services: ServicesDep,
    caller: CallerDep,
) -> Single[wire.Question]:
    async with services.store.snapshot() as tx:
        await tx.posting(caller.workspace.id, posting_id)
        record = await questions.active_question(tx, posting_id, question_id)
    etags.tag(response, record)
    return Single(object="question", data=views.question(record))


@router.patch("/{question_id}", summary="Update a question")
async def update_question(
    *,
    posting_id: str,
    question_id: str,
    body: Annotated[wire.UpdateQuestion, Body(openapi_examples=examples.QUESTION_CHANGE)],
    response: Response,
    services: ServicesDep,
    caller: CallerDep,
    now: NowDep,
    if_match: etags.IfMatch = None,
) -> Single[wire.Question]:
    """What is absent or null stays."""
    record = await questions.update_question(
        services.store,
        caller.workspace.id,
        posting_id,
        question_id,
        body.given(),
        actor=caller.actor,
        now=now,
        require=etags.required(if_match),
    )
    etags.tag(response, record)
    return Single(object="question", data=views.question(record))


@router.delete("/{question_id}", summary="Delete a question")
async def delete_question(
    posting_id: str, question_id: str, services: ServicesDep, caller: CallerDep, now: NowDep
) -> Single[wire.Question]:
    """It is asked and listed no more; results that name it keep it."""
    record = await questions.delete_question(
        services.store, caller.workspace.id, posting_id, question_id, actor=caller.actor, now=now
    )
    return Single(object="question", data=views.question(record))
