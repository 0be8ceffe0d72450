"""From RTP packets to one continuous stream on the session's clock, decided without I/O.

Packets come in with the sender's timestamps and the seconds of their arrival; out come, in
order, the packets to decode and the silences between them, so that sample `n` of the stream is
second `n / 16000` of the session. A packet is passed on as soon as it is next in line, so the
buffer adds no delay of its own; only a hole makes later packets wait, and only for as long as
packets of this line have lately been overtaken.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from interviewer.media.frames import FRAME_SECONDS, RATIO, SPEECH_FRAME, SPEECH_RATE, opus_samples

# How long a packet waits for one that was sent before it: at least so long, and longer where
# packets have come out of order by more. What was learnt is forgotten by so many seconds a second.
REORDER: Final = 0.04
MAX_REORDER: Final = 0.35
REORDER_MARGIN: Final = 1.25
FORGET: Final = 0.02
# How far the stream may fall behind the clock before silence takes a missing packet's place.
# It delays nothing while packets come; a longer one loses less speech when a network stalls.
HOLD: Final = 0.5
# After a packet of discontinuous transmission (≤ 2 bytes, RFC 6716 §2.1.9) silence is expected.
HOLD_DTX: Final = 0.06
# A sender whose timestamps are this far off for this long has started a new timeline.
OFF_AXIS: Final = 1.0
OFF_AXIS_FOR: Final = 0.5
# Drift is corrected, by whole frames, when the best packet of a window is off by more than this.
DRIFT_WINDOW: Final = 5.0
BEHIND: Final = 0.035
AHEAD: Final = -0.015
# More than `HOLD` in packets of 5 ms.
MAX_PENDING: Final = 128


@dataclass(frozen=True, slots=True)
class Silence:
    """`samples` at 16 kHz in which nothing came."""

    samples: int


@dataclass(frozen=True, slots=True)
class Speech:
    """An Opus packet worth `samples` at 16 kHz."""

    payload: bytes
    samples: int


@dataclass(slots=True)
class _Waiting:
    payload: bytes
    samples: int
    arrival: float


class InboundAxis:
    """Puts one sender's packets on the session's time axis. All times in session seconds."""

    def __init__(self) -> None:
        self.cursor = 0
        self.received = 0
        self.late = 0
        self.missing = 0
        self._pending: dict[int, _Waiting] = {}
        self._offset: int | None = None
        self._last_timestamp = 0
        self._unwrapped = 0
        self._dtx = False
        self._off_since: float | None = None
        self._best_lag = float("inf")
        self._window_ends = 0.0
        self._shift = 0
        self._shift_by = 0.0
        self._sizes: deque[int] = deque(maxlen=100)
        self._reorder = REORDER
        self._reorder_at = 0.0
        # (the sender's position, arrival) of the packets that were the newest when they came.
        self._newest: deque[tuple[int, float]] = deque(maxlen=MAX_PENDING)

    def push(self, payload: bytes, timestamp: int, now: float) -> list[Speech | Silence]:
        """A packet with its 32-bit RTP timestamp (48 kHz) arrived at `now`."""
        samples = opus_samples(payload) // RATIO
        if samples == 0:
            return []
        self.received += 1
        expected = int(now * SPEECH_RATE) - samples
        sent = position = self._unwrap(timestamp) // RATIO
        out: list[Speech | Silence] = []
        if self._offset is None:
            self._offset = max(expected, self.cursor) - position
            if position + self._offset > self.cursor:
                self._skip_to(position + self._offset, out)
        position += self._offset
        if not self._on_axis(position, expected, now):
            self.late += 1
            return []
        self._off_since = None
        self._learn_reorder(sent, now)
        shift = self._drift(position, samples, len(payload), now)
        self._offset += shift
        position += shift
        if position < self.cursor or len(self._pending) >= MAX_PENDING:
            self.late += 1
        else:
            self._pending[position] = _Waiting(payload, samples, now)
        self._drain(now, out)
        return out

    def tick(self, now: float) -> list[Speech | Silence]:
        """Time has come to `now`: give up on what did not come."""
        out: list[Speech | Silence] = []
        self._drain(now, out)
        return out

    def _unwrap(self, timestamp: int) -> int:
        step = (timestamp - self._last_timestamp) & 0xFFFFFFFF
        if step >= 1 << 31:
            step -= 1 << 32
        self._last_timestamp = timestamp
        self._unwrapped += step
        return self._unwrapped

    def _learn_reorder(self, position: int, now: float) -> None:
        """By how long was it overtaken? `position`: the sender's, before any shift."""
        forgotten = FORGET * max(0.0, now - self._reorder_at)
        self._reorder, self._reorder_at = max(REORDER, self._reorder - forgotten), now
        if not self._newest or position > self._newest[-1][0]:
            self._newest.append((position, now))
            return
        if any(newer == position for newer, _ in self._newest):
            return  # the same again
        overtaken_for = now - next(at for newer, at in self._newest if newer > position)
        if overtaken_for <= HOLD:  # nothing is gained by waiting for longer
            wanted = min(overtaken_for * REORDER_MARGIN, MAX_REORDER)
            self._reorder = max(self._reorder, wanted)

    def _on_axis(self, position: int, expected: int, now: float) -> bool:
        """False while timestamps are implausible; start over when they stay so."""
        if abs(position - expected) <= OFF_AXIS * SPEECH_RATE:
            return True
        if self._off_since is None:
            self._off_since = now
        if now - self._off_since >= OFF_AXIS_FOR:
            self._offset = None
            self._off_since = None
            self._pending.clear()
            self._newest.clear()
        return False

    def _drift(self, position: int, samples: int, size: int, now: float) -> int:
        """Samples to move the axis by, now that the clocks have parted; mostly 0.

        Done in a quiet packet if one comes.
        """
        self._best_lag = min(self._best_lag, now - (position + samples) / SPEECH_RATE)
        if now >= self._window_ends:
            off = self._window_ends > 0 and not AHEAD <= self._best_lag <= BEHIND
            frames = int(self._best_lag / FRAME_SECONDS) if off else 0
            # Less than a frame off is one frame too early at most: AHEAD is smaller than that.
            self._shift = (frames or (-1 if off else 0)) * SPEECH_FRAME
            self._shift_by = now + DRIFT_WINDOW
            self._best_lag = float("inf")
            self._window_ends = now + DRIFT_WINDOW
        self._sizes.append(size)
        quiet = size * 2 <= sum(self._sizes) / len(self._sizes)
        if not self._shift or not (quiet or now + 0.5 >= self._shift_by):
            return 0
        shift, self._shift = self._shift, 0
        self._best_lag = float("inf")
        return shift

    def _drain(self, now: float, out: list[Speech | Silence]) -> None:
        while self._pending:
            position = min(self._pending)
            waiting = self._pending[position]
            if position > self.cursor:
                if now - waiting.arrival < self._reorder and now - self._time() < HOLD:
                    break
                self._skip_to(position, out)
            del self._pending[position]
            if position < self.cursor:
                self.late += 1
                continue
            out.append(Speech(waiting.payload, waiting.samples))
            self._dtx = len(waiting.payload) <= 2
            self.cursor += waiting.samples
        hold = max(HOLD_DTX, self._reorder) if self._dtx else HOLD
        due = int((now - hold) * SPEECH_RATE) // SPEECH_FRAME * SPEECH_FRAME
        if due > self.cursor and not self._pending:
            self._skip_to(due, out)

    def _time(self) -> float:
        return self.cursor / SPEECH_RATE

    def _skip_to(self, position: int, out: list[Speech | Silence]) -> None:
        self.missing += position - self.cursor
        out.append(Silence(position - self.cursor))
        self.cursor = position
