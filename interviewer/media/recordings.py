"""Where the service's own recordings are kept while an interview is held.

On one machine they stay in the data folder until the finalizer takes them. Where agents come and
go, every second of them goes among the interview's blobs, so that any worker can finalize what
any agent recorded, whatever became of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
from pathlib import Path
from typing import Final, Protocol

import structlog

from interviewer.domain.errors import InterviewerError
from interviewer.interfaces import Blobs
from interviewer.media.recording import SessionRecorder, durable_seconds, recording_path
from interviewer.observability import metrics

log = structlog.get_logger()

SEGMENT_SECONDS: Final = 1.0
# A store that takes nothing is tried again after so long; the sound waits on the disk meanwhile.
RETRY_SECONDS: Final = 2.0
# The next session of an interview waits this long for the last of the one before to be taken.
LAST_SEGMENT_SECONDS: Final = 10.0
# An interview that is over waits this long with its evaluation, and its agent to stop.
GIVEN_UP_SECONDS: Final = 600.0
FETCHED_AT_ONCE: Final = 16
_END: Final = re.compile(r"-(\d{8})\.mka$")


def whole_key(interview_id: str, session: int) -> str:
    """The blob of a session's recording that was stored in one piece."""
    return f"{_prefix(interview_id, session)}000000.mka"


def segment_key(interview_id: str, session: int, segment: int, end: float) -> str:
    """The blob of one piece of a session's recording; the pieces in order are the file.

    `end`: the second of the session that it reaches to, so that a listing tells the length.
    """
    return f"{_prefix(interview_id, session)}{segment:06d}-{round(end * 1000):08d}.mka"


def _prefix(interview_id: str, session: int) -> str:
    return f"interviews/{interview_id}/audio/{session:04d}-"


async def _keys(blobs: Blobs, interview_id: str, session: int) -> list[str]:
    """The pieces of a session that are stored, in order."""
    stored = await blobs.list(f"interviews/{interview_id}/audio/")
    prefix = _prefix(interview_id, session)
    return sorted(blob.key for blob in stored if blob.key.startswith(prefix))


class Recordings(Protocol):
    """Recordings of sessions, numbered from 0 for each interview."""

    async def begin(self, interview_id: str, session: int) -> SessionRecorder:
        """Raises `FileExistsError` where that session was recorded before."""

    async def end(self, recorder: SessionRecorder) -> None:
        """Close it; what was recorded is then where it is kept."""

    async def discard(self, recorder: SessionRecorder) -> None:
        """Close it, and leave nothing: the session never began."""

    async def seconds(self, interview_id: str, session: int) -> float:
        """How much of it is safe; 0.0 if there is none."""

    async def free_session(self, interview_id: str, session: int) -> int:
        """The first number from `session` on that no recording has."""

    async def settle(self, interview_id: str | None = None) -> None:
        """Returns once all that was recorded, of that interview or of every one, is where it is
        kept, or will not come there."""

    async def erase(self, interview_id: str) -> None:
        """Remove what is on this machine."""


