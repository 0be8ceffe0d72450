"""Webhooks on the wire, and what is sent to them."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

from interviewer.api.schemas.common import Line2k, Reference, Request, Resource

T = TypeVar("T")

SCHEMA_VERSION = 1
"""Of the envelope and what is in it. Added fields do not raise it."""

EventName = Literal[
    "candidate_ingested", "interview_started", "interview_completed", "report_available"
]


class CreateWebhook(Request):
    """Where events of one type of one posting go."""

    posting_id: Reference = Field(examples=["13D77095"])
    webhook_url: Line2k = Field(
        description="https, a public host.", examples=["https://ats.example.com/hooks/interviews"]
    )
    event_type: EventName = Field(examples=["report_available"])


class WireWebhook(Resource):
    """`disabled_reason`: `gone` (it answered 410) or `failing` (five days without a success)."""

    object: Literal["webhook"] = "webhook"
    webhook_id: str = Field(examples=["42AE4CFA720B1C35D499E9E39C14F321"])
    posting_id: str
    webhook_url: str
    event_type: EventName
    is_active: bool
    disabled_reason: Literal["gone", "failing"] | None
    failing_since: float | None
    created_at: float
    updated_at: float


class WebhookWithSecret(WireWebhook):
    """`secret`: shown this once. A stored answer, to the same `Idempotency-Key`, has null."""

    secret: str | None = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class WireDelivery(Resource):
    """One event on its way to one webhook.

    `id` is the delivery's, `event_id` what the receiver sees as `webhook-id`. `attempts`: since
    it was made or last replayed. `payload`: what is sent now; it is made anew for each attempt.
    """

    object: Literal["webhook_delivery"] = "webhook_delivery"
    id: str
    webhook_id: str
    interview_id: str
    event_id: str
    event_type: EventName
    status: Literal["pending", "succeeded", "failed"]
    attempts: int
    next_attempt_at: float | None
    last_attempt_at: float | None
    response_status: int | None
    response_body: str | None
    error: str | None
    happened_at: float
    created_at: float
    updated_at: float
    payload: dict[str, Any] | None


class Event(BaseModel, Generic[T]):
    """The body of every webhook. `id` is the header `webhook-id`: the same in every attempt.

    `timestamp`: when it happened, ISO 8601 (`created_at`: the same in Unix seconds); `data`: the
    object as the API answers it when the attempt is made.
    """

    id: str = Field(examples=["evt_8c1f3a5b7d9e0f2a4b6c8d0e1f3a5b7d"])
    type: EventName
    schema_version: int = SCHEMA_VERSION
    timestamp: str = Field(examples=["2026-11-25T22:55:04.250000Z"])
    created_at: float
    data: T
