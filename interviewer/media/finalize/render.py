"""Writing the two results: `audio.mp3`, and `video.mp4` with the camera and both voices.

Nothing is held in memory but the frame at hand: pictures and sound are written side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from interviewer.media.finalize.camera import Camera
from interviewer.media.finalize.sources import (
    RATE,
    AudioSession,
    Stereo,
    axis_sound,
    frames,
    opened,
    origin,
    packets,
    video_stream,
)
from interviewer.media.finalize.timeline import Segment

TICKS = 90_000
"""Time base of the picture track, per second."""
MP3_BITS = 64_000
AAC_BITS = 80_000
QUICK_MP3 = {"compression_level": "7"}
QUICK_AAC = {"aac_coder": "fast"}
"""Half the work of the defaults (0.65 s and 0.6 s a minute of sound, seen here)."""
LONG_SIDE = 640
MAX_FPS = 20.0
"""With x264's superfast preset, 11 s of work a minute of 720p VP8 (seen here): a half-hour
interview recorded as WebM is encoded in 3 min on two cores. At 854 px and 24/s it is 15 s."""
MAX_HURRIED = 900
"""Pictures that a copy may squeeze into an instant to reach a cut between two key pictures."""


def mix(voices: Stereo) -> npt.NDArray[np.int16]:
    """Both voices as one: `int16[n]`. They take turns; where both shout it clips."""
    both = voices[:, 0].astype(np.int32) + voices[:, 1]
    clipped: npt.NDArray[np.int16] = np.clip(both, -32768, 32767).astype(np.int16)
    return clipped


class SoundTrack:
    """Encodes the axis's sound into one stream of an output, as far as it is asked to."""

    def __init__(
        self,
        output: Any,
        codec: str,
        bits: int,
        blocks: Iterator[Stereo],
        options: dict[str, str],
    ) -> None:
        self._output = output
        self._stream = output.add_stream(codec, rate=RATE, layout="mono", options=options)
        self._stream.bit_rate = bits
        self._stream.time_base = Fraction(1, RATE)
        self._blocks = blocks
        self._samples = 0

    def write_until(self, seconds: float) -> None:
        """Write blocks until the track reaches `seconds`, or all there is."""
        while self._samples < seconds * RATE:
            block = next(self._blocks, None)
            if block is None:
                return
            frame = av.AudioFrame.from_ndarray(
                mix(block).reshape(1, -1), format="s16", layout="mono"
            )
            frame.sample_rate = RATE
            frame.pts = self._samples
            frame.time_base = Fraction(1, RATE)
            self._samples += len(block)
            self._output.mux(self._stream.encode(frame))

    def finish(self) -> None:
        self.write_until(float("inf"))
        self._output.mux(self._stream.encode(None))


def write_mp3(blocks: Iterator[Stereo], path: Path) -> None:
    """`blocks`: 48 kHz, left candidate, right interviewer."""
    with av.open(str(path), "w", format="mp3") as output:
        SoundTrack(output, "libmp3lame", MP3_BITS, blocks, QUICK_MP3).finish()


def can_copy(cameras: Sequence[Camera], segments: Sequence[Segment]) -> bool:
    """Whether the page's H.264 can go into the result as it is."""
    used = [cameras[s.camera] for s in segments]
    if not all(c.copyable and c.parameters == used[0].parameters for c in used):
        return False
    for segment, camera in zip(segments, used, strict=True):
        at = segment.mapping.to_camera(segment.start)
        hurried = (at - (camera.key_before(at) or at)) / camera.frame_seconds
        if hurried > MAX_HURRIED:
            return False
    return True


def write_mp4(
    cameras: Sequence[Camera],
    segments: Sequence[Segment],
    sessions: list[AudioSession],
    duration: float,
    path: Path,
) -> bool:
    """Write the video; True if the pictures were copied. `segments` must not be empty."""
    copied = can_copy(cameras, segments)
    sound = (block for _, block in axis_sound(sessions))
    with ExitStack() as stack:
        options = {"movflags": "+faststart"}
        output = stack.enter_context(av.open(str(path), "w", format="mp4", options=options))
        if copied:
            track: CopiedTrack | EncodedTrack = CopiedTrack(output, cameras, segments, stack)
        else:
            track = EncodedTrack(output, cameras, segments)
        voices = SoundTrack(output, "aac", AAC_BITS, sound, QUICK_AAC)
        for packet in _held(track.packets(), duration):
            voices.write_until(packet.dts / TICKS)
            output.mux(packet)
        voices.finish()
    return copied


def _held(stream: Iterator[Any], duration: float) -> Iterator[Any]:
    """Each packet lasts until the next, the last one until the end of the axis."""
    previous = None
    for packet in stream:
        if previous is not None:
            previous.duration = max(1, packet.dts - previous.dts)
            yield previous
        previous = packet
    if previous is not None:
        previous.duration = max(1, round(duration * TICKS) - previous.dts)
        yield previous


