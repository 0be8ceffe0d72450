"""Sound in the shapes that the media layer moves: PCM frames, Opus packets, rate changes.

Three rates meet here. Opus on the wire runs at 48 kHz (RFC 7587), recognition wants 16 kHz, and
voices speak at whatever rate they were trained at. Everything is mono `int16` until the recorder
puts both voices side by side.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import av
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    OpusPacket = av.Packet[Any]

Pcm = npt.NDArray[np.int16]

OPUS_RATE: Final = 48_000
SPEECH_RATE: Final = 16_000
RATIO: Final = OPUS_RATE // SPEECH_RATE
FRAME_SECONDS: Final = 0.02
OPUS_FRAME: Final = 960
SPEECH_FRAME: Final = 320
OPUS_TIME_BASE: Final = Fraction(1, OPUS_RATE)

# A 20 ms full-band CELT frame that decodes to digital silence (RFC 6716 §3.1, §4.3).
SILENT_PACKET: Final = b"\xf8\xff\xfe"
# What the encoder still holds back when the sound stops is out after one frame; one to spare.
TAIL_FRAMES: Final = 2
BIT_RATE: Final = 32_000

_TAPS_PER_PHASE: Final = 24


def _low_pass() -> npt.NDArray[np.float32]:
    """Windowed-sinc low pass at 7.2 kHz for 48 kHz, unity gain; 0.75 ms of group delay."""
    taps = RATIO * _TAPS_PER_PHASE
    n = np.arange(taps) - (taps - 1) / 2
    cutoff = 2 * 7_200 / OPUS_RATE
    kernel = cutoff * np.sinc(cutoff * n) * np.kaiser(taps, 8.0)
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


_LOW_PASS: Final = _low_pass()


class Decimator:
    """48 kHz → 16 kHz, streaming: `n` samples in (a multiple of 3), exactly `n // 3` out."""

    def __init__(self) -> None:
        self._history = np.zeros(len(_LOW_PASS) - 1, dtype=np.float32)

    def process(self, pcm: Pcm) -> Pcm:
        signal = np.concatenate((self._history, pcm.astype(np.float32)))
        self._history = signal[-(len(_LOW_PASS) - 1) :]
        return _to_int16(_windows(signal, len(_LOW_PASS), RATIO) @ _LOW_PASS[::-1])


class Expander:
    """16 kHz → 48 kHz, streaming: `n` samples in, exactly `3 n` out."""

    _phases = (_LOW_PASS.reshape(_TAPS_PER_PHASE, RATIO) * RATIO)[::-1].copy()

    def __init__(self) -> None:
        self._history = np.zeros(_TAPS_PER_PHASE - 1, dtype=np.float32)

    def process(self, pcm: Pcm) -> Pcm:
        signal = np.concatenate((self._history, pcm.astype(np.float32)))
        self._history = signal[-(_TAPS_PER_PHASE - 1) :]
        return _to_int16((_windows(signal, _TAPS_PER_PHASE) @ self._phases).reshape(-1))


def _windows(signal: npt.NDArray[np.float32], size: int, step: int = 1) -> npt.NDArray[np.float32]:
    """Every `step`th window of a contiguous signal, not copied: NumPy's `sliding_window_view`
    without its checks, which take as long as the filter does."""
    (stride,) = signal.strides
    shape = ((len(signal) - size) // step + 1, size)
    return np.ndarray(shape, signal.dtype, signal, strides=(step * stride, stride))


def _to_int16(signal: npt.NDArray[np.float32]) -> Pcm:
    return np.clip(np.rint(signal), -32_768, 32_767).astype(np.int16)


class Resampler:
    """Any rate → 48 kHz mono, streaming; `flush` gives back what the filter still holds."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._resampler = (
            None
            if rate == OPUS_RATE
            else av.AudioResampler(format="s16", layout="mono", rate=OPUS_RATE)
        )

    def process(self, pcm: Pcm) -> Pcm:
        if self._resampler is None or len(pcm) == 0:
            return pcm
        return _join(self._resampler.resample(pcm_frame(pcm, self.rate)))

    def flush(self) -> Pcm:
        return _join([]) if self._resampler is None else _join(self._resampler.resample(None))


