"""The least that keeps the contract: two questions, a follow-up, sound over a real `PeerIO`.

It takes the turn after `patience` seconds of silence and answers with tones.
"""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
from aiohttp import web
from livekit import rtc

from interviewer.domain.errors import Invalid
from interviewer.media.frames import Pcm, loudness
from interviewer.media.peer_io import PeerIO
from interviewer.rehearsal.peer import AUDIBLE

RATE = 24_000


def tone(seconds: float, frequency: float = 500) -> Pcm:
    t = np.arange(int(seconds * RATE)) / RATE
    return (8_000 * np.sin(2 * np.pi * frequency * t)).astype(np.int16)


class TinyService:
    """One interview. `questions`: (text, number of follow-ups). `log`: what it was asked."""

    def __init__(
        self,
        questions: list[tuple[str, int]],
        *,
        patience: float = 0.5,
        prompt_after: float = 2.0,
        backchannel: bool = False,
    ) -> None:
        self.questions = questions
        self.patience = patience
        self.prompt_after = prompt_after
        self.backchannel = backchannel
        self.calls: list[tuple[str, str]] = []
        self.received: list[dict[str, Any]] = []
        self.consented = False
        self.step: str | None = "resume"
        self.peer: PeerIO | None = None
        self.takeovers = 0
        self._sockets: list[web.WebSocketResponse] = []
        self._levels: list[float] = []
        self._done = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = 0

    def app(self) -> web.Application:
        app = web.Application()
        base = "/api/candidate/interviews/{id}"
        app.add_routes(
            [
                web.get(base, self._interview),
                web.post(base + "/consent", self._consent),
                web.post(base + "/resume/skip", self._skip),
                web.post(base + "/connect", self._connect),
                web.post("/sdp", self._sdp),
                web.delete("/sdp", self._hang_up),
                web.get("/events", self._events),
                web.post("/api/v4/postings/{id}/candidates", self._create),
                web.get("/api/v4/interviews/{id}/data", self._data),
            ]
        )
        app.on_shutdown.append(self._shut_down)
        return app

    async def tell(self, **message: Any) -> None:
        for socket in self._sockets:
            if not socket.closed:
                await socket.send_json(message)

    async def _interview(self, request: web.Request) -> web.Response:
        self._note(request)
        consent = {"required": True, "given": self.consented}
        return web.json_response({"data": {"consent": consent, "current_step": self.step}})

    async def _consent(self, request: web.Request) -> web.Response:
        self._note(request)
        self.consented = await request.json() == {"recording": True, "ai_assessment": True}
        return web.json_response({})

    async def _skip(self, request: web.Request) -> web.Response:
        self._note(request)
        self.step = "web_interview"
        return web.json_response({})

    async def _connect(self, request: web.Request) -> web.Response:
        self._note(request)
        if not self.consented:
            error = {"code": "consent_required", "message": "Consent is needed first."}
            return web.json_response({"error": error}, status=403)
        self.takeovers += (await request.json())["takeover"]
        return web.json_response(
            {"transport": "webrtc", "sdp_url": "/sdp", "events_url": "/events", "ice_servers": []}
        )

    async def _sdp(self, request: web.Request) -> web.Response:
        self._note(request)
        assert request.content_type == "application/sdp"
        self.peer = PeerIO()
        try:
            answer = await self.peer.answer(await request.text())
        except Invalid as refused:
            return web.json_response({"error": {"code": refused.code}}, status=422)
        for work in (self._listen(self.peer), self._hold(self.peer)):
            task = asyncio.create_task(work)
            self._tasks.add(task)
        return web.Response(status=201, text=answer, content_type="application/sdp")

    async def _hang_up(self, request: web.Request) -> web.Response:
        self._note(request)
        if self.peer is not None:
            await self.peer.close()
        return web.Response(status=204)

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        async for frame in socket:
            message = frame.json()
            self.received.append(message)
            if message["type"] == "done_speaking":
                self._done.set()
        return socket

    async def _create(self, request: web.Request) -> web.Response:
        self._note(request)
        if request.headers.get("X-API-KEY") != "key":
            return web.json_response({"error": {"code": "unauthorized"}}, status=401)
        return web.json_response({"data": {"interview_id": "A1B2C3D4E5F6A7B8"}}, status=201)

    async def _data(self, request: web.Request) -> web.Response:
        self._note(request)
        row = {
            "question": "Why?",
            "evaluation_score": 4,
            "evaluation_summary": "Said why.",
            "evidence": [{"quote": "because", "start": 61.0, "end": 62.0}],
        }
        interview = {"match_score": 80, "scorecard": [row], "tags": ["sales"], "speech_score": None}
        return web.json_response({"data": {"status": "completed", "web_interview": interview}})

    async def _shut_down(self, app: web.Application) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.peer is not None:
            await self.peer.close()

    def _note(self, request: web.Request) -> None:
        self.calls.append((request.method, request.path))

    async def _listen(self, peer: PeerIO) -> None:
        async for frame in peer.audio_input:
            level = loudness(np.frombuffer(frame.data, dtype=np.int16))
            self._levels.append(level)

    async def _hold(self, peer: PeerIO) -> None:
        await peer.connected.wait()
        await self._say("Hello", 0.4)
        for index, (text, follow_ups) in enumerate(self.questions):
            for asked in range(follow_ups + 1):
                await self.tell(
                    type="question",
                    question_id=f"Q{index + 1:03d}",
                    index=index,
                    total=len(self.questions),
                    follow_up=asked > 0,
                    text=text,
                )
                await self._say(text, 1.5)
                while not await self._answered():
                    await self._say("Take your time.", 0.4)
        await self._say("Goodbye", 0.4, state="speaking")
        await self.tell(type="state", state="ended")
        await self.tell(type="ended", reason="completed", redirect_url=None)

    async def _say(self, text: str, seconds: float, state: str = "listening") -> None:
        assert self.peer is not None
        await self.tell(type="state", state="speaking")
        await self._transcript("Interviewer", text)
        pcm = tone(seconds)
        heard = len(self._levels)
        await self.peer.audio_output.capture_frame(rtc.AudioFrame(pcm.tobytes(), RATE, 1, len(pcm)))
        self.peer.audio_output.flush()
        playing = asyncio.create_task(_played(self.peer))
        while not playing.done():
            await asyncio.sleep(0.02)
            if sum(level > AUDIBLE for level in self._levels[heard:]) > 5:
                self.peer.audio_output.clear_buffer()
                break
        await playing
        await self.tell(type="state", state=state)

    async def _answered(self) -> bool:
        """True after some speech and then silence; False when nobody spoke."""
        self._done.clear()
        start, patience = len(self._levels), int(self.patience / 0.02)
        while not self._done.is_set():
            await asyncio.sleep(0.02)
            levels = self._levels[start:]
            spoke = any(level > AUDIBLE for level in levels)
            if not spoke and len(levels) * 0.02 > self.prompt_after:
                return False
            if spoke and all(level <= AUDIBLE for level in levels[-patience:]):
                break
        await self._transcript("Candidate", "an answer")
        if self.backchannel:
            assert self.peer is not None
            await self._transcript("Interviewer", "mm-hm", backchannel=True)
            pcm = tone(0.2)
            await self.peer.audio_output.capture_frame(
                rtc.AudioFrame(pcm.tobytes(), RATE, 1, len(pcm))
            )
            self.peer.audio_output.flush()
            await _played(self.peer)
        await self.tell(type="state", state="thinking")
        await asyncio.sleep(0.4 if self.backchannel else 0.1)
        return True

    async def _transcript(self, speaker: str, text: str, **more: Any) -> None:
        assert self.peer is not None
        self._turn += 1
        now = self.peer.now()
        await self.tell(
            type="transcript",
            turn_id=f"T{self._turn}",
            speaker=speaker,
            text=text,
            final=True,
            start=now,
            end=now,
            **more,
        )


async def _played(peer: PeerIO) -> None:
    await peer.audio_output.wait_for_playout()
