"""The seams: what the use cases, the agent and the jobs need from the outside world.

Each Protocol has one contract suite in `tests/contracts/` that all its implementations pass,
fakes included.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from interviewer.domain.interview import CandidateStatus, Consent, Interview, StepState
from interviewer.domain.posting import Modality, Posting, Question
from interviewer.domain.transcript import Turn, Word
from interviewer.domain.webhooks import Attempt, Delivery, Event, EventType, Outcome, Webhook

T = TypeVar("T")
Pcm = npt.NDArray[np.int16]
IngestionStatus = Literal["queued", "running", "done", "failed"]

# --- store -----------------------------------------------------------------------------------


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


# --- blobs -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BlobInfo:
    key: str
    size: int


class Blobs(Protocol):
    """Object storage. Keys are `/`-separated; a put is atomic: all of it or nothing."""

    async def put(self, key: str, data: bytes, *, content_type: str | None = None) -> None: ...
    async def put_file(self, key: str, path: str, *, content_type: str | None = None) -> None: ...
    async def get(self, key: str) -> bytes:
        """Raises NotFound."""

    async def download(self, key: str, path: str) -> None:
        """Write the blob to a local file. Raises NotFound."""

    async def list(self, prefix: str) -> Sequence[BlobInfo]: ...
    async def delete_prefix(self, prefix: str) -> int: ...
    async def signed_url(
        self,
        key: str,
        *,
        expires_in: timedelta,
        filename: str | None = None,
        content_type: str | None = None,
    ) -> str:
        """An absolute URL that answers GET with Range support until it expires."""


# --- jobs ------------------------------------------------------------------------------------


class JobQueue(Protocol):
    """Durable jobs: each runs at least once, its finished steps never again.

    `name` is one of `interviewer.jobs.tasks`. Enqueuing the same `job_id` again is a no-op.
    """

    async def enqueue(self, name: str, args: Mapping[str, Any], *, job_id: str) -> None: ...
    async def status(self, job_id: str) -> str | None:
        """`queued`, `running`, `done`, `failed`, or None if unknown."""

    async def depth(self) -> int:
        """Jobs queued or running, for metrics."""


# --- language model --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """`role`: system, user or assistant."""

    role: str
    content: str


class LanguageModel(Protocol):
    """Any OpenAI-compatible chat model. All raise `Unavailable` when down or over time."""

    name: str

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        timeout: float = 30.0,
        grammar_choices: Sequence[str] = (),
    ) -> str: ...

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        first_token_timeout: float = 2.0,
    ) -> AsyncIterator[str]: ...

    async def choice_probabilities(
        self, messages: Sequence[Message], choices: Sequence[str], *, timeout: float = 60.0
    ) -> Mapping[str, float]:
        """Probability of each single-token choice as the next token, normalised to sum 1."""

    async def warm(self, messages: Sequence[Message]) -> None:
        """Read the prompt into the server's cache (`max_tokens` 1); failures are ignored."""

    async def ping(self) -> None: ...


# --- speech ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A voice that can be chosen in a posting. `sample_rate` in Hz."""

    id: str
    name: str
    language: str
    gender: str
    engine: str
    licence: str
    sample_rate: int


class SpeechSynthesizer(Protocol):
    """Text to speech, and rendered ahead of time where the text is known."""

    def voices(self) -> Sequence[Voice]: ...

    def stream(self, text: str, voice_id: str) -> AsyncIterator[Pcm]:
        """Chunks of `int16[n]`, mono, at the voice's sample rate, as they are made."""

    async def prerender(self, texts: Sequence[str], voice_id: str) -> None:
        """Render and cache by (voice, text); `stream` then answers at once."""


class Transcriber(Protocol):
    """The second pass: whole recordings, beam search, word times."""

    def transcribe(self, pcm: Pcm, *, language: str = "en", hint: str = "") -> list[Word]:
        """`pcm`: `int16[n]`, 16 kHz mono. Blocking; call it in a thread or a job."""


# --- live interviews -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What `connect` hands to the page. `id` is unguessable and names sdp and events paths."""

    id: str
    interview_id: str
    transport: str = "webrtc"
    ice_servers: Sequence[Mapping[str, Any]] = ()
    url: str | None = None
    token: str | None = None


