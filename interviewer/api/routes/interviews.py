"""`/interviews`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Response

from interviewer.api import examples
from interviewer.api.deps import CallerDep, NowDep, ServicesDep
from interviewer.api.schemas import candidates as wire
from interviewer.api.schemas.common import Single
from interviewer.api.views import interviews as views
from interviewer.domain.interview import Interview
from interviewer.sessions import candidates, decisions
from interviewer.sessions.audit import note, note_view
from interviewer.sessions.erase import erase_interview as erase
from interviewer.sessions.scorecard import scorecard_pdf

router = APIRouter(prefix="/interviews/{interview_id}", tags=["Interviews"])


@router.get("/data", summary="Get all results of an interview")
async def get_data(
    interview_id: str, services: ServicesDep, caller: CallerDep, now: NowDep
) -> Single[wire.InterviewData]:
    """Results are null until there are any; links to files last 12 hours."""
    async with services.store.snapshot() as tx:
        record = await tx.interview(caller.workspace.id, interview_id)
    await note_view(
        services.store,
        caller.workspace.id,
        "interview.viewed",
        "interview",
        interview_id,
        actor=caller.actor,
        now=now,
    )
    return await _data(record, services)


@router.get(
    "/scorecard.pdf",
    summary="Get the scorecard as a document",
    response_class=Response,
    responses={
        200: {
            "description": "A PDF, A4.",
            "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def get_scorecard(
    interview_id: str, services: ServicesDep, caller: CallerDep, now: NowDep
) -> Response:
    """Scores, summaries and quotes, with people's scores beside the AI's. 409 `no_report` before
    there are results."""
    async with services.store.snapshot() as tx:
        record = await tx.interview(caller.workspace.id, interview_id)
        posting = await tx.posting(caller.workspace.id, record.posting_id)
    pdf = await scorecard_pdf(record, posting, caller.workspace.name)
    await note(
        services.store,
        caller.workspace.id,
        "interview.exported",
        "interview",
        interview_id,
        actor=caller.actor,
        now=now,
    )
    headers = {"Content-Disposition": f'attachment; filename="scorecard-{interview_id}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.get("/metadata", summary="Get an interview's metadata")
async def get_metadata(
    interview_id: str, services: ServicesDep, caller: CallerDep
) -> Single[wire.InterviewMetadata]:
    async with services.store.snapshot() as tx:
        record = await tx.interview(caller.workspace.id, interview_id)
    return Single(object="metadata", data=wire.InterviewMetadata(metadata=record.metadata))


@router.post("/metadata", summary="Set an interview's metadata")
async def set_metadata(
    interview_id: str,
    body: Annotated[wire.SetMetadata, Body(openapi_examples=examples.METADATA)],
    services: ServicesDep,
    caller: CallerDep,
    now: NowDep,
) -> Single[wire.InterviewMetadata]:
    """Merged into what is stored; at most 50 keys in all."""
    metadata = await candidates.set_metadata(
        services.store,
        caller.workspace.id,
        interview_id,
        body.metadata,
        actor=caller.actor,
        now=now,
    )
    return Single(object="metadata", data=wire.InterviewMetadata(metadata=dict(metadata)))


@router.delete("/metadata", summary="Remove an interview's metadata")
async def delete_metadata(
    interview_id: str, services: ServicesDep, caller: CallerDep, now: NowDep
) -> Single[wire.InterviewMetadata]:
    await candidates.set_metadata(
        services.store, caller.workspace.id, interview_id, None, actor=caller.actor, now=now
    )
    return Single(object="metadata", data=wire.InterviewMetadata(metadata={}))


@router.post("/shortlist", summary="Shortlist a candidate")
async def shortlist(
    interview_id: str, services: ServicesDep, caller: CallerDep, now: NowDep
) -> Single[wire.InterviewData]:
    return await _decide("shortlisted", interview_id, services, caller, now)


@router.post("/dismiss", summary="Dismiss a candidate")
async def dismiss(
    interview_id: str, services: ServicesDep, caller: CallerDep, now: NowDep
) -> Single[wire.InterviewData]:
    return await _decide("dismissed", interview_id, services, caller, now)


@router.post("/rescore", status_code=202, summary="Evaluate again")
async def rescore(
    interview_id: str, services: ServicesDep, caller: CallerDep, now: NowDep
) -> Single[wire.InterviewData]:
    """From the recording, by the interview's own plan. The present report stands until then."""
    record = await decisions.rescore(
        services.store,
        services.jobs,
        caller.workspace.id,
        interview_id,
        actor=caller.actor,
        now=now,
    )
    return await _data(record, services)


@router.post("/review", summary="Override a score")
async def review(
    interview_id: str,
    body: Annotated[wire.Review, Body(openapi_examples=examples.REVIEW)],
    services: ServicesDep,
    caller: CallerDep,
    now: NowDep,
) -> Single[wire.InterviewData]:
    """A person's score counts instead of the AI's, which stays beside it."""
    record = await decisions.override_score(
        services.store,
        caller.workspace.id,
        interview_id,
        question_id=body.question_id,
        score=body.score,
        reason=body.reason,
        actor=caller.actor,
        now=now,
    )
    return await _data(record, services)


@router.delete("", status_code=204, summary="Erase an interview")
async def erase_interview(
    interview_id: str, services: ServicesDep, caller: CallerDep, now: NowDep
) -> None:
    """Media, transcript and personal data are deleted for good."""
    await erase(
        services.store,
        services.blobs,
        services.live,
        caller.workspace.id,
        interview_id,
        actor=caller.actor,
        now=now,
    )


async def _decide(
    decision: Literal["shortlisted", "dismissed"],
    interview_id: str,
    services: ServicesDep,
    caller: CallerDep,
    now: float,
) -> Single[wire.InterviewData]:
    record = await decisions.decide(
        services.store,
        caller.workspace.id,
        interview_id,
        decision,
        actor=caller.actor,
        now=now,
    )
    return await _data(record, services)


async def _data(record: Interview, services: ServicesDep) -> Single[wire.InterviewData]:
    return Single(object="interview_data", data=await views.data(record, services.blobs))
