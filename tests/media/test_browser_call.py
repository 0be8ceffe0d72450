"""Chromium on the other end: its real offer, its mute button, its ears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
from aiohttp import web
from playwright.async_api import Page, async_playwright

from interviewer.media.frames import loudness
from interviewer.media.peer_io import PeerIO
from interviewer.rehearsal.peer import AUDIBLE

from .sounds import frames_of, tone

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><script>
async function call() {
  const pc = window.pc = new RTCPeerConnection();
  const mic = window.mic = await navigator.mediaDevices.getUserMedia({audio: true, video: true});
  for (const track of mic.getTracks()) pc.addTrack(track, mic);
  pc.ontrack = ({streams}) => {
    const audio = new Audio();
    audio.srcObject = streams[0];
    audio.play();
    const context = new AudioContext();
    const analyser = window.analyser = context.createAnalyser();
    context.createMediaStreamSource(streams[0]).connect(analyser);
  };
  await pc.setLocalDescription(await pc.createOffer());
  const answer = await fetch('/sdp', {method: 'POST', body: pc.localDescription.sdp});
  await pc.setRemoteDescription({type: 'answer', sdp: await answer.text()});
}
function level() {
  const data = new Float32Array(window.analyser.fftSize);
  window.analyser.getFloatTimeDomainData(data);
  return Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
}
</script>"""


@pytest.fixture
async def peer() -> AsyncIterator[PeerIO]:
    peer = PeerIO()
    yield peer
    await peer.close()


@pytest.fixture
async def page(peer: PeerIO) -> AsyncIterator[Page]:
    async def index(request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def sdp(request: web.Request) -> web.Response:
        return web.Response(text=await peer.answer(await request.text()))

    app = web.Application()
    app.add_routes([web.get("/", index), web.post("/sdp", sdp)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                "--autoplay-policy=no-user-gesture-required",
                "--allow-loopback-in-peer-connection",
                "--no-sandbox",
            ],
        )
        page = await browser.new_page()
        await page.goto(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        yield page
        await browser.close()
    await runner.cleanup()


async def test_a_call_with_chromium(peer: PeerIO, page: Page) -> None:
    levels: list[float] = []

    async def listen() -> None:
        async for frame in peer.audio_input:
            pcm = np.frombuffer(frame.data, dtype=np.int16)
            levels.append(loudness(pcm))

    listening = asyncio.create_task(listen())
    await page.evaluate("call()")
    await asyncio.wait_for(peer.connected.wait(), 15)
    await asyncio.sleep(3)
    # The fake microphone beeps once a second.
    assert max(levels) > AUDIBLE
    assert peer.stats.packets_late < 5

    for frame in frames_of(tone(500, 3.0, 24_000), 24_000):
        await peer.audio_output.capture_frame(frame)
    peer.audio_output.flush()
    await asyncio.sleep(1.5)
    assert await page.evaluate("level()") > 0.05

    await page.evaluate("mic.getAudioTracks()[0].enabled = false")
    await asyncio.sleep(0.5)
    muted_from = len(levels)
    await asyncio.sleep(3)
    assert not peer.lost.is_set(), "a muted track still sends packets"
    assert len(levels) - muted_from == pytest.approx(150, abs=15)
    assert max(levels[muted_from:]) < AUDIBLE

    assert await page.evaluate("pc.getTransceivers()[1].currentDirection") == "inactive"
    await page.evaluate("pc.close()")
    await asyncio.wait_for(peer.lost.wait(), 3)
    await peer.close()
    await listening
