"""The camera's recording: chunks the page sends in order, kept until the end is put together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from interviewer.domain.errors import (
    Conflict,
    FieldError,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    TooLarge,
)
from interviewer.domain.interview import Interview
from interviewer.interfaces import Blobs, CameraRecording, Store, Transaction

MAX_CHUNK_BYTES = 8 * 1024 * 1024
MAX_TOTAL_BYTES = 4 * 1024**3
MAX_CAMERAS = 200
UPLOAD_GRACE_SECONDS = 30 * 60
MIME = re.compile(r"(?:video|audio)/(?:mp4|webm|x-matroska)(?:;[ -~]{0,100})?", re.IGNORECASE)
CAMERA_ID = re.compile(r"[A-Za-z0-9-]{8,40}")


class ChunkGap(Conflict):
    """An earlier chunk is missing. `received`: chunks 0..received-1 are stored."""

    code = "chunk_gap"

    def __init__(self, received: int) -> None:
        super().__init__(f"Chunk {received} is missing; send it first.")
        self.received = received


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraUploads:
    """Takes the chunks of all cameras. Sending one again is harmless."""

    store: Store
    blobs: Blobs

    async def check_allowed(self, interview_id: str, now: float) -> Interview:
        """Raises NotFound, Forbidden (`consent_required`, `no_video`), Gone (`upload_closed`)."""
        async with self.store.snapshot() as tx:
            return await _require_allowed(tx, interview_id, now)

    async def put(
        self,
        interview_id: str,
        camera_id: str,
        seq: int,
        data: bytes,
        *,
        mime_type: str,
        started_at: float | None,
        now: float,
    ) -> int:
        """Store one chunk; returns how many are stored without a gap.

        Raises ChunkGap, Conflict (`camera_finished`, `too_many_cameras`), Invalid, TooLarge,
        and what `check_allowed` raises.
        """
        _require_well_formed(camera_id, mime_type, data)
        async with self.store.snapshot() as tx:
            await _require_allowed(tx, interview_id, now)
            camera = _open_camera(
                await tx.cameras(interview_id), interview_id, camera_id, mime_type, now
            )
        if seq < camera.received:
            return camera.received
        if seq > camera.received:
            raise ChunkGap(camera.received)
        if camera.finished:
            raise Conflict("This recording was already finished.", code="camera_finished")
        key = f"interviews/{interview_id}/camera/{camera_id}/{seq:06d}"
        await self.blobs.put(key, data, content_type=mime_type)
        try:
            async with self.store.transaction() as tx:
                await _require_allowed(tx, interview_id, now)
                camera = _open_camera(
                    await tx.cameras(interview_id), interview_id, camera_id, mime_type, now
                )
                if seq < camera.received:
                    return camera.received
                await tx.save_camera(
                    replace(
                        camera,
                        received=seq + 1,
                        bytes=camera.bytes + len(data),
                        started_at=camera.started_at if seq else started_at,
                    )
                )
        except NotFound:
            # Erased meanwhile: this chunk goes too.
            await self.blobs.delete_prefix(key)
            raise
        return seq + 1

    async def finish(self, interview_id: str, camera_id: str, now: float) -> int:
        """No more chunks will come. An unknown camera sent none: 0."""
        async with self.store.transaction() as tx:
            await _require_allowed(tx, interview_id, now)
            for camera in await tx.cameras(interview_id):
                if camera.camera_id == camera_id:
                    await tx.save_camera(replace(camera, finished=True))
                    return camera.received
        return 0


async def _require_allowed(tx: Transaction, interview_id: str, now: float) -> Interview:
    interview = await tx.interview(None, interview_id)
    if interview.consent is None:
        raise Forbidden("Your consent is needed first.", code="consent_required")
    posting = await tx.posting(None, interview.posting_id)
    step = posting.step("web_interview")
    if step is None or not step.config.get("video"):
        raise Forbidden("This interview takes no video.", code="no_video")
    if interview.ended_at is not None and now > interview.ended_at + UPLOAD_GRACE_SECONDS:
        raise Gone("The time for uploads is over.", code="upload_closed")
    return interview


def _open_camera(
    known: Sequence[CameraRecording],
    interview_id: str,
    camera_id: str,
    mime_type: str,
    now: float,
) -> CameraRecording:
    if sum(camera.bytes for camera in known) > MAX_TOTAL_BYTES:
        raise TooLarge("This interview's recordings are full.", code="recording_too_large")
    for camera in known:
        if camera.camera_id == camera_id:
            if camera.mime_type != mime_type:
                raise Conflict("A recording keeps its type.", code="mime_type_changed")
            return camera
    if len(known) >= MAX_CAMERAS:
        raise Conflict("Too many recordings for one interview.", code="too_many_cameras")
    return CameraRecording(
        camera_id=camera_id, interview_id=interview_id, mime_type=mime_type, created_at=now
    )


def _require_well_formed(camera_id: str, mime_type: str, data: bytes) -> None:
    errors = []
    if not CAMERA_ID.fullmatch(camera_id):
        message = "8 to 40 letters, digits and hyphens."
        errors.append(FieldError("camera_id", "invalid_param", message))
    if not MIME.fullmatch(mime_type):
        message = "A recording of type mp4 or webm."
        errors.append(FieldError("Content-Type", "invalid_param", message))
    if not data:
        errors.append(FieldError("body", "empty", "A chunk has at least one byte."))
    if errors:
        raise Invalid(errors[0].message, errors=errors, param=errors[0].param)
    if len(data) > MAX_CHUNK_BYTES:
        raise TooLarge("A chunk may have at most 8 MiB.", code="chunk_too_large")
