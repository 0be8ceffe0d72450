"""A studio: an interview whose every second is known, as the service and as cameras record it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

RATE = 48_000
Signal = npt.NDArray[np.float32]


def babble(seconds: float, seed: int) -> Signal:
    """Speech-like: bursts of coloured noise in syllables, words and pauses. 48 kHz, +-1."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE)
    out = np.zeros(n, np.float32)
    at = int(0.3 * RATE)
    while at < n:
        length = int(rng.uniform(0.08, 0.3) * RATE)
        noise = np.convolve(rng.normal(size=length), np.ones(12) / 12, "same")
        shaped = noise * np.hanning(length) * rng.uniform(0.2, 0.8)
        out[at : at + length] = shaped[: max(0, n - at)]
        at += length + int(rng.choice([0.03, 0.1, 0.6], p=[0.6, 0.3, 0.1]) * RATE)
    return out


@dataclass
class Interview:
    """`flashes`: seconds at which the picture flashes and a 3 kHz beep sounds for 60 ms."""

    seconds: float
    flashes: Sequence[float]
    candidate: Signal
    interviewer: Signal

    def at(self, times: npt.NDArray[np.float64]) -> Signal:
        """The candidate's sound at any seconds of the room's time."""
        grid = np.arange(len(self.candidate)) / RATE
        return np.interp(times, grid, self.candidate, left=0, right=0).astype(np.float32)


def interview(seconds: float, flashes: Sequence[float], seed: int = 1) -> Interview:
    candidate = babble(seconds, seed)
    t = np.arange(int(0.06 * RATE)) / RATE
    for flash in flashes:
        # Speech is low-passed noise; the beep has 3 kHz for itself.
        candidate[int(flash * RATE) :][: len(t)] = 0.7 * np.sin(2 * np.pi * 3000 * t)
    return Interview(seconds, flashes, candidate, babble(seconds, seed + 1000) * 0.1)


def to_int16(signal: Signal) -> npt.NDArray[np.int16]:
    return np.asarray(np.clip(signal, -1, 1) * 32767, np.int16)


def write_session(path: Path, room: Interview, start: float, end: float) -> Path:
    """The service's recording of one session: stereo Opus in Matroska."""
    span = slice(int(start * RATE), int(end * RATE))
    pcm = np.stack([to_int16(room.candidate[span]), to_int16(room.interviewer[span])], axis=1)
    with av.open(str(path), "w", format="matroska") as out:
        stream = out.add_stream("libopus", rate=RATE, layout="stereo")
        _encode_audio(out, stream, pcm)
        out.mux(stream.encode(None))
    return path


def _encode_audio(out: Any, stream: Any, pcm: npt.NDArray[np.int16]) -> None:
    for at in range(0, len(pcm), 960):
        block = np.ascontiguousarray(pcm[at : at + 960])
        layout = "stereo" if pcm.shape[1] == 2 else "mono"
        frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = RATE, at, Fraction(1, RATE)
        out.mux(stream.encode(frame))


@dataclass
class Recorder:
    """A page's camera: its clock started at `start` of the room and is `drift` too fast."""

    kind: str = "mp4"
    start: float = 0.0
    end: float = 0.0
    drift: float = 0.0
    fps: int = 25
    size: tuple[int, int] = (160, 120)
    codec: str = "libx264"
    gop: int = 50

    def record(self, path: Path, room: Interview, *, silent: bool = False) -> Path:
        """Fragmented MP4 (H.264 and Opus) or WebM (VP8 and Opus), as MediaRecorder writes them."""
        rate = 1.0 + self.drift
        seconds = (self.end - self.start) * rate
        sound = room.at(self.start + np.arange(int(seconds * RATE)) / RATE / rate)
        pcm = to_int16(sound * (0 if silent else 0.8))[:, None]
        form = {"mp4": "mp4", "webm": "webm"}[self.kind]
        fragments = "frag_keyframe+empty_moov+default_base_moof+delay_moov"
        options = {"movflags": fragments} if form == "mp4" else {}
        with av.open(str(path), "w", format=form, options=options) as out:
            video: Any = out.add_stream(self.codec if form == "mp4" else "libvpx", rate=self.fps)
            video.width, video.height = self.size
            video.pix_fmt = "yuv420p"
            fast = {"preset": "ultrafast", "bf": "0"} if form == "mp4" else {"deadline": "realtime"}
            video.options = {**fast, "g": str(self.gop)}
            audio: Any = out.add_stream("libopus", rate=RATE, layout="mono")
            per_frame = RATE // self.fps
            for i in range(int(seconds * self.fps)):
                out.mux(video.encode(self._picture(i, room, rate)))
                piece = pcm[i * per_frame : (i + 1) * per_frame]
                frame = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(piece).reshape(1, -1), format="s16", layout="mono"
                )
                frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
                frame.pts = i * per_frame
                out.mux(audio.encode(frame))
            out.mux(video.encode(None))
            out.mux(audio.encode(None))
        return path

    def _picture(self, i: int, room: Interview, rate: float) -> Any:
        at = self.start + i / self.fps / rate
        lit = any(f <= at + 0.5 / self.fps and at < f + 0.2 for f in room.flashes)
        width, height = self.size
        canvas = np.full((height, width, 3), 235 if lit else 20, np.uint8)
        canvas[i % height, :] = 90
        frame = av.VideoFrame.from_ndarray(canvas, format="rgb24")
        frame.pts, frame.time_base = i, Fraction(1, self.fps)
        return frame


def flashes_seen(path: Path) -> list[float]:
    """Seconds at which the picture turns bright."""
    seen, lit = [], False
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            bright = frame.to_ndarray(format="gray").mean() > 128
            if bright and not lit:
                seen.append(float(frame.time))
            lit = bright
    return seen


def beeps_heard(path: Path) -> list[float]:
    """Seconds at which a 3 kHz beep begins."""
    blocks = []
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
        for frame in container.decode(audio=0):
            blocks += [f.to_ndarray()[0] for f in resampler.resample(frame)]
    pcm = np.concatenate(blocks).astype(np.float64)
    hop = 80
    frames = np.lib.stride_tricks.sliding_window_view(pcm, 320)[::hop]
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(320), axis=1)) ** 2
    tone = spectrum[:, 58:63].sum(1)
    loud = tone > 0.8 * (spectrum.sum(1) + 1e6)
    edges = np.flatnonzero(loud & ~np.roll(loud, 1))
    starts = (edges * hop + 160) / 16_000
    return [float(s) for i, s in enumerate(starts) if i == 0 or s - starts[i - 1] > 0.5]
