"""The interviewer's own voice, come back through the candidate's microphone, is nobody speaking.

Browsers cancel echo; where one does not (an old phone, a loudspeaker across the room), the voice
would stop for itself and its words be taken for an answer. Cancelling it here is out of reach: what
the loudspeaker played was stretched and shifted by the candidate's jitter buffer. Its loudness
still follows ours, a fixed time later and by a fixed step quieter, and unrelated speech does not
follow it. Once that is found, what is hardly louder than the echo should be is silenced on its way
to the recogniser; the recording keeps it. Where no echo is found nothing is changed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import structlog

from interviewer.media.frames import FRAME_SECONDS, Pcm, loudness, silence

log = structlog.get_logger()

Levels = npt.NDArray[np.float32]

# Times are counted in frames of 20 ms, levels in dB above an RMS of 1 (of 32,768).
QUIET: Final = 20.0
"""Level of silence; no level is lower."""
SPOKEN: Final = 45.0
"""From here on a frame that we sent has voice in it."""

WINDOW: Final = 250
"""So much of what came lately is looked through for an echo,"""
EVERY: Final = 10
"""so often."""
MAX_LAG: Final = 60
"""Network both ways, the candidate's jitter buffer, their device and their room."""
LOUD_RANGE: Final = 15.0
"""Only what was sent no further than this below the loudest is compared: under the rest the room
still rings from what was before."""
ENOUGH_LOUD: Final = 40
"""So many such frames are needed."""
MOST_SPREAD: Final = 5.0
"""In an echo, the step from what was sent to what came back has at most this standard deviation,"""
ENOUGH_ALIKE: Final = 0.75
"""and both levels at least this correlation."""
GONE_BELOW: Final = 10.0
"""So far below what is expected there is no echo any more, or it is another."""

MARGIN: Final = 6.0
"""What is louder than the echo should be by so much is the candidate,"""
NOISE_SHARE: Final = 10
MOST_NOISE: Final = 38.0
"""or than the room is in its quietest hundredths,"""
NEAR_FRAMES: Final = 2
"""if so many frames are, give or take,"""
HANGOVER: Final = 15
"""and still for so long after."""
AROUND: Final = 3
"""The lag wanders by so much."""
RINGING, DECAY = 40, 2.0
"""A room rings for so long, and falls by so much a frame: by 60 dB in 0.6 s."""
_KEPT: Final = 512


@dataclass(frozen=True, slots=True)
class Echo:
    """`lag`: frames until it comes back. `gain`: dB by which it is louder than what was sent."""

    lag: int
    gain: float


class EchoGate:
    """One session's; `sent` and `heard` are called with its frames in order, from one thread.

    `echo`: what is known of it now; None while there is none. It may be known beforehand.
    """

    def __init__(self, echo: Echo | None = None) -> None:
        self.echo = echo
        self._sent = np.full(_KEPT, QUIET, dtype=np.float32)
        self._heard = np.full(_KEPT, QUIET, dtype=np.float32)
        self._sent_to = -1
        self._spoken_to = -1  # the last frame with voice that was sent
        self._index = -1
        self._noise = QUIET
        self._near = 0
        self._open_to = -1

    def sent(self, pcm: Pcm | None, at: float) -> None:
        """A frame of 20 ms goes out at session second `at`; None: silence."""
        index = round(at / FRAME_SECONDS)
        for skipped in range(max(self._sent_to + 1, index - _KEPT), index):
            self._sent[skipped % _KEPT] = QUIET
        level = QUIET if pcm is None else _level(pcm)
        self._sent[index % _KEPT] = level
        self._sent_to = index
        if level > SPOKEN:
            self._spoken_to = index

    def heard(self, pcm: Pcm) -> Pcm:
        """The next frame of 20 ms of the session; as it came, or silence for an echo."""
        self._index = index = self._index + 1
        self._heard[index % _KEPT] = level = _level(pcm)
        if index - self._spoken_to > WINDOW + MAX_LAG:
            return pcm
        if index % EVERY == 0:
            self._listen()
        if self.echo is None or not self._is_echo(level, self.echo):
            return pcm
        return silence(len(pcm))

    def _is_echo(self, level: float, echo: Echo) -> bool:
        """Whether nobody but the loudspeaker is heard in the newest frame."""
        ringing = self._ringing(self._index - echo.lag)
        if ringing <= QUIET:
            return False
        # Between our words it is quieter than any room.
        if level > max(ringing + echo.gain, self._noise) + MARGIN:
            self._near = min(self._near + 1, NEAR_FRAMES)
            if self._near == NEAR_FRAMES:
                self._open_to = self._index + HANGOVER
        else:
            self._near = max(self._near - 1, 0)
        return self._index > self._open_to

    def _ringing(self, index: int) -> float:
        """The level of what was sent about then, and what is left of that before."""
        frames = np.arange(index - RINGING, index + AROUND + 1)
        age = np.maximum(index - AROUND - frames, 0)
        return float(np.max(self._level_sent(frames) - DECAY * age))

    def _level_sent(self, frames: npt.NDArray[np.int_]) -> Levels:
        known = (frames <= self._sent_to) & (frames >= 0)
        return np.where(known, self._sent[frames % _KEPT], QUIET).astype(np.float32)

    def _listen(self) -> None:
        """Look for our own loudness in what came lately."""
        if self._index < WINDOW // 4:
            return
        frames = np.arange(max(0, self._index - WINDOW + 1), self._index + 1)
        came = self._heard[frames % _KEPT]
        # Who speaks without a pause is no noise.
        self._noise = min(MOST_NOISE, float(np.percentile(came, NOISE_SHARE)))
        before = np.arange(frames[0] - MAX_LAG, self._index + 1)
        sent = np.lib.stride_tricks.sliding_window_view(self._level_sent(before), len(frames))
        loud = sent > max(SPOKEN, float(sent.max()) - LOUD_RANGE)
        counts = loud.sum(axis=1)
        if counts.max() < ENOUGH_LOUD:
            return
        step = came - sent
        mean = np.where(loud, step, 0.0).sum(axis=1) / np.maximum(counts, 1)
        spread = np.where(loud, (step - mean[:, None]) ** 2, 0.0).sum(axis=1)
        spread = np.sqrt(spread / np.maximum(counts, 1))
        spread[counts < ENOUGH_LOUD] = np.inf
        best = int(np.argmin(spread))
        alike = _correlation(came, sent[best])
        if spread[best] <= MOST_SPREAD and alike >= ENOUGH_ALIKE:
            found = Echo(lag=MAX_LAG - best, gain=float(np.median(step[best][loud[best]])))
            if self.echo is None:
                log.info("media.echo.found", lag=found.lag * FRAME_SECONDS, gain=found.gain)
            self.echo = found
        elif self.echo is not None and self._is_gone(step, loud, self.echo):
            log.info("media.echo.gone")
            self.echo = None

    def _is_gone(self, step: Levels, loud: npt.NDArray[np.bool_], echo: Echo) -> bool:
        row = MAX_LAG - echo.lag
        steps = step[row][loud[row]]
        return len(steps) >= ENOUGH_LOUD and float(np.median(steps)) < echo.gain - GONE_BELOW


def _level(pcm: Pcm) -> float:
    return max(QUIET, 20.0 * math.log10(max(1.0, 32_768 * loudness(pcm))))


def _correlation(a: Levels, b: Levels) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 0 else 0.0
