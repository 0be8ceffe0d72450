"""Sound through a real LiveKit server: heard, played out, interrupted, lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from livekit import rtc

from interviewer.agent.floor import STALLED_SECONDS
from interviewer.domain.errors import Unavailable
from interviewer.media.frames import loudness
from interviewer.media.recording import SessionRecorder
from interviewer.media.room_io import InterviewRoom, RoomIO
from interviewer.media.sfu import Sfu, SfuAccess, candidate_identity
from interviewer.rehearsal.peer import AUDIBLE
from interviewer.rehearsal.room_peer import CandidateInRoom
from tests.livekit.server import LiveKitServer, running_livekit
from tests.media.sounds import frames_of, onset, read, tone

pytestmark = pytest.mark.cluster

INTERVIEW, CONNECTION = "00AA00AA00AA00AA", "connection"


@pytest.fixture(scope="module")
def livekit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKitServer]:
    with running_livekit(tmp_path_factory.mktemp("livekit")) as server:
        yield server


@pytest.fixture
def access(livekit: LiveKitServer) -> SfuAccess:
    return SfuAccess(url=livekit.url, api_key=livekit.api_key, api_secret=livekit.api_secret)


@dataclass
class Meeting:
    """A candidate and an agent in one room, with a session between them."""

    room: InterviewRoom
    line: RoomIO
    candidate: CandidateInRoom
    changed: asyncio.Event
    recording: Path

    async def until_lost(self) -> None:
        while True:
            self.changed.clear()
            self.line.update()
            if self.line.lost.is_set():
                return
            await asyncio.wait_for(self.changed.wait(), 10)


@pytest.fixture
async def meeting(access: SfuAccess, tmp_path: Path) -> AsyncIterator[Meeting]:
    changed = asyncio.Event()
    room = InterviewRoom(changed.set)
    await room.join(access.url, access.agent_token(INTERVIEW, "agent-1"))
    candidate = CandidateInRoom()
    await candidate.join(access.url, access.candidate_token(INTERVIEW, CONNECTION))
    while (microphone := room.microphone(candidate_identity(CONNECTION))) is None:
        changed.clear()
        await asyncio.wait_for(changed.wait(), 10)
    recorder = SessionRecorder(tmp_path / "0000.mka")
    line = RoomIO(room, microphone, recorder)
    yield Meeting(room, line, candidate, changed, recorder.path)
    await line.close()
    await recorder.aclose()
    await candidate.close()
    await room.leave()


async def say(line: RoomIO, seconds: float) -> None:
    for frame in frames_of(tone(500, seconds, 24_000), 24_000):
        await line.audio_output.capture_frame(frame)
    line.audio_output.flush()


async def test_the_candidate_is_heard_without_a_hole_in_the_axis(meeting: Meeting) -> None:
    heard: list[float] = []

    async def listen() -> None:
        async for frame in meeting.line.audio_input:
            level = loudness(np.frombuffer(frame.data, dtype=np.int16))
            heard.append(level)

    listening = asyncio.create_task(listen())
    await meeting.candidate.say(tone(440, 1.0, 24_000), 24_000)
    await asyncio.sleep(1.0)
    listening.cancel()
    voiced = sum(level > AUDIBLE for level in heard) * 0.02
    assert voiced == pytest.approx(1.0, abs=0.2)
    assert len(heard) * 0.02 == pytest.approx(meeting.line.now(), abs=0.5)


async def test_the_interviewer_is_heard_and_what_was_played_out_is_known(
    meeting: Meeting,
) -> None:
    began = asyncio.get_running_loop().time()
    await say(meeting.line, 1.0)
    played = await asyncio.wait_for(meeting.line.audio_output.wait_for_playout(), 10)
    assert played.playback_position == pytest.approx(1.0, abs=0.05)
    assert not played.interrupted
    assert await meeting.candidate.ear.wait_for_voice(began, 10.0) > began


async def test_an_interruption_is_heard_at_once_and_says_how_far_it_got(
    meeting: Meeting,
) -> None:
    began = asyncio.get_running_loop().time()
    await say(meeting.line, 8.0)
    await meeting.candidate.ear.wait_for_voice(began, 10.0)
    await asyncio.sleep(0.5)
    meeting.line.audio_output.clear_buffer()
    played = await asyncio.wait_for(meeting.line.audio_output.wait_for_playout(), 10)
    silent = await meeting.candidate.ear.wait_for_silence(began, quiet=0.5, timeout=10.0)
    assert played.interrupted
    assert silent is not None
    assert 0.3 < played.playback_position < 4.0


async def test_both_voices_are_recorded_on_one_axis(meeting: Meeting) -> None:
    await say(meeting.line, 0.5)
    await asyncio.wait_for(meeting.line.audio_output.wait_for_playout(), 10)
    await meeting.candidate.say(tone(440, 0.5, 24_000), 24_000)
    await asyncio.sleep(2.5)
    left, right = await asyncio.to_thread(read, meeting.recording)
    assert onset(right) < onset(left)


async def test_a_candidate_who_leaves_is_lost(meeting: Meeting) -> None:
    await meeting.candidate.close()
    await meeting.until_lost()
    assert meeting.line.lost_reason == "candidate_gone"


async def test_silence_is_told_from_a_line_that_brings_nothing(
    meeting: Meeting, livekit: LiveKitServer
) -> None:
    """LiveKit's client fills both with zeros."""
    await meeting.candidate.say(tone(440, 0.5, 24_000), 24_000)
    quiet = []
    for _ in range(20):
        await asyncio.sleep(0.1)
        quiet.append(meeting.line.silent_for())
    assert max(quiet) < STALLED_SECONDS

    livekit.process.send_signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(1.5)
        assert meeting.line.silent_for() > STALLED_SECONDS
    finally:
        livekit.process.send_signal(signal.SIGCONT)
    async with asyncio.timeout(10):
        while meeting.line.silent_for() > 0.0:
            await asyncio.sleep(0.05)
    assert not meeting.line.lost.is_set()


async def test_an_agent_that_is_shown_out_knows_it(meeting: Meeting, access: SfuAccess) -> None:
    async with Sfu(access) as sfu:
        await sfu.show_out(INTERVIEW, "agent-1")
        await meeting.until_lost()
    assert meeting.line.lost_reason == "room_lost"


async def test_a_page_reaches_nobody_by_data(meeting: Meeting, access: SfuAccess) -> None:
    """The server drops what the token does not allow."""
    other = rtc.Room()
    received: list[rtc.DataPacket] = []
    other.on("data_received", received.append)
    await other.connect(access.url, access.agent_token(INTERVIEW, "agent-2"))
    while not meeting.room.other_agents():
        meeting.changed.clear()
        await asyncio.wait_for(meeting.changed.wait(), 10)
    await meeting.candidate._room.local_participant.publish_data(b"hello")
    await asyncio.sleep(1.0)
    await other.disconnect()
    assert received == []


async def test_a_server_that_is_away_is_unavailable() -> None:
    away = SfuAccess(url="ws://127.0.0.1:9", api_key="k", api_secret="s" * 32)
    async with Sfu(away) as sfu:
        with pytest.raises(Unavailable):
            await sfu.dispatch(INTERVIEW)
    room = InterviewRoom(lambda: None)
    with pytest.raises(Unavailable):
        await room.join(away.url, away.agent_token(INTERVIEW, "agent-1"))
    await room.leave()
