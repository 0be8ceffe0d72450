"""The interviewer's voice: says a text, can be paused, tells what was heard of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog
from livekit import rtc
from livekit.agents import AgentSession
from livekit.agents.voice import SpeechHandle
from livekit.agents.voice.io import PlaybackFinishedEvent, PlaybackStartedEvent

from interviewer.agent.wording import Wording
from interviewer.domain.errors import InterviewerError
from interviewer.interfaces import SpeechSynthesizer
from interviewer.observability import metrics

log = structlog.get_logger()

# Reading speed for a page without sound, words a second (Brysbaert 2019: 238 words a minute).
READING_WORDS_PER_SECOND = 4.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """How far a text got. `heard`: the part of it that was played out, in whole words."""

    heard: str
    complete: bool
    start: float
    end: float


class Voice(Protocol):
    """Says one text at a time."""

    async def say(self, text: str | Wording, on_started: Callable[[], None]) -> Spoken:
        """Returns when the last sample was played out, or the voice was stopped.

        A text that is still being worded is begun with its first clause. Cancelling stops the
        voice.
        """

    @property
    def paused(self) -> bool: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def stop(self) -> None:
        """Stop now; `say` returns with what was heard."""

    def murmur(self, text: str) -> bool:
        """A word between the candidate's, in the background; False: not now.

        What is said next waits for its end.
        """

    def hush(self) -> None:
        """Stop murmuring now."""

    def prerender_soon(self, texts: list[str]) -> None:
        """Render ahead, in the background; `say` then starts at once."""

    async def close(self) -> None: ...


class SessionVoice:
    """Speech through `AgentSession.say`, played out by the transport's clock."""

    def __init__(
        self,
        session: AgentSession[None],
        synthesizer: SpeechSynthesizer,
        *,
        voice_id: str,
        now: Callable[[], float],
    ) -> None:
        self._session = session
        self._synthesizer = synthesizer
        self._voice_id = voice_id
        self._now = now
        rates = {v.id: v.sample_rate for v in synthesizer.voices()}
        self._rate = rates[voice_id]
        self._handle: SpeechHandle | None = None
        self._murmur: SpeechHandle | None = None
        self._stopped = False
        self._paused = False
        self._rendered = 0
        self._rendering: set[asyncio.Task[None]] = set()

    async def say(self, text: str | Wording, on_started: Callable[[], None]) -> Spoken:
        output = self._session.output.audio
        if output is None:
            raise RuntimeError("no audio output is attached")
        self._stopped = self._paused = False
        if self._murmur is not None:
            await self._murmur.wait_for_playout()
        asked_at = self._now()
        if self._stopped:
            return Spoken("", complete=False, start=asked_at, end=asked_at)

        def started() -> None:
            metrics.TURN_STAGE.labels("first_audio").observe(self._now() - asked_at)
            if self._paused:
                # The framework resumes the output for each new speech.
                output.pause()
            on_started()

        playing = _Playing(self._now, started)
        output.on("playback_started", playing.started)
        output.on("playback_finished", playing.finished)
        self._rendered = 0
        try:
            handle = self._begin(text)
            self._handle = handle
            await handle.wait_for_playout()
        except asyncio.CancelledError:
            self.stop()
            raise
        finally:
            self._handle = None
            output.off("playback_started", playing.started)
            output.off("playback_finished", playing.finished)
        return self._spoken(said_of(text), playing, interrupted=handle.interrupted)

    @property
    def paused(self) -> bool:
        return self._paused

    def pause(self) -> None:
        self._paused = True
        if self._session.output.audio is not None:
            self._session.output.audio.pause()

    def resume(self) -> None:
        self._paused = False
        if self._session.output.audio is not None:
            self._session.output.audio.resume()

    def stop(self) -> None:
        self._stopped = True
        if self._handle is not None and not self._handle.done():
            self._handle.interrupt(force=True)
        self.hush()
        self.resume()

    def murmur(self, text: str) -> bool:
        if self._handle is not None or (self._murmur is not None and not self._murmur.done()):
            return False
        self._murmur = self._begin(text)
        return True

    def hush(self) -> None:
        if self._murmur is not None and not self._murmur.done():
            self._murmur.interrupt(force=True)

    def prerender_soon(self, texts: list[str]) -> None:
        task = asyncio.create_task(self._prerender(texts), name="agent.prerender")
        self._rendering.add(task)
        task.add_done_callback(self._rendering.discard)

    async def _prerender(self, texts: list[str]) -> None:
        try:
            await self._synthesizer.prerender(texts, self._voice_id)
        except InterviewerError as error:
            log.warning("agent.prerender.failed", error=error.code)

    async def close(self) -> None:
        """Stop what is rendered ahead."""
        for task in self._rendering:
            task.cancel()
        await asyncio.gather(*self._rendering, return_exceptions=True)

    def _begin(self, text: str | Wording) -> SpeechHandle:
        return self._session.say(
            said_of(text),
            audio=self._frames(text),
            allow_interruptions=True,
            add_to_chat_ctx=False,
        )

    async def _frames(self, text: str | Wording) -> AsyncIterator[rtc.AudioFrame]:
        try:
            async for clause in _clauses(text):
                async for pcm in self._synthesizer.stream(clause, self._voice_id):
                    self._rendered += len(pcm)
                    yield rtc.AudioFrame(
                        data=pcm.tobytes(),
                        sample_rate=self._rate,
                        num_channels=1,
                        samples_per_channel=len(pcm),
                    )
        except InterviewerError as error:
            log.exception("agent.voice.failed", error=error.code)

    def _spoken(self, text: str, playing: _Playing, *, interrupted: bool) -> Spoken:
        end = self._now()
        start = playing.started_at if playing.started_at is not None else end
        if playing.started_at is None:
            return Spoken("" if interrupted else text, not interrupted, start, end)
        if not interrupted and not playing.interrupted:
            return Spoken(text, complete=True, start=start, end=end)
        total = max(self._rendered / self._rate, playing.position, 0.001)
        words = text.split()
        # What was begun was heard in part: at least its first word stands in the transcript.
        heard = " ".join(words[: max(1, round(len(words) * playing.position / total))])
        return Spoken(heard, complete=False, start=start, end=end)


