"""What the store keeps beside the records of the domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from interviewer.domain.webhooks import Delivery, Outcome, Webhook

T = TypeVar("T")
IngestionStatus = Literal["queued", "running", "done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A tenant. `slug` is the first part of its public pages' paths."""

    id: str
    slug: str
    name: str
    retention_days: int | None = None
    created_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key as stored: only its SHA-256 and its first characters are kept."""

    id: str
    workspace_id: str
    name: str
    prefix: str
    sha256: str
    created_at: float
    revoked_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to which object. `actor`: `key:<id>`, `candidate`, `system`."""

    workspace_id: str
    actor: str
    action: str
    object_type: str
    object_id: str
    at: float
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord(AuditEntry):
    """An entry as it stands in the log. `row` counts up over all workspaces."""

    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingestion:
    """Candidates that were handed in to be invited later.

    `rows`: what was handed in, as `CandidateDraft` has it; empty once it is over, so that nobody's
    data stays behind. `total`: how many there were. `interview_ids`: one for each row, in their
    order, once `done`. `error`: `{"code", "message"}` of a failed one.
    """

    id: str
    workspace_id: str
    posting_id: str
    actor: str
    rows: tuple[dict[str, Any], ...]
    total: int
    status: IngestionStatus = "queued"
    interview_ids: tuple[str, ...] = ()
    error: dict[str, str] | None = None
    created_at: float = 0.0
    updated_at: float = 0.0


@dataclass(frozen=True, slots=True)
class IdempotentAnswer:
    """What is kept for an `Idempotency-Key`. `status` 0: it is being answered just now."""

    request_hash: str
    status: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRecording:
    """One camera recording made by a page (a reload starts another).

    `received`: chunks 0..received-1 are stored without a gap, as blobs
    `interviews/{interview_id}/camera/{camera_id}/{seq:06d}`. `started_at`: the page's estimate
    of the interview second at which it began, if it had one; a hint for the alignment only.
    """

    camera_id: str
    interview_id: str
    mime_type: str
    received: int = 0
    bytes: int = 0
    finished: bool = False
    started_at: float | None = None
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: `total` counts all rows that match."""

    items: Sequence[T]
    has_more: bool
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedDelivery:
    """A delivery that one process may send until its lease ends, and where to."""

    delivery: Delivery
    webhook: Webhook
    lease: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFigures:
    """For metrics. `overdue`: seconds that the oldest pending delivery has been due, 0 if none is.
    `attempts`: how many ended how, since the beginning, of all processes together."""

    pending: int
    overdue: float
    attempts: Mapping[Outcome, int]
