"""`/api/candidate/postings/{workspace}/{slug}`: the public page of a posting."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from interviewer.api import examples
from interviewer.api.deps import ApiConfig, ConfigDep, NowDep, ServicesDep
from interviewer.api.limiter import too_many
from interviewer.api.schemas import candidate_pages as wire
from interviewer.api.schemas.common import Single
from interviewer.api.views import candidate_pages as views
from interviewer.api.views.interviews import interview_url
from interviewer.domain.errors import Conflict
from interviewer.domain.plan import make_plan
from interviewer.sessions.candidates import join
from interviewer.sessions.drafts import CandidateDraft

router = APIRouter(prefix="/api/candidate/postings/{workspace}/{slug}", tags=["Candidate pages"])

JOINED_COOKIE = "interviewer_joined"
JOINED_COOKIE_SECONDS = 90 * 24 * 3600


@router.get("", summary="Get a posting as its public page shows it")
async def get_public_posting(
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
    body: Annotated[wire.Join, Body(openapi_examples=examples.JOIN)],
    request: Request,
    response: Response,
    services: ServicesDep,
    config: ConfigDep,
    now: NowDep,
) -> Single[wire.JoinedInterview] | Response:
    """The same e-mail address gets the same interview; once it has begun, only in the browser
    that joined (409 `already_begun` elsewhere), for an address is no secret."""
    verdict = await request.app.state.join_limiter.hit(
        request.client.host if request.client else "unknown"
    )
    if not verdict.allowed:
        return too_many(verdict)
    draft = CandidateDraft(**body.model_dump())
    record, is_new = await join(services.store, workspace, slug, draft, now)
    proof = _proof(record.id, config)
    shown = request.cookies.get(JOINED_COOKIE, "").encode("utf-8", "replace")
    is_theirs = is_new or hmac.compare_digest(shown, proof.encode())
    if record.consent is not None and not is_theirs:
        raise Conflict(
            "An interview with this e-mail address has begun. Please open the link you were"
            " given, or go on in the browser where you began.",
            code="already_begun",
        )
    if is_new:
        response.set_cookie(
            JOINED_COOKIE,
            proof,
            max_age=JOINED_COOKIE_SECONDS,
            path=request.url.path,
            secure=config.is_https,
            httponly=True,
            samesite="lax",
        )
    async with services.store.snapshot() as tx:
        owner = await tx.workspace(record.workspace_id)
    joined = wire.JoinedInterview(
        interview_id=record.id, interview_url=interview_url(config.origin, owner, record.id)
    )
    return Single(object="candidate", data=joined)


def _proof(interview_id: str, config: ApiConfig) -> str:
    """What only the browser that made this interview has."""
    message = f"joined\n{interview_id}".encode()
    return hmac.new(config.session_secret, message, hashlib.sha256).hexdigest()
