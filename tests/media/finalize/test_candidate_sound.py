"""What the second pass hears: the candidate, and not the interviewer come back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from interviewer.media.finalize.sources import (
    AudioSession,
    Decimator,
    axis_sound,
    candidate_sound,
)
from tests.media.finalize.studio import RATE, Interview, babble, write_session

LAG = 0.22
QUIETER = 0.25
"""The echo is 12 dB below."""


def conversation(seconds: float) -> Interview:
    """Six seconds of the interviewer, six of the candidate, and so on."""
    turn = (np.arange(int(seconds * RATE)) // (6 * RATE)) % 2
    asked = babble(seconds, 1) * (turn == 0)
    return Interview(seconds, (), (babble(seconds, 2) * (turn == 1)).astype(np.float32), asked)


def levels(path: Path) -> npt.NDArray[np.float64]:
    """RMS of each second of raw `int16` at 16 kHz."""
    pcm = np.fromfile(path, np.int16).astype(np.float64)
    seconds = pcm[: len(pcm) // 16_000 * 16_000].reshape(-1, 16_000)
    return np.asarray(np.sqrt(np.square(seconds).mean(1)))


@pytest.mark.parametrize("offset", [0.0, 3.0])
def test_an_echo_is_taken_out_from_its_first_second_on(tmp_path: Path, offset: float) -> None:
    room = conversation(30.0)
    recorded = replace(room, candidate=room.candidate.copy())
    late = int(LAG * RATE)
    recorded.candidate[late:] += room.interviewer[:-late] * QUIETER
    path = write_session(tmp_path / "0001.mka", recorded, 0.0, 30.0)
    seconds = candidate_sound([AudioSession(path, offset)], tmp_path / "voice.s16")
    assert seconds == pytest.approx(30.0 + offset, abs=0.05)
    heard = levels(tmp_path / "voice.s16")[int(offset) :]
    write_session(tmp_path / "alone.mka", room, 0.0, 30.0)
    candidate_sound([AudioSession(tmp_path / "alone.mka", 0.0)], tmp_path / "alone.s16")
    alone = levels(tmp_path / "alone.s16")
    spoken = np.arange(30) // 6 % 2 == 1
    # The interviewer's end still sounds into the first second.
    assert heard[[6, 18]] == pytest.approx(alone[[6, 18]], rel=0.1)
    spoken[[6, 18]] = False
    assert heard[spoken] == pytest.approx(alone[spoken], rel=0.02)
    assert np.abs(heard[[0, 1, 2, 3, 4, 13, 14, 15, 16, 25, 26, 27]]).max() < 30


def test_without_an_echo_not_a_sample_is_changed(tmp_path: Path) -> None:
    """Even where both speak at once."""
    room = Interview(20.0, (), babble(20.0, 3), babble(20.0, 4))
    sessions = [AudioSession(write_session(tmp_path / "0.mka", room, 0.0, 20.0), 0.0)]
    candidate_sound(sessions, tmp_path / "voice.s16")
    decimator = Decimator(3)
    blocks = [decimator.push(block[:, 0]) for _, block in axis_sound(sessions)]
    expected = np.concatenate([*blocks, decimator.flush()])
    assert np.array_equal(np.fromfile(tmp_path / "voice.s16", np.int16), expected)


def test_an_echo_that_came_late_is_not_looked_for_before(tmp_path: Path) -> None:
    """The headphones come off in the second half: what was said softly in the first one stays."""
    room = conversation(72.0)
    recorded = replace(room, candidate=room.candidate.copy())
    late, begins = int(LAG * RATE), 36 * RATE
    recorded.candidate[begins + late :] += room.interviewer[begins:-late] * QUIETER
    recorded.candidate[: 6 * RATE] += babble(6.0, 5) * 0.1
    sessions = [AudioSession(write_session(tmp_path / "0.mka", recorded, 0.0, 72.0), 0.0)]
    candidate_sound(sessions, tmp_path / "voice.s16")
    heard = levels(tmp_path / "voice.s16")
    assert (heard[1:6] > 100).all()
    assert heard[[41, 52, 53, 64, 65]].max() < 30
