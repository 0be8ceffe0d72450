"""What the interviewer's voice is doing at every moment: a clock and a queue, without I/O.

Samples go in faster than real time, in segments; one 20 ms frame comes out at each tick of the
caller's clock, with the events that became true by then. Each segment that received samples (or
an empty push) ends in exactly one `Finished`, whether played, cleared or never begun. Times are
the caller's seconds, positions are seconds into the segment, 48 kHz mono throughout.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from interviewer.media.frames import OPUS_FRAME, OPUS_RATE, Pcm

# A run is reported at least this often while it plays.
PROGRESS_FRAMES: Final = 5


@dataclass(frozen=True, slots=True)
class Started:
    """The first sample of a segment went out at `at`."""

    at: float


@dataclass(frozen=True, slots=True)
class Progressed:
    """`duration` seconds of the segment from `offset` on went out, starting at `started_at`."""

    started_at: float
    offset: float
    duration: float


@dataclass(frozen=True, slots=True)
class Finished:
    """The segment is over, `position` seconds of it were heard."""

    position: float
    interrupted: bool


Event = Started | Progressed | Finished


@dataclass(slots=True)
class _Segment:
    chunks: deque[Pcm] = field(default_factory=deque)
    queued: int = 0
    played: int = 0
    closed: bool = False
    cleared: bool = False
    finished: bool = False


class Playout:
    """See the module. Not thread-safe; never blocks; holds what it is given."""

    def __init__(self) -> None:
        self._segments: deque[_Segment] = deque()
        self._open: _Segment | None = None
        self._paused = False
        self._run_at = 0.0
        self._run_offset = 0
        self._run_samples = 0

    @property
    def buffered(self) -> float:
        """Seconds pushed that have not gone out yet."""
        return sum(segment.queued for segment in self._segments) / OPUS_RATE

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def position(self) -> float:
        """Seconds of the current segment that have gone out; 0 when there is none."""
        return self._segments[0].played / OPUS_RATE if self._segments else 0.0

    def push(self, pcm: Pcm) -> None:
        """Append `int16[n]` to the open segment, opening one if there is none.

        After `clear`, what still comes for the segment that was open is dropped.
        """
        if self._open is None:
            self._open = _Segment()
            self._segments.append(self._open)
        if not self._open.cleared and len(pcm):
            self._open.chunks.append(pcm)
            self._open.queued += len(pcm)

    def flush(self) -> None:
        """The open segment is complete; the next push opens another."""
        if self._open is not None:
            self._open.closed = True
            self._open = None

    def clear(self) -> None:
        """Drop everything that has not gone out; every segment that had more is interrupted."""
        for segment in self._segments:
            if segment.closed and segment.played and not segment.queued:
                continue
            segment.chunks.clear()
            segment.queued = 0
            segment.cleared = True

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False

    def pull(self, at: float) -> tuple[Pcm | None, list[Event]]:
        """The frame that goes out at `at` (None: silence) and what is true by then.

        A segment counts as finished once the frame with its last sample has been played, that
        is, at the first pull after it.
        """
        events: list[Event] = []
        self._finish(events)
        segment = self._segments[0] if self._segments else None
        if segment is None or self._paused or not self._ready(segment):
            self._end_run(events)
            return None, events
        if segment.played == 0:
            events.append(Started(at))
        if self._run_samples == 0:
            self._run_at, self._run_offset = at, segment.played
        pcm = self._take(segment)
        if self._run_samples >= PROGRESS_FRAMES * OPUS_FRAME:
            self._end_run(events)
        return pcm, events

    def drain(self) -> list[Event]:
        """End everything now, as at a hang-up; nothing waits for playout afterwards."""
        self.clear()
        self.flush()
        events: list[Event] = []
        self._finish(events)
        return events

    def _ready(self, segment: _Segment) -> bool:
        # Less than a frame waits for more, or for the flush that makes it the last one.
        return segment.queued >= OPUS_FRAME or (segment.closed and segment.queued > 0)

    def _take(self, segment: _Segment) -> Pcm:
        frame = np.zeros(OPUS_FRAME, dtype=np.int16)
        filled = 0
        while filled < OPUS_FRAME and segment.chunks:
            chunk = segment.chunks.popleft()
            part = chunk[: OPUS_FRAME - filled]
            frame[filled : filled + len(part)] = part
            filled += len(part)
            if len(part) < len(chunk):
                segment.chunks.appendleft(chunk[len(part) :])
        segment.queued -= filled
        segment.played += filled
        self._run_samples += filled
        return frame

    def _finish(self, events: list[Event]) -> None:
        while self._segments:
            segment = self._segments[0]
            over = segment.cleared or (segment.closed and segment.queued == 0)
            if not over:
                return
            if not segment.finished:
                self._end_run(events)
                events.append(Finished(segment.played / OPUS_RATE, interrupted=segment.cleared))
                segment.finished = True
            self._segments.popleft()

    def _end_run(self, events: list[Event]) -> None:
        if self._run_samples:
            events.append(
                Progressed(
                    self._run_at, self._run_offset / OPUS_RATE, self._run_samples / OPUS_RATE
                )
            )
            self._run_samples = 0
