"""The candidate's end of a LiveKit room: the same voice and ear as `CandidatePeer`'s."""

from __future__ import annotations

import asyncio
import contextlib

import numpy as np
from livekit import rtc

from interviewer.media.frames import (
    FRAME_SECONDS,
    OPUS_FRAME,
    OPUS_RATE,
    SPEECH_RATE,
    Pcm,
    Resampler,
    loudness,
    silence,
)
from interviewer.media.playout import Finished, Playout
from interviewer.rehearsal.peer import AUDIBLE, Ear

AHEAD_MILLISECONDS = 60


class CandidateInRoom:
    """One stay in a room. `join`, `connected`; then `say`, `hush`, `ear`; at last `close`."""

    def __init__(self, *, keep_sound: bool = False) -> None:
        self.ear = Ear(keep=keep_sound)
        self.connected = asyncio.Event()
        self.failed = asyncio.Event()
        self.spoke_until: float | None = None
        self._loop = asyncio.get_running_loop()
        self._room = rtc.Room()
        self._source = rtc.AudioSource(OPUS_RATE, 1, queue_size_ms=AHEAD_MILLISECONDS)
        self._playout = Playout()
        self._finished = asyncio.Event()
        self._clock: asyncio.Task[None] | None = None
        self._ears: dict[str, asyncio.Task[None]] = {}

    async def join(self, url: str, token: str) -> None:
        """Raises `rtc.ConnectError`."""
        self._room.on("track_subscribed", self._listen)
        self._room.on("track_unsubscribed", self._deaf)
        self._room.on("disconnected", lambda *_: self.failed.set())
        await self._room.connect(url, token)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        # As the page does: without packets in silence a line that died would seem like one.
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False)
        await self._room.local_participant.publish_track(track, options)
        self._clock = asyncio.create_task(self._run(), name="candidate-clock")
        self.connected.set()

    async def say(self, pcm: Pcm, rate: int) -> float:
        """Speak `int16[n]`; answers when the last audible frame left. `hush` cuts it short."""
        resampler = Resampler(rate)
        self._finished.clear()
        self._playout.push(resampler.process(pcm))
        self._playout.push(resampler.flush())
        self._playout.flush()
        await self._finished.wait()
        return self.spoke_until if self.spoke_until is not None else self._loop.time()

    def hush(self) -> None:
        """Stop in mid-word."""
        self._playout.clear()

    async def close(self) -> None:
        tasks = [*self._ears.values(), *([self._clock] if self._clock else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._finished.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5.0):
                await self._room.disconnect()
        await self._source.aclose()

    def _listen(self, track: rtc.Track, *_: object) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO and track.sid not in self._ears:
            hearing = self._hear(track)
            self._ears[track.sid] = asyncio.create_task(hearing, name="candidate-ear")

    def _deaf(self, track: rtc.Track, *_: object) -> None:
        """That interviewer is gone; another may come."""
        if (ear := self._ears.pop(track.sid, None)) is not None:
            ear.cancel()

    async def _hear(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(
            track,
            sample_rate=SPEECH_RATE,
            num_channels=1,
            frame_size_ms=round(FRAME_SECONDS * 1000),
        )
        try:
            async for event in stream:
                self.ear.hear(np.frombuffer(event.frame.data, dtype=np.int16), self._loop.time())
        finally:
            await stream.aclose()

    async def _run(self) -> None:
        started, index = self._loop.time(), 0
        while True:
            pcm, events = self._playout.pull(self._loop.time() - started)
            if any(isinstance(event, Finished) for event in events):
                self._finished.set()
            if pcm is not None and loudness(pcm) > AUDIBLE:
                self.spoke_until = self._loop.time()
            frame = silence(OPUS_FRAME) if pcm is None else pcm
            await self._source.capture_frame(
                rtc.AudioFrame(frame.tobytes(), OPUS_RATE, 1, len(frame))
            )
            index += 1
            await asyncio.sleep(max(0.0, index * FRAME_SECONDS - (self._loop.time() - started)))
