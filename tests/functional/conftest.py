"""One service for all tests that do not kill theirs, a browser, and a candidate's voice.

They end with this folder: Playwright's synchronous API keeps an event loop in the thread, and no
asynchronous test could run after it.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, sync_playwright

from interviewer import settings
from interviewer.interfaces import Pcm
from interviewer.speech.synthesizer import Synthesizer, Voices
from tests.functional.service import ServiceProcess

Speak = Callable[[str], tuple[Pcm, int]]


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    process = ServiceProcess(tmp_path_factory.mktemp("service"))
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="package")
def speak() -> Iterator[Speak]:
    """The candidate's lines in another voice than the interviewer's: samples and their rate."""
    synthesizer = Synthesizer(Voices.embedded(settings.load({}).model_dir))
    rate = {voice.id: voice.sample_rate for voice in synthesizer.voices()}["joe"]

    async def render(text: str) -> Pcm:
        return np.concatenate([pcm async for pcm in synthesizer.stream(text, "joe")])

    # That event loop keeps another from running here.
    with ThreadPoolExecutor(1) as thread:
        yield lambda text: (thread.submit(lambda: asyncio.run(render(text))).result(), rate)
    synthesizer.close()


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "Chromium is missing; `make test-deps` installs it"
    video = tmp_path_factory.mktemp("camera") / "camera.y4m"
    _moving_picture(video)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={video}",
                "--allow-loopback-in-peer-connection",
                "--autoplay-policy=no-user-gesture-required",
                "--disable-background-networking",
                "--disable-quic",
            ],
        )
        yield launched
        launched.close()


def _moving_picture(path: Path, width: int = 320, height: int = 240, frames: int = 60) -> None:
    """A bar that wanders over a grey field, as YUV4MPEG2 at 15 frames a second."""
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F15:1 Ip A1:1 C420jpeg\n".encode())
        for n in range(frames):
            luma = np.full((height, width), 110, np.uint8)
            left = n * width // frames
            luma[:, left : left + 20] = 235
            file.write(b"FRAME\n" + luma.tobytes() + b"\x80" * (width * height // 2))
