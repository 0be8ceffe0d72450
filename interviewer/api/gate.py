"""The door to `/api/v4`: who calls, how often, and whether it is the same request again.

It stands before routing and before the body is read, so that a stranger learns nothing.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from interviewer.api import idempotency, sessions_cookie
from interviewer.api.deps import ApiConfig, Caller, Services
from interviewer.api.errors import envelope, refusal_body, status_of
from interviewer.api.limiter import Limiter, too_many
from interviewer.api.middleware import MAX_BODY_BYTES
from interviewer.bodies import limited
from interviewer.domain.errors import Forbidden, InterviewerError, NotFound
from interviewer.interfaces import ApiKey
from interviewer.sessions import keys

PREFIX = "/api/v4"
UPLOADS = ("/resume", "/camera/")
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Gate:
    """ASGI middleware. Answers 401, 403 (CSRF), 409, 413 and 429 itself."""

    def __init__(self, app: ASGIApp, *, services: Services, config: ApiConfig) -> None:
        self._app = app
        self._services = services
        self._config = config
        self._doc_url = f"{config.origin}/docs"
        self._limiter = Limiter(config.requests_per_minute, config.rate_limit_url)
        self._replays = idempotency.Replays(services.store, services.clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            if not _is_upload(scope["path"]):
                receive = limited(scope, receive, MAX_BODY_BYTES)
            if scope["path"] == PREFIX or scope["path"].startswith(PREFIX + "/"):
                await self._guarded(scope, receive, send)
            else:
                await self._app(scope, receive, send)
        except InterviewerError as refusal:
            body = refusal_body(refusal, self._doc_url)
            await JSONResponse(body, status_of(refusal))(scope, receive, send)
        except HTTPException as refusal:
            body = envelope(refusal.status_code, refusal.detail, doc_url=self._doc_url)
            await JSONResponse(body, refusal.status_code)(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        caller = await self._caller(request)
        who = _bucket(request, caller)
        verdict = await self._limiter.hit(who)
        scope["state"]["headers"].extend(verdict.headers())
        if not verdict.allowed:
            await too_many(verdict, self._doc_url)(scope, receive, send)
        elif caller is None:
            await self._stranger()(scope, receive, send)
        else:
            scope["state"]["caller"] = caller
            key = request.headers.get(idempotency.HEADER)
            if request.method == "POST" and key is not None:
                await self._replays.run(
                    self._app,
                    scope,
                    receive,
                    send,
                    workspace_id=caller.workspace.id,
                    key=key,
                )
            else:
                await self._app(scope, receive, send)

    async def _caller(self, request: Request) -> Caller | None:
        """The caller, or None. Raises Forbidden for a session's write without the header."""
        secret = request.headers.get("x-api-key")
        try:
            if secret is not None:
                return await self._of_key(await keys.authenticate(self._services.store, secret))
            cookie = request.cookies.get(sessions_cookie.COOKIE)
            if cookie is None:
                return None
            session = sessions_cookie.read(
                cookie, self._config.session_secret, self._services.clock()
            )
            if session is None:
                return None
            key = await keys.live_key(self._services.store, session.workspace_id, session.key_id)
            caller = await self._of_key(key, via_session=True)
        except NotFound:
            return None
        if request.method not in READING and not has_csrf_header(request):
            raise Forbidden("This needs the header X-Requested-With.", code="csrf")
        return caller

    async def _of_key(self, key: ApiKey, *, via_session: bool = False) -> Caller:
        async with self._services.store.snapshot() as tx:
            workspace = await tx.workspace(key.workspace_id)
        return Caller(workspace=workspace, key_id=key.id, via_session=via_session)

    def _stranger(self) -> JSONResponse:
        message = "Give a valid API key in the header X-API-KEY."
        body = envelope(401, message, doc_url=self._doc_url)
        return JSONResponse(body, 401, {"WWW-Authenticate": 'ApiKey header="X-API-KEY"'})


def has_csrf_header(request: Request) -> bool:
    """Another site's form cannot send it, and its script may not without our leave."""
    return request.headers.get(sessions_cookie.CSRF_HEADER) == sessions_cookie.CSRF_VALUE


def _bucket(request: Request, caller: Caller | None) -> str:
    if caller is None:
        return f"address:{request.client.host if request.client else 'unknown'}"
    # The review pages must not eat an integration's share.
    return f"{'session' if caller.via_session else 'key'}:{caller.key_id}"


def _is_upload(path: str) -> bool:
    return path.startswith("/api/candidate/interviews/") and any(part in path for part in UPLOADS)
