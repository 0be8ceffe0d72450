"""From the model's expected score to the scale that people use. Pure."""

from __future__ import annotations

from bisect import bisect_right

# (raw, calibrated) at rising raw values, straight lines between, flat beyond.
Knots = tuple[tuple[float, float], ...]

# Left to itself the model crowds its scores between 3 and 4.5. Set by hand on two sets of
# human-scored answers and nine interview answers: see `docs/benchmarks.md`, Scoring.
PLAIN_KNOTS: Knots = ((3.0, 1.0), (3.65, 2.3), (3.9, 3.2), (4.3, 5.0))
STRICT_KNOTS: Knots = ((2.8, 1.0), (3.3, 2.2), (3.6, 3.3), (4.1, 5.0))


def calibrated(raw: float, knots: Knots) -> float:
    """`raw`, an expected value from 1 to 5, on the scale people use; monotone."""
    xs = [x for x, _ in knots]
    at = min(max(bisect_right(xs, raw), 1), len(knots) - 1)
    (x0, y0), (x1, y1) = knots[at - 1], knots[at]
    return min(5.0, max(1.0, y0 + (raw - x0) * (y1 - y0) / (x1 - x0)))
