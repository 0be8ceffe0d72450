"""Our ends of LiveKit Agents' audio seam: what the candidate says, what the interviewer says.

`AgentSession` needs no room: these two are attached to `session.input.audio` and
`session.output.audio` (contracts: `livekit.agents.voice.io`). They know nothing of a transport.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
import structlog
from livekit import rtc
from livekit.agents.voice import io

from interviewer.media.echo import EchoGate
from interviewer.media.frames import SPEECH_FRAME, SPEECH_RATE, Pcm, Resampler
from interviewer.media.playout import Event, Finished, Playout, Progressed, Started

log = structlog.get_logger()

# Heard but not yet read by the agent, in frames of 20 ms; the oldest go first when it is full.
MAX_UNREAD: Final = 1_500
# Spoken but not yet played, in seconds; `capture_frame` waits when it is full.
MAX_BUFFERED: Final = 60.0
# Long captures are taken in slices, so that resampling never holds the loop.
SLICE_SECONDS: Final = 0.2


class CandidateVoice(io.AudioInput):
    """16 kHz mono frames of 20 ms, without a hole, from the session's first second on.

    The agent reads them without what `echo` takes for the interviewer's voice come back.
    """

    def __init__(self, echo: EchoGate | None = None) -> None:
        super().__init__(label="candidate")
        self._echo = echo
        self._frames: deque[Pcm] = deque()
        self._readable = asyncio.Event()
        self._closed = False
        self._rest = np.zeros(0, dtype=np.int16)
        self.pushed_samples = 0
        self.dropped_samples = 0

    def push(self, pcm: Pcm) -> list[Pcm]:
        """Append `int16[n]` at 16 kHz; answers the whole frames that it completed, as they came."""
        signal = np.concatenate((self._rest, pcm)) if len(self._rest) else pcm
        whole = len(signal) // SPEECH_FRAME * SPEECH_FRAME
        self._rest = signal[whole:]
        frames = [signal[i : i + SPEECH_FRAME] for i in range(0, whole, SPEECH_FRAME)]
        self.pushed_samples += whole
        for frame in frames:
            if len(self._frames) >= MAX_UNREAD:
                self._frames.popleft()
                if self.dropped_samples == 0:
                    log.warning("media.input.overflow", unread_frames=MAX_UNREAD)
                self.dropped_samples += SPEECH_FRAME
            self._frames.append(frame if self._echo is None else self._echo.heard(frame))
        if frames:
            self._readable.set()
        return frames

    def close(self) -> None:
        """No more comes; readers stop once they have read what there is."""
        self._closed = True
        self._readable.set()

    async def __anext__(self) -> rtc.AudioFrame:
        while not self._frames:
            if self._closed:
                raise StopAsyncIteration
            self._readable.clear()
            await self._readable.wait()
        frame = self._frames.popleft()
        return rtc.AudioFrame(
            data=frame.tobytes(),
            sample_rate=SPEECH_RATE,
            num_channels=1,
            samples_per_channel=len(frame),
        )


class InterviewerVoice(io.AudioOutput):
    """Frames of any rate in, faster than real time; `pull` takes them out by the media clock.

    `playback_position` counts samples that went out; `clear_buffer` is heard with the next
    frame, 20 ms later at most. `echo` is told what goes out.
    """

    def __init__(self, echo: EchoGate | None = None) -> None:
        super().__init__(label="interviewer", capabilities=io.AudioOutputCapabilities(pause=True))
        self._echo = echo
        self._playout = Playout()
        self._resampler: Resampler | None = None
        self._room = asyncio.Event()
        self._generation = 0
        self._closed = False
        self.on_event: Callable[[Event, float], None] | None = None
        """Called with each playout event and the session second of the pull that made it."""

    @property
    def playback_position(self) -> float:
        """Seconds of the current segment that have gone out."""
        return self._playout.position

    @property
    def buffered(self) -> float:
        """Seconds captured and not yet gone out."""
        return self._playout.buffered

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        generation = self._generation
        pcm = _mono(frame)
        if self._resampler is None or self._resampler.rate != frame.sample_rate:
            self._push_tail()
            self._resampler = Resampler(frame.sample_rate)
        size = max(1, int(frame.sample_rate * SLICE_SECONDS))
        for start in range(0, len(pcm), size):
            if start:
                await asyncio.sleep(0)
            while self._playout.buffered > MAX_BUFFERED and generation == self._generation:
                self._room.clear()
                await self._room.wait()
            if generation != self._generation or self._resampler is None:
                return
            self._playout.push(self._resampler.process(pcm[start : start + size]))
        if self._closed or len(pcm) == 0:
            self._playout.push(np.zeros(0, dtype=np.int16))
        if self._closed:
            self._finish_all()

    def flush(self) -> None:
        super().flush()
        self._push_tail()
        self._playout.flush()
        if self._closed:
            self._finish_all()

    def clear_buffer(self) -> None:
        self._generation += 1
        self._resampler = None
        self._playout.clear()
        self._room.set()

    def pause(self) -> None:
        super().pause()
        self._playout.pause()

    def resume(self) -> None:
        super().resume()
        self._playout.resume()

    def pull(self, at: float) -> Pcm | None:
        """The frame `int16[960]` at 48 kHz that goes out at session second `at`; None: silence."""
        pcm, events = self._playout.pull(at)
        if self._echo is not None:
            self._echo.sent(pcm, at)
        wall = time.time() - at
        for event in events:
            self._tell(event, wall, at)
        if pcm is not None and not self._room.is_set():
            self._room.set()
        return pcm

    def close(self) -> None:
        """Nothing is heard from now on: what is pending ends as interrupted, at once."""
        self._closed = True
        self._generation += 1
        self._room.set()
        self._finish_all()

    def _push_tail(self) -> None:
        if self._resampler is not None:
            self._playout.push(self._resampler.flush())
            self._resampler = None

    def _finish_all(self) -> None:
        now = time.time()
        for event in self._playout.drain():
            self._tell(event, now, 0.0)

    def _tell(self, event: Event, wall: float, at: float) -> None:
        """`wall` + session seconds = Unix seconds."""
        if isinstance(event, Started):
            self.on_playback_started(created_at=wall + event.at)
        elif isinstance(event, Progressed):
            self.on_playback_progressed(
                started_at=wall + event.started_at, offset=event.offset, duration=event.duration
            )
        elif isinstance(event, Finished):
            self.on_playback_finished(
                playback_position=event.position, interrupted=event.interrupted
            )
        if self.on_event is not None:
            self.on_event(event, at)


def _mono(frame: rtc.AudioFrame) -> Pcm:
    pcm = np.frombuffer(frame.data, dtype=np.int16)
    if frame.num_channels == 1:
        return pcm
    mixed: Pcm = pcm.reshape(-1, frame.num_channels).mean(axis=1).astype(np.int16)
    return mixed
