"""`/api/review`: recruiters log in with an API key and get a session cookie."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.responses import JSONResponse

from interviewer.api import sessions_cookie
from interviewer.api.deps import ApiConfig, ConfigDep, NowDep, ServicesDep
from interviewer.api.errors import envelope
from interviewer.api.gate import has_csrf_header
from interviewer.api.limiter import Limiter, too_many
from interviewer.api.schemas.common import Request as Body
from interviewer.api.schemas.common import Resource
from interviewer.domain.errors import Forbidden, NotFound
from interviewer.interfaces import Workspace
from interviewer.sessions import keys

router = APIRouter(prefix="/api/review", tags=["Review pages"])


class Login(Body):
    """An API key of the workspace."""

    api_key: Annotated[str, Field(min_length=1, max_length=200)]


class LoggedInWorkspace(Resource):
    """Whose candidates the pages show."""

    id: str
    slug: str
    name: str


class Me(Resource):
    """Who is logged in."""

    workspace: LoggedInWorkspace


@router.post("/login", summary="Log in", response_model=Me)
async def log_in(
    body: Login, request: Request, services: ServicesDep, config: ConfigDep, now: NowDep
) -> Response:
    """Sets a cookie for 12 hours. A wrong key: 401; many of them: 429."""
    failures: Limiter = request.app.state.login_limiter
    who = request.client.host if request.client else "unknown"
    verdict = await failures.look(who)
    if not verdict.allowed:
        return too_many(verdict)
    try:
        key = await keys.authenticate(services.store, body.api_key.strip())
    except NotFound:
        await failures.hit(who)
        return JSONResponse(envelope(401, "This API key is not valid."), 401)
    async with services.store.snapshot() as tx:
        workspace = await tx.workspace(key.workspace_id)
    session = sessions_cookie.Session(workspace.id, key.id, now + sessions_cookie.LIFETIME_SECONDS)
    response = JSONResponse(_me(workspace).model_dump())
    _set_cookie(response, sessions_cookie.sign(session, config.session_secret), config)
    return response


@router.post("/logout", status_code=204, summary="Log out")
async def log_out(request: Request, config: ConfigDep) -> Response:
    if not has_csrf_header(request):
        raise Forbidden("This needs the header X-Requested-With.", code="csrf")
    response = Response(status_code=204)
    response.delete_cookie(
        sessions_cookie.COOKIE, path="/", secure=config.is_https, httponly=True, samesite="lax"
    )
    return response


@router.get("/me", summary="Who is logged in", response_model=Me)
async def get_me(
    request: Request, services: ServicesDep, config: ConfigDep, now: NowDep
) -> Me | JSONResponse:
    cookie = request.cookies.get(sessions_cookie.COOKIE, "")
    session = sessions_cookie.read(cookie, config.session_secret, now)
    if session is not None:
        try:
            await keys.live_key(services.store, session.workspace_id, session.key_id)
            async with services.store.snapshot() as tx:
                return _me(await tx.workspace(session.workspace_id))
        except NotFound:
            pass
    return JSONResponse(envelope(401, "Log in with an API key."), 401)


def _me(workspace: Workspace) -> Me:
    own = LoggedInWorkspace(id=workspace.id, slug=workspace.slug, name=workspace.name)
    return Me(workspace=own)


def _set_cookie(response: Response, value: str, config: ApiConfig) -> None:
    response.set_cookie(
        sessions_cookie.COOKIE,
        value,
        max_age=sessions_cookie.LIFETIME_SECONDS,
        path="/",
        secure=config.is_https,
        httponly=True,
        samesite="lax",
    )
