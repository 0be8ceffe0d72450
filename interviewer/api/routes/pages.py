"""The built web pages: one `index.html` for every address, with a status that tells the truth."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from interviewer.api.deps import ApiConfig, ConfigDep, ServicesDep
from interviewer.domain.errors import NotFound
from interviewer.sessions.ids import RESERVED_SLUGS

router = APIRouter(include_in_schema=False)

# Sound and picture stay in the page and go to this service only. Frames are forbidden, so that
# nobody can lay a page of theirs over the consent.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob: https:",
        "media-src 'self' blob: https:",
        "worker-src 'self' blob:",
        "connect-src 'self' ws: wss: https:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
PERMISSIONS_POLICY = (
    "camera=(self), microphone=(self), speaker-selection=(self), autoplay=(self),"
    " screen-wake-lock=(self), fullscreen=(self), geolocation=(), payment=(), usb=()"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>The pages are not built yet</title>
<body style="font: 18px/1.5 system-ui; max-width: 34rem; margin: 4rem auto; padding: 0 1rem">
<h1>The pages are not built yet</h1>
<p>The service is running, but its web pages have not been built. Run <code>make run</code> once,
or <code>npm run build</code> in <code>web/</code>, and reload this page.</p>
<p>The API is ready: see <a href="/docs">its documentation</a>.</p>
"""


class Assets(StaticFiles):
    """Files whose names carry a hash of their content: kept for a year."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def install(app: FastAPI, config: ApiConfig) -> None:
    """Mount the assets and add the pages; last, as they answer whatever is left."""
    assets = config.web_dir / "assets"
    app.mount("/assets", Assets(directory=assets, check_dir=False), name="assets")
    app.include_router(router)


@router.get("/")
@router.get("/review")
@router.get("/review/{rest:path}")
async def recruiter_page(config: ConfigDep) -> Response:
    """The pages ask for a login themselves."""
    return _page(config, 200)


@router.get("/{workspace}/i/{interview_id}")
async def interview_page(
    workspace: str, interview_id: str, services: ServicesDep, config: ConfigDep
) -> Response:
    """404, with the page that says so in plain words, for an unknown interview."""
    _refuse_reserved(workspace)
    try:
        async with services.store.snapshot() as tx:
            owner = await tx.workspace_by_slug(workspace)
            await tx.interview(owner.id, interview_id)
    except NotFound:
        return _page(config, 404)
    return _page(config, 200)


@router.get("/{workspace}/{slug}")
async def posting_page(
    workspace: str, slug: str, services: ServicesDep, config: ConfigDep
) -> Response:
    """404 for an unknown workspace or posting."""
    _refuse_reserved(workspace)
    try:
        async with services.store.snapshot() as tx:
            owner = await tx.workspace_by_slug(workspace)
            await tx.posting_by_slug(owner.id, slug)
    except NotFound:
        return _page(config, 404)
    return _page(config, 200)


@router.get("/{name}")
async def file_or_page(name: str, request: Request, config: ConfigDep) -> Response:
    """What the build put beside `index.html` (icons, robots.txt), or the page that says 404."""
    known = {entry.name: entry for entry in _files(config.web_dir)}
    if name in known and name != "index.html":
        return FileResponse(known[name], headers={"Cache-Control": "public, max-age=3600"})
    if "text/html" not in request.headers.get("accept", ""):
        raise HTTPException(404)
    return _page(config, 404)


def _refuse_reserved(workspace: str) -> None:
    """An unknown API address is answered as such, not with a page."""
    if workspace in RESERVED_SLUGS:
        raise HTTPException(404)


def _files(folder: Path) -> list[Path]:
    return [entry for entry in folder.iterdir() if entry.is_file()] if folder.is_dir() else []


def _page(config: ApiConfig, status: int) -> Response:
    index = config.web_dir / "index.html"
    if not index.is_file():
        return HTMLResponse(NOT_BUILT, 503 if status == 200 else status, HEADERS)
    return FileResponse(index, status, HEADERS, media_type="text/html")
