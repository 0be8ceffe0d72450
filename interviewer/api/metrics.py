"""What is measured about HTTP and webhooks. Labels are route templates, never a caller's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import Scope

from interviewer.interfaces import DeliveryFigures

REQUESTS = Counter(
    "interviewer_http_requests_total", "Requests answered.", ["method", "route", "status"]
)
SECONDS = Histogram(
    "interviewer_http_request_seconds",
    "Time to the end of the answer.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def route_of(scope: Scope) -> str:
    """The matched route's template, or `unmatched`."""
    return str(getattr(scope.get("route"), "path", "unmatched"))


def observe(scope: Scope, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in METHODS else "OTHER"
    route = route_of(scope)
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(method, route).observe(seconds)


class WebhookFigures(Collector):
    """What the store counts of deliveries, as it was last read.

    Other processes deliver, so that no counter of this one would know.
    """

    def __init__(self) -> None:
        self.latest: DeliveryFigures | None = None

    def collect(self) -> Iterator[Metric]:
        if self.latest is None:
            return
        attempts = CounterMetricFamily(
            "interviewer_webhook_attempts", "Attempts to deliver, by outcome.", labels=["outcome"]
        )
        for outcome, number in self.latest.attempts.items():
            attempts.add_metric([outcome], number)
        yield attempts
        yield GaugeMetricFamily(
            "interviewer_webhook_deliveries_pending",
            "Deliveries not over yet.",
            value=self.latest.pending,
        )
        yield GaugeMetricFamily(
            "interviewer_webhook_overdue_seconds",
            "How long the longest waiting delivery has been due.",
            value=self.latest.overdue,
        )


class JobFigures(Collector):
    """How many jobs wait and run in all workers, as the queue last told."""

    def __init__(self) -> None:
        self.latest: Mapping[str, int] = {}

    def collect(self) -> Iterator[Metric]:
        jobs = GaugeMetricFamily(
            "interviewer_jobs_open",
            "Jobs of all workers by state, as told by each API process.",
            labels=["state"],
        )
        for state, number in self.latest.items():
            jobs.add_metric([state], number)
        yield jobs


WEBHOOKS = WebhookFigures()
JOBS = JobFigures()
for _figures in (WEBHOOKS, JOBS):
    REGISTRY.register(_figures)
