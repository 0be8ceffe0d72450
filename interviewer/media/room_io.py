"""One candidate in a LiveKit room, as LiveKit Agents' audio seam (livekit 1.1).

The same ends as `peer_io`, on the same kind of clock: one tick of 20 ms takes the interviewer's
next frame, so what was played out is known to the frame and an interruption is heard with the
next one. The room outlives a session; each session has a line of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import structlog
from livekit import rtc
from livekit.rtc._proto.stats_pb2 import RtcStats
from livekit.rtc.participant import PublishTrackError

from interviewer.domain.errors import Unavailable
from interviewer.media.echo import EchoGate
from interviewer.media.frames import (
    FRAME_SECONDS,
    OPUS_FRAME,
    OPUS_RATE,
    SPEECH_RATE,
    Pcm,
    silence,
)
from interviewer.media.recording import SessionRecorder
from interviewer.media.voice_io import CandidateVoice, InterviewerVoice

log = structlog.get_logger()

JOIN_SECONDS: Final = 10.0
# What is handed to libwebrtc ahead of its own clock, and so still heard after an interruption.
AHEAD_MILLISECONDS: Final = 60
# Frames of 20 ms that may wait unread; libwebrtc hands them over as they are due.
MAX_UNREAD: Final = 150
# The candidate's sound may come this much late before silence takes its place, in seconds.
LATE: Final = 0.3
CATCH_UP: Final = 3
# How often the packets that came are counted, and how long the count may take.
COUNT_SECONDS: Final = 0.1
COUNT_TIMEOUT: Final = 2.0
# LiveKit gives a line up long before; a count that stands still for longer holds nobody up.
MOST_SILENT: Final = 20.0


@dataclass(frozen=True, slots=True)
class Microphone:
    """A candidate's published sound. `identity`: of the participant."""

    identity: str
    track: rtc.Track


class InterviewRoom:
    """The agent's place in the room of one interview. `on_change`: someone came, went or fell
    silent; called from the event loop."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._room = rtc.Room()
        self._on_change = on_change
        self._source = rtc.AudioSource(OPUS_RATE, 1, queue_size_ms=AHEAD_MILLISECONDS)
        self._unheard: set[str] = set()
        self._away_since: float | None = None
        self.lost = asyncio.Event()

    async def join(self, url: str, token: str) -> None:
        """Raises Unavailable."""
        self._watch()
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                await self._room.connect(url, token, rtc.RoomOptions(auto_subscribe=True))
                track = rtc.LocalAudioTrack.create_audio_track("interviewer", self._source)
                options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
                await self._room.local_participant.publish_track(track, options)
        except (rtc.ConnectError, PublishTrackError, TimeoutError) as error:
            raise Unavailable("The LiveKit room cannot be joined.", code="sfu") from error

    async def leave(self) -> None:
        """Hang up; safe to call twice."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(JOIN_SECONDS):
                await self._room.disconnect()
        await self._source.aclose()

    def microphone(self, identity: str) -> Microphone | None:
        """That participant's sound, if it can be heard now."""
        participant = self._room.remote_participants.get(identity)
        if participant is None or identity in self._unheard:
            return None
        for publication in participant.track_publications.values():
            if publication.kind == rtc.TrackKind.KIND_AUDIO and publication.track is not None:
                return Microphone(identity, publication.track)
        return None

    def away_for(self) -> float:
        """Seconds for which the server has been out of reach; 0.0 while it is there."""
        if self._away_since is None:
            return 0.0
        return asyncio.get_running_loop().time() - self._away_since

    def other_agents(self) -> list[str]:
        """Identities of agents that are, or seem to be, in the room too."""
        kind = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
        return [p.identity for p in self._room.remote_participants.values() if p.kind == kind]

    async def play(self, pcm: Pcm) -> None:
        """`int16[960]` at 48 kHz; waits while libwebrtc has enough."""
        await self._source.capture_frame(rtc.AudioFrame(pcm.tobytes(), OPUS_RATE, 1, len(pcm)))

    def _watch(self) -> None:
        for event in (
            "participant_connected",
            "participant_disconnected",
            "track_subscribed",
            "track_unsubscribed",
        ):
            self._room.on(event, lambda *_: self._on_change())
        self._room.on("connection_quality_changed", self._on_quality)
        self._room.on("reconnecting", self._on_reconnecting)
        self._room.on("reconnected", self._on_reconnected)
        self._room.on("disconnected", self._on_disconnected)

    def _on_reconnecting(self) -> None:
        if self._away_since is None:
            self._away_since = asyncio.get_running_loop().time()

    def _on_reconnected(self) -> None:
        self._away_since = None
        self._on_change()

    def _on_quality(self, participant: rtc.Participant, quality: int) -> None:
        """The server says so seconds before it gives the participant up."""
        if quality == rtc.ConnectionQuality.QUALITY_LOST:
            self._unheard.add(participant.identity)
        else:
            self._unheard.discard(participant.identity)
        self._on_change()

    def _on_disconnected(self, *_: object) -> None:
        self.lost.set()
        self._on_change()


