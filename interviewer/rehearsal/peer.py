"""The candidate's end of a WebRTC call: speaks on cue, and knows when it heard what (aiortc).

Times are the loop's (`loop.time()`), levels are by the sound itself: what "leaving" and
"arriving" mean for latency is the packet that carries the sample.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import Final

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription

from interviewer.media.frames import (
    FRAME_SECONDS,
    SPEECH_RATE,
    OpusEncoder,
    Pcm,
    Resampler,
    loudness,
    opus_packet,
)
from interviewer.media.peer_io import PacketTap, PacketTrack, SpeechReceiver
from interviewer.media.playout import Finished, Playout

# Root mean square of a 20 ms frame, relative to full scale (-50 dB), above which it is voice.
AUDIBLE: Final = 0.003
# Frames of 20 ms that are remembered: five minutes.
MEMORY: Final = 15_000


class Ear:
    """What arrived, as (loop time, level) a frame, and the sound itself if `keep` is set."""

    def __init__(self, *, keep: bool = False) -> None:
        self.frames: deque[tuple[float, float]] = deque(maxlen=MEMORY)
        self.sound: list[Pcm] = []
        self._keep = keep
        self._changed = asyncio.Event()
        self.last_voice_at: float | None = None

    def hear(self, pcm: Pcm, at: float) -> None:
        level = loudness(pcm)
        self.frames.append((at, level))
        if self._keep:
            self.sound.append(pcm)
        if level > AUDIBLE:
            self.last_voice_at = at
        self._changed.set()

    def first_voice_after(self, moment: float) -> float | None:
        """When the first audible frame after `moment` arrived, if it did."""
        first = None
        for at, level in reversed(self.frames):
            if at <= moment:
                break
            if level > AUDIBLE:
                first = at
        return first

    def onsets(self, *, after: float, gap: float) -> list[float]:
        """When voice began after `after`, each time it had been silent for `gap` seconds.

        Voice that goes on from before `after` counts only once it has paused.
        """
        found: list[float] = []
        last = float("-inf")
        for at, level in self.frames:
            if level > AUDIBLE:
                if at > after and at - last > gap:
                    found.append(at)
                last = at
        return found

    async def wait_for_silence(self, after: float, *, quiet: float, timeout: float) -> float | None:
        """When the last audible frame arrived before `quiet` seconds without one, from `after` on.

        None if it never fell silent within `timeout`.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while (now := loop.time()) < deadline:
            last = max(self.last_voice_at or after, after)
            if now - last >= quiet:
                return last
            await asyncio.sleep(min(last + quiet - now, deadline - now))
        return None

    async def wait_for_voice(self, after: float, timeout: float) -> float:
        """When the first audible frame after `after` arrived. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout):
            while (at := self.first_voice_after(after)) is None:
                self._changed.clear()
                await self._changed.wait()
            return at


class CandidatePeer:
    """One call. `offer`, `accept`, `connected`; then `say`, `hush`, `ear`; at last `close`."""

    def __init__(
        self, *, ice_servers: Sequence[RTCIceServer] = (), keep_sound: bool = False
    ) -> None:
        self.ear = Ear(keep=keep_sound)
        self.connected = asyncio.Event()
        self.failed = asyncio.Event()
        self.muted_line = False
        """Set to send no packets at all, as a network that died would."""
        self.spoke_until: float | None = None
        """When the last audible frame of what was said left."""
        self._loop = asyncio.get_running_loop()
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=list(ice_servers)))
        self._pc.on("connectionstatechange", self._on_state)
        # Deep: after a stall of this process nothing that was said may be missing.
        self._track = PacketTrack(depth=100)
        self._encoder = OpusEncoder()
        self._receiver = SpeechReceiver()
        self._playout = Playout()
        self._finished = asyncio.Event()
        self._started_at = self._loop.time()
        self._clock: asyncio.Task[None] | None = None

    async def offer(self) -> str:
        """The offer with its candidates: audio only, both ways."""
        transceiver = self._pc.addTransceiver(self._track, direction="sendrecv")
        PacketTap.install(transceiver.receiver, self._on_packet)
        await self._pc.setLocalDescription(await self._pc.createOffer())
        return str(self._pc.localDescription.sdp)

    async def accept(self, answer_sdp: str) -> None:
        await self._pc.setRemoteDescription(RTCSessionDescription(sdp=answer_sdp, type="answer"))
        self._clock = asyncio.create_task(self._run(), name="candidate-clock")

    async def say(self, pcm: Pcm, rate: int) -> float:
        """Speak `int16[n]`; answers when the last audible frame left. `hush` cuts it short."""
        resampler = Resampler(rate)
        self._finished.clear()
        self._playout.push(resampler.process(pcm))
        self._playout.push(resampler.flush())
        self._playout.flush()
        await self._finished.wait()
        return self.spoke_until if self.spoke_until is not None else self._loop.time()

    def microphone(self, pcm: Pcm | None) -> Pcm | None:
        """What a microphone makes of 20 ms of the candidate's voice (48 kHz; None: silence)."""
        return pcm

    def hush(self) -> None:
        """Stop in mid-word."""
        self._playout.clear()

    async def close(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._clock
        self._finished.set()
        await self._pc.close()

    def _on_state(self) -> None:
        if self._pc.connectionState == "connected":
            self.connected.set()
        elif self._pc.connectionState in ("failed", "closed"):
            self.failed.set()

    def _on_packet(self, payload: bytes, timestamp: int) -> None:
        self._hear(self._receiver.push(payload, timestamp, self._now()))

    def _hear(self, parts: list[Pcm]) -> None:
        size = int(FRAME_SECONDS * SPEECH_RATE)
        for part in parts:
            for start in range(0, len(part), size):
                self.ear.hear(part[start : start + size], self._loop.time())

    def _now(self) -> float:
        return self._loop.time() - self._started_at

    async def _run(self) -> None:
        await self.connected.wait()
        self._started_at = self._loop.time()
        index = 0
        while True:
            pcm, events = self._playout.pull(self._now())
            if any(isinstance(event, Finished) for event in events):
                self._finished.set()
            payload = self._encoder.encode(self.microphone(pcm))
            if not self.muted_line:
                self._track.put(opus_packet(payload, index))
            if pcm is not None and loudness(pcm) > AUDIBLE:
                self.spoke_until = self._loop.time()
            self._hear(self._receiver.tick(self._now()))
            index += 1
            await asyncio.sleep(max(0.0, index * FRAME_SECONDS - self._now()))
