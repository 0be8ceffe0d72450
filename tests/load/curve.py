"""Delay against patience as a picture: SVG, light or dark as the page that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Point:
    """At `scale` times our hold: median and 95th percentile of the delay (s), and share taken."""

    scale: float
    delay: float
    late: float
    taken: float


@dataclass(frozen=True, slots=True)
class Curve:
    name: str
    points: Sequence[Point]


_WIDTH, _HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 24, 56
_SECONDS = (0.4, 2.4)
_SHARE = (0.0, 0.6)
_REACH = 0.05
_COLOURS = ("#2563eb", "#d97706", "#059669", "#9333ea")
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2937}"
    ".axis{stroke:#9ca3af}.grid{stroke:#e5e7eb}.reach{stroke:#dc2626;stroke-dasharray:5 4}"
    ".ground{fill:#ffffff}"
    "@media (prefers-color-scheme:dark){text{fill:#e5e7eb}.ground{fill:#111827}"
    ".grid{stroke:#374151}}"
)


def drawn(curves: Sequence[Curve]) -> str:
    """The picture; where a curve has a ring is what interviews use."""
    box, label = f"0 0 {_WIDTH} {_HEIGHT}", "Pauses taken for the end, against delay"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img" aria-label="{label}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" width="{_WIDTH}" height="{_HEIGHT}"/>',
        *_axes(),
    ]
    for index, curve in enumerate(curves):
        parts += _line(curve, _COLOURS[index % len(_COLOURS)], index)
    return "\n".join([*parts, "</svg>", ""])


def _axes() -> list[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = []
    for percent in range(0, 61, 10):
        y = _y(percent / 100)
        kind = "grid" if percent else "axis"
        parts.append(f'<line class="{kind}" x1="{_LEFT}" x2="{right}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{percent} %</text>')
    for tenths in range(4, 25, 4):
        x = _x(tenths / 10)
        parts.append(f'<text x="{x}" y="{bottom + 20}" text-anchor="middle">{tenths / 10} s</text>')
    y = _y(_REACH)
    parts.append(f'<line class="reach" x1="{_LEFT}" x2="{right}" y1="{y}" y2="{y}"/>')
    caption = "median delay at true ends; upwards: pauses taken for one; ring: ours; dashed: 5 %"
    parts.append(f'<text x="{_LEFT}" y="{_HEIGHT - 12}">{caption}</text>')
    return parts


def _line(curve: Curve, colour: str, index: int) -> list[str]:
    places = " ".join(f"{_x(p.delay)},{_y(p.taken)}" for p in curve.points)
    parts = [
        f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"/>',
    ]
    for point in curve.points:
        x, y = _x(point.delay), _y(point.taken)
        parts.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>')
        if point.scale == 1.0:
            parts.append(
                f'<circle cx="{x}" cy="{y}" r="8" fill="none" stroke="{colour}" stroke-width="2"/>'
            )
    x, y = _WIDTH - _RIGHT - 250, _TOP + 20 + 22 * index
    parts.append(f'<circle cx="{x - 12}" cy="{y - 4}" r="5" fill="{colour}"/>')
    parts.append(f'<text x="{x}" y="{y}">{escape(curve.name)}</text>')
    return parts


def _x(seconds: float) -> float:
    low, high = _SECONDS
    share = (min(max(seconds, low), high) - low) / (high - low)
    return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)


def _y(share: float) -> float:
    low, high = _SHARE
    up = (min(max(share, low), high) - low) / (high - low)
    return round(_HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM), 1)
