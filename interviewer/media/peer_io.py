"""One browser over WebRTC for one media session (aiortc 1.16), as LiveKit Agents' audio seam.

Sound never waits on a thread or a lock here: packets that arrive are placed on the session's
axis as they come, and one tick of 20 ms a session sends the next frame, whatever the network
does. Opus both ways; video in an offer is declined, the page records its camera itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import av
import structlog
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcconfiguration import RTCBundlePolicy

from interviewer.domain.errors import Conflict, Invalid, Unavailable
from interviewer.media.echo import EchoGate
from interviewer.media.frames import (
    FRAME_SECONDS,
    OPUS_RATE,
    SPEECH_RATE,
    Decimator,
    OpusDecoder,
    OpusEncoder,
    Pcm,
    opus_packet,
    silence,
)
from interviewer.media.ice import HostCandidates, ice_servers
from interviewer.media.jitter import InboundAxis, Silence, Speech
from interviewer.media.recording import SessionRecorder
from interviewer.media.sdp import check_offer
from interviewer.media.voice_io import CandidateVoice, InterviewerVoice

if TYPE_CHECKING:
    from interviewer.media.frames import OpusPacket

log = structlog.get_logger()

CONNECT_TIMEOUT: Final = 15.0
SILENT_LINE: Final = 2.0
# Ticks missed beyond this (the process was held up) are skipped, not sent in a burst: the
# browser's jitter buffer would keep the delay for seconds.
CATCH_UP: Final = 3
# After such a delay, how long nothing that is missing is given up.
PATIENT_TICKS: Final = 10


@dataclass(slots=True)
class PeerStats:
    """Counters of one session, for metrics. `packets_*` are RTP packets of 20 ms."""

    packets_received: int = 0
    packets_late: int = 0
    packets_undecodable: int = 0
    missing_seconds: float = 0.0
    ticks_skipped: int = 0


class PacketTap:
    """Takes the place of a receiver's jitter buffer: packets go to `on_packet`, none onwards.

    aiortc decodes on a thread of its own and hands every frame back through the loop; with
    nothing handed on, that thread sleeps, and decoding is ours (0.1 ms a packet).
    """

    def __init__(self, on_packet: Callable[[bytes, int], None]) -> None:
        self._on_packet = on_packet

    def add(self, packet: Any) -> tuple[bool, None]:
        self._on_packet(packet._data, packet.timestamp)
        return False, None

    @classmethod
    def install(cls, receiver: RTCRtpReceiver, on_packet: Callable[[bytes, int], None]) -> None:
        name = "_RTCRtpReceiver__jitter_buffer"
        if not hasattr(receiver, name):
            raise RuntimeError("this aiortc keeps its jitter buffer elsewhere")
        setattr(receiver, name, cls(on_packet))


class PacketTrack(MediaStreamTrack):
    """An outgoing track of ready-made packets.

    Holds `depth` of them; the oldest goes if nobody sends them.
    """

    kind = "audio"

    def __init__(self, depth: int = 5) -> None:
        super().__init__()
        self._queue: asyncio.Queue[OpusPacket] = asyncio.Queue(maxsize=depth)

    def put(self, packet: OpusPacket) -> None:
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(packet)

    async def recv(self) -> OpusPacket:
        if self.readyState != "live":
            raise MediaStreamError
        return await self._queue.get()


class SpeechReceiver:
    """Packets in any order → 16 kHz mono on the session's axis."""

    def __init__(self) -> None:
        self.axis = InboundAxis()
        self.undecodable = 0
        self._decoder = OpusDecoder()
        self._decimator = Decimator()

    def push(self, payload: bytes, timestamp: int, now: float) -> list[Pcm]:
        return [self._pcm(item) for item in self.axis.push(payload, timestamp, now)]

    def tick(self, now: float) -> list[Pcm]:
        return [self._pcm(item) for item in self.axis.tick(now)]

    def _pcm(self, item: Speech | Silence) -> Pcm:
        wanted = item.samples * OPUS_RATE // SPEECH_RATE
        pcm = silence(wanted)
        if isinstance(item, Speech):
            try:
                decoded = self._decoder.decode(item.payload)
            except av.FFmpegError:
                self.undecodable += 1
            else:
                pcm[: len(decoded)] = decoded[:wanted]
        return self._decimator.process(pcm)