class CopiedTrack:
    """The page's own H.264, with new times.

    Where a segment begins between two key pictures, the pictures from the key before are given
    one tick each: every decoder runs through them and none shows them.
    """

    def __init__(
        self, output: Any, cameras: Sequence[Camera], segments: Sequence[Segment], stack: ExitStack
    ) -> None:
        self._cameras, self._segments = cameras, segments
        first = stack.enter_context(opened(cameras[segments[0].camera].file.path))
        self._stream = output.add_stream_from_template(video_stream(first))
        self._stream.time_base = Fraction(1, TICKS)

    def packets(self) -> Iterator[Any]:
        tick = -1
        for segment in self._segments:
            for wanted, packet in self._of(segment):
                if tick < 0 < wanted:
                    # Nothing was seen before: the first picture stands from the beginning.
                    yield self._timed(bytes(packet), 0, key=True)
                    tick = 0
                tick = max(wanted, tick + 1)
                yield self._timed(bytes(packet), tick, key=packet.is_keyframe)

    def _of(self, segment: Segment) -> Iterator[tuple[int, Any]]:
        """(tick, packet) from the key picture before the segment to its end."""
        camera = self._cameras[segment.camera]
        start = segment.mapping.to_camera(segment.start)
        key = camera.key_before(start)
        key = camera.keys[0] if key is None else key
        with opened(camera.file.path) as container:
            stream, zero = video_stream(container), origin(container)
            hurried: int | None = None
            for packet in packets(container, stream):
                if packet.pts is None:
                    continue
                at = float(packet.pts * packet.time_base) - zero
                if at < key - 1e-6:
                    continue
                axis = segment.mapping.to_axis(at)
                if axis >= segment.end:
                    return
                if at < start:
                    hurried = round(segment.start * TICKS) if hurried is None else hurried + 1
                    yield hurried, packet
                else:
                    yield round(axis * TICKS), packet

    def _timed(self, data: bytes, tick: int, *, key: bool) -> Any:
        packet = av.Packet(data)
        packet.stream = self._stream
        packet.time_base = Fraction(1, TICKS)
        packet.pts = packet.dts = tick
        packet.is_keyframe = key
        return packet


class EncodedTrack:
    """The pictures decoded, fitted into one size, and encoded again as H.264."""

    def __init__(self, output: Any, cameras: Sequence[Camera], segments: Sequence[Segment]) -> None:
        self._cameras, self._segments = cameras, segments
        first = cameras[segments[0].camera]
        scale = min(1.0, LONG_SIDE / max(first.width, first.height))
        self._width, self._height = (
            max(2, round(side * scale / 2) * 2) for side in (first.width, first.height)
        )
        self._stream = output.add_stream("libx264", rate=int(MAX_FPS))
        self._stream.width, self._stream.height = self._width, self._height
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, TICKS)
        # Without reordering, decoding and showing times are the same, as in a copy.
        self._stream.options = {"preset": "superfast", "crf": "26", "bf": "0", "g": "80"}

    def packets(self) -> Iterator[Any]:
        tick = -1
        for segment in self._segments:
            for wanted, frame in self._of(segment):
                if tick < 0 < wanted:
                    yield from self._encode(frame, 0)
                    tick = 0
                tick = max(wanted, tick + 1)
                yield from self._encode(frame, tick)
        yield from self._rebased(self._stream.encode(None))

    def _encode(self, frame: Any, tick: int) -> list[Any]:
        frame.pts, frame.time_base = tick, Fraction(1, TICKS)
        return self._rebased(self._stream.encode(frame))

    def _rebased(self, encoded: list[Any]) -> list[Any]:
        for packet in encoded:
            per_tick = Fraction(packet.time_base) * TICKS
            packet.pts, packet.dts = (round(t * per_tick) for t in (packet.pts, packet.dts))
            packet.time_base = Fraction(1, TICKS)
        return encoded

    def _of(self, segment: Segment) -> Iterator[tuple[int, Any]]:
        """(tick, fitted frame), no more than `MAX_FPS` of them."""
        camera = self._cameras[segment.camera]
        with opened(camera.file.path) as container:
            stream, zero = video_stream(container), origin(container)
            if stream is None:
                return
            stream.thread_type = "AUTO"
            due = segment.start
            for frame in frames(container, stream):
                if frame.pts is None:
                    continue
                axis = segment.mapping.to_axis(float(frame.pts * stream.time_base) - zero)
                if axis >= segment.end:
                    return
                if axis < due - 0.25 / MAX_FPS:
                    continue
                due = max(due + 1 / MAX_FPS, axis)
                yield round(max(axis, segment.start) * TICKS), self._fitted(frame)

    def _fitted(self, frame: Any) -> Any:
        """The frame at the track's size: scaled as a whole, black beside it."""
        scale = min(self._width / frame.width, self._height / frame.height)
        width, height = (max(2, int(side * scale / 2) * 2) for side in (frame.width, frame.height))
        scaled = frame.reformat(width=width, height=height, format="yuv420p")
        if (width, height) == (self._width, self._height):
            return scaled
        return _on_black(scaled, self._width, self._height)


def _on_black(frame: Any, width: int, height: int) -> Any:
    """`frame` (yuv420p) in the middle of a black picture of even size."""
    planes: npt.NDArray[np.uint8] = frame.to_ndarray()
    canvas = np.full((height * 3 // 2, width), 128, np.uint8)
    canvas[:height] = 16
    left, top = (width - frame.width) // 4 * 2, (height - frame.height) // 4 * 2
    canvas[top : top + frame.height, left : left + frame.width] = planes[: frame.height]
    chroma = planes[frame.height :].reshape(2, frame.height // 2, frame.width // 2)
    colour = canvas[height:].reshape(2, height // 2, width // 2)
    y, x = top // 2, left // 2
    colour[:, y : y + chroma.shape[1], x : x + chroma.shape[2]] = chroma
    return av.VideoFrame.from_ndarray(canvas, format="yuv420p")