def decoded(container: av.container.InputContainer, rate: int) -> Iterator[Pcm]:
    """The first sound in a file, part by part, mono at `rate`. Blocks.

    Raises `av.FFmpegError`, and `IndexError` where there is none.
    """
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    for frame in container.decode(audio=0):
        yield _join(resampler.resample(frame))
    yield _join(resampler.resample(None))


def _join(frames: list[av.AudioFrame]) -> Pcm:
    parts = [frame.to_ndarray().reshape(-1) for frame in frames]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int16)


def pcm_frame(pcm: Pcm, rate: int) -> av.AudioFrame:
    """Wrap `int16[n]` mono as a PyAV frame."""
    frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = rate
    return frame


class OpusDecoder:
    """Opus packets → 48 kHz mono; stereo is mixed down by the decoder itself (RFC 6716 §2.1.8)."""

    def __init__(self) -> None:
        self._codec = av.CodecContext.create("libopus", "r")
        self._codec.format = "s16"
        self._codec.layout = "mono"
        self._codec.sample_rate = OPUS_RATE

    def decode(self, payload: bytes) -> Pcm:
        """Raises `av.FFmpegError` for a payload that is no Opus packet."""
        return _join(self._codec.decode(av.Packet(payload)))


class OpusEncoder:
    """48 kHz mono frames of 20 ms → Opus packets at 32 kb/s (measured transparent for speech).

    Silence costs nothing: after the encoder has been run dry, a constant packet stands for it.
    """

    def __init__(self) -> None:
        self._codec = av.CodecContext.create("libopus", "w")
        self._codec.bit_rate = BIT_RATE
        self._codec.format = "s16"
        self._codec.layout = "mono"
        self._codec.sample_rate = OPUS_RATE
        self._codec.time_base = OPUS_TIME_BASE
        self._codec.options = {"application": "voip", "compression_level": "5"}
        self._silent_frames = TAIL_FRAMES
        self._encoded = 0

    def encode(self, pcm: Pcm | None) -> bytes:
        """`pcm`: `int16[960]`, or None for a frame of silence."""
        if pcm is None:
            if self._silent_frames >= TAIL_FRAMES:
                return SILENT_PACKET
            self._silent_frames += 1
            pcm = np.zeros(OPUS_FRAME, dtype=np.int16)
        else:
            self._silent_frames = 0
        frame = pcm_frame(pcm, OPUS_RATE)
        frame.pts = self._encoded * OPUS_FRAME
        self._encoded += 1
        packets = self._codec.encode(frame)
        return bytes(packets[0]) if packets else SILENT_PACKET


def opus_packet(payload: bytes, index: int) -> OpusPacket:
    """The packet of the `index`-th 20 ms frame of a stream, stamped for RTP."""
    packet: OpusPacket = av.Packet(payload)
    packet.pts = index * OPUS_FRAME
    packet.time_base = OPUS_TIME_BASE
    return packet


def opus_samples(payload: bytes) -> int:
    """Length of an Opus packet at 48 kHz, from its first bytes (RFC 6716 §3.1, §3.2).

    0 for an empty or malformed packet.
    """
    if not payload:
        return 0
    config, code = payload[0] >> 3, payload[0] & 3
    if config < 12:
        frame = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        frame = (480, 960)[config & 1]
    else:
        frame = (120, 240, 480, 960)[config & 3]
    if code < 3:
        return frame * (1, 2, 2)[code]
    total = frame * (payload[1] & 0x3F) if len(payload) > 1 else 0
    return total if total <= 120 * OPUS_RATE // 1000 else 0


def loudness(pcm: Pcm) -> float:
    """Root mean square of `int16[n]`, relative to full scale: 0 to 1."""
    if len(pcm) == 0:
        return 0.0
    frame = pcm.astype(np.float32)
    return math.sqrt(float(frame @ frame) / len(frame)) / 32_768


def silence(samples: int) -> Pcm:
    return np.zeros(samples, dtype=np.int16)
