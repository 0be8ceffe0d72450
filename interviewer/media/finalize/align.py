"""Where a camera recording lies on the interview's time axis, found by its own sound.

Both recordings heard the same microphone: the page's camera file directly, the service through
WebRTC. Energy envelopes of 40 s pieces, correlated over the whole camera file, give the place;
waveforms of 4 s windows give it to the millisecond, and their trend the drift of the two clocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RATE = 8_000
"""Hz of the sound compared here; speech has what it takes below 4 kHz."""
HOP = 80
"""Samples an envelope value: 100 a second."""
PIECE_SECONDS = 40.0
MAX_PIECES = 8
WINDOW_SECONDS = 4.0
MAX_WINDOWS = 24
SEARCH_SECONDS = 2.5
"""How far a window may be from where the envelopes say: clocks that differ by 0.1 % for 40 min."""
MIN_LEVEL = 60.0
"""RMS (of 32768) under which a stretch has no speech to compare."""
MIN_ENVELOPE_SCORE = 0.35
MIN_WAVE_SCORE = 0.25
MAX_DRIFT = 0.005
HINT_SECONDS = 5.0
HINT_BONUS = 1.15

Pcm = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mapping:
    """`axis = offset + rate * camera`, both in seconds. `score`: correlation, 0-1."""

    offset: float
    rate: float
    score: float

    def to_axis(self, camera_seconds: float) -> float:
        return self.offset + self.rate * camera_seconds

    def to_camera(self, axis_seconds: float) -> float:
        return (axis_seconds - self.offset) / self.rate


def align(session: Pcm, camera: Pcm, *, hint: float | None = None) -> Mapping | None:
    """Place the camera's sound on the session's, or None where they share no speech.

    `session`, `camera`: `int16[n]` at 8 kHz (memory maps are fine: they are read in pieces).
    `hint`: seconds into the session at which the camera began, as its page guessed.
    """
    a, b = envelope(session), envelope(camera)
    votes = _piece_votes(a, b, hint)
    for lag in _clusters(votes):
        points = _window_lags(session, camera, a, lag)
        if len(points) >= 2:
            return _fit(points)
    strong = [v for v in votes if v[1] >= 2 * MIN_ENVELOPE_SCORE]
    if not strong:
        return None
    # The waveforms differ (another microphone, heavy processing): the envelopes must do.
    lag, score = max(strong, key=lambda v: v[1])
    return Mapping(offset=lag, rate=1.0, score=score)


def envelope(pcm: Pcm) -> Floats:
    """Square root of the RMS above the low hum, 100 values a second. `float64[n // 80]`."""
    values = []
    step = HOP * 6_000
    for at in range(0, len(pcm) - HOP + 1, step):
        chunk = np.asarray(pcm[at : at + step], np.float64)
        chunk = chunk[: len(chunk) // HOP * HOP]
        sharp = np.diff(chunk, prepend=chunk[0])
        values.append(np.sqrt(np.sqrt(np.square(sharp).reshape(-1, HOP).mean(1))))
    return np.concatenate(values) if values else np.zeros(0)


def _loud_starts(env: Floats, seconds: float, most: int) -> list[int]:
    """Envelope indices of the loudest stretches, at most one from each of `most` equal parts."""
    n = int(seconds * RATE / HOP)
    if len(env) <= n:
        return [0]
    power = np.convolve(env**4, np.ones(n) / n, "valid")
    starts: list[int] = []
    for part in np.array_split(np.arange(len(power)), min(most, max(1, len(power) * 2 // n))):
        best = int(part[np.argmax(power[part])])
        if power[best] > (MIN_LEVEL / 4) ** 2 and all(abs(best - s) >= n // 2 for s in starts):
            starts.append(best)
    return starts


def _piece_votes(a: Floats, b: Floats, hint: float | None) -> list[tuple[float, float]]:
    """(lag in seconds, score) of each piece's best places; lag: session time of camera zero."""
    n = int(PIECE_SECONDS * RATE / HOP)
    votes: list[tuple[float, float]] = []
    if len(b) < 100:
        return votes
    for start in _loud_starts(a, PIECE_SECONDS, MAX_PIECES):
        piece = a[start : start + n]
        scores = _normalised(piece, b)
        lags = (start - np.arange(-len(piece) + 1, len(b))) * HOP / RATE
        if hint is not None:
            near = np.abs(lags - hint) <= HINT_SECONDS
            scores = np.where(near, scores * HINT_BONUS, scores)
        for _ in range(3):
            best = int(np.argmax(scores))
            if scores[best] < MIN_ENVELOPE_SCORE:
                break
            votes.append((float(lags[best]), float(min(1.0, scores[best]))))
            scores[max(0, best - 50) : best + 50] = -1.0
    return votes


