"""The candidate's side of turn-taking: when they speak, what they said, when they are done.

Listens to the recogniser's events and to the page's buttons. Seconds are those of the media
session (the recogniser's stream). One reader: the interview's own task.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import structlog

from interviewer.observability import metrics
from interviewer.speech.endpointing import (
    Expected,
    TurnEvidence,
    backchannel_seconds,
    hold_seconds,
    likely_over,
)
from interviewer.speech.listeners import Utterance
from interviewer.speech.recognizer import WhisperSTT

log = structlog.get_logger()

PressKind = Literal["done_speaking", "more_time", "repeat", "skip", "typed_answer", "leave"]

UNSETTLED_WORDS = 2
MAX_PRESSES = 32
# A line that has brought nothing for so long is stalled: not even silence is heard over it.
STALLED_SECONDS = 0.4
# Voice without words that is long enough to have been an answer that we failed to hear.
UNHEARD_SECONDS = 1.2
# Settling is bounded: a recogniser that hangs must not hang the interview.
SETTLE_TIMEOUT = 20.0
# Sparing: between two backchannels of the interviewer lie at least so many seconds, and twice as
# many after each one that the candidate went on after; half of that where they seem to be done.
BACKCHANNEL_GAP = 4.0
MAX_BACKCHANNEL_GAP = 16.0
# Where the turn is about to be taken, the move itself is soon enough.
BACKCHANNEL_LEAD = 0.3
BACKCHANNELS = frozenset(
    """
    mm mmm mhm mm-hmm mm-hm mmhmm hmm hm uh-huh uh huh um okay ok yeah yes yep right sure
    i see got it alright thanks
    """.split()
)


@dataclass(frozen=True, slots=True)
class Press:
    """A button or a typed answer."""

    kind: PressKind
    text: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """The candidate's turn. Empty text: voice was heard, and no words could be made out."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Silent:
    """Nobody spoke for the time that was given."""


