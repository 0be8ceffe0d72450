"""From the model's expected score to the scale that people use. Pure."""

from __future__ import annotations

from bisect import bisect_right

# (raw, calibrated), straight lines between.
_KNOTS = ((1.0, 1.0), (5.0, 5.0))


def calibrated(raw: float) -> float:
    """`raw`, an expected value from 1 to 5, on the scale people use; monotone."""
    xs = [x for x, _ in _KNOTS]
    at = min(max(bisect_right(xs, raw), 1), len(_KNOTS) - 1)
    (x0, y0), (x1, y1) = _KNOTS[at - 1], _KNOTS[at]
    return min(5.0, max(1.0, y0 + (raw - x0) * (y1 - y0) / (x1 - x0)))