def _normalised(piece: Floats, whole: Floats) -> Floats:
    """Correlation coefficient at every shift (also where they only overlap by a part)."""
    n, m = len(piece), len(whole)
    size = 1 << (n + m - 1).bit_length()
    p, w = piece - piece.mean(), whole - whole.mean()

    def correlate(x: Floats, y: Floats) -> Floats:
        spectrum = np.conj(np.fft.rfft(x, size)) * np.fft.rfft(y, size)
        raw = np.fft.irfft(spectrum, size)
        return np.concatenate([raw[size - n + 1 :], raw[:m]])

    product = correlate(p, w)
    energy_w = correlate(np.ones(n), w**2)
    energy_p = correlate(p**2, np.ones(m))
    overlap = correlate(np.ones(n), np.ones(m))
    norm = np.sqrt(np.maximum(energy_w, 1e-9) * np.maximum(energy_p, 1e-9))
    # A short overlap correlates by chance; 3 s of speech do not.
    trust = np.minimum(1.0, overlap * HOP / RATE / 3.0)
    return np.asarray(product / np.maximum(norm, 1e-3) * trust)


def _clusters(votes: list[tuple[float, float]]) -> list[float]:
    """Lags on which the most pieces agree, best first, at most four."""
    rest = list(votes)
    found: list[float] = []
    while rest and len(found) < 4:
        weight = [
            sum(s for lag, s in rest if abs(lag - centre) <= SEARCH_SECONDS / 2)
            for centre, _ in rest
        ]
        centre = rest[int(np.argmax(weight))][0]
        near = [v for v in rest if abs(v[0] - centre) <= SEARCH_SECONDS / 2]
        found.append(float(np.median([lag for lag, _ in near])))
        rest = [v for v in rest if abs(v[0] - centre) > SEARCH_SECONDS / 2]
    return found


def _window_lags(
    session: Pcm, camera: Pcm, a: Floats, lag: float
) -> list[tuple[float, float, float]]:
    """(camera seconds, lag, score) of the windows whose waveforms match."""
    n = int(WINDOW_SECONDS * RATE)
    reach = int(SEARCH_SECONDS * RATE)
    first = max(0, int(lag * RATE / HOP))
    last = min(len(a), int((lag + len(camera) / RATE) * RATE / HOP))
    points = []
    for start in _loud_starts(a[first:last], WINDOW_SECONDS, MAX_WINDOWS):
        at = (first + start) * HOP
        window = _sharpened(session[at : at + n])
        guess = at - round(lag * RATE)
        low = max(0, guess - reach)
        field = _sharpened(camera[low : guess + reach + n])
        if len(field) < len(window) or len(window) < RATE // 2:
            continue
        shift, score = _best_shift(window, field)
        if score >= MIN_WAVE_SCORE:
            points.append(((low + shift) / RATE, (at - low - shift) / RATE, score))
    return points


def _sharpened(pcm: Pcm) -> Floats:
    x = np.asarray(pcm, np.float64)
    return np.diff(x, prepend=x[:1])


def _best_shift(window: Floats, field: Floats) -> tuple[int, float]:
    """(shift in samples, correlation coefficient) of the best full overlap."""
    n, m = len(window), len(field)
    size = 1 << (n + m - 1).bit_length()
    product = np.fft.irfft(np.conj(np.fft.rfft(window, size)) * np.fft.rfft(field, size), size)
    sums = np.concatenate([[0.0], np.cumsum(field**2)])
    energy = sums[n:] - sums[: m - n + 1]
    floor = n * (MIN_LEVEL / 8) ** 2
    scores = product[: m - n + 1] / np.sqrt(
        np.maximum(energy, floor) * max(floor, float(np.sum(window**2)))
    )
    best = int(np.argmax(scores))
    return best, float(scores[best])


def _fit(points: list[tuple[float, float, float]]) -> Mapping:
    """A line through the lags: median of pairwise slopes, then least squares on what is near."""
    t, lag, score = (np.array(column) for column in zip(*points, strict=True))
    slope = 0.0
    if len(points) >= 4 and np.ptp(t) >= 20.0:
        i, j = np.triu_indices(len(t), 1)
        far = np.abs(t[j] - t[i]) >= max(5.0, np.ptp(t) / 4)
        slope = float(np.median((lag[j] - lag[i])[far] / (t[j] - t[i])[far]))
    level = float(np.median(lag - slope * t))
    near = np.abs(lag - slope * t - level) <= 0.04
    if slope and near.sum() >= 4:
        slope, level = (float(v) for v in np.polyfit(t[near], lag[near], 1))
    elif near.any():
        level = float(np.median((lag - slope * t)[near]))
    if abs(slope) > MAX_DRIFT:
        slope, level = 0.0, float(np.median(lag))
    return Mapping(offset=level, rate=1.0 + slope, score=float(np.median(score)))
