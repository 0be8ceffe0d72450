"""Rates and codecs: lengths exact, speech intact, silence free."""

from __future__ import annotations

import numpy as np
import pytest

from interviewer.media.frames import (
    OPUS_FRAME,
    OPUS_RATE,
    SILENT_PACKET,
    SPEECH_RATE,
    TAIL_FRAMES,
    Decimator,
    Expander,
    OpusDecoder,
    OpusEncoder,
    Pcm,
    Resampler,
    loudness,
    opus_samples,
)


def tone(frequency: float, seconds: float, rate: int, level: float = 0.3) -> Pcm:
    t = np.arange(int(seconds * rate)) / rate
    return (level * 32_767 * np.sin(2 * np.pi * frequency * t)).astype(np.int16)


def test_decimation_keeps_speech_and_stops_what_would_fold_back() -> None:
    speech, hiss = tone(1_000, 0.5, OPUS_RATE), tone(12_000, 0.5, OPUS_RATE)
    for signal, expected in ((speech, loudness(speech)), (hiss, 0.0)):
        decimator = Decimator()
        out = np.concatenate([decimator.process(part) for part in np.split(signal, 25)])
        assert len(out) == len(signal) // 3
        assert loudness(out[500:]) == pytest.approx(expected, abs=0.005)


def test_expansion_is_decimations_inverse() -> None:
    signal = tone(700, 0.5, SPEECH_RATE)
    expander, decimator = Expander(), Decimator()
    wide = np.concatenate([expander.process(part) for part in np.split(signal, 25)])
    assert len(wide) == 3 * len(signal)
    back = decimator.process(wide)
    delay = int(np.argmax(np.correlate(back.astype(float), signal.astype(float), "full"))) - (
        len(signal) - 1
    )
    assert 0 <= delay / SPEECH_RATE <= 0.002
    assert loudness(back[500:]) == pytest.approx(loudness(signal), rel=0.02)


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 44_100, 48_000])
def test_any_voice_becomes_48_khz_of_the_same_length(rate: int) -> None:
    resampler = Resampler(rate)
    signal = tone(440, 1.0, rate)
    parts = [resampler.process(signal[i : i + 1_000]) for i in range(0, rate, 1_000)]
    out = np.concatenate([*parts, resampler.flush()])
    assert len(out) == pytest.approx(OPUS_RATE, abs=50)
    assert loudness(out) == pytest.approx(loudness(signal), rel=0.02)


def test_opus_round_trip_and_silence_without_encoding() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    assert encoder.encode(None) == SILENT_PACKET
    assert loudness(decoder.decode(SILENT_PACKET)) == 0.0
    signal = tone(500, 1.0, OPUS_RATE)
    packets = [encoder.encode(part) for part in np.split(signal, 50)]
    heard = np.concatenate([decoder.decode(payload) for payload in packets])
    assert len(heard) == len(signal)
    assert loudness(heard) == pytest.approx(loudness(signal), rel=0.1)
    assert sum(len(payload) for payload in packets) * 8 < 48_000
    tail = [encoder.encode(None) for _ in range(TAIL_FRAMES + 3)]
    assert tail[-1] == SILENT_PACKET
    assert loudness(np.concatenate([decoder.decode(payload) for payload in tail])[-960:]) < 1e-3


def test_the_silent_packet_is_a_whole_frame() -> None:
    assert opus_samples(SILENT_PACKET) == OPUS_FRAME


@pytest.mark.parametrize(
    ("payload", "samples"),
    [
        (b"", 0),
        (bytes([0 << 3]), 480),  # SILK, 10 ms
        (bytes([3 << 3]), 2_880),  # SILK, 60 ms
        (bytes([13 << 3]), 960),  # hybrid, 20 ms
        (bytes([28 << 3]), 120),  # CELT, 2.5 ms
        (bytes([31 << 3 | 1]), 1_920),  # two frames
        (bytes([31 << 3 | 3, 6]), 5_760),  # six frames: 120 ms, the longest there is
        (bytes([31 << 3 | 3, 7]), 0),
        (bytes([31 << 3 | 3]), 0),
    ],
)
def test_packet_lengths_by_rfc_6716(payload: bytes, samples: int) -> None:
    assert opus_samples(payload) == samples
