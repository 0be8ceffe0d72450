"""Live recognition as a LiveKit Agents STT: our own voice detection, drafts and finals.

One `WhisperSTT` an interview; all share one `Decoder`. Its stream hears 16 kHz mono frames
without a gap, and counts time by them: stream second = samples pushed / 16000, exactly.

Each stretch of speech goes through three stages. While it is spoken, cheap interim decodes of
what came since the last pause. At each pause of 160 ms a draft: decoded as if it were final, so
that at the end of a turn the text is there when the silence is long enough to be believed. When
the pause has lasted, or someone asks for the text (`settled`), the draft becomes the final.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field

import numpy as np
from livekit import rtc
from livekit.agents import stt
from livekit.agents.types import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    APIConnectOptions,
    NotGivenOr,
)
from livekit.agents.utils import AudioBuffer
from livekit.local_inference import VAD

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Pcm
from interviewer.speech.decoding import Decoder
from interviewer.speech.finals import FinalDecoder
from interviewer.speech.hypothesis import LocalAgreement, accepted_text
from interviewer.speech.listeners import Listeners, Utterance, notify
from interviewer.speech.segmenter import (
    WINDOW,
    WINDOW_SECONDS,
    Closed,
    Draft,
    Ended,
    Segmenter,
    Started,
)
from interviewer.speech.whisper import SAMPLE_RATE

_INTERIM_EVERY = round(0.6 / WINDOW_SECONDS)
# Interims may take this share of one thread's time: what an interview costs is mostly theirs.
_INTERIM_SHARE = 0.3
_FIRST_INTERIM = round(0.5 / WINDOW_SECONDS)
_KEPT_UTTERANCES = 2048
_WAITING_SEGMENTS = 64


class WhisperSTT(stt.STT[str]):
    """The recogniser of one interview. `stream()` may be called again: time goes on."""

    def __init__(
        self,
        engine: Decoder,
        *,
        language: str = "en",
        listeners: Listeners | None = None,
    ) -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(
                streaming=True, interim_results=True, aligned_transcript="chunk"
            )
        )
        self.engine = engine
        self.language = language
        self.listeners = listeners or Listeners()
        self.utterances: deque[Utterance] = deque(maxlen=_KEPT_UTTERANCES)
        self.current: WhisperStream | None = None
        self._heard = 0

    @property
    def model(self) -> str:
        return "whisper"

    @property
    def provider(self) -> str:
        return "embedded"

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002 - fixed by the interview
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> WhisperStream:
        if self.current is not None:
            self._heard = self.current.samples_heard
        self.current = WhisperStream(self, conn_options=conn_options, origin=self._heard)
        return self.current

    async def settled(self, upto: float) -> Sequence[Utterance]:
        """See `WhisperStream.settled`; nothing to wait for before the first stream."""
        return await self.current.settled(upto) if self.current is not None else ()

    def said(self, since: float, upto: float = float("inf")) -> list[Utterance]:
        """The finals whose voice begins in that range of seconds."""
        return [u for u in self.utterances if since <= u.start < upto]

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002 - fixed by the interview
        conn_options: APIConnectOptions,  # noqa: ARG002 - nothing to connect to
    ) -> stt.SpeechEvent:
        frame = rtc.combine_audio_frames(buffer)
        pcm = np.frombuffer(frame.data, np.int16)
        hypothesis = await self.engine.decode(pcm, kind="final", language=self.language)
        text, confidence = "", 0.0
        if hypothesis is not None:
            text = accepted_text(hypothesis, voiced_seconds=len(pcm) / SAMPLE_RATE)
            confidence = hypothesis.confidence
        seconds = len(pcm) / SAMPLE_RATE
        utterance = Utterance(text=text, start=0.0, end=seconds, confidence=confidence)
        return utterance.as_event(stt.SpeechEventType.FINAL_TRANSCRIPT, self.language)


@dataclass(slots=True, eq=False)
class _Decode:
    """A final-quality decode of windows `start..end`, under way or done."""

    start: int
    end: int
    task: asyncio.Task[Utterance]


@dataclass(slots=True)
class _Open:
    """The segment that is being spoken: what is known of its text so far."""

    announced: bool = False
    draft: _Decode | None = None
    drafted_text: str = ""
    drafted_to: int = -1
    agreement: LocalAgreement = field(default_factory=LocalAgreement)
    next_interim: int = 0
    shown: str = ""


class WhisperStream(stt.RecognizeStream):
    """One listening. Events come in the order of speech; finals never twice."""

    def __init__(self, owner: WhisperSTT, *, conn_options: APIConnectOptions, origin: int) -> None:
        self._owner = owner
        self._engine = owner.engine
        self._origin = origin
        self._audio = bytearray()
        self._forgotten = 0  # samples of this stream that are no longer in `_audio`
        self._samples = 0
        self._vad = VAD()
        self._segmenter = Segmenter()
        self._speech = _Open()
        self._finals: asyncio.Queue[_Decode | None] = asyncio.Queue(_WAITING_SEGMENTS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._interim_running = False
        self._unsettled = 0  # segments that are closed and still lack their final
        self._changed = asyncio.Event()
        self._over = False
        self._decoder = FinalDecoder(owner.engine, owner.language, self)
        super().__init__(stt=owner, conn_options=conn_options, sample_rate=SAMPLE_RATE)

    @property
    def samples_heard(self) -> int:
        """Samples of 16 kHz pushed into this interview's streams so far."""
        return self._origin + self._samples

    @property
    def seconds_heard(self) -> float:
        return self.samples_heard / SAMPLE_RATE

    @property
    def speaking(self) -> bool:
        """Whether voice is heard now."""
        return self._segmenter.voice

    @property
    def last_voice(self) -> float:
        """Stream second of the last voiced sample."""
        return self._seconds(self._segmenter.last_voice)

    def pending(self, upto: float | None = None) -> bool:
        """Whether speech before second `upto` (default: any so far) still lacks its final."""
        if self._unsettled:
            return True
        if self._segmenter.open_start is None:
            return False
        return upto is None or self._seconds(self._segmenter.first_voice) < upto

    async def settled(self, upto: float) -> Sequence[Utterance]:
        """Wait until all speech before stream second `upto` has its final text; return the
        finals so far. A pause that has begun is taken as the end of the segment at once.

        Speech that goes on through `upto` without a pause is waited for. Cancelling is safe.
        """
        while not self._over:
            changed = self._changed
            if self.seconds_heard >= upto:
                closed = self._segmenter.close(self._window(upto))
                if closed is not None:
                    await self._finish(closed)
                if not self.pending(upto):
                    break
            await changed.wait()
        return list(self._owner.utterances)

    def _tell(self) -> None:
        """Wake everyone who waits in `settled`."""
        self._changed.set()
        self._changed = asyncio.Event()

    # --- time --------------------------------------------------------------------------------

    def _seconds(self, window: int) -> float:
        return (self._origin + window * WINDOW) / SAMPLE_RATE

    def _window(self, seconds: float) -> int:
        return int((seconds * SAMPLE_RATE - self._origin) // WINDOW) + 1

    def _slice(self, start: int, end: int) -> Pcm:
        first = max(0, start * WINDOW - self._forgotten)
        last = max(first, end * WINDOW - self._forgotten)
        return np.frombuffer(bytes(self._audio[2 * first : 2 * last]), np.int16)

    # --- listening ---------------------------------------------------------------------------

    async def _run(self) -> None:
        emitter = asyncio.create_task(self._emit_finals(), name="speech.finals")
        try:
            async for item in self._input_ch:
                if isinstance(item, rtc.AudioFrame):
                    await self._hear(item)
                elif (closed := self._segmenter.close(self._segmenter.window)) is not None:
                    await self._finish(closed)
            if (closed := self._segmenter.finish()) is not None:
                await self._finish(closed)
            await self._finals.put(None)
            await emitter
        finally:
            for task in (emitter, *self._tasks):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await emitter
            self._over = True
            self._tell()

    async def _hear(self, frame: rtc.AudioFrame) -> None:
        self._audio += bytes(frame.data)
        self._samples += frame.samples_per_channel
        while (self._segmenter.window + 1) * WINDOW <= self._samples:
            window = self._segmenter.window
            probability = float(self._vad.predict(self._slice(window, window + 1)))
            for event in self._segmenter.push(probability):
                await self._react(event)
            notify(self._owner.listeners.voice, self._seconds(window + 1), probability)
            self._maybe_interim()
        self._forget()
        self._tell()

    def _forget(self) -> None:
        """Drop audio that no segment can reach any more (0.5 s stays before the present)."""
        start = self._segmenter.open_start
        keep = self._segmenter.window - 16 if start is None else start
        drop = keep * WINDOW - self._forgotten
        if drop > SAMPLE_RATE:
            del self._audio[: 2 * drop]
            self._forgotten += drop

    async def _react(self, event: Started | Ended | Draft | Closed) -> None:
        match event:
            case Started(window):
                notify(self._owner.listeners.speech_started, self._seconds(window))
            case Ended(window):
                notify(self._owner.listeners.speech_ended, self._seconds(window))
            case Draft(start, end):
                self._begin_draft(start, end)
            case Closed():
                await self._finish(event)

    # --- interims ----------------------------------------------------------------------------

    def _maybe_interim(self) -> None:
        segmenter, speech = self._segmenter, self._speech
        start = segmenter.open_start
        if start is None or not segmenter.voice:
            return
        if not speech.announced and segmenter.window - segmenter.first_voice >= 4:
            speech.announced = True
            self._send(stt.SpeechEventType.START_OF_SPEECH)
        if speech.next_interim == 0:
            speech.next_interim = segmenter.first_voice + _FIRST_INTERIM
        if segmenter.window < speech.next_interim or self._interim_running:
            return
        begin = speech.drafted_to if speech.drafted_to >= 0 else start
        self._interim_running = True
        self._spawn(self._interim(speech, begin, segmenter.window))

    async def _interim(self, speech: _Open, begin: int, end: int) -> None:
        began = asyncio.get_running_loop().time()
        try:
            hypothesis = await self._engine.decode(
                self._slice(begin, end),
                kind="interim",
                prompt=speech.drafted_text,
                language=self._owner.language,
                stream=self,
            )
        except Unavailable:
            return
        finally:
            self._interim_running = False
            took = asyncio.get_running_loop().time() - began
            pause = max(_INTERIM_EVERY, round(took / _INTERIM_SHARE / WINDOW_SECONDS))
            speech.next_interim = end + pause
        base = speech.drafted_to if speech.drafted_to >= 0 else begin
        if hypothesis is None or speech is not self._speech or base > begin:
            return
        text = accepted_text(hypothesis, voiced_seconds=(end - begin) * WINDOW_SECONDS)
        if text:
            committed, tail = speech.agreement.update(text)
            self._show(speech, f"{speech.drafted_text} {committed} {tail}", end)

    def _show(self, speech: _Open, text: str, end: int) -> None:
        text = " ".join(text.split())
        if text and text != speech.shown:
            speech.shown = text
            start = self._seconds(self._segmenter.first_voice)
            self._send(
                stt.SpeechEventType.INTERIM_TRANSCRIPT,
                Utterance(text=text, start=start, end=self._seconds(end), confidence=0.5),
            )

    # --- drafts and finals -------------------------------------------------------------------

    def _begin_draft(self, start: int, end: int) -> None:
        speech, segmenter = self._speech, self._segmenter
        if speech.draft is not None:
            speech.draft.task.cancel()
        speech.draft = self._decode(start, end, segmenter.first_voice, segmenter.last_voice)
        self._spawn(self._take_draft(speech, speech.draft))

    async def _take_draft(self, speech: _Open, draft: _Decode) -> None:
        try:
            utterance = await asyncio.shield(draft.task)
        except asyncio.CancelledError:
            return
        if speech is not self._speech or speech.draft is not draft or not utterance.recognised:
            return
        speech.drafted_text, speech.drafted_to = utterance.text, draft.end
        speech.agreement.reset()
        if not self._segmenter.voice and utterance.text:
            self._show(speech, utterance.text, draft.end)
            notify(self._owner.listeners.drafted, utterance)

    def _decode(self, start: int, end: int, first: int, last: int, voiced: int = 0) -> _Decode:
        pcm = self._slice(start, end)
        seconds = (voiced or last - first) * WINDOW_SECONDS
        decoding = self._decoder.decode(
            pcm, voiced=seconds, start=self._seconds(first), end=self._seconds(last)
        )
        task = asyncio.create_task(decoding, name="speech.final")
        return _Decode(start, end, task)

    async def _finish(self, closed: Closed) -> None:
        """The segment is complete: its draft becomes the final, or it is decoded now."""
        speech, self._speech = self._speech, _Open()
        decode = speech.draft
        if decode is not None and (decode.end < closed.last_voice or not closed.is_speech):
            decode.task.cancel()
            decode = None
        if not closed.is_speech:
            if speech.announced:
                self._send(stt.SpeechEventType.END_OF_SPEECH)
            return
        if decode is None:
            decode = self._decode(
                closed.start, closed.end, closed.first_voice, closed.last_voice, closed.voiced
            )
        self._unsettled += 1
        await self._finals.put(decode)

    async def _emit_finals(self) -> None:
        while (decode := await self._finals.get()) is not None:
            utterance = await decode.task
            if utterance.text:
                self._decoder.said(utterance)
            if utterance.text or not utterance.recognised:
                self._owner.utterances.append(utterance)
                notify(self._owner.listeners.finished, utterance)
            if utterance.text:
                self._send(stt.SpeechEventType.FINAL_TRANSCRIPT, utterance)
            self._send(stt.SpeechEventType.END_OF_SPEECH)
            self._unsettled -= 1
            self._tell()

    # --- plumbing ----------------------------------------------------------------------------

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _send(self, kind: stt.SpeechEventType, utterance: Utterance | None = None) -> None:
        if utterance is None:
            event = stt.SpeechEvent(type=kind)
        else:
            event = utterance.as_event(kind, self._owner.language)
        self._event_ch.send_nowait(event)
