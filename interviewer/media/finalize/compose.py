"""From the recordings to the results: measure, align, lay out, write."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import structlog

from interviewer.media.finalize import align
from interviewer.media.finalize.camera import Camera, CameraFile, survey
from interviewer.media.finalize.render import write_mp3, write_mp4
from interviewer.media.finalize.sources import (
    RATE,
    AudioSession,
    Decimator,
    Span,
    Stereo,
    Unplayable,
    axis_sound,
)
from interviewer.media.finalize.timeline import Placement, Segment, lay_out

log = structlog.get_logger()

STILL_SECONDS = 3.0
"""A stretch without a picture is told of when it is longer than this."""
NO_SOUND = "No sound was recorded."
NO_CAMERA = "No camera was recorded."


@dataclass(frozen=True, slots=True)
class FinalizedMedia:
    """`duration`: seconds of the axis. `note`: what a viewer should know, in sentences.

    `audio` is None where nothing was recorded at all (an interview typed throughout) or it was
    not asked for; `video` where there is no picture. `copied`: the page's H.264 went in as it was.
    `gaps`: stretches of the axis of which there is no recording.
    """

    video: Path | None
    audio: Path | None
    duration: float
    note: str | None
    copied: bool = False
    gaps: tuple[Span, ...] = ()


def finalize(
    sessions: Sequence[AudioSession],
    cameras: Sequence[CameraFile],
    out_dir: Path,
    *,
    audio: bool = True,
) -> FinalizedMedia:
    """Write `audio.mp3` and `video.mp4` into `out_dir`. Blocking; memory does not grow with length.

    Running it again writes the same files. Damaged inputs shorten the result and are told of in
    the note; none raises.
    """
    ordered = sorted(sessions, key=lambda s: s.offset)
    out_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out_dir, prefix="work-") as folder:
        work = Path(folder)
        voices = _Voices(ordered, work / "candidate.s16")
        if audio:
            write_mp3(voices.blocks(), work / "audio.mp3")
        else:
            deque(voices.blocks(), maxlen=0)
        if voices.duration <= 0:
            return FinalizedMedia(None, None, 0.0, NO_SOUND)
        done = FinalizedMedia(
            video=None,
            audio=(work / "audio.mp3").replace(out_dir / "audio.mp3") if audio else None,
            duration=voices.duration,
            note=NO_CAMERA,
            gaps=tuple(voices.gaps()),
        )
        return _with_video(done, ordered, cameras, voices, work) if cameras else done


def _with_video(
    done: FinalizedMedia,
    sessions: list[AudioSession],
    cameras: Sequence[CameraFile],
    voices: _Voices,
    work: Path,
) -> FinalizedMedia:
    notes: list[str] = []
    surveyed = _survey(cameras, work, notes)
    segments = _place(surveyed, voices, notes)
    if not segments:
        return replace(done, note=" ".join(notes) or NO_CAMERA)
    copied = write_mp4(surveyed, segments, sessions, voices.duration, work / "video.mp4")
    video = (work / "video.mp4").replace(work.parent / "video.mp4")
    notes += _stills(segments, voices.duration)
    return replace(done, video=video, note=" ".join(notes) or None, copied=copied)


class _Voices:
    """One pass over the service's recordings: the sound as it comes, and what to align with."""

    def __init__(self, sessions: list[AudioSession], candidate: Path) -> None:
        self._sessions = sessions
        self._candidate = candidate
        self.duration = 0.0
        self.heard: dict[int, float] = {}

    def blocks(self) -> Iterator[Stereo]:
        decimator, samples = Decimator(RATE // align.RATE), 0
        with self._candidate.open("wb") as file:
            for index, block in axis_sound(self._sessions):
                file.write(decimator.push(block[:, 0]).tobytes())
                samples += len(block)
                self.duration = samples / RATE
                if index is not None:
                    self.heard[index] = self.duration
                yield block
            file.write(decimator.flush().tobytes())

    def spans(self) -> list[Span]:
        """Of each session that has sound."""
        return [
            Span(self._sessions[i].offset, end)
            for i, end in sorted(self.heard.items())
            if end > self._sessions[i].offset
        ]

    def gaps(self) -> list[Span]:
        """Stretches between sessions of which nothing is recorded."""
        edges = [0.0, *(edge for span in self.spans() for edge in (span.start, span.end))]
        return [Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False) if b - a > 0.05]

    def candidate(self, span: Span) -> align.Pcm:
        """The candidate's voice within `span`, at `align.RATE`; read from disk as it is used."""
        whole = np.memmap(self._candidate, np.int16, "r")
        return whole[round(span.start * align.RATE) : round(span.end * align.RATE)]


def _survey(cameras: Sequence[CameraFile], work: Path, notes: list[str]) -> list[Camera]:
    surveyed = []
    for i, file in enumerate(cameras):
        try:
            surveyed.append(survey(file, work / f"camera-{i}.s16"))
        except Unplayable as error:
            log.warning("finalize.camera.unplayable", reason=str(error))
            notes.append("A camera recording could not be read.")
            continue
        if not file.finished:
            notes.append("The camera's upload did not finish; what arrived is shown.")
    return surveyed


def _place(cameras: Sequence[Camera], voices: _Voices, notes: list[str]) -> list[Segment]:
    placements: list[Placement] = []
    for i, camera in enumerate(cameras):
        found = [p for span in voices.spans() if (p := _by_sound(i, camera, span, voices))]
        if not found:
            found = [_by_clock(i, camera, voices.spans())]
            notes.append("A camera recording had no sound to align by; its time is approximate.")
        placements += found
    extents = [Span(c.first, c.last + c.frame_seconds) for c in cameras]
    return lay_out(placements, extents, voices.duration)


def _by_sound(index: int, camera: Camera, span: Span, voices: _Voices) -> Placement | None:
    if camera.sound.stat().st_size < 2 * align.RATE:
        return None
    heard: align.Pcm = np.memmap(camera.sound, np.int16, "r")
    hint = camera.file.started_at
    within = align.align(
        voices.candidate(span), heard, hint=None if hint is None else hint - span.start
    )
    if within is None:
        return None
    mapping = align.Mapping(within.offset + span.start, within.rate, within.score)
    log.info(
        "finalize.camera.aligned",
        offset=round(mapping.offset, 3),
        drift_ppm=round((mapping.rate - 1) * 1e6),
        score=round(mapping.score, 2),
    )
    return Placement(index, span, mapping)


def _by_clock(index: int, camera: Camera, spans: Sequence[Span]) -> Placement:
    """Where the page said it began, in the session that held that second."""
    started_at = camera.file.started_at or 0.0
    span = next((s for s in spans if s.end > started_at), spans[-1])
    return Placement(index, span, align.Mapping(offset=started_at, rate=1.0, score=0.0))


def _stills(segments: Sequence[Segment], duration: float) -> list[str]:
    edges = [0.0, *(edge for s in segments for edge in (s.start, s.end)), duration]
    gaps = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > STILL_SECONDS]
    if not gaps:
        return []
    total = round(sum(b - a for a, b in gaps))
    return [f"For {total} s in all there was no picture; a still stands there."]
