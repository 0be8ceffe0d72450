"""`/api/candidate/interviews/{interview_id}`: the interview page's calls.

The id is the key: 64 random bits that only the invited person was sent.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from starlette.datastructures import UploadFile
from starlette.requests import HTTPConnection

from interviewer.api import examples
from interviewer.api.deps import ApiConfig, ConfigDep, NowDep, ServicesDep
from interviewer.api.paging import unusable
from interviewer.api.schemas import candidate_pages as wire
from interviewer.api.schemas.common import Single
from interviewer.api.views import candidate_pages as views
from interviewer.api.views.interviews import interview_url
from interviewer.bodies import limited
from interviewer.domain.errors import TooLarge
from interviewer.domain.interview import StepState
from interviewer.interfaces import Workspace
from interviewer.sessions import candidates, resume
from interviewer.sessions.consent import consent_texts, give_consent
from interviewer.sessions.erase import request_erasure
from interviewer.sessions.start import plan_for

router = APIRouter(prefix="/api/candidate/interviews/{interview_id}", tags=["Candidate pages"])

BROWSER_COOKIE = "interviewer_browser"
BROWSER_COOKIE_SECONDS = 180 * 24 * 3600
MULTIPART_OVERHEAD = 64 * 1024


def browser_id(connection: HTTPConnection) -> str | None:
    """The browser's random id, if it has one that we could have made."""
    cookie = connection.cookies.get(BROWSER_COOKIE, "")
    return cookie if 16 <= len(cookie) <= 64 and cookie.isascii() else None


def remember_browser(response: Response, value: str, config: ApiConfig) -> None:
    response.set_cookie(
        BROWSER_COOKIE,
        value,
        max_age=BROWSER_COOKIE_SECONDS,
        path="/",
        secure=config.is_https,
        httponly=True,
        samesite="lax",
    )


def retention(workspace: Workspace, config: ApiConfig) -> int:
    """Days; the workspace's own promise goes before the service's."""
    days = workspace.retention_days
    return config.retention_days if days is None else days


@router.get("", summary="Get an interview as its page shows it")
async def get_interview(
    *,
    interview_id: str,
    request: Request,
    response: Response,
    services: ServicesDep,
    config: ConfigDep,
    now: NowDep,
) -> Single[wire.CandidateInterview]:
    async with services.store.snapshot() as tx:
        record = await tx.interview(None, interview_id)
        posting = await tx.posting(None, record.posting_id)
        workspace = await tx.workspace(record.workspace_id)
        plan = await plan_for(tx, record, posting)
        latest = await tx.interview_by_email(posting.id, record.email)
    is_latest = latest is not None and latest.id == record.id
    days = retention(workspace, config)
    texts = consent_texts(posting, workspace, retention_days=days, contact=config.contact)
    if browser_id(request) is None:
        remember_browser(response, secrets.token_urlsafe(24), config)
    view = views.interview(
        record,
        posting,
        plan,
        texts,
        retention_days=days,
        contact=config.contact,
        is_live=services.live.is_live(interview_id),
        retake=candidates.possible_retake(record, posting, now) if is_latest else None,
    )
    return Single(object="candidate_interview", data=view)


@router.post("/consent", summary="Give consent")
async def post_consent(
    interview_id: str,
    body: Annotated[wire.GiveConsent, Body(openapi_examples=examples.CONSENT)],
    services: ServicesDep,
    now: NowDep,
) -> Single[wire.ConsentGiven]:
    """Both must be true: without consent no media and no resume is taken."""
    consent = await give_consent(
        services.store,
        interview_id,
        recording=body.recording,
        ai_assessment=body.ai_assessment,
        now=now,
    )
    given = wire.ConsentGiven(given=True, text_version=consent.text_version, at=consent.at)
    return Single(object="consent", data=given)