class PeerIO:
    """See the module. Use once: `answer`, then `close`, from the loop that made it.

    `ice_servers`: W3C dictionaries; none are asked unless given. `recorder` gets both voices on
    the session's axis and stays the caller's to close. `connected` and `lost` are set once and
    stay so; `lost` means 2 s without a packet after there were some, a peer that hung up, or no
    connection within 15 s, and `lost_reason` says which.
    """

    def __init__(
        self,
        *,
        ice_servers: Sequence[Mapping[str, Any]] = (),
        public_ip: str | None = None,
        port_range: tuple[int, int] | None = None,
        recorder: SessionRecorder | None = None,
        on_lost: Callable[[str], None] | None = None,
        connect_timeout: float = CONNECT_TIMEOUT,
    ) -> None:
        echo = EchoGate()
        self.audio_input = CandidateVoice(echo)
        self.audio_output = InterviewerVoice(echo)
        self.connected = asyncio.Event()
        self.lost = asyncio.Event()
        self.lost_reason: str | None = None
        self.stats = PeerStats()
        self._ice_servers = ice_servers
        self._hosts = HostCandidates(public_ip, port_range)
        self._recorder = recorder
        self._on_lost = on_lost
        self._connect_timeout = connect_timeout
        self._loop = asyncio.get_running_loop()
        self._pc: RTCPeerConnection | None = None
        self._track = PacketTrack()
        self._receiver = SpeechReceiver()
        self._encoder = OpusEncoder()
        self._started_at: float | None = None
        self._heard_any = False
        self._silent_ticks = 0
        self._clock: asyncio.Task[None] | None = None
        self._closed = False

    def now(self) -> float:
        """Seconds of this session: 0 until it is connected, then running."""
        return 0.0 if self._started_at is None else self._loop.time() - self._started_at

    def silent_for(self) -> float:
        """See `AudioLine`; pages send silence as packets too."""
        return self._silent_ticks * FRAME_SECONDS if self._heard_any else 0.0

    async def answer(self, offer_sdp: str) -> str:
        """The SDP answer to a browser's offer, candidates included (no trickling).

        Raises `Invalid` (`param="sdp"`) for an offer that cannot be met, `Conflict` when this
        peer has already answered one or is closed, `Unavailable` (`at_capacity`) when the
        port range is used up.
        """
        if self._pc is not None or self._closed:
            raise Conflict("This connection has already had its offer.", code="already_connected")
        offer = check_offer(offer_sdp)
        self._pc = pc = RTCPeerConnection(
            RTCConfiguration(
                iceServers=ice_servers(self._ice_servers), bundlePolicy=RTCBundlePolicy.MAX_BUNDLE
            )
        )
        pc.on("connectionstatechange", lambda: self._on_connection_state(pc.connectionState))
        try:
            await self._negotiate(pc, offer)
        except Unavailable:
            await pc.close()
            raise
        except Exception as error:
            # aiortc's parser raises whatever it trips over: ValueError, KeyError, AssertionError…
            log.info("media.offer.refused", error_type=type(error).__name__)
            await pc.close()
            raise Invalid(
                "The SDP offer cannot be used: it needs one Opus audio section with ICE "
                "credentials and a DTLS fingerprint.",
                param="sdp",
            ) from error
        self._clock = asyncio.create_task(self._run(), name="media-clock")
        return str(pc.localDescription.sdp)

    async def close(self) -> None:
        """Hang up; what is still to be said ends as interrupted. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        if self._clock is not None:
            self._clock.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._clock
        if self._pc is not None:
            await self._pc.close()
        self.audio_output.close()
        self.audio_input.close()
        self._lose("closed")

    async def _negotiate(self, pc: RTCPeerConnection, offer_sdp: str) -> None:
        audio = pc.addTransceiver(self._track, direction="sendrecv")
        audio.setCodecPreferences(
            [c for c in RTCRtpSender.getCapabilities("audio").codecs if c.name == "opus"]
        )
        PacketTap.install(audio.receiver, self._on_packet)
        await pc.setRemoteDescription(RTCSessionDescription(sdp=offer_sdp, type="offer"))
        for transceiver in pc.getTransceivers():
            if transceiver is not audio:
                transceiver.direction = "inactive"
        connections = _ice_connections(pc.getTransceivers())
        for connection in connections:
            self._hosts.install(connection)
        await pc.setLocalDescription(await pc.createAnswer())
        if not all(connection.local_candidates for connection in connections):
            raise Unavailable("No UDP port of INTERVIEWER_RTC_PORTS is free.", code="at_capacity")

    def _on_connection_state(self, state: str) -> None:
        if state == "connected":
            self._start()
        elif state in ("failed", "closed"):
            self._lose(f"peer_{state}")

    def _start(self) -> None:
        if self._started_at is None:
            self._started_at = self._loop.time()
            self.connected.set()

    def _on_packet(self, payload: bytes, timestamp: int) -> None:
        self._start()
        self._heard_any = True
        self._silent_ticks = 0
        self._hear(self._receiver.push(payload, timestamp, self.now()))

    async def _run(self) -> None:
        try:
            # Not `wait_for`: on 3.11 it can swallow a cancellation that meets the event.
            async with asyncio.timeout(self._connect_timeout):
                await self.connected.wait()
        except TimeoutError:
            self._lose("connect_timeout")
            return
        index = patient_until = 0
        while not self._closed:
            due = int(self.now() / FRAME_SECONDS)
            if due > index:
                # We come late: the packets that waited with us are to be heard first.
                patient_until = due + PATIENT_TICKS
            if due - index > CATCH_UP:
                self.stats.ticks_skipped += due - index
                index = due
            if index >= patient_until:
                self._hear(self._receiver.tick(self.now()))
            self._speak(index)
            # Counted in ticks that ran: a process held up has packets waiting, not a dead line.
            self._silent_ticks += 1
            if self._heard_any and self._silent_ticks * FRAME_SECONDS > SILENT_LINE:
                self._lose("silent_line")
            index += 1
            await asyncio.sleep(index * FRAME_SECONDS - self.now())

    def _speak(self, index: int) -> None:
        at = index * FRAME_SECONDS
        pcm = self.audio_output.pull(at)
        self._track.put(opus_packet(self._encoder.encode(pcm), index))
        if pcm is not None and self._recorder is not None:
            self._recorder.interviewer(pcm, at)

    def _hear(self, parts: list[Pcm]) -> None:
        for part in parts:
            at = self.audio_input.pushed_samples / SPEECH_RATE
            for frame in self.audio_input.push(part):
                if self._recorder is not None:
                    self._recorder.candidate(frame, at)
                at += FRAME_SECONDS
        axis = self._receiver.axis
        self.stats.packets_received = axis.received
        self.stats.packets_late = axis.late
        self.stats.packets_undecodable = self._receiver.undecodable
        self.stats.missing_seconds = axis.missing / SPEECH_RATE

    def _lose(self, reason: str) -> None:
        if self.lost.is_set():
            return
        self.lost_reason = reason
        self.lost.set()
        log.info("media.peer.lost", reason=reason, seconds=round(self.now(), 1))
        if self._on_lost is not None:
            self._on_lost(reason)


def _ice_connections(transceivers: Sequence[RTCRtpTransceiver]) -> list[Any]:
    connections = [t.receiver.transport.transport.iceGatherer._connection for t in transceivers]
    return list({id(connection): connection for connection in connections}.values())
