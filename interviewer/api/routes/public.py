"""`/api/candidate/postings/{workspace}/{slug}`: the public page of a posting."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from interviewer.api.deps import ConfigDep, NowDep, ServicesDep
from interviewer.api.limiter import too_many
from interviewer.api.schemas import candidate_pages as wire
from interviewer.api.schemas.common import Single
from interviewer.api.views import candidate_pages as views
from interviewer.api.views.interviews import interview_url
from interviewer.domain.plan import make_plan
from interviewer.sessions.candidates import join
from interviewer.sessions.drafts import CandidateDraft

router = APIRouter(prefix="/api/candidate/postings/{workspace}/{slug}", tags=["Candidate pages"])


@router.get("", summary="Get a posting as its public page shows it")
async def get_posting(
    workspace: str, slug: str, services: ServicesDep, now: NowDep
) -> Single[wire.PublicPosting]:
    async with services.store.snapshot() as tx:
        owner = await tx.workspace_by_slug(workspace)
        posting = await tx.posting_by_slug(owner.id, slug)
        questions = await tx.questions(posting.id)
    plan = make_plan(posting, questions, company=owner.name, candidate_name="")
    return Single(object="public_posting", data=views.public_posting(posting, plan, now))


@router.post(
    "/interviews",
    status_code=201,
    summary="Begin an interview of one's own",
    response_model=Single[wire.JoinedInterview],
)
async def post_interview(
    *,
    workspace: str,
    slug: str,
    body: wire.Join,
    request: Request,
    services: ServicesDep,
    config: ConfigDep,
    now: NowDep,
) -> Single[wire.JoinedInterview] | JSONResponse:
    """The same e-mail address gets the same interview."""
    verdict = await request.app.state.join_limiter.hit(
        request.client.host if request.client else "unknown"
    )
    if not verdict.allowed:
        return too_many(verdict)
    draft = CandidateDraft(**body.model_dump())
    record, _ = await join(services.store, workspace, slug, draft, now)
    async with services.store.snapshot() as tx:
        owner = await tx.workspace(record.workspace_id)
    joined = wire.JoinedInterview(
        interview_id=record.id, interview_url=interview_url(config.origin, owner, record.id)
    )
    return Single(object="candidate", data=joined)
