"""The recordings of one interview: fetched, put together, stored."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog

from interviewer.domain.errors import Unavailable
from interviewer.domain.interview import Interview
from interviewer.interfaces import CameraRecording
from interviewer.jobs.tasks.context import TaskContext, audio_key, video_key
from interviewer.media.recordings import fetch_recording, whole_key

log = structlog.get_logger()

RENDER_TIMEOUT = 20 * 60.0
"""Seconds for one run of the finalizer; a 45 min camera that must be encoded takes about 8."""
UPLOAD_PATIENCE = 4 * 60.0
"""Seconds after the interview's end for which an upload that goes on is waited for."""
UPLOAD_STALLED = 45.0
"""Seconds without a new chunk after which the page is taken to be gone."""
POLL = 2.0
PACKAGE_ROOT = str(Path(__file__).parents[3])
NO_VIDEO = "The video could not be put together; the sound is complete."


class RenderFailed(Exception):
    """The finalizer died or took too long."""


async def make_audio(context: TaskContext, interview_id: str) -> dict[str, Any]:
    """Store `audio.mp3`. Returns `{"audio": bool, "duration": s, "gaps": [[start, end]]}`."""
    interview = await context.interview(interview_id)
    async with _workshop(context) as folder:
        request = {
            "sessions": await fetch_sessions(context, interview, folder),
            "cameras": [],
            "out_dir": str(folder),
            "audio": True,
        }
        done = await render(request)
        if done["audio"]:
            await context.blobs.put_file(
                audio_key(interview_id), done["audio"], content_type="audio/mpeg"
            )
    log.info("finalize.audio.done", interview_id=interview_id, seconds=round(done["duration"]))
    return {"audio": bool(done["audio"]), "duration": done["duration"], "gaps": done["gaps"]}


async def make_video(context: TaskContext, interview_id: str) -> dict[str, Any]:
    """Store `video.mp4` if there is a picture. Returns `{"video": bool, "note": str | None}`.

    A camera recording that kills the finalizer costs the video, never the job.
    """
    interview = await context.interview(interview_id)
    async with context.store.snapshot() as tx:
        cameras = [c for c in await tx.cameras(interview_id) if c.received]
    if not cameras:
        wanted = bool((interview.plan or {}).get("video"))
        return {"video": False, "note": "No camera was recorded." if wanted else None}
    async with _workshop(context) as folder:
        request = {
            "sessions": await fetch_sessions(context, interview, folder),
            "cameras": [await _fetch_camera(context, c, folder) for c in cameras],
            "out_dir": str(folder),
            "audio": False,
        }
        try:
            done = await render(request)
        except RenderFailed as error:
            log.warning("finalize.video.failed", interview_id=interview_id, reason=str(error))
            return {"video": False, "note": NO_VIDEO}
        if done["video"]:
            await context.blobs.put_file(
                video_key(interview_id), done["video"], content_type="video/mp4"
            )
    log.info("finalize.video.done", interview_id=interview_id, copied=done["copied"])
    return {"video": bool(done["video"]), "note": done["note"]}


async def await_uploads(context: TaskContext, interview_id: str) -> bool:
    """Wait for cameras that are still being sent; True if all are complete.

    Ends when every one is finished, when none grows any more, or `UPLOAD_PATIENCE` after the end
    of the interview. Waiting again after a crash is harmless.
    """
    interview = await context.interview(interview_id)
    until = (interview.ended_at or context.now()) + UPLOAD_PATIENCE
    grown_at, received = context.now(), -1
    while True:
        async with context.store.snapshot() as tx:
            cameras = await tx.cameras(interview_id)
        if all(c.finished for c in cameras):
            return True
        now, total = context.now(), sum(c.received for c in cameras)
        if total > received:
            grown_at, received = now, total
        if now >= until or now - grown_at >= UPLOAD_STALLED:
            log.info("finalize.camera.unfinished", interview_id=interview_id, chunks=total)
            return False
        await asyncio.sleep(POLL)


async def candidate_voice(context: TaskContext, interview: Interview, path: Path) -> float:
    """Write the candidate's voice (`int16`, 16 kHz, raw, whole axis) to `path`; its seconds."""
    sessions = await fetch_sessions(context, interview, path.parent)
    return float((await render({"sessions": sessions, "candidate": str(path)}))["seconds"])


async def keep_recordings(context: TaskContext, interview_id: str) -> int:
    """Move the service's recordings among the interview's blobs; how many there were.

    From there any worker can score again, and an erasure takes them with everything else.
    """
    folder = context.recordings / interview_id
    paths = sorted(folder.glob("[0-9][0-9][0-9][0-9].mka"))
    for path in paths:
        await context.blobs.put_file(
            whole_key(interview_id, int(path.stem)), str(path), content_type="audio/x-matroska"
        )
    for path in paths:
        path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    return len(paths)


async def fetch_sessions(
    context: TaskContext, interview: Interview, folder: Path
) -> list[dict[str, Any]]:
    """`[{"path", "offset"}]` of every session that left a recording, here or among the blobs."""
    sessions = []
    for session in (interview.conversation or {}).get("sessions", ()):
        index, offset = int(session["index"]), float(session["offset"])
        path = context.recordings / interview.id / f"{index:04d}.mka"
        found = path.exists()
        if not found:
            path = folder / f"session-{index:04d}.mka"
            found = await fetch_recording(context.blobs, interview.id, index, path)
        if found:
            sessions.append({"path": str(path), "offset": offset})
    return sessions


async def _fetch_camera(
    context: TaskContext, camera: CameraRecording, folder: Path
) -> dict[str, Any]:
    path = folder / f"camera-{camera.camera_id}"
    prefix = f"interviews/{camera.interview_id}/camera/{camera.camera_id}"
    with path.open("wb") as file:
        for seq in range(camera.received):
            chunk = await context.blobs.get(f"{prefix}/{seq:06d}")
            await asyncio.to_thread(file.write, chunk)
    return {"path": str(path), "started_at": camera.started_at, "finished": camera.finished}


async def render(request: dict[str, Any]) -> dict[str, Any]:
    """Run `interviewer.media.finalize` in a process of its own. Raises RenderFailed.

    Cancellation ends that process.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "interviewer.media.finalize",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # An environment of its own: nothing that decodes uploads sees the service's secrets.
        env={
            "PYTHONPATH": os.pathsep.join([PACKAGE_ROOT, *filter(None, sys.path)]),
            "LC_ALL": "C.UTF-8",
        },
    )
    try:
        output, _ = await asyncio.wait_for(
            child.communicate(json.dumps(request).encode()), RENDER_TIMEOUT
        )
    except TimeoutError:
        raise RenderFailed(f"not done after {RENDER_TIMEOUT:.0f} s") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        raise RenderFailed(f"exit status {child.returncode}")
    result: dict[str, Any] = json.loads(output)
    return result


@asynccontextmanager
async def _workshop(context: TaskContext) -> AsyncIterator[Path]:
    """A folder for one run. Raises Unavailable when the disk is full."""
    try:
        context.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=context.scratch, prefix="finalize-") as folder:
            yield Path(folder)
    except OSError as error:
        raise Unavailable(f"No room to work: {error.strerror}", code="scratch") from error
