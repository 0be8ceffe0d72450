"""One interview's room: its page feed, its media session, its runner.

Sessions follow one another; each goes on where the one before stopped, on the same time axis.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from interviewer.agent.feed import PageFeed
from interviewer.agent.floor import Floor, Press
from interviewer.agent.interview import InterviewRunner
from interviewer.agent.journal import Journal
from interviewer.agent.scribe import MOST_NOTICED
from interviewer.agent.session import voice_session
from interviewer.agent.thinking import Thinking
from interviewer.agent.voice import SilentVoice, Voice
from interviewer.domain import script
from interviewer.domain.conversation import Conversation
from interviewer.domain.errors import Conflict
from interviewer.domain.interview import Interview
from interviewer.domain.moves import ConversationState
from interviewer.domain.plan import InterviewPlan
from interviewer.interfaces import SpeechSynthesizer, Store
from interviewer.media.line import AudioLine
from interviewer.media.peer_io import PeerIO
from interviewer.media.recording import SessionRecorder
from interviewer.media.recordings import Recordings
from interviewer.speech.decoding import Decoder

log = structlog.get_logger()

# A page that connected opens its socket or offers its sound within so long.
ARRIVAL_SECONDS = 20.0
# A written interview goes on through a reload of its page, which takes less than this.
PAGE_GONE_SECONDS = 5.0


class Begin(Protocol):
    """Fix the plan at the first connection; the same plan afterwards."""

    async def __call__(self, interview_id: str) -> tuple[Interview, InterviewPlan]: ...


class Finish(Protocol):
    """The interview is over: close its step and have it evaluated."""

    async def __call__(self, interview_id: str, reason: str) -> Interview: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomServices:
    """What a room needs from outside. `make_peer`, where pages offer their sound by SDP, takes
    the session's recorder."""

    store: Store
    engine: Decoder
    synthesizer: SpeechSynthesizer
    default_voice: str
    recordings: Recordings
    begin: Begin
    finish: Finish
    make_peer: Callable[[SessionRecorder | None], PeerIO] | None = None
    make_thinking: Callable[[InterviewPlan], Thinking]


@dataclass(frozen=True, slots=True)
class _Sitting:
    """One session of the interview. `offset`: where it begins on the interview's axis."""

    interview: Interview
    plan: InterviewPlan
    journal: Journal
    sessions: list[dict[str, Any]]
    integrity: list[dict[str, Any]]
    offset: float


