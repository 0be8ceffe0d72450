"""From recordings to results: what a viewer sees and hears, and when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from interviewer.media.finalize import AudioSession, CameraFile, FinalizedMedia, finalize

IN_SYNC = 0.08


def assert_in_sync(studio: Any, result: FinalizedMedia, expected: list[float]) -> None:
    """Every flash and its beep lie within 80 ms of each other and of the axis."""
    assert result.video is not None
    seen, heard = studio.flashes(result.video), studio.beeps(result.video)
    assert np.allclose(heard, expected, atol=0.03), heard
    assert len(seen) == len(expected), seen
    assert max(abs(s - h) for s, h in zip(seen, heard, strict=True)) <= IN_SYNC, seen


def probe(path: Path) -> dict[str, Any]:
    with av.open(str(path)) as container:
        return {
            "codecs": [s.codec_context.name for s in container.streams],
            "seconds": (container.duration or 0) / av.time_base,
            "picture": [
                (s.codec_context.width, s.codec_context.height, s.codec_context.pix_fmt)
                for s in container.streams.video
            ],
        }


def boxes(path: Path) -> list[str]:
    """The names of an MP4's top-level boxes, in order (ISO/IEC 14496-12)."""
    data, at = path.read_bytes(), 0
    names: list[str] = []
    while at < len(data):
        names.append(data[at + 4 : at + 8].decode())
        at += int.from_bytes(data[at : at + 4], "big")
    return names


@pytest.mark.parametrize(("kind", "copied"), [("mp4", True), ("webm", False)])
def test_camera_with_its_own_clock_is_shown_in_sync(studio: Any, kind: str, copied: bool) -> None:
    room = studio.interview(45.0, [4.0, 20.0, 40.0])
    session = studio.session(studio.folder / "0000.mka", room, 0.0, 45.0)
    recorder = studio.recorder(kind=kind, start=2.3, end=44.0, drift=1e-3)
    camera = recorder.record(studio.folder / "camera", room)

    result = finalize(
        [AudioSession(session, 0.0)], [CameraFile(camera, started_at=0.5)], studio.folder / "out"
    )

    assert_in_sync(studio, result, [4.0, 20.0, 40.0])
    assert result.copied is copied
    assert result.note is None
    assert result.video is not None
    assert result.audio is not None
    facts = probe(result.video)
    assert facts["codecs"] == ["h264", "aac"]
    assert facts["picture"] == [(160, 120, "yuv420p")]
    assert facts["seconds"] == pytest.approx(45.0, abs=0.1)
    order = boxes(result.video)
    assert order.index("moov") < order.index("mdat")
    assert probe(result.audio)["codecs"] == ["mp3float"]
    assert probe(result.audio)["seconds"] == pytest.approx(45.0, abs=0.1)
    assert np.allclose(studio.beeps(result.audio), [4.0, 20.0, 40.0], atol=0.03)


def test_camera_that_ran_before_the_interview_is_cut_to_it(studio: Any) -> None:
    room = studio.interview(30.0, [8.0, 15.0, 25.0])
    session = studio.session(studio.folder / "0000.mka", room, 5.7, 30.0)
    camera = studio.recorder(start=0.0, end=30.0).record(studio.folder / "camera", room)

    result = finalize([AudioSession(session, 0.0)], [CameraFile(camera)], studio.folder / "out")

    assert result.copied
    assert_in_sync(studio, result, [2.3, 9.3, 19.3])


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_what_the_camera_saw_while_no_session_was_up_is_left_out(studio: Any, kind: str) -> None:
    room = studio.interview(50.0, [6.0, 15.0, 24.0, 32.0, 45.0])
    sessions = [
        AudioSession(studio.session(studio.folder / "0000.mka", room, 0.0, 20.0), 0.0),
        AudioSession(studio.session(studio.folder / "0001.mka", room, 29.3, 50.0), 20.0),
    ]
    camera = studio.recorder(kind=kind, start=1.0, end=50.0).record(studio.folder / "camera", room)

    result = finalize(sessions, [CameraFile(camera, 1.0)], studio.folder / "out")

    assert result.duration == pytest.approx(40.7, abs=0.1)
    assert_in_sync(studio, result, [6.0, 15.0, 22.7, 35.7])


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_uploads_and_recordings_cut_off_in_mid_write_are_used(studio: Any, kind: str) -> None:
    room = studio.interview(40.0, [5.0, 12.0, 30.0])
    session = studio.session(studio.folder / "0000.mka", room, 0.0, 40.0)
    session.write_bytes(session.read_bytes()[: int(session.stat().st_size * 0.9)])
    camera = studio.recorder(kind=kind, start=1.0, end=40.0).record(studio.folder / "camera", room)
    camera.write_bytes(camera.read_bytes()[: int(camera.stat().st_size * 0.6)])

    result = finalize(
        [AudioSession(session, 0.0)],
        [CameraFile(camera, 1.0, finished=False)],
        studio.folder / "out",
    )

    assert 33.0 < result.duration < 37.0
    assert result.video is not None
    assert probe(result.video)["seconds"] == pytest.approx(result.duration, abs=0.1)
    assert np.allclose(studio.flashes(result.video), [5.0, 12.0], atol=IN_SYNC)
    assert result.note is not None
    assert "did not finish" in result.note
    assert "no picture" in result.note


