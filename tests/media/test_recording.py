"""The recording: both voices on the axis, there after `kill -9`, alive on a full disk."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from interviewer.media import recording
from interviewer.media.frames import OPUS_RATE, SPEECH_RATE, Pcm
from interviewer.media.recording import SessionRecorder, durable_seconds, recording_path

from .sounds import onset, read

CHILD = """
import sys, time
from pathlib import Path
import numpy as np
from interviewer.media.recording import SessionRecorder

recorder = SessionRecorder(Path(sys.argv[1]))
noise = np.random.default_rng(1).integers(-9000, 9000, 320).astype(np.int16)
start = time.monotonic()
for i in range(10_000):
    recorder.candidate(noise, i * 0.02)
    recorder.interviewer(np.repeat(noise, 3), i * 0.02)
    print(f"{(i + 1) * 0.02:.2f}", flush=True)
    time.sleep(max(0.0, start + (i + 1) * 0.02 - time.monotonic()))
"""


def click(rate: int, seconds: float = 0.02) -> Pcm:
    t = np.arange(int(seconds * rate)) / rate
    return (20_000 * np.sin(2 * np.pi * 1_000 * t)).astype(np.int16)


def test_both_voices_stand_on_the_axis_to_the_sample(tmp_path: Path) -> None:
    recorder = SessionRecorder(tmp_path / "a" / "0001.mka")
    silence = np.zeros(320, dtype=np.int16)
    for i in range(150):
        recorder.candidate(click(SPEECH_RATE) if i == 50 else silence, i * 0.02)
        if i == 100:
            recorder.interviewer(click(OPUS_RATE), i * 0.02)
    recorder.close()
    left, right = read(recorder.path)
    assert onset(left) == pytest.approx(1.0, abs=0.004)
    assert onset(right) == pytest.approx(2.0, abs=0.004)
    assert durable_seconds(recorder.path) == pytest.approx(3.0, abs=0.03)
    heard = slice(int(0.9 * OPUS_RATE), int(1.1 * OPUS_RATE))
    assert np.abs(right[heard]).max() < 0.02 * np.abs(left[heard]).max(), "voices stay apart"


def test_a_hole_in_either_voice_is_silence(tmp_path: Path) -> None:
    recorder = SessionRecorder(tmp_path / "0001.mka")
    recorder.candidate(click(SPEECH_RATE), 0.0)
    recorder.candidate(click(SPEECH_RATE), 1.5)
    recorder.interviewer(click(OPUS_RATE), 4.0)
    recorder.close()
    left, right = read(recorder.path)
    assert onset(left[OPUS_RATE:]) == pytest.approx(0.5, abs=0.004)
    assert onset(right) == pytest.approx(4.0, abs=0.004)


def test_a_recording_is_never_written_over(tmp_path: Path) -> None:
    path = recording_path(tmp_path, "0123456789ABCDEF", 3)
    assert path == tmp_path / "recordings" / "0123456789ABCDEF" / "0003.mka"
    SessionRecorder(path).close()
    with pytest.raises(FileExistsError):
        SessionRecorder(path)


def test_kill_9_loses_less_than_two_seconds(tmp_path: Path) -> None:
    path = tmp_path / "0001.mka"
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        said = 0.0
        for line in child.stdout:
            said = float(line)
            if said >= 5.0:
                os.kill(child.pid, signal.SIGKILL)
                break
        said = float(([said, *child.stdout])[-1])
    kept = durable_seconds(path)
    assert said - 2.0 <= kept <= said + 0.05
    left, _ = read(path)
    assert len(left) / OPUS_RATE == pytest.approx(kept, abs=0.05)


def test_a_torn_or_foreign_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    recorder = SessionRecorder(tmp_path / "0001.mka")
    rng = np.random.default_rng(0)
    for i in range(200):
        recorder.candidate(rng.integers(-9_000, 9_000, 320).astype(np.int16), i * 0.02)
    recorder.close()
    whole = recorder.path.read_bytes()
    torn = tmp_path / "torn.mka"
    torn.write_bytes(whole[: len(whole) * 3 // 4])
    assert 2.5 < durable_seconds(torn) < 3.3
    for junk in (b"", b"not a recording", whole[:40]):
        torn.write_bytes(junk)
        assert durable_seconds(torn) == 0.0
    assert durable_seconds(tmp_path / "missing.mka") == 0.0


def test_a_full_disk_is_reported_once_and_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = False
    write = os.write

    def maybe_full(fd: int, data: memoryview) -> int:
        if full:
            write(fd, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(fd, data)

    monkeypatch.setattr(os, "write", maybe_full)
    failures: list[OSError] = []
    recorder = SessionRecorder(tmp_path / "0001.mka", on_failure=failures.append)
    noise = np.random.default_rng(0).integers(-9_000, 9_000, 320).astype(np.int16)
    for second in range(6):
        full = second in (2, 3)
        for i in range(50):
            recorder.candidate(noise, second + i * 0.02)
        time.sleep(0.4)
        if full:
            assert recorder.failing
    recorder.close()
    assert [failure.errno for failure in failures] == [errno.ENOSPC]
    assert not recorder.failing
    assert durable_seconds(recorder.path) == pytest.approx(6.0, abs=0.05)
    left, _ = read(recorder.path)
    assert np.abs(left[int(0.5 * OPUS_RATE) : int(1.5 * OPUS_RATE)]).max() > 0.1
    assert np.abs(left[int(5.2 * OPUS_RATE) : int(5.8 * OPUS_RATE)]).max() > 0.1
    assert np.abs(left[int(2.6 * OPUS_RATE) : int(3.4 * OPUS_RATE)]).max() < 0.01


async def test_recording_holds_the_loop_for_microseconds(tmp_path: Path) -> None:
    recorder = SessionRecorder(tmp_path / "0001.mka")
    frame = np.ones(320, dtype=np.int16)
    slowest = 0.0
    for i in range(300):
        before = time.thread_time()  # its own work, not what the scheduler gave to others
        recorder.candidate(frame, i * 0.02)
        recorder.interviewer(np.repeat(frame, 3), i * 0.02)
        slowest = max(slowest, time.thread_time() - before)
        await asyncio.sleep(0)
    await recorder.aclose()
    assert slowest < 0.005


def test_a_stuck_disk_bounds_the_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MAX_QUEUED", 10)
    recorder = SessionRecorder(tmp_path / "0001.mka")
    for i in range(50):
        recorder.candidate(np.zeros(320, dtype=np.int16), i * 0.02)
    assert recorder.dropped_frames >= 30
    recorder.close()
    assert durable_seconds(recorder.path) > 0
