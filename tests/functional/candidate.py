"""A candidate in Chromium: clicks through the pages and answers when it is their turn.

The microphone is a WebAudio destination in place of the device, so that answers come on cue;
what Chromium then encodes, sends and records is real.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Browser, Page, WebSocket, expect

from interviewer.interfaces import Pcm
from interviewer.speech.wav import wav

MICROPHONE = """
(() => {
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  let context = null, destination = null;
  const open = () => {
    if (!context) {
      context = new AudioContext();
      destination = context.createMediaStreamDestination();
      const hum = context.createOscillator(), quiet = context.createGain();
      quiet.gain.value = 0.0005;
      hum.connect(quiet).connect(destination);
      hum.start();
    }
    return destination;
  };
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = wanted.video ? await real({ video: wanted.video }) : new MediaStream();
    if (wanted.audio) stream.addTrack(open().stream.getAudioTracks()[0].clone());
    return stream;
  };
  window.__say = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    open();
    await context.resume();
    const buffer = await context.decodeAudioData(bytes.buffer);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(destination);
    source.connect(context.destination);
    source.start();
    await new Promise((done) => (source.onended = done));
  };
})();
"""


class Candidate:
    """One page. `messages` is everything that the service sent to it over its event sockets."""

    def __init__(self, browser: Browser, *, width: int = 1280, height: int = 860) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, permissions=["microphone", "camera"]
        )
        self.context.add_init_script(MICROPHONE)
        self.page: Page = self.context.new_page()
        self.messages: list[dict[str, Any]] = []
        self.console: list[str] = []
        self.page.on("websocket", self._listen)
        self.page.on("console", lambda m: self.console.append(f"{m.type}: {m.text}"))
        self.page.on("pageerror", lambda e: self.console.append(f"pageerror: {e}"))

    def close(self) -> None:
        self.context.close()

    # --- the pages ----------------------------------------------------------------------------

    def give_consent(self, url: str) -> None:
        self.page.goto(url)
        expect(self.page.get_by_role("button", name="Agree and continue")).to_be_visible()
        for box in self.page.get_by_role("checkbox").all():
            assert not box.is_checked(), "consent must not be ticked beforehand"
            box.check()
        self.page.get_by_role("button", name="Agree and continue").click()

    def skip_resume(self) -> None:
        self.page.get_by_role("button", name="Go on without").click()

    def start(self) -> None:
        button = self.page.get_by_role("button", name="Start the interview")
        expect(button).to_be_enabled(timeout=30_000)
        button.click()

    # --- the conversation ---------------------------------------------------------------------

    def of_type(self, kind: str) -> Iterator[dict[str, Any]]:
        return (m for m in list(self.messages) if m["type"] == kind)

    def count(self, kind: str, **fields: object) -> int:
        return sum(all(m.get(k) == v for k, v in fields.items()) for m in self.of_type(kind))

    def wait(self, done: Callable[[], bool], seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                tail = "\n".join(json.dumps(m) for m in self.messages[-12:])
                raise AssertionError(f"no {what} in {seconds} s; last messages:\n{tail}")
            self.page.wait_for_timeout(50)

    def say(self, pcm: Pcm, rate: int) -> None:
        """Speak; returns when the last sample has left."""
        self.page.evaluate("(data) => window.__say(data)", _wav(pcm, rate))

    def converse(
        self,
        answer: Callable[[dict[str, Any]], tuple[Pcm, int] | None],
        *,
        seconds: float,
        until: Callable[[], bool] | None = None,
    ) -> None:
        """Answer each time the service listens, with what `answer(current question)` gives
        (None: say nothing), until the interview ends or `until` holds."""
        deadline = time.monotonic() + seconds
        answered = self.count("state", state="listening")

        def over() -> bool:
            return self.count("ended") > 0 or (until is not None and until())

        def my_turn() -> bool:
            return self.count("state", state="listening") > answered

        while True:
            left = max(1.0, deadline - time.monotonic())
            self.wait(lambda: my_turn() or over(), left, "turn to speak, or end")
            if over():
                return
            answered = self.count("state", state="listening")
            spoken = answer(list(self.of_type("question"))[-1])
            if spoken is not None:
                self.page.wait_for_timeout(400)
                self.say(*spoken)

    def _listen(self, socket: WebSocket) -> None:
        if socket.url.endswith("/events"):
            socket.on("framereceived", self._receive)

    def _receive(self, frame: str | bytes) -> None:
        message = json.loads(frame)
        message["received_at"] = time.monotonic()
        self.messages.append(message)


def _wav(pcm: Pcm, rate: int) -> str:
    return base64.b64encode(wav(pcm, rate)).decode()