@pytest.mark.parametrize("second", ["alike", "another size", "another kind"])
def test_two_cameras_with_a_gap_between_them(studio: Any, second: str) -> None:
    room = studio.interview(50.0, [5.0, 15.0, 33.0, 45.0])
    session = studio.session(studio.folder / "0000.mka", room, 0.0, 50.0)
    first = studio.recorder(start=1.0, end=20.0)
    changes: dict[str, dict[str, Any]] = {
        "alike": {},
        "another size": {"size": (120, 160)},
        "another kind": {"kind": "webm"},
    }
    other = studio.recorder(start=30.0, end=49.0, drift=-2e-4, **changes[second])
    cameras = [
        CameraFile(first.record(studio.folder / "a", room), 0.0),
        CameraFile(other.record(studio.folder / "b", room), 31.0),
    ]

    result = finalize([AudioSession(session, 0.0)], cameras, studio.folder / "out")

    assert result.copied is (second == "alike")
    assert_in_sync(studio, result, [5.0, 15.0, 33.0, 45.0])
    assert result.note is not None
    assert "10 s" in result.note


def test_camera_without_sound_is_placed_by_the_pages_clock_and_says_so(studio: Any) -> None:
    room = studio.interview(20.0, [5.0, 12.0])
    session = studio.session(studio.folder / "0000.mka", room, 0.0, 20.0)
    camera = studio.recorder(start=2.0, end=20.0)
    path = camera.record(studio.folder / "camera", room, silent=True)

    result = finalize([AudioSession(session, 0.0)], [CameraFile(path, 2.0)], studio.folder / "out")

    assert_in_sync(studio, result, [5.0, 12.0])
    assert result.note is not None
    assert "approximate" in result.note


def test_no_camera_gives_sound_only_and_says_so(studio: Any) -> None:
    room = studio.interview(10.0, [3.0])
    session = studio.session(studio.folder / "0000.mka", room, 0.0, 10.0)

    result = finalize([AudioSession(session, 0.0)], [], studio.folder / "out")

    assert result.video is None
    assert result.audio is not None
    assert studio.beeps(result.audio) == pytest.approx([3.0], abs=0.03)
    assert result.note == "No camera was recorded."
    assert sorted(p.name for p in (studio.folder / "out").iterdir()) == ["audio.mp3"]


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 4096, b"#EXTM3U\nfile:///etc/passwd\n", b"\x1a\x45\xdf\xa3" + b"\x00" * 999,
     b"\x00\x00\x00\x18ftypisom" + b"\xff" * 999],
    ids=["empty", "zeros", "playlist", "broken webm", "broken mp4"],
)  # fmt: skip
def test_camera_that_is_no_recording_does_not_hold_anything_up(studio: Any, content: bytes) -> None:
    room = studio.interview(5.0, [3.0])
    session = studio.session(studio.folder / "0000.mka", room, 0.0, 5.0)
    camera = studio.folder / "camera"
    camera.write_bytes(content)

    result = finalize([AudioSession(session, 0.0)], [CameraFile(camera)], studio.folder / "out")

    assert result.video is None
    assert result.audio is not None
    assert result.note == "A camera recording could not be read."


def test_nothing_recorded_at_all_is_said(studio: Any) -> None:
    broken = studio.folder / "0000.mka"
    broken.write_bytes(b"")

    result = finalize([AudioSession(broken, 0.0)], [], studio.folder / "out")

    assert result == FinalizedMedia(None, None, 0.0, "No sound was recorded.")


def test_running_it_again_gives_the_same_files(studio: Any) -> None:
    room = studio.interview(10.0, [3.0])
    session = studio.session(studio.folder / "0000.mka", room, 0.0, 10.0)
    camera = studio.recorder(start=1.0, end=9.0).record(studio.folder / "camera", room)
    inputs = ([AudioSession(session, 0.0)], [CameraFile(camera, 1.0)], studio.folder / "out")

    first = finalize(*inputs)
    assert first.video is not None
    once = first.video.read_bytes()
    second = finalize(*inputs)

    assert second == first
    assert first.video.read_bytes() == once