async def uploaded_resume(
    interview_id: str, request: Request, services: ServicesDep, now: NowDep
) -> tuple[bytes, str]:
    """The file and its name. Raises TooLarge, Invalid, and whatever closes the step."""
    await services.resumes.check_open(interview_id, now)
    limit = resume.MAX_BYTES + MULTIPART_OVERHEAD
    bounded = Request(request.scope, limited(request.scope, request.receive, limit))
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise unusable("file", "Send the file as multipart/form-data.")
    async with bounded.form(max_files=1, max_fields=10, max_part_size=64 * 1024) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise unusable("file", "Required: the resume, as a file.")
        if (file.size or 0) > resume.MAX_BYTES:
            raise TooLarge("A resume may have at most 10 MB.", code="resume_too_large")
        return await file.read(), file.filename or "resume"


@router.post(
    "/resume",
    summary="Upload a resume",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary"}},
                    }
                }
            },
        }
    },
)
async def post_resume(
    interview_id: str, request: Request, services: ServicesDep, now: NowDep
) -> Single[wire.StepChanged]:
    """PDF, Word or text, 10 MB at most. Unreadable: 422, and the step stays open."""
    data, filename = await uploaded_resume(interview_id, request, services, now)
    steps = await services.resumes.take(interview_id, data, filename, now)
    return await _changed(interview_id, services, steps)


@router.post("/resume/skip", summary="Go on without a resume")
async def skip_resume(
    interview_id: str, services: ServicesDep, now: NowDep
) -> Single[wire.StepChanged]:
    """Only where the posting lets it be skipped; else 403 `step_required`."""
    steps = await services.resumes.skip(interview_id, now)
    return await _changed(interview_id, services, steps)


async def _changed(
    interview_id: str, services: ServicesDep, steps: Sequence[StepState]
) -> Single[wire.StepChanged]:
    async with services.store.snapshot() as tx:
        record = await tx.interview(None, interview_id)
        posting = await tx.posting(None, record.posting_id)
    return Single(object="workflow", data=views.step_changed(steps, posting))


@router.post(
    "/retake",
    status_code=201,
    summary="Take the interview again",
    response_model=Single[wire.JoinedInterview],
)
async def post_retake(
    interview_id: str, services: ServicesDep, config: ConfigDep, now: NowDep
) -> Single[wire.JoinedInterview]:
    """A new attempt, where the posting allows one now; else 409 `no_retake`. This one is kept.
    Asking again gives the same new attempt."""
    new_id = _next_attempt_id(interview_id, config)
    record = await candidates.retake(services.store, interview_id, new_id, now)
    async with services.store.snapshot() as tx:
        owner = await tx.workspace(record.workspace_id)
    url = interview_url(config.origin, owner, record.id)
    joined = wire.JoinedInterview(interview_id=record.id, interview_url=url)
    return Single(object="candidate", data=joined)


def _next_attempt_id(interview_id: str, config: ApiConfig) -> str:
    """As hard to guess as a random id, and the same for whoever asks twice."""
    message = f"retake\n{interview_id}".encode()
    return hmac.new(config.session_secret, message, hashlib.sha256).hexdigest()[:16].upper()


@router.get("/mine", summary="See what is stored about me")
async def get_mine(
    interview_id: str, services: ServicesDep, config: ConfigDep
) -> Single[wire.StoredOfMe]:
    """Consent, transcript and what files there are."""
    async with services.store.snapshot() as tx:
        record = await tx.interview(None, interview_id)
        workspace = await tx.workspace(record.workspace_id)
        turns = await tx.turns(interview_id)
        trail = await tx.audit_entries(record.workspace_id, interview_id)
    asked = any(entry.action == "erasure.requested" for entry in trail)
    view = views.stored_of_me(record, turns, retention(workspace, config), asked)
    return Single(object="my_data", data=view)


@router.post("/erase-request", status_code=202, summary="Ask for erasure")
async def ask_for_erasure(
    interview_id: str, services: ServicesDep, now: NowDep
) -> Single[wire.ErasureRequested]:
    """The company is told; asking twice is asking once."""
    await request_erasure(services.store, interview_id, now)
    return Single(object="erasure_request", data=wire.ErasureRequested(requested=True))
