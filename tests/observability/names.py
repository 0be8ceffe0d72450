"""Which figures the code has, and which a query names."""

from __future__ import annotations

import re
from functools import cache

from prometheus_client import REGISTRY

import interviewer.api.metrics as _api
import interviewer.observability.metrics as _metrics
from interviewer.interfaces import DeliveryFigures

_NAME = re.compile(r"\b(?:interviewer|process|python)_[a-z0-9_]+\b(?!\")")
_SUFFIXES = {
    "counter": ("_total", "_created"),
    "histogram": ("_bucket", "_sum", "_count"),
    "gauge": ("",),
}


@cache
def metrics_in_the_code() -> frozenset[str]:
    """Every series' name, as Prometheus stores it."""
    assert _api.REQUESTS is not None
    assert _metrics.TURNS is not None
    _api.WEBHOOKS.latest = _api.WEBHOOKS.latest or _NO_DELIVERIES
    return frozenset(
        family.name + suffix
        for family in REGISTRY.collect()
        for suffix in _SUFFIXES.get(family.type, ("",))
    )


def metrics_named(query: str) -> frozenset[str]:
    """The series that a PromQL expression names; labels' values are not among them."""
    return frozenset(_NAME.findall(re.sub(r'"[^"]*"', '""', query)))


_NO_DELIVERIES = DeliveryFigures(pending=0, overdue=0.0, attempts={})
