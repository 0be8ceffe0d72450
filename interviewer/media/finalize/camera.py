"""What is in a camera recording: times, key pictures, whether its H.264 can be copied."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from interviewer.media.finalize import align
from interviewer.media.finalize.sources import (
    MAX_SECONDS,
    RATE,
    Decimator,
    Unplayable,
    opened,
    origin,
    packets,
    sound,
    video_stream,
)


@dataclass(frozen=True, slots=True)
class CameraFile:
    """One camera recording: its chunks, concatenated in order.

    `started_at`: the page's guess of the interview's second at which it began. `finished`:
    whether the page said that all of it was sent.
    """

    path: Path
    started_at: float | None = None
    finished: bool = True


@dataclass(frozen=True, slots=True)
class Camera:
    """A surveyed recording. Times in seconds from the container's own zero.

    `keys`: times of the key pictures. `copyable`: H.264 without reordering. `parameters`: the
    H.264 parameter sets; recordings that differ in them cannot share one track.
    `sound`: raw `int16` at `align.RATE`, mono.
    """

    file: CameraFile
    first: float
    last: float
    keys: tuple[float, ...]
    width: int
    height: int
    pictures: int
    copyable: bool
    parameters: bytes
    sound: Path

    def key_before(self, at: float) -> float | None:
        """The key picture from which the one at `at` can be decoded."""
        index = bisect_right(self.keys, at + 1e-6)
        return self.keys[index - 1] if index else None

    @property
    def frame_seconds(self) -> float:
        """The usual distance of two pictures."""
        return (self.last - self.first) / max(1, self.pictures - 1) or 1 / 30


def survey(file: CameraFile, work: Path) -> Camera:
    """Read a camera recording once; its sound goes to the file `work`. Raises Unplayable."""
    keys: list[float] = []
    first, last, count = math.inf, -math.inf, 0
    in_order = True
    with opened(file.path) as container:
        stream = video_stream(container)
        if stream is None:
            raise Unplayable("no picture that browsers record")
        context, zero = stream.codec_context, origin(container)
        width, height, extradata = context.width, context.height, bytes(context.extradata or b"")
        h264 = context.codec.canonical_name == "h264"
        for packet in packets(container, stream):
            at = float(packet.pts * packet.time_base) - zero if packet.pts is not None else math.nan
            if not 0 <= at < MAX_SECONDS:
                continue
            in_order = in_order and packet.pts == packet.dts and at >= last
            first, last, count = min(first, at), max(last, at), count + 1
            if packet.is_keyframe:
                keys.append(at)
    if not keys:
        raise Unplayable("no key picture")
    _write_sound(file.path, work)
    return Camera(
        file=file,
        first=first,
        last=last,
        keys=tuple(sorted(keys)),
        width=width,
        height=height,
        pictures=count,
        copyable=h264 and in_order and bool(extradata),
        parameters=extradata,
        sound=work,
    )


def _write_sound(path: Path, work: Path) -> None:
    decimator = Decimator(RATE // align.RATE)
    with work.open("wb") as out:
        for block in sound(path, own_zero=True):
            out.write(decimator.push(block[:, 0]).tobytes())
        out.write(decimator.flush().tobytes())
