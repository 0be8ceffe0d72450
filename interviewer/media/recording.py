"""The service's own recording of one media session: both voices, on the session's axis.

Stereo Opus in Matroska: left is the candidate, right the interviewer, second 0 is the session's
second 0. A cluster is written out every half second, so `kill -9` costs about one second; the
file plays and seeks without ever having been closed. All work happens on the recorder's own
thread; the loop only appends to a bounded queue.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

import av
import numpy as np
import structlog

from interviewer.media.frames import (
    OPUS_FRAME,
    OPUS_RATE,
    OPUS_TIME_BASE,
    SPEECH_RATE,
    Expander,
    Pcm,
    silence,
)
from interviewer.observability import metrics

log = structlog.get_logger()

WAKE_SECONDS: Final = 0.25
CLUSTER_MILLISECONDS: Final = 500
BIT_RATE: Final = 80_000
# Frames of 20 ms of either voice; beyond it (half a minute of a stuck disk) sound is dropped.
MAX_QUEUED: Final = 3_000
# When only one voice comes, the other is taken to be silent this many seconds later.
PATIENCE: Final = 1.0


def recording_path(data_dir: Path, interview_id: str, session: int) -> Path:
    """`{data_dir}/recordings/{interview_id}/{session:04d}.mka`."""
    return data_dir / "recordings" / interview_id / f"{session:04d}.mka"


class SessionRecorder:
    """Records one session to `path`, which must not exist (raises `FileExistsError`).

    `on_failure(error)` is called on the recorder's thread when writing begins to fail (a full
    disk); the recorder keeps trying, and what it could not write is silence on the same axis.
    """

    def __init__(self, path: Path, *, on_failure: Callable[[OSError], None] | None = None) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = DurableFile(path, self._on_trouble)
        self._on_failure = on_failure
        self._queue: deque[tuple[bool, Pcm, int]] = deque()
        self._stop = threading.Event()
        self.dropped_frames = 0
        self._mix = StereoMix()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def failing(self) -> bool:
        """True while the disk takes nothing."""
        return self._file.failing

    @property
    def recorded_seconds(self) -> float:
        """Where on the session's axis the recording is; at most a second ahead of the file."""
        return self._mix.written_seconds

    @property
    def durable_bytes(self) -> int:
        """Bytes of the file that stay as they are, whatever comes."""
        return self._file.size

    def candidate(self, pcm: Pcm, at: float) -> None:
        """`int16[n]`, 16 kHz mono, whose first sample is session second `at`; in order."""
        self._put(True, pcm, at)

    def interviewer(self, pcm: Pcm, at: float) -> None:
        """`int16[n]`, 48 kHz mono, as it goes out at session second `at`; gaps are silence."""
        self._put(False, pcm, at)

    def close(self, timeout: float = 5.0) -> None:
        """Write what is left and end the file. Blocks; `aclose` does not."""
        self._stop.set()
        self._thread.join(timeout)

    async def aclose(self) -> None:
        await asyncio.to_thread(self.close)

    def _put(self, is_candidate: bool, pcm: Pcm, at: float) -> None:
        if len(self._queue) >= MAX_QUEUED:
            if self.dropped_frames == 0:
                log.warning("recording.queue.full", queued=len(self._queue))
            self.dropped_frames += 1
            return
        rate = SPEECH_RATE if is_candidate else OPUS_RATE
        self._queue.append((is_candidate, pcm, round(at * rate)))

    def _run(self) -> None:
        writer = _OpusWriter(self._file)
        try:
            while not self._stop.wait(WAKE_SECONDS):
                self._drain(writer, final=False)
            self._drain(writer, final=True)
            writer.close()
        except Exception:
            log.exception("recording.thread.failed")
        finally:
            self._file.close()

    def _drain(self, writer: _OpusWriter, *, final: bool) -> None:
        for _ in range(len(self._queue)):
            is_candidate, pcm, position = self._queue.popleft()
            if is_candidate:
                self._mix.candidate(pcm, position)
            else:
                self._mix.interviewer(pcm, position)
        for position, frame in self._mix.take(final=final):
            writer.write(position, frame)

    def _on_trouble(self, error: OSError) -> None:
        metrics.RECORDING_FAILURES.labels("disk").inc()
        log.error("recording.write.failed", errno=error.errno)
        if self._on_failure is not None:
            self._on_failure(error)


