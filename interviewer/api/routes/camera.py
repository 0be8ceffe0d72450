"""`…/camera/{camera_id}`: the page's own recording, chunk by chunk."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Request

from interviewer.api.deps import NowDep, ServicesDep
from interviewer.api.schemas.candidate_pages import Received
from interviewer.bodies import limited
from interviewer.sessions.camera import MAX_CHUNK_BYTES

router = APIRouter(
    prefix="/api/candidate/interviews/{interview_id}/camera/{camera_id}",
    tags=["Candidate pages"],
)

CameraId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{8,40}$")]


@router.put(
    "/{seq}",
    summary="Send a chunk of the camera's recording",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}}
                for kind in ("video/mp4", "video/webm")
            },
        }
    },
)
async def put_chunk(
    *,
    interview_id: str,
    camera_id: CameraId,
    seq: Annotated[int, Path(ge=0, le=999_999)],
    request: Request,
    services: ServicesDep,
    now: NowDep,
    x_started_at: Annotated[float | None, Header(ge=0, le=1e6)] = None,
) -> Received:
    """Chunks 0..received-1 are stored. A repeat is harmless; a gap answers 409 `chunk_gap`
    with `received`."""
    await services.cameras.check_allowed(interview_id, now)
    bounded = Request(request.scope, limited(request.scope, request.receive, MAX_CHUNK_BYTES))
    received = await services.cameras.put(
        interview_id,
        camera_id,
        seq,
        await bounded.body(),
        mime_type=request.headers.get("content-type", ""),
        started_at=x_started_at,
        now=now,
    )
    return Received(received=received)


@router.post("/finish", summary="Say that no more chunks will come")
async def finish_camera(
    interview_id: str, camera_id: CameraId, services: ServicesDep, now: NowDep
) -> Received:
    received = await services.cameras.finish(interview_id, camera_id, now)
    return Received(received=received)