class LocalRecordings:
    """In the data folder, where the worker for the jobs finds them."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    async def begin(self, interview_id: str, session: int) -> SessionRecorder:
        return await asyncio.to_thread(SessionRecorder, self._path(interview_id, session))

    async def end(self, recorder: SessionRecorder) -> None:
        await recorder.aclose()

    async def discard(self, recorder: SessionRecorder) -> None:
        await recorder.aclose()
        recorder.path.unlink(missing_ok=True)

    async def seconds(self, interview_id: str, session: int) -> float:
        return await asyncio.to_thread(durable_seconds, self._path(interview_id, session))

    async def free_session(self, interview_id: str, session: int) -> int:
        def look() -> int:
            free = session
            while self._path(interview_id, free).exists():
                free += 1
            return free

        return await asyncio.to_thread(look)

    async def settle(self, interview_id: str | None = None) -> None:
        """It is kept where it was recorded."""

    async def erase(self, interview_id: str) -> None:
        folder = self._path(interview_id, 0).parent
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _path(self, interview_id: str, session: int) -> Path:
        return recording_path(self._data_dir, interview_id, session)


class UploadedRecordings:
    """Among the blobs, a second behind; `folder` holds what is being recorded now, and what a
    store that is away has not taken yet."""

    def __init__(self, folder: Path, blobs: Blobs) -> None:
        self._folder = folder
        self._local = LocalRecordings(folder)
        self._blobs = blobs
        self._uploads: dict[Path, _Upload] = {}
        self._late: dict[Path, asyncio.Task[None]] = {}

    async def begin(self, interview_id: str, session: int) -> SessionRecorder:
        recorder = await self._local.begin(interview_id, session)
        self._uploads[recorder.path] = _Upload(recorder, self._blobs, interview_id, session)
        return recorder

    async def end(self, recorder: SessionRecorder) -> None:
        await recorder.aclose()
        if (upload := self._uploads.pop(recorder.path, None)) is not None:
            await self._finish(upload, recorder.path)

    async def _finish(self, upload: _Upload, path: Path) -> None:
        """A session that ends waits a little for its last piece; the rest is taken meanwhile."""
        finishing = asyncio.create_task(upload.finish(), name="recording.finish")
        self._late[path] = finishing
        finishing.add_done_callback(lambda _: self._late.pop(path, None))
        await asyncio.wait({finishing}, timeout=LAST_SEGMENT_SECONDS)
        if not finishing.done():
            log.warning("recording.upload.late", session=path.stem)

    async def settle(self, interview_id: str | None = None) -> None:
        await asyncio.gather(*self._late_of(interview_id), return_exceptions=True)

    def _late_of(self, interview_id: str | None) -> list[asyncio.Task[None]]:
        if interview_id is None:
            return list(self._late.values())
        folder = recording_path(self._folder, interview_id, 0).parent
        return [task for path, task in self._late.items() if path.parent == folder]

    async def discard(self, recorder: SessionRecorder) -> None:
        if (upload := self._uploads.pop(recorder.path, None)) is not None:
            await upload.stop()
        await self._local.discard(recorder)

    async def seconds(self, interview_id: str, session: int) -> float:
        keys = await _keys(self._blobs, interview_id, session)
        found = _END.search(keys[-1]) if keys else None
        stored = int(found[1]) / 1000 if found else 0.0
        return max(stored, await self._local.seconds(interview_id, session))

    async def free_session(self, interview_id: str, session: int) -> int:
        free = await self._local.free_session(interview_id, session)
        while await _keys(self._blobs, interview_id, free):
            free += 1
        return free

    async def erase(self, interview_id: str) -> None:
        """And what of it came late among the blobs."""
        late = self._late_of(interview_id)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await self._local.erase(interview_id)
        await self._blobs.delete_prefix(f"interviews/{interview_id}/audio/")


async def fetch_recording(blobs: Blobs, interview_id: str, session: int, path: Path) -> bool:
    """Put a session's pieces together in `path`; False if there are none.

    Ends at the first piece that is missing: nothing behind a hole can be read.
    """
    prefix = _prefix(interview_id, session)
    keys = await _keys(blobs, interview_id, session)
    whole = [key for n, key in enumerate(keys) if key.startswith(f"{prefix}{n:06d}")]
    with path.open("wb") as file:
        for start in range(0, len(whole), FETCHED_AT_ONCE):
            pieces = (blobs.get(key) for key in whole[start : start + FETCHED_AT_ONCE])
            await asyncio.to_thread(file.writelines, await asyncio.gather(*pieces))
    return bool(whole)


class _Upload:
    """Takes what a recorder has written to the blobs, piece by piece, in order."""

    def __init__(
        self, recorder: SessionRecorder, blobs: Blobs, interview_id: str, session: int
    ) -> None:
        self._recorder = recorder
        self._blobs = blobs
        self._interview_id = interview_id
        self._session = session
        self._taken = 0
        self._segment = 0
        self._pending: tuple[str, int] | None = None
        self._stopping = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="recording.upload")

    async def finish(self) -> None:
        """The recorder is closed: take the rest, and remove the file once all of it is safe."""
        await self.stop()
        try:
            async with asyncio.timeout(GIVEN_UP_SECONDS):
                while self._taken < self._recorder.durable_bytes:
                    if not await self._take():
                        await asyncio.sleep(RETRY_SECONDS)
        except TimeoutError:
            log.error("recording.upload.unfinished", interview_id=self._interview_id)  # noqa: TRY400 - the reason was logged before
            return
        self._recorder.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._recorder.path.parent.rmdir()

    async def stop(self) -> None:
        """Returns once no piece is on its way."""
        self._stopping.set()
        await self._task

    async def _run(self) -> None:
        while not self._stopping.is_set():
            pause = SEGMENT_SECONDS if await self._take() else RETRY_SECONDS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()

    async def _take(self) -> bool:
        """Store what was written since; False where the store did not take it.

        A piece that failed is tried again as it was: it may have arrived all the same.
        """
        if self._pending is None:
            end, size = self._recorder.recorded_seconds, self._recorder.durable_bytes
            if size <= self._taken:
                return True
            key = segment_key(self._interview_id, self._session, self._segment, end)
            self._pending = key, size
        key, size = self._pending
        try:
            data = await asyncio.to_thread(_read, self._recorder.path, self._taken, size)
            await self._blobs.put(key, data, content_type="audio/x-matroska")
        except (InterviewerError, OSError) as error:
            metrics.RECORDING_FAILURES.labels("blobs").inc()
            log.warning("recording.upload.failed", error_type=type(error).__name__)
            return False
        self._pending = None
        self._taken, self._segment = size, self._segment + 1
        return True


def _read(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(end - start)
