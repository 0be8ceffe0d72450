"""Telling other systems what happened: events, webhooks and their deliveries.

The scheme is Standard Webhooks 1.0 (standardwebhooks.com): `webhook-id` is the event's id and
the same in every attempt, secrets begin with `whsec_`, failed deliveries are tried again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

EventType = Literal[
    "candidate_ingested", "interview_started", "interview_completed", "report_available"
]
DeliveryStatus = Literal["pending", "succeeded", "failed"]
DisabledReason = Literal["gone", "failing"]
Outcome = Literal["succeeded", "refused", "timeout", "unreachable", "forbidden", "error"]
"""How one attempt went: a 2xx; any other status; nothing within the time; no connection or a
broken one; an address that we do not connect to; our own fault."""

RETRIES = (0.0, 5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 36_000.0)
"""Seconds before each attempt, counted from the one before: 27.6 hours in all."""
JITTER = 0.1
"""Retries come up to this part later, so that many that failed together do not come together."""
SECRET_OVERLAP = 24 * 3600.0
"""Seconds for which a secret that was replaced still signs, beside the new one."""
FAILING_FOR = 5 * 24 * 3600.0
"""Seconds without a success after which a webhook is disabled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to an interview, once.

    `occasion` tells two of the same type apart: the evaluation that made a report.
    """

    type: EventType
    posting_id: str
    interview_id: str
    at: float
    occasion: str = ""

    @property
    def id(self) -> str:
        """The same whenever it is told of again. The interview's id, a secret, is not in it."""
        parts = (self.type, self.interview_id, self.occasion)
        return "evt_" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where events of one type of one posting go.

    `rotated_at`: when its secret was replaced, each time; the present one has the number
    `len(rotated_at)`. `secret_sha256`: of the present secret, which itself is stored nowhere.
    `failing_since`: the first failure after the last success.
    """

    id: str
    workspace_id: str
    posting_id: str
    webhook_url: str
    event_type: EventType
    secret_sha256: str
    is_active: bool = True
    disabled_reason: DisabledReason | None = None
    rotated_at: tuple[float, ...] = ()
    failing_since: float | None = None
    created_at: float = 0.0
    updated_at: float = 0.0

    def signing_secrets(self, now: float) -> tuple[int, ...]:
        """Numbers of the secrets that sign at `now`, the present one first."""
        retiring = [n for n, at in enumerate(self.rotated_at) if now < at + SECRET_OVERLAP]
        return (len(self.rotated_at), *reversed(retiring))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one webhook.

    It holds no copy of the candidate's data: what is sent is made when it is sent.
    `attempts`: since it was made or last replayed. `next_attempt_at`: None once it is over.
    `response_body`: the beginning of what was answered. `error`: why there was no answer.
    """

    id: str
    webhook_id: str
    interview_id: str
    event_id: str
    event_type: EventType
    happened_at: float
    status: DeliveryStatus = "pending"
    attempts: int = 0
    next_attempt_at: float | None = None
    last_attempt_at: float | None = None
    response_status: int | None = None
    response_body: str | None = None
    error: str | None = None
    created_at: float = 0.0
    updated_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of sending once."""

    outcome: Outcome
    at: float
    response_status: int | None = None
    response_body: str | None = None
    error: str | None = None


def delivery_of(event: Event, webhook_id: str) -> Delivery:
    """Due at once. Its id follows from both, so that it is not made twice."""
    digest = hashlib.sha256(f"{webhook_id}\n{event.id}".encode()).hexdigest()
    return Delivery(
        id=digest[:32].upper(),
        webhook_id=webhook_id,
        interview_id=event.interview_id,
        event_id=event.id,
        event_type=event.type,
        happened_at=event.at,
        next_attempt_at=event.at + RETRIES[0],
        created_at=event.at,
        updated_at=event.at,
    )


def next_attempt_at(attempts: int, now: float, chance: float) -> float | None:
    """When to try again after so many attempts, or None when that was the last.

    `chance`: a random number from 0 to 1.
    """
    if attempts >= len(RETRIES):
        return None
    return now + RETRIES[attempts] * (1 + JITTER * chance)


def disabled_by(webhook: Webhook, attempt: Attempt, *, last: bool) -> DisabledReason | None:
    """Why the webhook is given up after a failed attempt, or None.

    410 says that nobody wants it any more. Otherwise it takes a delivery that has used up its
    attempts, so that one failure long after another does not count as days of failing.
    """
    if attempt.response_status == 410:
        return "gone"
    since = attempt.at if webhook.failing_since is None else webhook.failing_since
    return "failing" if last and attempt.at - since >= FAILING_FOR else None
