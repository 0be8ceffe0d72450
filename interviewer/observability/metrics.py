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
    "Follow-ups by how they were ready: ahead, handed_over (under way), streamed (begun at the end "
    "of the answer), or late (a scripted one or none took its place).",
    ["how"],
)
DECODE = Histogram(
    "interviewer_decode_seconds",
    "Recognition, waiting in the queue included.",
    ["kind"],
    buckets=_FINE,
)
DECODES_WAITING = Gauge(
    "interviewer_decodes_waiting", "Decodes in the recogniser's queue now.", ["kind"]
)
DECODE_BATCH = Histogram(
    "interviewer_decode_batch_size",
    "Decodes done together; one on the CPU.",
    buckets=(1, 2, 4, 8, 16),
)
RECOGNISED_BY = Counter(
    "interviewer_recognised_total",
    "Decodes of a process that has a recogniser service, by who did them: service, local (the "
    "fallback), or nobody.",
    ["by"],
)
LIVE = Gauge(
    "interviewer_live_interviews",
    "Interviews with a page or a session now, as an API process sees them. With LiveKit each of "
    "them sees all: take the largest, not the sum.",
)
AGENT_INTERVIEWS = Gauge(
    "interviewer_agent_interviews", "Interviews that this agent holds now (LiveKit)."
)
AGENT_SLOTS = Gauge("interviewer_agent_slots", "How many it takes; 0 once it is told to stop.")
AGENTS_LOST = Counter(
    "interviewer_agents_lost_total", "Interviews whose agent died, seen first by this process."
)
DISPATCHES = Counter(
    "interviewer_dispatches_total",
    "Agents asked for: asked, or failed as the LiveKit server did not take it.",
    ["outcome"],
)
REFUSED = Counter(
    "interviewer_refused_connections_total", "Candidates asked to come back later.", ["reason"]
)
MODEL_FAILURES = Counter(
    "interviewer_model_failures_total",
    "Calls of a model that failed or took too long, and were answered otherwise; model: "
    "language, recogniser or voice; backend: as INTERVIEWER_LLM_SERVER, whisper, service (the "
    "recogniser's), or the voice.",
    ["model", "backend"],
)
JOBS = Counter(
    "interviewer_jobs_total", "Jobs that this worker ended: done or failed.", ["job", "outcome"]
)
JOB_SECONDS = Histogram(
    "interviewer_job_seconds",
    "A job from its start in this worker to its end there.",
    ["job"],
    buckets=(0.5, 1, 2, 5, 10, 20, 40, 80, 160, 320, 640, 1280),
)
RECORDING_FAILURES = Counter(
    "interviewer_recording_failures_total",
    "Pieces of a recording that disk or blobs did not take; blobs are tried again.",
    ["where"],
)

# A series that begins with its first event shows no increase then: what alerts look at is there
# from the start. Those of jobs and models are named where they are made.
REFUSED.labels("at_capacity")
for _outcome in ("asked", "failed"):
    DISPATCHES.labels(_outcome)
for _where in ("disk", "blobs"):
    RECORDING_FAILURES.labels(_where)


@contextmanager
def timed(stage: str) -> Iterator[None]:
    """Observe one stage of a turn, if it comes to its end."""
    began = perf_counter()
    yield
    TURN_STAGE.labels(stage).observe(perf_counter() - began)