class StereoMix:
    """Both voices placed sample by sample; complete 20 ms stereo frames at 48 kHz come out."""

    def __init__(self) -> None:
        self._expander = Expander()
        self._left: deque[tuple[int, Pcm]] = deque()
        self._right: deque[tuple[int, Pcm]] = deque()
        self._written = 0
        self._left_end = 0
        self._right_end = 0

    @property
    def written_seconds(self) -> float:
        return self._written / OPUS_RATE

    def candidate(self, pcm: Pcm, position: int) -> None:
        """`int16[n]` at 16 kHz from sample `position` of the axis; a hole is silence."""
        gap = position * 3 - self._left_end
        if gap > 0:
            # Through the filter too, so that it ends the sound before the hole.
            self._append_left(silence(gap // 3))
        self._append_left(pcm)

    def interviewer(self, pcm: Pcm, position: int) -> None:
        """`int16[n]` at 48 kHz from sample `position` of the axis."""
        self._right.append((position, pcm))
        self._right_end = max(self._right_end, position + len(pcm))

    def take(self, *, final: bool) -> list[tuple[int, Pcm]]:
        """(position, `int16[960 * 2]` interleaved) of every frame that is complete."""
        end = max(self._left_end, self._right_end - int(PATIENCE * OPUS_RATE))
        if final:
            end = -(-max(self._left_end, self._right_end) // OPUS_FRAME) * OPUS_FRAME
        frames = max(0, (end - self._written) // OPUS_FRAME)
        if frames == 0:
            return []
        stereo = np.zeros((frames * OPUS_FRAME, 2), dtype=np.int16)
        self._place(self._left, stereo[:, 0])
        self._place(self._right, stereo[:, 1])
        start = self._written
        self._written += frames * OPUS_FRAME
        return [
            (start + i * OPUS_FRAME, stereo[i * OPUS_FRAME : (i + 1) * OPUS_FRAME].reshape(-1))
            for i in range(frames)
        ]

    def _append_left(self, pcm: Pcm) -> None:
        self._left.append((self._left_end, self._expander.process(pcm)))
        self._left_end += len(pcm) * 3

    def _place(self, parts: deque[tuple[int, Pcm]], channel: Pcm) -> None:
        end = self._written + len(channel)
        while parts and parts[0][0] < end:
            position, pcm = parts.popleft()
            start = position - self._written
            if start < 0:
                pcm, start = pcm[-start:], 0
            fits = len(channel) - start
            channel[start : start + len(pcm)] = pcm[:fits]
            if len(pcm) > fits:
                parts.appendleft((end, pcm[fits:]))


class _OpusWriter:
    """Stereo frames → Opus → Matroska."""

    def __init__(self, file: DurableFile) -> None:
        self._container = av.open(
            file,
            "w",
            format="matroska",
            options={
                "cluster_time_limit": str(CLUSTER_MILLISECONDS),
                "flush_packets": "1",
                "live": "1",
            },
        )
        self._stream = self._container.add_stream(
            "libopus",
            rate=OPUS_RATE,
            layout="stereo",
            options={"application": "audio", "compression_level": "3"},
        )
        self._stream.bit_rate = BIT_RATE
        self._stream.time_base = OPUS_TIME_BASE

    def write(self, position: int, stereo: Pcm) -> None:
        frame = av.AudioFrame.from_ndarray(stereo.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = OPUS_RATE
        frame.time_base = OPUS_TIME_BASE
        frame.pts = position
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        self._container.mux(self._stream.encode(None))
        self._container.close()


class DurableFile:
    """What the muxer writes to: append-only, and a full disk is survived.

    A write that fails is cut back and forgotten, as if the sound had been silence; the next one
    is tried again. Deliberately not seekable, so the muxer never goes back to patch a header.
    """

    def __init__(self, path: Path, on_trouble: Callable[[OSError], None]) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        self._on_trouble = on_trouble
        self.size = 0
        self.failing = False

    def write(self, data: bytes) -> int:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError as error:
            self._recover()
            if not self.failing:
                self.failing = True
                self._on_trouble(error)
        else:
            self.size += len(data)
            self.failing = False
        return len(data)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _recover(self) -> None:
        try:
            os.ftruncate(self._fd, self.size)
            os.lseek(self._fd, self.size, os.SEEK_SET)
        except OSError as error:
            log.warning("recording.truncate.failed", errno=error.errno)


def durable_seconds(path: Path) -> float:
    """Seconds of sound that are in the file, closed or not; 0.0 if there are none. Blocks.

    Reads packet headers only: some 0.1 s for an hour of recording.
    """
    try:
        container = av.open(str(path), "r", metadata_errors="ignore")
    except (OSError, av.FFmpegError):
        return 0.0
    end = 0.0
    with container:
        if not container.streams.audio:
            return 0.0
        stream = container.streams.audio[0]
        try:
            for packet in container.demux(stream):
                if packet.pts is not None and packet.time_base is not None and packet.size:
                    end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        except av.FFmpegError as error:
            log.info("recording.tail.torn", error_type=type(error).__name__)
    return end
