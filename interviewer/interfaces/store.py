"""The database, by units of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from interviewer.domain.interview import CandidateStatus, Consent, Interview, StepState
from interviewer.domain.posting import Modality, Posting, Question
from interviewer.domain.transcript import Turn
from interviewer.domain.webhooks import Attempt, Delivery, Event, EventType, Webhook
from interviewer.interfaces.records import (
    ApiKey,
    AuditEntry,
    AuditRecord,
    CameraRecording,
    ClaimedDelivery,
    DeliveryFigures,
    IdempotentAnswer,
    Ingestion,
    Page,
    Workspace,
)


class WebhookRecords(Protocol):
    """The part of a `Transaction` that is about webhooks."""

    async def add_webhook(self, webhook: Webhook) -> None: ...
    async def webhook(self, workspace_id: str, webhook_id: str) -> Webhook: ...
    async def webhooks(
        self, workspace_id: str, *, limit: int, starting_after: str | None = None
    ) -> Page[Webhook]:
        """Newest first, disabled ones too."""

    async def count_webhooks(self, posting_id: str, event_type: EventType) -> int: ...
    async def update_webhook(self, webhook: Webhook) -> None: ...
    async def delete_webhook(self, webhook_id: str) -> None:
        """Its deliveries go with it."""

    async def announce(self, event: Event) -> int:
        """A due delivery for each active webhook that wants it; how many are new.

        Told of again, an event makes none.
        """

    async def deliveries(
        self, webhook_id: str, *, limit: int, starting_after: str | None = None
    ) -> Page[Delivery]:
        """Newest first."""

    async def delivery(self, webhook_id: str, delivery_id: str) -> Delivery: ...
    async def update_delivery(self, delivery: Delivery) -> None:
        """Write all fields; a lease on it stays."""

    async def delivery_is_due(self, now: float) -> bool: ...
    async def claim_deliveries(
        self, now: float, *, limit: int, lease_seconds: float
    ) -> Sequence[ClaimedDelivery]:
        """Due ones, longest due first; of one webhook one at a time. Nobody else gets them
        until they are settled or the lease ends."""

    async def settle(
        self, claimed: ClaimedDelivery, attempt: Attempt, chance: float
    ) -> Webhook | None:
        """Write what came of it: done, to be tried again, or given up, and its webhook with it.

        The webhook as it is then; None, and nothing written, if the lease was lost or either is
        gone. `chance`: see `next_attempt_at`.
        """

    async def delivery_figures(self, now: float) -> DeliveryFigures: ...
    async def forget_deliveries(self, before: float, *, limit: int = 500) -> int:
        """Delete those that were over before then; how many."""


class Transaction(WebhookRecords, Protocol):
    """One unit of work. Getters raise `NotFound`; changes are seen by later reads inside it."""

    # workspaces and keys
    async def add_workspace(self, workspace: Workspace) -> None: ...
    async def workspace(self, workspace_id: str) -> Workspace: ...
    async def workspace_by_slug(self, slug: str) -> Workspace: ...
    async def workspaces(self) -> Sequence[Workspace]: ...
    async def add_key(self, key: ApiKey) -> None: ...
    async def key_by_sha256(self, sha256: str) -> ApiKey: ...
    async def keys(self, workspace_id: str | None = None) -> Sequence[ApiKey]: ...
    async def revoke_key(self, key_id: str, at: float) -> None: ...

    # postings and questions
    async def add_posting(self, posting: Posting, questions: Sequence[Question]) -> None: ...
    async def posting(self, workspace_id: str | None, posting_id: str) -> Posting:
        """`workspace_id` None: whichever workspace it belongs to (candidate pages, jobs)."""

    async def posting_by_slug(self, workspace_id: str, slug: str) -> Posting: ...
    async def postings(
        self,
        workspace_id: str,
        *,
        limit: int,
        starting_after: str | None = None,
        status: str | None = None,
        at: float | None = None,
        search: str | None = None,
    ) -> Page[Posting]:
        """Newest first, ties by id; the cursor stays right while rows arrive.

        `status`: as stored or, with `at`, as it is then: an active posting whose deadline has
        passed is `expired`. `search`: part of the title or slug, in any case.
        """

    async def update_posting(self, posting: Posting) -> Posting:
        """Write all fields and raise its version. Conflict if the stored version differs."""

    async def questions(
        self, posting_id: str, *, modality: Modality | None = None, active_only: bool = True
    ) -> Sequence[Question]:
        """By modality, then rank."""

    async def question(self, posting_id: str, question_id: str) -> Question: ...
    async def add_question(self, question: Question) -> None: ...
    async def update_question(self, question: Question) -> None: ...

    # interviews
    async def add_interview(self, interview: Interview) -> None: ...
    async def interview(self, workspace_id: str | None, interview_id: str) -> Interview:
        """`workspace_id` None: whichever workspace it belongs to (candidate pages, jobs)."""

    async def interview_by_email(self, posting_id: str, email: str) -> Interview | None:
        """The newest attempt of that e-mail address (case-insensitive), if any."""

    async def interviews(
        self,
        workspace_id: str,
        posting_id: str,
        *,
        limit: int,
        starting_after: str | None = None,
        status: str | None = None,
        search: str | None = None,
        created_after: float | None = None,
        created_before: float | None = None,
    ) -> Page[Interview]: ...
    async def interviews_to_tend(
        self,
        *,
        workspace_id: str | None = None,
        status: CandidateStatus | None = None,
        updated_before: float | None = None,
        limit: int = 100,
    ) -> Sequence[Interview]:
        """Of one workspace or every one, oldest first: what upkeep has to look at."""

    async def update_interview(self, interview: Interview) -> Interview:
        """Write all fields and raise its version. Conflict if the stored version differs."""

    async def set_consent(self, interview_id: str, consent: Consent) -> None: ...
    async def set_steps(self, interview_id: str, steps: Sequence[StepState]) -> None: ...

    # the live interview
    async def save_progress(
        self, interview_id: str, *, turns: Sequence[Turn], conversation: Mapping[str, Any]
    ) -> None:
        """Store turns (upsert by turn_id) and the conversation's state together."""

    async def turns(self, interview_id: str) -> Sequence[Turn]:
        """By start, then insertion."""

    async def replace_turns(self, interview_id: str, turns: Sequence[Turn]) -> None:
        """Put the second pass's transcript in place of the live one, which is kept apart."""

    # camera
    async def save_camera(self, camera: CameraRecording) -> None: ...
    async def cameras(self, interview_id: str) -> Sequence[CameraRecording]: ...

    # bookkeeping
    async def audit(self, entry: AuditEntry) -> None: ...
    async def audit_entries(self, workspace_id: str, object_id: str) -> Sequence[AuditEntry]: ...
    async def erase_interview(self, interview_id: str) -> None:
        """Delete its rows and personal data; blobs are the caller's to delete."""

    async def audit_log(
        self,
        workspace_id: str,
        *,
        limit: int,
        starting_after: int | None = None,
        object_id: str | None = None,
        actor: str | None = None,
        action: str | None = None,
        after: float | None = None,
        before: float | None = None,
    ) -> Page[AuditRecord]:
        """Newest first; `starting_after` is the `row` of the last one of the page before."""

    async def claim_idempotency_key(
        self, key: str, request_hash: str, at: float
    ) -> IdempotentAnswer | None:
        """None: it is the caller's to answer, or to release. Else what another made of it."""

    async def save_idempotent_answer(self, key: str, status: int, body: bytes) -> None:
        """Keep the answer to a claimed key for 24 h from its claim."""

    async def release_idempotency_key(self, key: str) -> None:
        """Give a claim back unanswered; an answer that is kept stays."""

    # ingestions
    async def add_ingestion(self, ingestion: Ingestion) -> None: ...
    async def ingestion(self, workspace_id: str | None, ingestion_id: str) -> Ingestion: ...
    async def update_ingestion(self, ingestion: Ingestion) -> None: ...
    async def ingestions_to_tend(
        self, *, updated_before: float, limit: int = 100
    ) -> Sequence[Ingestion]:
        """Of every workspace, those queued or running and silent since then, oldest first."""


class Store(Protocol):
    """The database. Raises `Unavailable` when it does not answer."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Read and write; commits on leaving, rolls back on an exception.

        Takes the write lock at once on SQLite (BEGIN IMMEDIATE), so no update is lost.
        """

    def snapshot(self) -> AbstractAsyncContextManager[Transaction]:
        """Read only."""

    async def ping(self) -> None:
        """Raise `Unavailable` unless the database answers and its schema is current."""

    async def close(self) -> None: ...
