"""Which camera shows which stretch of the interview's axis. Pure.

The axis stands still while no session is up, the camera does not; so each session has its own
mapping, and what a camera saw in between is left out. Where nothing was seen, the last picture
stands still.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from interviewer.media.finalize.align import Mapping
from interviewer.media.finalize.sources import Span

SHORTEST = 0.1
"""Seconds; a shorter segment is a flicker."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A camera within one session: `mapping` holds on `span` of the axis only."""

    camera: int
    span: Span
    mapping: Mapping


@dataclass(frozen=True, slots=True)
class Segment:
    """One camera shown from `start` to `end` of the axis, through `mapping`."""

    camera: int
    start: float
    end: float
    mapping: Mapping


def lay_out(
    placements: Sequence[Placement], extents: Sequence[Span], duration: float
) -> list[Segment]:
    """Segments in order, none overlapping: a camera that began later takes over.

    `extents`: of each camera, its first and last picture in its own seconds.
    """
    segments: list[Segment] = []
    wanted = [_segment(p, extents[p.camera], duration) for p in placements]
    for new in sorted(wanted, key=lambda s: (s.start, s.mapping.to_axis(0.0))):
        if segments and segments[-1].end > new.start:
            segments[-1] = replace(segments[-1], end=new.start)
        segments.append(new)
    return [s for s in segments if s.end - s.start >= SHORTEST]


def _segment(placement: Placement, extent: Span, duration: float) -> Segment:
    mapping, span = placement.mapping, placement.span
    return Segment(
        camera=placement.camera,
        start=max(0.0, span.start, mapping.to_axis(extent.start)),
        end=min(duration, span.end, mapping.to_axis(extent.end)),
        mapping=mapping,
    )
