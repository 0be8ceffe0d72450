"""`/blobs/{key}`: local files behind signed links, with Range (RFC 9110, section 14)."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse

from interviewer.api.deps import ServicesDep
from interviewer.domain.errors import NotFound

router = APIRouter(tags=["Files"])

SHOWN_IN_PLACE = ("video/", "audio/", "application/pdf", "image/png", "image/jpeg")


@router.api_route(
    "/blobs/{key:path}",
    methods=["GET", "HEAD"],
    response_class=FileResponse,
    include_in_schema=False,
)
async def get_blob(request: Request, services: ServicesDep) -> Response:
    """What the link gives, for as long as it lasts."""
    if services.verify_blob_url is None:
        raise NotFound("No such file.")
    # The file system is asked whether the file is there.
    file = await asyncio.to_thread(
        services.verify_blob_url, request.scope["path"], dict(request.query_params)
    )
    shown = file.content_type.startswith(SHOWN_IN_PLACE)
    return FileResponse(
        file.path,
        media_type=file.content_type,
        filename=file.filename,
        content_disposition_type="inline" if shown else "attachment",
        headers={
            "Cache-Control": "private, max-age=3600",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cross-Origin-Resource-Policy": "same-site",
        },
    )
