"""A browser's peer over real UDP on this machine: sound both ways, the axis, the refusals."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)

from interviewer.domain.errors import Conflict, Invalid, Unavailable
from interviewer.media.frames import SPEECH_RATE, loudness
from interviewer.media.ice import default_address, local_addresses
from interviewer.media.peer_io import PeerIO
from interviewer.media.recording import SessionRecorder, durable_seconds
from interviewer.rehearsal.peer import AUDIBLE, CandidatePeer
from tests.ports import free_ports

from .conftest import Call
from .sounds import frames_of, onset, read, tone

Connect = Callable[..., Awaitable[Call]]


def host_candidates(sdp: str) -> list[tuple[str, int]]:
    found = re.findall(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", sdp)
    return [(host, int(port)) for host, port in found]


async def test_sound_both_ways_on_one_axis(call: Connect, tmp_path: Path) -> None:
    recorder = SessionRecorder(tmp_path / "0001.mka")
    pair = await call(recorder=recorder)
    peer, candidate = pair.peer, pair.candidate
    heard: list[tuple[float, float]] = []

    async def listen() -> None:
        samples = 0
        async for frame in peer.audio_input:
            assert (frame.sample_rate, frame.num_channels) == (SPEECH_RATE, 1)
            assert frame.samples_per_channel == 320
            heard.append(
                (samples / SPEECH_RATE, loudness(np.frombuffer(frame.data, dtype=np.int16)))
            )
            samples += frame.samples_per_channel

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.5)
    said_from = peer.now()
    saying = asyncio.create_task(candidate.say(tone(300, 1.0, 22_050), 22_050))
    await asyncio.sleep(0.3)
    spoken_at, began = time.time(), peer.now()
    starts: list[float] = []
    peer.audio_output.on("playback_started", lambda event: starts.append(event.created_at))
    for frame in frames_of(tone(500, 0.6, 24_000), 24_000):
        await peer.audio_output.capture_frame(frame)
    peer.audio_output.flush()
    finished = await peer.audio_output.wait_for_playout()
    assert not finished.interrupted
    assert finished.playback_position == pytest.approx(0.6, abs=0.001)
    assert starts[0] - spoken_at < 0.12
    await saying
    await asyncio.sleep(0.3)
    assert peer.now() * SPEECH_RATE - peer.audio_input.pushed_samples < 0.6 * SPEECH_RATE
    loud = [at for at, level in heard if level > AUDIBLE]
    assert loud[0] == pytest.approx(said_from, abs=0.06)
    assert loud[-1] == pytest.approx(said_from + 1.0, abs=0.1)
    await peer.close()
    await listening
    await recorder.aclose()
    left, right = read(recorder.path)
    assert onset(left) == pytest.approx(said_from, abs=0.06)
    assert onset(right) == pytest.approx(began + (starts[0] - spoken_at), abs=0.08)
    assert durable_seconds(recorder.path) == pytest.approx(peer.now(), abs=0.3)


async def test_clear_buffer_is_silent_at_the_other_end_within_a_moment(call: Connect) -> None:
    pair = await call()
    output, ear = pair.peer.audio_output, pair.candidate.ear
    loop = asyncio.get_running_loop()
    for frame in frames_of(tone(500, 5.0, 24_000), 24_000):
        await output.capture_frame(frame)
    output.flush()
    await ear.wait_for_voice(0.0, 2.0)
    await asyncio.sleep(0.5)
    cleared_at = loop.time()
    position = output.playback_position
    output.clear_buffer()
    finished = await output.wait_for_playout()
    await asyncio.sleep(0.3)
    assert finished.interrupted
    assert finished.playback_position == pytest.approx(position, abs=0.021)
    assert ear.last_voice_at is not None
    assert ear.last_voice_at - cleared_at < 0.1
    heard = sum(1 for _, level in ear.frames if level > AUDIBLE) * 0.02
    assert heard == pytest.approx(finished.playback_position, abs=0.15)


async def test_pause_and_resume_lose_no_sample(call: Connect) -> None:
    pair = await call()
    output, ear = pair.peer.audio_output, pair.candidate.ear
    for frame in frames_of(tone(500, 1.0, 24_000), 24_000):
        await output.capture_frame(frame)
    output.flush()
    await ear.wait_for_voice(0.0, 2.0)
    await asyncio.sleep(0.3)
    output.pause()
    await asyncio.sleep(0.2)
    paused_at = asyncio.get_running_loop().time()
    await asyncio.sleep(0.5)
    assert ear.last_voice_at is not None
    assert ear.last_voice_at < paused_at
    output.resume()
    finished = await output.wait_for_playout()
    await asyncio.sleep(0.2)
    assert not finished.interrupted
    assert finished.playback_position == pytest.approx(1.0, abs=0.001)
    assert sum(1 for _, level in ear.frames if level > AUDIBLE) * 0.02 == pytest.approx(
        1.0, abs=0.2
    )


async def test_two_seconds_without_packets_is_lost_and_a_hang_up_at_once(call: Connect) -> None:
    reasons: list[str] = []
    pair = await call(on_lost=reasons.append)
    await asyncio.sleep(0.3)
    pair.candidate.muted_line = True
    before = time.monotonic()
    await asyncio.wait_for(pair.peer.lost.wait(), 8)
    assert 1.5 < time.monotonic() - before < 5.0
    assert reasons == ["silent_line"]
    other = await call()
    await other.candidate.close()
    await asyncio.wait_for(other.peer.lost.wait(), 1)


async def test_nobody_waits_for_sound_that_will_not_be_heard(call: Connect) -> None:
    pair = await call()
    output = pair.peer.audio_output
    for frame in frames_of(tone(500, 5.0, 24_000), 24_000):
        await output.capture_frame(frame)
    output.flush()
    await pair.peer.close()
    finished = await asyncio.wait_for(output.wait_for_playout(), 1)
    assert finished.interrupted
    for frame in frames_of(tone(500, 0.2, 24_000), 24_000):
        await output.capture_frame(frame)
    output.flush()
    assert (await asyncio.wait_for(output.wait_for_playout(), 1)).playback_position == 0.0
    async with asyncio.timeout(1):
        frames = [frame async for frame in pair.peer.audio_input]
    assert sum(frame.samples_per_channel for frame in frames) == (
        pair.peer.audio_input.pushed_samples
    )


async def test_a_browser_without_a_microphone_hears_and_is_not_lost() -> None:
    peer = PeerIO()
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tracks: asyncio.Queue[MediaStreamTrack] = asyncio.Queue()
    pc.on("track", tracks.put_nowait)
    pc.addTransceiver("audio", direction="recvonly")
    await pc.setLocalDescription(await pc.createOffer())
    answer = await peer.answer(str(pc.localDescription.sdp))
    await pc.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
    await asyncio.wait_for(peer.connected.wait(), 5)
    for frame in frames_of(tone(500, 1.0, 24_000), 24_000):
        await peer.audio_output.capture_frame(frame)
    peer.audio_output.flush()
    track = await tracks.get()
    async with asyncio.timeout(3):
        while np.abs((await track.recv()).to_ndarray()).max() < 1_000:  # type: ignore[union-attr]
            pass
    await asyncio.sleep(2.3)
    assert not peer.lost.is_set()
    assert peer.audio_input.pushed_samples > 0.8 * SPEECH_RATE, "silence, by the service's clock"
    await pc.close()
    await peer.close()


async def test_an_offer_that_nobody_follows_up_is_lost_in_time() -> None:
    peer, candidate = PeerIO(connect_timeout=0.3), CandidatePeer()
    await peer.answer(await candidate.offer())
    await asyncio.wait_for(peer.lost.wait(), 2)
    assert peer.lost_reason == "connect_timeout"
    await peer.close()
    await candidate.close()


async def test_one_peer_takes_one_offer(call: Connect) -> None:
    pair = await call()
    with pytest.raises(Conflict):
        await pair.peer.answer("v=0")


@pytest.fixture
async def browser_offer() -> str:
    """Audio and video, bundled, as a browser offers."""
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    pc.addTransceiver("audio")
    pc.addTransceiver("video")
    await pc.setLocalDescription(await pc.createOffer())
    sdp = str(pc.localDescription.sdp)
    await pc.close()
    return sdp


async def test_video_is_declined(browser_offer: str) -> None:
    peer = PeerIO()
    answer = await peer.answer(browser_offer)
    audio, video = answer.split("m=")[1:]
    assert audio.startswith("audio")
    assert "a=sendrecv" in audio
    assert video.startswith("video")
    assert "a=inactive" in video
    await peer.close()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda sdp: "",
        lambda sdp: "hello",
        lambda sdp: '{"type": "offer"}',
        lambda sdp: "v=0\r\n" + "a" * 70_000,
        lambda sdp: sdp.replace("m=audio", "m=text"),
        lambda sdp: re.sub(r"a=ice-ufrag:.*\r\n", "", sdp),
        lambda sdp: re.sub(r"a=fingerprint:.*\r\n", "", sdp),
        lambda sdp: re.sub(r"(?i)opus/48000", "nopus/48000", sdp),
        lambda sdp: sdp.replace("m=audio 9", "m=audio nine").replace("m=audio ", "m=audio x"),
        lambda sdp: re.sub(r"a=rtpmap:", "a=rtpmap:x", sdp),
        lambda sdp: sdp[: len(sdp) // 3],
        lambda sdp: re.sub(r"a=setup:\w+", "a=setup:sideways", sdp),
    ],
)
async def test_an_offer_that_is_none_is_refused_by_name(
    browser_offer: str, spoil: Callable[[str], str]
) -> None:
    peer = PeerIO()
    with pytest.raises(Invalid) as refused:
        await peer.answer(spoil(browser_offer))
    assert refused.value.param == "sdp"
    await peer.close()


async def test_hidden_and_complete_candidate_lists_are_not_waited_for(browser_offer: str) -> None:
    hidden = re.sub(
        r"(a=candidate:\S+ 1 udp \d+) \S+",
        r"\1 0a1b2c3d-0000-4000-8000-abcdefabcdef.local",
        browser_offer,
    )
    peer = PeerIO()
    assert "a=end-of-candidates" in hidden
    # A name of mDNS takes five seconds to be given up.
    async with asyncio.timeout(4.0):
        await peer.answer(hidden)
    await peer.close()


async def test_ports_stay_within_the_range(call: Connect) -> None:
    first = free_ports(20, socket.SOCK_DGRAM)
    pair = await call(port_range=(first, first + 19))
    assert pair.peer._pc is not None
    candidates = host_candidates(str(pair.peer._pc.localDescription.sdp))
    assert candidates
    assert all(first <= port <= first + 19 for _, port in candidates)
    for frame in frames_of(tone(500, 0.3, 24_000), 24_000):
        await pair.peer.audio_output.capture_frame(frame)
    pair.peer.audio_output.flush()
    await pair.candidate.ear.wait_for_voice(0.0, 2.0)


async def test_the_public_address_is_advertised_and_the_local_one_still_works(
    call: Connect,
) -> None:
    first = free_ports(10, socket.SOCK_DGRAM)
    pair = await call(public_ip="203.0.113.7", port_range=(first, first + 9))
    assert pair.peer._pc is not None
    (public, local) = host_candidates(str(pair.peer._pc.localDescription.sdp))
    assert public[0] == "203.0.113.7"
    assert local == (default_address() or local_addresses()[0], public[1])
    assert first <= public[1] <= first + 9


async def test_loopback_can_be_the_public_address() -> None:
    peer, candidate = PeerIO(public_ip="127.0.0.1"), CandidatePeer()
    answer = await peer.answer(await candidate.offer())
    assert [host for host, _ in host_candidates(answer)] == ["127.0.0.1"]
    await peer.close()
    await candidate.close()


async def test_a_port_range_that_is_used_up_is_refused_plainly(
    browser_offer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interviewer.media.ice.local_addresses", lambda: ["127.0.0.1"])
    first = free_ports(2, socket.SOCK_DGRAM)
    holders = []
    for port in (first, first + 1):
        holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        holder.bind(("127.0.0.1", port))
        holders.append(holder)
    peer = PeerIO(port_range=(first, first + 1))
    with pytest.raises(Unavailable, match="INTERVIEWER_RTC_PORTS"):
        await peer.answer(browser_offer)
    for holder in holders:
        holder.close()
    await peer.close()