class PacketWatch:
    """For how long a track has brought no packets. LiveKit's client fills what does not come with
    silence, which must not be taken for the candidate's own: the page sends packets while nobody
    speaks, too."""

    def __init__(self, track: rtc.Track) -> None:
        self._track = track
        self._loop = asyncio.get_running_loop()
        self._packets = 0
        self._grew_at = 0.0
        self._counted_at = 0.0

    def silent_for(self) -> float:
        """Seconds, as of the last count. 0.0 where that tells nothing: before the first packet,
        while it is muted, when it cannot be counted, or after `MOST_SILENT`."""
        silent = self._counted_at - self._grew_at
        return 0.0 if silent > MOST_SILENT else silent

    async def run(self) -> None:
        """Until it is cancelled."""
        counting = True
        while True:
            # When the count was asked for: how long the answer takes is no silence.
            asked_at = self._loop.time()
            try:
                async with asyncio.timeout(COUNT_TIMEOUT):
                    stats = await self._track.get_stats()
            except Exception as error:
                # LiveKit raises plain exceptions.
                if counting:
                    log.warning("media.packets.uncounted", error=type(error).__name__)
                counting, self._grew_at = False, asked_at
            else:
                counting = True
                self._note(_packets(stats), asked_at)
            self._counted_at = asked_at
            await asyncio.sleep(COUNT_SECONDS)

    def _note(self, packets: int, at: float) -> None:
        if packets != self._packets or not packets or self._track.muted:
            self._packets, self._grew_at = packets, at


def _packets(stats: Sequence[RtcStats]) -> int:
    """Received so far."""
    return sum(s.inbound_rtp.received.packets_received for s in stats if s.HasField("inbound_rtp"))


class RoomIO:
    """One session with one candidate; implements `AudioLine`.

    `recorder` gets both voices on the session's axis and stays the caller's to close. The room
    stays too. `update` looks whether the candidate can still be heard.
    """

    def __init__(
        self, room: InterviewRoom, microphone: Microphone, recorder: SessionRecorder | None
    ) -> None:
        echo = EchoGate()
        self.audio_input = CandidateVoice(echo)
        self.audio_output = InterviewerVoice(echo)
        self.connected = asyncio.Event()
        self.lost = asyncio.Event()
        self.lost_reason: str | None = None
        self._room = room
        self._microphone = microphone
        self._recorder = recorder
        self._loop = asyncio.get_running_loop()
        self._started_at = self._loop.time()
        self._stream = rtc.AudioStream(
            microphone.track,
            capacity=MAX_UNREAD,
            sample_rate=SPEECH_RATE,
            num_channels=1,
            frame_size_ms=round(FRAME_SECONDS * 1000),
        )
        self._packets = PacketWatch(microphone.track)
        self._tasks = [
            asyncio.create_task(self._listen(), name="media-room-listen"),
            asyncio.create_task(self._run(), name="media-room-clock"),
            asyncio.create_task(self._packets.run(), name="media-room-packets"),
        ]
        for task in self._tasks:
            task.add_done_callback(self._on_task_over)
        self.connected.set()

    def now(self) -> float:
        return self._loop.time() - self._started_at

    def silent_for(self) -> float:
        """See `AudioLine`."""
        return max(self._room.away_for(), self._packets.silent_for())

    def update(self) -> None:
        """The room has changed."""
        if self._room.lost.is_set():
            self._lose("room_lost")
            return
        now = self._room.microphone(self._microphone.identity)
        if now is None or now.track.sid != self._microphone.track.sid:
            self._lose("candidate_gone")

    async def close(self) -> None:
        """What is still to be said ends as interrupted. Safe to call twice."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stream.aclose()
        self.audio_output.close()
        self.audio_input.close()
        self._lose("closed")

    async def _listen(self) -> None:
        async for event in self._stream:
            # After a hole that was filled, what comes late all the same has no place any more.
            if self.audio_input.pushed_samples / SPEECH_RATE < self.now() + LATE:
                self._hear(np.frombuffer(event.frame.data, dtype=np.int16))
        self._lose("track_ended")

    async def _run(self) -> None:
        index = 0
        while True:
            due = int(self.now() / FRAME_SECONDS)
            late = due - index > CATCH_UP
            if late:
                index = due
            at = index * FRAME_SECONDS
            pcm = self.audio_output.pull(at)
            if pcm is not None and self._recorder is not None:
                self._recorder.interviewer(pcm, at)
            await self._room.play(silence(OPUS_FRAME) if pcm is None else pcm)
            if not late:
                # Held up ourselves, what was said meanwhile is still to be read.
                self._fill(self.now() - LATE)
            index += 1
            await asyncio.sleep(index * FRAME_SECONDS - self.now())

    def _fill(self, upto: float) -> None:
        """Silence where nothing came, so that the session's axis has no hole."""
        missing = round(upto * SPEECH_RATE) - self.audio_input.pushed_samples
        if missing > 0:
            self._hear(silence(missing))

    def _hear(self, pcm: Pcm) -> None:
        at = self.audio_input.pushed_samples / SPEECH_RATE
        for frame in self.audio_input.push(pcm):
            if self._recorder is not None:
                self._recorder.candidate(frame, at)
            at += FRAME_SECONDS

    def _on_task_over(self, task: asyncio.Task[None]) -> None:
        """One that failed leaves nobody speaking or nobody heard: the session begins anew."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("media.line.failed", task=task.get_name(), error=type(error).__name__)
            self._lose("failed")

    def _lose(self, reason: str) -> None:
        if not self.lost.is_set():
            self.lost_reason = reason
            self.lost.set()
            log.info("media.line.lost", reason=reason, seconds=round(self.now(), 1))
