"""What Chromium's own MediaRecorder writes goes through in sync."""

from __future__ import annotations

import base64
import io
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import async_playwright

from interviewer.media.finalize import AudioSession, CameraFile, finalize
from tests.media.finalize.studio import (
    RATE,
    Interview,
    beeps_heard,
    flashes_seen,
    interview,
    to_int16,
)

FLASHES = [3.0, 7.0, 11.0]

# One microphone and one camera, both driven by the audio clock; three recorders on them, each
# begun at its own time, as a page and a service would.
PAGE = """
async ({wav, flashes, types}) => {
  const audio = new AudioContext();
  await audio.resume();
  const bytes = Uint8Array.from(atob(wav), c => c.charCodeAt(0));
  const source = audio.createBufferSource();
  source.buffer = await audio.decodeAudioData(bytes.buffer);
  const microphone = audio.createMediaStreamDestination();
  source.connect(microphone);
  const canvas = document.createElement('canvas');
  canvas.width = 320; canvas.height = 240;
  const paint = canvas.getContext('2d');
  const begun = audio.currentTime + 0.2;
  source.start(begun);
  const draw = setInterval(() => {
    const t = audio.currentTime - begun;
    paint.fillStyle = flashes.some(f => f <= t && t < f + 0.25) ? '#fff' : '#111';
    paint.fillRect(0, 0, 320, 240);
    paint.fillStyle = '#555';
    paint.fillRect((t * 60) % 320, 200, 20, 20);
  }, 20);
  const picture = canvas.captureStream(30).getVideoTracks()[0];
  const record = (type, tracks, after) => new Promise(done => setTimeout(() => {
    const recorder = new MediaRecorder(new MediaStream(tracks), {mimeType: type});
    const chunks = [];
    recorder.ondataavailable = e => chunks.push(e.data);
    recorder.onstop = async () => {
      const all = new Uint8Array(await new Blob(chunks).arrayBuffer());
      let text = '';
      for (let i = 0; i < all.length; i += 8192)
        text += String.fromCharCode(...all.subarray(i, i + 8192));
      done(btoa(text));
    };
    recorder.start(2000);
    setTimeout(() => recorder.stop(), (source.buffer.duration - 1) * 1000 - after);
  }, after));
  const sound = microphone.stream.getAudioTracks()[0];
  const result = await Promise.all([
    record('audio/webm;codecs=opus', [sound], 300),
    ...types.map((type, i) => record(type, [picture, sound], 900 + 500 * i)),
  ]);
  clearInterval(draw);
  return result;
}
"""


def as_wav(room: Interview) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(to_int16(room.candidate).tobytes())
    return out.getvalue()


async def record(room: Interview, types: list[str]) -> list[bytes]:
    """The service's sound first, then one camera recording of each type."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--autoplay-policy=no-user-gesture-required", "--no-sandbox"],
        )
        page = await browser.new_page()
        await page.route("**/*", lambda route: route.fulfill(body="<title>studio</title>"))
        await page.goto("https://studio.example/")
        wav = base64.b64encode(as_wav(room)).decode()
        made = await page.evaluate(PAGE, {"wav": wav, "flashes": room.flashes, "types": types})
        await browser.close()
    return [base64.b64decode(recording) for recording in made]


@pytest.mark.browser
async def test_chromiums_mp4_is_copied_and_its_webm_encoded_both_in_sync(tmp_path: Path) -> None:
    room = interview(15.0, FLASHES, seed=7)
    types = ["video/mp4;codecs=avc1,opus", "video/webm;codecs=vp8,opus"]
    service, *cameras = await record(room, types)
    session = tmp_path / "0000.mka"
    session.write_bytes(service)

    for kind, data in zip(types, cameras, strict=True):
        camera = tmp_path / "camera"
        camera.write_bytes(data)
        result = finalize([AudioSession(session, 0.0)], [CameraFile(camera, 0.5)], tmp_path / "out")

        assert result.video is not None, kind
        assert result.copied is ("mp4" in kind)
        assert result.note is None
        heard: Any = beeps_heard(result.video)
        seen: Any = flashes_seen(result.video)
        assert len(heard) == len(seen) == len(FLASHES), (kind, heard, seen)
        assert np.abs(np.array(seen) - np.array(heard)).max() <= 0.08, (kind, heard, seen)