def said_of(text: str | Wording) -> str:
    """All that is worded of it."""
    return text if isinstance(text, str) else text.so_far


async def _clauses(text: str | Wording) -> AsyncIterator[str]:
    if isinstance(text, str):
        yield text
        return
    async for clause in text:
        yield clause


class _Playing:
    """What the audio output told about one text; a text may be several segments."""

    def __init__(self, now: Callable[[], float], on_started: Callable[[], None]) -> None:
        self._now = now
        self._on_started = on_started
        self.started_at: float | None = None
        self.position = 0.0
        self.interrupted = False

    def started(self, _: PlaybackStartedEvent) -> None:
        if self.started_at is None:
            self.started_at = self._now()
            self._on_started()

    def finished(self, event: PlaybackFinishedEvent) -> None:
        self.position += event.playback_position
        self.interrupted = self.interrupted or event.interrupted


class SilentVoice:
    """For a page without sound: the text is shown, and time is left to read it."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._stopped = asyncio.Event()

    async def say(self, text: str | Wording, on_started: Callable[[], None]) -> Spoken:
        self._stopped.clear()
        if not isinstance(text, str):
            wording = asyncio.create_task(text.whole())
            stopped = asyncio.create_task(self._stopped.wait())
            await asyncio.wait({wording, stopped}, return_when=asyncio.FIRST_COMPLETED)
            wording.cancel()
            stopped.cancel()
            if self._stopped.is_set():
                return Spoken("", complete=False, start=self._now(), end=self._now())
            text = wording.result()
        start = self._now()
        on_started()
        seconds = min(3.0, len(text.split()) / READING_WORDS_PER_SECOND)
        try:
            await asyncio.wait_for(self._stopped.wait(), seconds)
        except TimeoutError:
            return Spoken(text, complete=True, start=start, end=self._now())
        return Spoken(text, complete=False, start=start, end=self._now())

    @property
    def paused(self) -> bool:
        return False

    def pause(self) -> None:
        """Text needs no pausing."""

    def resume(self) -> None:
        """Text needs no resuming."""

    def stop(self) -> None:
        self._stopped.set()

    def murmur(self, text: str) -> bool:  # noqa: ARG002 - nobody speaks between whom it could be
        return False

    def hush(self) -> None:
        """Nothing to stop."""

    def prerender_soon(self, texts: list[str]) -> None:
        """Text needs no rendering."""

    async def close(self) -> None:
        """Nothing to stop."""