class Room:
    """See the module. All methods are for the event loop that made it."""

    def __init__(self, interview_id: str, services: RoomServices) -> None:
        self.interview_id = interview_id
        self.browser_id = ""
        self.wants_text = False
        self.connection_id: str | None = None
        self.idle_since: float | None = time.monotonic()
        self._services = services
        self._clock: Callable[[], float] = lambda: 0.0
        self._feed = PageFeed(self.now)
        self._session: asyncio.Task[None] | None = None
        self._floor: Floor | None = None
        self._page_gone: asyncio.Event | None = None
        self._adopted_at: float | None = None
        self._runner: InterviewRunner | None = None
        self._thinking: Thinking | None = None  # over all sittings: the models know its prompts
        self._lock = asyncio.Lock()
        self._pending: list[Press] = []
        self._noticed: list[tuple[str, float]] = []
        self._ended = False

    def now(self) -> float:
        """Seconds on the interview's time axis."""
        return self._clock()

    @property
    def is_live(self) -> bool:
        """Whether a page reads, a session runs, or a page that connected may still arrive."""
        just_adopted = (
            self._adopted_at is not None and time.monotonic() - self._adopted_at < ARRIVAL_SECONDS
        )
        return not self._ended and (self._feed.pages > 0 or self._running or just_adopted)

    @property
    def _running(self) -> bool:
        return self._session is not None and not self._session.done()

    # --- pages --------------------------------------------------------------------------------

    def adopt(self, connection_id: str, browser_id: str) -> str | None:
        """A page takes over; answers the connection that it replaces."""
        old, self.connection_id, self.browser_id = self.connection_id, connection_id, browser_id
        if old is not None:
            self._feed.notice("taken_over", "This interview goes on in another tab.")
            self._feed.close()
        self.idle_since = self._adopted_at = time.monotonic()
        return old

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        self.idle_since = None
        try:
            async with self._feed.subscribe() as messages:
                yield messages
        finally:
            if self._feed.pages == 0:
                self._adopted_at = None
                asyncio.get_running_loop().call_later(PAGE_GONE_SECONDS, self._tell_page_gone)
            if not self.is_live:
                self.idle_since = time.monotonic()

    def tell_state_again(self) -> None:
        """The pages were told that the interviewer is away, and it is not."""
        self._feed.tell_state_again()

    def _tell_page_gone(self) -> None:
        """A written interview waits for its page to come back."""
        if self._feed.pages == 0 and self._page_gone is not None:
            self._page_gone.set()

    def press(self, press: Press) -> None:
        """A button or typed answer; before the session is up it waits for it."""
        if self._floor is not None and self._running:
            if not self._floor.press(press):
                log.warning("agent.press.dropped", kind=press.kind)
        elif press.kind == "typed_answer":
            self._pending = [*self._pending[-4:], press]

    async def leave(self) -> None:
        """The candidate ends the interview, whether a session runs or not."""
        if self._floor is not None and self._running:
            self._floor.press(Press("leave"))
            return
        async with self._lock:
            await self._end_session()
            await self._services.begin(self.interview_id)
            await self._finish("candidate_left", None)

    def integrity(self, kind: str, at: float) -> None:
        """Something the page noticed; for people to look at, never part of a score.

        Before the session is up it waits for it.
        """
        if self._runner is not None:
            self._runner.noticed(kind, at)
        else:
            self._noticed = [*self._noticed[1 - MOST_NOTICED :], (kind, at)]

    # --- sessions -----------------------------------------------------------------------------

    async def offer(self, sdp: str) -> str:
        """Begin a session with sound over WebRTC; the SDP answer."""
        answers: list[str] = []

        async def answer(recorder: SessionRecorder) -> AudioLine:
            if self._services.make_peer is None:
                raise Conflict("Sound does not come by SDP here.", code="unknown_transport")
            peer = self._services.make_peer(recorder)
            try:
                answers.append(await peer.answer(sdp))
            except BaseException:
                await peer.close()
                raise
            return peer

        await self.begin_with_sound(answer)
        return answers[0]

    async def begin_with_sound(
        self, open_line: Callable[[SessionRecorder], Awaitable[AudioLine]]
    ) -> None:
        """Begin a session with sound; one that runs is put aside first.

        `open_line` takes the session's recorder; what it raises is raised, and nothing is left.
        """
        async with self._lock:
            await self._end_session()
            sitting = await self._next_sitting(with_sound=True)
            recorder = await self._services.recordings.begin(
                self.interview_id, sitting.sessions[-1]["index"]
            )
            try:
                line = await open_line(recorder)
            except BaseException:
                await self._services.recordings.discard(recorder)
                raise
            self._begin_clock(line.now, sitting.offset)
            work = self._hold_with_sound(sitting, line, recorder)
            self._session = asyncio.create_task(work, name="agent.session")

    async def begin_without_sound(self) -> None:
        """Begin a session of written questions and typed answers, unless one runs."""
        async with self._lock:
            if self._running or self._ended:
                return
            sitting = await self._next_sitting(with_sound=False)
            started = time.monotonic()
            self._begin_clock(lambda: time.monotonic() - started, sitting.offset)
            work = self._hold_without_sound(sitting)
            self._session = asyncio.create_task(work, name="agent.session")

    async def hang_up(self) -> None:
        async with self._lock:
            await self._end_session()

    async def close(self, reason: str) -> None:
        """End the session and the feeds; the interview itself stays as it is."""
        async with self._lock:
            await self._end_session()
        if reason not in ("idle", "shutdown"):
            self._feed.ended(reason, None)
        self._feed.close()

    @property
    def has_ended(self) -> bool:
        """Whether the interview is over."""
        return self._ended

    async def session_over(self) -> None:
        """Returns once no session runs and what was recorded is kept."""
        if self._session is not None:
            await asyncio.wait({self._session})

    async def _end_session(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.cancel()
            await asyncio.gather(session, return_exceptions=True)

    def _begin_clock(self, now: Callable[[], float], offset: float) -> None:
        self._clock = lambda: offset + now()
        self._feed.set_state("connecting")

    async def _next_sitting(self, *, with_sound: bool) -> _Sitting:
        """Everything said before, and the place on the axis where this session begins.

        The recordings of the sessions before are read for their length: after a crash they may
        go on longer than the last turn that was stored.
        """
        interview, plan = await self._services.begin(self.interview_id)
        async with self._services.store.snapshot() as tx:
            turns = await tx.turns(self.interview_id)
        stored: Mapping[str, Any] = interview.conversation or {}
        sessions = [dict(s) for s in stored.get("sessions", [])]
        integrity = [dict(e) for e in stored.get("integrity", [])]
        offset = max((turn.end for turn in turns), default=0.0)
        recordings = self._services.recordings
        for session in sessions[-1:]:
            recorded = await recordings.seconds(self.interview_id, session["index"])
            offset = max(offset, session["offset"] + recorded)
        index = await recordings.free_session(self.interview_id, len(sessions))
        sessions.append({"index": index, "offset": round(offset, 3), "sound": with_sound})
        journal = Journal(self._services.store, self.interview_id, turns)
        return _Sitting(interview, plan, journal, sessions, integrity, offset)

    async def _hold_with_sound(
        self, sitting: _Sitting, line: AudioLine, recorder: SessionRecorder
    ) -> None:
        try:
            await self._until_first(line.connected, line.lost)
            if not line.connected.is_set():
                log.info("agent.session.never_connected", reason=line.lost_reason)
                return
            async with voice_session(
                audio_input=line.audio_input,
                audio_output=line.audio_output,
                engine=self._services.engine,
                synthesizer=self._services.synthesizer,
                voice_id=sitting.plan.voice_id or self._services.default_voice,
                language=sitting.plan.language,
                now=line.now,
                silent_for=line.silent_for,
            ) as (voice, floor):
                voice.prerender_soon(script.fixed_lines(sitting.plan))
                await self._run(sitting, voice, floor, line.lost)
        finally:
            await line.close()
            await self._services.recordings.end(recorder)
            self._session_over()

    async def _hold_without_sound(self, sitting: _Sitting) -> None:
        clock = self._clock
        try:
            voice = SilentVoice(lambda: clock() - sitting.offset)
            floor = Floor(None, lambda: clock() - sitting.offset)
            self._page_gone = asyncio.Event()
            await self._run(sitting, voice, floor, self._page_gone)
        finally:
            self._session_over()

    def _make_runner(
        self, sitting: _Sitting, voice: Voice, floor: Floor, thinking: Thinking
    ) -> InterviewRunner:
        state = ConversationState.from_dict(sitting.interview.conversation or {})
        clock = self._clock
        self._floor = floor
        floor.max_answer_seconds = sitting.plan.max_answer_seconds
        for press in self._pending:
            floor.press(press)
        self._pending = []
        runner = InterviewRunner(
            conversation=Conversation(sitting.plan, state),
            journal=sitting.journal,
            feed=self._feed,
            voice=voice,
            floor=floor,
            thinking=thinking,
            offset=sitting.offset,
            sessions=sitting.sessions,
            integrity=sitting.integrity,
            now=lambda: clock() - sitting.offset,
        )
        for kind, at in self._noticed:
            runner.noticed(kind, at)
        self._noticed = []
        return runner

    async def _run(
        self, sitting: _Sitting, voice: Voice, floor: Floor, lost: asyncio.Event
    ) -> None:
        """Hold it until it ends or the connection is lost."""
        thinking = self._thinking or self._services.make_thinking(sitting.plan)
        self._thinking = thinking
        runner = self._runner = self._make_runner(sitting, voice, floor, thinking)
        warming = asyncio.create_task(thinking.get_ready(), name="agent.warm")
        running = asyncio.create_task(runner.run(), name="agent.runner")
        losing = asyncio.create_task(lost.wait(), name="agent.lost")
        try:
            await asyncio.wait({running, losing}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                await self._finish(running.result(), sitting.plan.redirect_url)
        except Exception:
            log.exception("agent.session.failed", interview_id=self.interview_id)
            self._feed.notice("interrupted", "Something went wrong on our side; reconnecting.")
        finally:
            self._runner = None
            for task in (running, losing, warming):
                task.cancel()
            await asyncio.gather(running, losing, warming, return_exceptions=True)
            if runner.end_reason is not None and not self._ended:
                # The line was lost during the goodbye.
                await asyncio.shield(self._finish(runner.end_reason, sitting.plan.redirect_url))

    async def _finish(self, reason: str, redirect_url: str | None) -> None:
        await self._services.finish(self.interview_id, reason)
        self._ended = True
        self._feed.ended(reason, redirect_url)

    def _session_over(self) -> None:
        if self._floor is not None:
            # What was written and not yet read belongs to the next session.
            written = [p for p in self._floor.unread() if p.kind == "typed_answer"]
            self._pending = [*self._pending, *written][-5:]
        self._floor = None
        if not self._ended:
            self._feed.set_state("paused")
        if self._feed.pages == 0:
            self.idle_since = time.monotonic()

    @staticmethod
    async def _until_first(*events: asyncio.Event) -> None:
        waits = [asyncio.create_task(event.wait()) for event in events]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
