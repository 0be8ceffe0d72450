"""What is measured of interviews, for Prometheus. No label says who: personal data stays out.

One histogram has every stage of a turn, so that a slow answer can be followed to where its time
went; the rest counts what happened. HTTP's own figures are in `api/metrics.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import Counter, Gauge, Histogram

_FINE = (0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0)

TURN_STAGE = Histogram(
    "interviewer_turn_seconds",
    "Stages of answering a candidate's turn, in seconds. hold: voice's end to taking the turn; "
    "settle: then until its final text; intent, follow_up, reply: waiting for the models; "
    "first_audio: from text to the first sample out; response: voice's end to the first sample of "
    "the move; backchannel: voice's end to the first sample of a backchannel.",
    ["stage"],
    buckets=_FINE,
)
TURNS = Counter(
    "interviewer_turns_total", "Turns by what became of them: taken or taken_back.", ["outcome"]
)
FOLLOW_UPS = Counter(
    "interviewer_follow_ups_total",
    "Follow-ups by how they were ready: ahead, handed_over (under way), or streamed.",
    ["how"],
)
DECODE = Histogram(
    "interviewer_decode_seconds",
    "Recognition, waiting in the queue included.",
    ["kind"],
    buckets=_FINE,
)
LIVE = Gauge("interviewer_live_interviews", "Interviews with a page or a session now.")
REFUSED = Counter(
    "interviewer_refused_connections_total", "Candidates asked to come back later.", ["reason"]
)
MODEL_FAILURES = Counter(
    "interviewer_model_failures_total",
    "Calls of a model that failed or took too long, and were answered otherwise.",
    ["model"],
)


@contextmanager
def timed(stage: str) -> Iterator[None]:
    """Observe one stage of a turn, if it comes to its end."""
    began = perf_counter()
    yield
    TURN_STAGE.labels(stage).observe(perf_counter() - began)
