"""Sounds to play, and how to find them again in a recording."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from livekit import rtc

from interviewer.media.frames import OPUS_RATE, Pcm

Channel = npt.NDArray[np.float32]


def tone(frequency: float, seconds: float, rate: int) -> Pcm:
    t = np.arange(int(seconds * rate)) / rate
    return (8_000 * np.sin(2 * np.pi * frequency * t)).astype(np.int16)


def frames_of(pcm: Pcm, rate: int, seconds: float = 0.1) -> list[rtc.AudioFrame]:
    size = int(rate * seconds)
    parts = [pcm[i : i + size] for i in range(0, len(pcm), size)]
    return [rtc.AudioFrame(part.tobytes(), rate, 1, len(part)) for part in parts]


def read(path: Path) -> tuple[Channel, Channel]:
    """Left and right at 48 kHz, placed by their timestamps."""
    with av.open(str(path)) as container:
        frames = [(f.time or 0.0, f.to_ndarray()) for f in container.decode(audio=0)]
    total = max(round(at * OPUS_RATE) + pcm.shape[-1] for at, pcm in frames)
    sound = np.zeros((2, total), dtype=np.float32)
    for at, pcm in frames:
        start = round(at * OPUS_RATE)
        sound[:, start : start + pcm.shape[-1]] = pcm
    return sound[0], sound[1]


def onset(channel: Channel) -> float:
    """Second at which the sound begins, by the first sample over a tenth of the peak."""
    return int(np.argmax(np.abs(channel) > 0.1 * np.abs(channel).max())) / OPUS_RATE