class Floor:
    """What the candidate does. `stt` None: a page without sound."""

    def __init__(
        self,
        stt: WhisperSTT | None,
        now: Callable[[], float],
        *,
        silent_for: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`silent_for`: for how long the candidate's line has brought nothing at all."""
        self._stt = stt
        self._now = now
        self._silent_for = silent_for
        self._stalled_until = float("-inf")
        self._presses: asyncio.Queue[Press] = asyncio.Queue(MAX_PRESSES)
        self._changed = asyncio.Event()
        self._since = 0.0
        self._mark = 0.0
        self._voice_since_mark: float | None = None
        self._speech_started_at: float | None = None
        self._first_voice: float | None = None
        self._last_voice = 0.0
        self._voiced = 0.0
        self._pauses: list[float] = []
        self._interim = ""
        self._patience_until = 0.0
        self._acknowledged = float("-inf")
        self._acknowledge_gap = BACKCHANNEL_GAP
        self._turn_acknowledged = False
        self._drafted = False
        self.is_follow_up = False
        self.max_answer_seconds = 300.0
        self.on_words: Callable[[str, float, float], None] | None = None
        """Called with the turn's text so far, its first and last second, as it grows."""
        self.on_pause: Callable[[str], None] | None = None
        """Called in a pause with the whole text of the turn so far, once it is settled."""
        self.on_settled: Callable[[str], None] | None = None
        """Called while the candidate speaks on, with the turn's words that will hardly change."""
        self.on_backchannel: Callable[[], None] | None = None
        """Called in a pause, while listening, when a sign of being heard would do good."""
        self.on_voice: Callable[[], None] | None = None
        """Called when the candidate's voice begins."""

    # --- what happens -------------------------------------------------------------------------

    def press(self, press: Press) -> bool:
        """A message from the page; False where too many are waiting already."""
        try:
            self._presses.put_nowait(press)
        except asyncio.QueueFull:
            return False
        self._tell()
        return True

    def speech_started(self, at: float) -> None:
        """Voice is heard from second `at` on."""
        if self._first_voice is None:
            self._first_voice = at
        elif at > self._last_voice:
            self._pauses.append(at - self._last_voice)
            if self._acknowledged > self._last_voice:
                self._acknowledge_gap = min(2 * self._acknowledge_gap, MAX_BACKCHANNEL_GAP)
        self._drafted = False
        self._speech_started_at = at
        if self._voice_since_mark is None:
            self._voice_since_mark = at
        self._patience_until = 0.0
        if self.on_voice is not None:
            self.on_voice()
        self._tell()

    def speech_ended(self, at: float) -> None:
        """Voice paused; its last sample was at second `at`."""
        if self._speech_started_at is not None:
            self._voiced += max(0.0, at - self._speech_started_at)
        self._speech_started_at = None
        self._last_voice = at
        self._tell()

    def interim(self, text: str) -> None:
        """The recogniser's present idea of the open stretch of speech."""
        self._interim = text
        self._report()
        if self.speaking and self.on_settled is not None:
            # The last words of an interim change most.
            self.on_settled(" ".join(self.text().split()[:-UNSETTLED_WORDS]))
        self._tell()

    def drafted(self, utterance: Utterance) -> None:
        """In a pause: what the final will be unless the speech goes on."""
        self._drafted = True
        self.interim(utterance.text)
        if self.on_pause is not None:
            self.on_pause(self.text())

    def finished(self, utterance: Utterance) -> None:
        """A stretch of speech has its final text."""
        self._last_voice = max(self._last_voice, utterance.end)
        self._drafted = self._drafted or not self.speaking
        self._interim = ""
        self._report()
        # Short segments are final before their draft would be there.
        tell = self.on_settled if self.speaking else self.on_pause
        if tell is not None:
            tell(self.text())
        self._tell()

    def acknowledge(self) -> None:
        """The candidate is told now, at the end of their turn, that it was heard."""
        self._turn_acknowledged = True
        self._acknowledged = self._now()

    # --- what is known ------------------------------------------------------------------------

    @property
    def has_sound(self) -> bool:
        """Whether the candidate can be heard at all."""
        return self._stt is not None

    @property
    def speaking(self) -> bool:
        """Whether voice is heard now."""
        return self._speech_started_at is not None

    @property
    def acknowledged(self) -> bool:
        """Whether the candidate has been told that they were heard: since their last word, or at an
        end of this turn, as the echo of that must not call for the next."""
        return self._turn_acknowledged or self._acknowledged > self._last_voice

    @property
    def last_voice(self) -> float:
        return self._last_voice

    def text(self) -> str:
        """The turn's words so far, finals first, then the interim."""
        parts = [u.text for u in self._finals()]
        return " ".join(p for p in (*parts, self._interim) if p).strip()

    def new_text(self) -> str:
        """What was said since `mark`."""
        parts = [u.text for u in self._finals() if u.start >= self._mark]
        return " ".join(p for p in (*parts, self._interim) if p).strip()

    def mark(self) -> None:
        """The interviewer begins to speak: what is said from now on is said into their words."""
        speech = self._speech_started_at
        self._mark = (self._now() if speech is None else speech) - 0.05
        self._voice_since_mark = speech
        if speech is None:
            self._interim = ""

    def take(self, *, from_mark: bool = False) -> None:
        """The turn is over for good: what comes from now on belongs to the next one.

        `from_mark`: or what was said since the interviewer began to speak.
        """
        speech = self._speech_started_at
        first = self._voice_since_mark if from_mark else speech
        self._since = self._now() if first is None else first
        self._first_voice = first
        # Voice that is over by now may have left words that are still being recognised.
        self._voiced = self._last_voice - first if first is not None and speech is None else 0.0
        self._pauses = []
        self._interim = ""
        self._acknowledge_gap = BACKCHANNEL_GAP
        self._turn_acknowledged = False

    async def changed(self, timeout: float | None = None) -> bool:
        """Wait for anything new; False after `timeout` seconds."""
        try:
            await asyncio.wait_for(self._changed.wait(), timeout)
        except TimeoutError:
            return False
        self._changed.clear()
        return True

    def pressed(self) -> Press | None:
        """The oldest press that was not dealt with yet."""
        return None if self._presses.empty() else self._presses.get_nowait()

    def unread(self) -> list[Press]:
        """All presses that were not dealt with, oldest first; they are gone from here."""
        left = []
        while (press := self.pressed()) is not None:
            left.append(press)
        return left

    # --- listening ----------------------------------------------------------------------------

    async def listen(
        self, prompt_after: float, *, patience: bool = False
    ) -> Heard | Silent | Press:
        """Wait until the candidate has ended a turn, pressed something, or said nothing.

        `prompt_after`: seconds of silence allowed before anything was said; with `patience`
        also in the middle of an answer. Cancelling loses nothing; listen again.
        """
        opened = self._now()
        self._patience_until = opened + prompt_after if patience else 0.0
        while True:
            press = self.pressed()
            if press is not None and press.kind == "done_speaking":
                return await self._collect(self._now())
            if press is not None:
                return press
            wait = self._wait_for_end(opened, prompt_after)
            if wait is None or wait > 0:
                await self.changed(self._acknowledge(wait))
                continue
            if self._first_voice is None:
                return Silent()
            metrics.TURN_STAGE.labels("hold").observe(self._now() - self._last_voice)
            heard = await self._collect(self._last_voice)
            if self.speaking or self._wait_for_end(opened, prompt_after) != 0.0:
                continue
            if heard.text or self._voiced >= UNHEARD_SECONDS or self._failed():
                return heard
            self._forget_noise()
            opened = max(opened, self._now() - prompt_after / 2)

    def _wait_for_end(self, opened: float, prompt_after: float) -> float | None:
        """Seconds until the turn may be taken as ended; 0 now; None: not before a change."""
        now = self._now()
        if self.speaking:
            return None
        if self._silent_for() > STALLED_SECONDS:
            # What is said now comes late or never; the candidate's silence begins when it is back.
            self._stalled_until = now
            return STALLED_SECONDS
        if self._first_voice is None:
            return max(0.0, opened + prompt_after - now)
        quiet_since = max(self._last_voice, self._stalled_until)
        until = max(quiet_since + self._hold(), self._patience_until)
        return max(0.0, until - now)

    def _acknowledge(self, wait: float | None) -> float | None:
        """Give a backchannel if it is time for one; seconds until there is anything to do.

        `wait`: seconds until the turn may be taken.
        """
        if wait is None or self._first_voice is None or self.on_backchannel is None:
            return wait
        if not self.text() and self._voiced < UNHEARD_SECONDS:
            return wait  # a cough
        now = self._now()
        # An interim may lack the last words, and how it ends tells nothing then.
        evidence = self._evidence() if self._drafted else None
        after = backchannel_seconds(evidence)
        if after is None or now < self._patience_until or self._acknowledged > self._last_voice:
            return wait
        gap = self._acknowledge_gap
        if evidence is not None and likely_over(evidence):
            gap = max(BACKCHANNEL_GAP, gap / 2)  # who seems to be done waits for a sign
        due = max(self._last_voice + after, self._acknowledged + gap) - now
        if due + BACKCHANNEL_LEAD > wait:
            return wait
        if due > 0:
            return due
        self._acknowledged = now
        self.on_backchannel()
        return wait

    def _hold(self) -> float:
        if not self.text():
            return 0.6
        spoken = self._last_voice - (self._first_voice or 0.0)
        if spoken > self.max_answer_seconds:
            return 0.3
        return hold_seconds(self._evidence())

    def _evidence(self) -> TurnEvidence:
        text = self.text()
        return TurnEvidence(
            text=text,
            words=len(text.split()),
            seconds_spoken=self._voiced,
            own_pauses=tuple(self._pauses),
            expected=Expected.SHORT if self.is_follow_up else Expected.OPEN,
        )

    async def _collect(self, upto: float) -> Heard:
        """All that was said up to then, with its final text."""
        if self._stt is not None and self._first_voice is not None:
            try:
                with metrics.timed("settle"):
                    await asyncio.wait_for(self._stt.settled(upto), SETTLE_TIMEOUT)
            except TimeoutError:
                log.warning("agent.floor.settle_timeout", seconds=SETTLE_TIMEOUT)
        start = self._first_voice if self._first_voice is not None else upto
        return Heard(self.text(), start, max(start, self._last_voice))

    async def partial(self, timeout: float) -> Heard | None:
        """What was said of an unfinished turn, when the connection is gone."""
        if self._first_voice is None:
            return None
        if self._stt is not None:
            try:
                await asyncio.wait_for(self._stt.settled(self._last_voice), timeout)
            except TimeoutError:
                log.info("agent.floor.partial_unsettled")
        text = self.text()
        return Heard(text, self._first_voice, self._last_voice) if text else None

    def _finals(self) -> list[Utterance]:
        return self._stt.said(self._since - 0.05) if self._stt is not None else []

    def _failed(self) -> bool:
        return any(not u.recognised for u in self._finals())

    def _forget_noise(self) -> None:
        """A cough or a door: as if nothing had been heard."""
        self._first_voice = None
        self._voiced = 0.0
        self._pauses = []

    def _report(self) -> None:
        if self.on_words is not None and (text := self.text()):
            start = self._first_voice if self._first_voice is not None else self._now()
            self.on_words(text, start, max(start, self._last_voice))

    def _tell(self) -> None:
        self._changed.set()


def is_backchannel(text: str) -> bool:
    """Whether a text is empty or only signals listening ("mm-hm", "okay")."""
    words = re.findall(r"[a-z'-]+", text.lower())
    return all(word in BACKCHANNELS for word in words)


def is_echo(heard: str, saying: str) -> bool:
    """Whether what was heard is the interviewer's own voice, come back through the microphone."""
    words = re.findall(r"[a-z']+", heard.lower())
    own = set(re.findall(r"[a-z']+", saying.lower()))
    return len(words) >= 3 and sum(w in own for w in words) >= 0.8 * len(words)
