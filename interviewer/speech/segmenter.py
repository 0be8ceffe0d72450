"""Where speech begins, pauses and ends, from voice probabilities alone. Pure: no audio, no model.

Time is counted in windows of 512 samples (32 ms at 16 kHz, the size Silero VAD reads). Segments
lie end to end or apart, never over each other: what one has, the next has not, so no word can be
transcribed twice; every voiced window lies in exactly one of them, so none is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

WINDOW = 512
WINDOW_SECONDS = WINDOW / 16_000

# Silero's own thresholds: voice begins at 0.5 and ends below 0.35. One window that is sure
# counts as a beginning, so that barge-in hears of it within 60 ms; two if they are not.
_VOICE, _STILL_VOICE, _SURE = 0.5, 0.35, 0.75
_QUIET_WINDOWS = 2
# A click or a knock is shorter; the shortest "no" is not.
_MIN_VOICED_WINDOWS = 4
# What belongs to the speech before the detector notices it, and after it stops noticing.
_BEFORE, _AFTER = 10, 6
# A draft is decoded as soon as a pause is this long, in the hope that it is the end.
_DRAFT_AFTER = 5
# The longer a segment, the shorter the pause that ends it: (up to so many seconds, pause). Short
# ones cost a word now and then, and keep what has to be decoded at the end of a turn short.
_CLOSE_AFTER = ((4.0, 0.45), (8.0, 0.32), (15.0, 0.25), (20.0, 0.2), (25.0, 0.128))
_MAX_WINDOWS = int(25.0 / WINDOW_SECONDS)
_LOOK_BACK = int(6.0 / WINDOW_SECONDS)


@dataclass(frozen=True, slots=True)
class Started:
    """The voice was heard again. `window`: the first voiced one."""

    window: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The voice has paused. `window`: the first one after the last voiced one."""

    window: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A pause: what stands in windows `start..end` is worth decoding as if it were final."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The segment `start..end` is complete. `voiced`: how many of its windows carry voice,
    `first_voice`, `last_voice`: the first of them and the one after the last."""

    start: int
    end: int
    first_voice: int
    last_voice: int
    voiced: int

    @property
    def is_speech(self) -> bool:
        """False for a click or a knock."""
        return self.voiced >= _MIN_VOICED_WINDOWS


Event = Started | Ended | Draft | Closed


class Segmenter:
    """Voice probabilities in, one a window; events out."""

    def __init__(self) -> None:
        self.window = 0  # windows heard so far
        self.voice = False
        self.last_voice = 0  # the window after the last voiced one
        self._run = 0
        self._quiet = 0
        self._open: int | None = None
        self._first_voice = 0
        self._floor = 0  # no segment begins before the end of the one before it
        self._probabilities: list[float] = []  # of the open segment, from its first voiced window
        self._drafted_at = -1

    @property
    def open_start(self) -> int | None:
        """First window of the segment that is being spoken, if any."""
        return self._open

    @property
    def first_voice(self) -> int:
        """First voiced window of the open segment."""
        return self._first_voice

    @property
    def draft_end(self) -> int | None:
        """Where the last draft of the open segment ends, if it had one."""
        return self._drafted_at if self._open is not None and self._drafted_at >= 0 else None

    def push(self, probability: float) -> list[Event]:
        """The next window's voice probability (0 to 1)."""
        events: list[Event] = []
        now, self.window = self.window, self.window + 1
        self._track_voice(probability, now, events)
        if self._open is None:
            return events
        self._probabilities.append(probability)
        silence = self.window - self.last_voice
        if not self.voice:
            if silence == _DRAFT_AFTER:
                end = min(self.window, self.last_voice + _AFTER)
                self._drafted_at = end
                events.append(Draft(self._open, end))
            if silence >= max(_QUIET_WINDOWS, self._close_after()):
                events.append(self._close(min(self.window, self.last_voice + _AFTER)))
        elif self.window - self._open >= _MAX_WINDOWS:
            events.append(self._cut())
        return events

    def close(self, upto: int) -> Closed | None:
        """Close now, at the last pause that lies behind window `upto` and all voice before it.

        None if nothing is open, it began later, or the voice went on past `upto` without a
        pause: then it will close by itself.
        """
        if self._open is None or self._first_voice >= upto:
            return None
        if not self.voice:
            return self._close(min(self.window, self.last_voice + _AFTER))
        if self._drafted_at >= upto:
            return self._split(self._drafted_at)
        return None

    def finish(self) -> Closed | None:
        """The audio has ended: close what is open."""
        return self._close(self.window) if self._open is not None else None

    # --- inside ------------------------------------------------------------------------------

    def _track_voice(self, probability: float, now: int, events: list[Event]) -> None:
        if self.voice:
            if probability >= _STILL_VOICE:
                self.last_voice, self._quiet = self.window, 0
                return
            self._quiet += 1
            if self._quiet >= _QUIET_WINDOWS:
                self.voice, self._run = False, 0
                events.append(Ended(self.last_voice))
            return
        self._run = self._run + 1 if probability >= _VOICE else 0
        if self._run < (1 if probability >= _SURE else 2):
            return
        first = now - self._run + 1
        self.voice, self._quiet, self.last_voice = True, 0, self.window
        events.append(Started(first))
        if self._open is None:
            self._begin(first)

    def _begin(self, first: int) -> None:
        self._open = max(self._floor, first - _BEFORE)
        self._first_voice = first
        self._probabilities = [_VOICE] * (self.window - first - 1)
        self._drafted_at = -1

    def _close_after(self) -> int:
        """Windows of silence that end a segment of the present length."""
        assert self._open is not None  # noqa: S101 - narrowed by both callers
        seconds = (self.last_voice - self._open) * WINDOW_SECONDS
        pause = next((p for limit, p in _CLOSE_AFTER if seconds < limit), _CLOSE_AFTER[-1][1])
        return round(pause / WINDOW_SECONDS)

    def _close(self, end: int) -> Closed:
        closed = self._closed(end, self.last_voice)
        self._open, self._floor = None, end
        return closed

    def _closed(self, end: int, last_voice: int) -> Closed:
        assert self._open is not None  # noqa: S101 - narrowed by all callers
        inside = self._probabilities[: max(0, end - self._first_voice)]
        voiced = sum(p >= _STILL_VOICE for p in inside)
        return Closed(self._open, end, self._first_voice, min(last_voice, end), voiced)

    def _cut(self) -> Closed:
        """No pause for 25 s: cut where the voice is faintest in the last seconds."""
        recent = self._probabilities[-_LOOK_BACK:-1]
        quietest = min(range(len(recent)), key=lambda i: (recent[i], -i))
        return self._split(self.window - 1 - len(recent) + quietest)

    def _split(self, at: int) -> Closed:
        """Close at window `at`; what comes after it is a new segment, already being spoken."""
        before = self._probabilities[: at - self._first_voice]
        last = max((i for i, p in enumerate(before) if p >= _STILL_VOICE), default=0)
        closed = self._closed(at, self._first_voice + last + 1)
        after = self._probabilities[at - self._first_voice :]
        first = next((i for i, p in enumerate(after) if p >= _STILL_VOICE), 0)
        self._floor = self._open = at
        self._first_voice = at + first
        self._probabilities = after[first:]
        self._drafted_at = -1
        return closed