class LiveInterviews(Protocol):
    """The interviews that are being held now. The only door from the API into the media."""

    async def connect(
        self,
        interview_id: str,
        *,
        browser_id: str,
        takeover: bool = False,
        transport: str | None = None,
    ) -> Connection:
        """Raises Forbidden (`consent_required`, `step_not_open`), Conflict
        (`already_connected`, `interview_over`), Gone, Unavailable (`at_capacity`)."""

    async def offer(self, connection_id: str, sdp: str) -> str:
        """SDP offer in, answer out. Raises NotFound, Invalid (`sdp`), Conflict."""

    async def hang_up(self, connection_id: str) -> None: ...

    def events(
        self, connection_id: str
    ) -> AbstractAsyncContextManager[AsyncIterator[dict[str, Any]]]:
        """The messages for this page, the current state first. Raises NotFound. Ends with
        `{"type": "ended"}` or, after a takeover, `{"type": "notice", "code": "taken_over"}`."""

    async def receive(self, connection_id: str, message: Mapping[str, Any]) -> None:
        """A message from the page. Raises Invalid for one that the contract does not know."""

    async def stop(self, interview_id: str, reason: str) -> None:
        """End it now if it is live (erasure, shutdown)."""

    def is_live(self, interview_id: str) -> bool:
        """Whether a page holds a connection to it now."""

    def live_count(self) -> int: ...


# --- live interviews in several processes ----------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRoom:
    """An interview that a page is connected to, and the agent that holds it. Unix seconds.

    `adopted_at`: when its page connected, until that page has come and gone. `asked_at`: when an
    agent was last asked for.
    """

    interview_id: str
    connection_id: str
    browser_id: str
    wants_text: bool = False
    adopted_at: float | None = None
    agent_id: str | None = None
    agent_seen_at: float | None = None
    asked_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePage:
    """One open events socket, on whichever API process it is."""

    page_id: str
    interview_id: str
    connection_id: str
    seen_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAgent:
    """One worker that holds interviews. `slots`: how many at once; `draining`: takes no more."""

    agent_id: str
    slots: int
    holding: int = 0
    draining: bool = False
    seen_at: float = 0.0


class LiveRegistry(Protocol):
    """Who is connected to which interview, and who holds it, for all processes to see.

    An agent holds an interview by a lease: it is the holder's for as long as the holder beats.
    Times are this process's clock; the machines' clocks must agree to about a second.
    """

    async def connect(
        self, room: LiveRoom, *, takeover: bool, arrival: float, page_lost: float
    ) -> LiveRoom | None:
        """Put the room's connection in; what stood there before. Raises Conflict
        (`already_connected`) where another browser is live and `takeover` is not set: a page seen
        within `page_lost` seconds, or one that connected within `arrival` and may yet come."""

    async def room(self, interview_id: str) -> LiveRoom | None: ...
    async def room_of(self, connection_id: str) -> LiveRoom:
        """Raises NotFound for a connection that is no interview's any more."""

    async def rooms(self) -> Sequence[LiveRoom]: ...
    async def close(self, interview_id: str, *, connection_id: str | None = None) -> None:
        """Forget the room, if that connection is still the one in it; whoever holds it finds
        that it does not any more."""

    async def ask(self, interview_id: str, *, again_after: float) -> bool:
        """Whether the caller is the one to ask for an agent: nobody did for `again_after` s."""

    async def claim(self, interview_id: str, agent_id: str, *, lost_after: float) -> bool:
        """Take the lease, if nobody has it or its holder has not beaten for `lost_after` s."""

    async def release(self, interview_id: str, agent_id: str) -> None: ...
    async def beat(self, agent: LiveAgent) -> frozenset[str]:
        """A sign of life; the interviews whose leases the agent still has."""

    async def retire(self, agent_id: str) -> None: ...
    async def agents(self, *, seen_within: float) -> Sequence[LiveAgent]: ...

    async def open_page(self, page: LivePage) -> None: ...
    async def touch_page(self, page_id: str) -> None: ...
    async def close_page(self, page: LivePage) -> None: ...
    async def pages(self, *, seen_within: float) -> Sequence[LivePage]:
        """Of every interview."""

    async def tidy(self, *, older_than: float) -> None:
        """Delete pages, agents and messages that nobody has looked after for so long."""


class MessageBus(Protocol):
    """Short messages from one process to another, each read by one reader, in order.

    A message waits until it is read, so that a reader may come later or come back.
    """

    async def post(
        self, interview_id: str, topic: str, *messages: Mapping[str, Any] | None
    ) -> None:
        """Raises NotFound where there is no such interview."""

    def listen(
        self, topic: str
    ) -> AbstractAsyncContextManager[AsyncIterator[dict[str, Any] | None]]:
        """What is posted to `topic`, from the oldest that waits on."""
