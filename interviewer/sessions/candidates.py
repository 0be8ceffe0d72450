"""Inviting candidates: one interview for each pair of candidate and posting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from interviewer.domain.errors import Conflict, FieldError, Invalid, NotFound
from interviewer.domain.interview import Interview
from interviewer.domain.posting import Posting
from interviewer.domain.webhooks import Event
from interviewer.interfaces import AuditEntry, Store, Transaction
from interviewer.sessions import ids
from interviewer.sessions.drafts import CandidateDraft
from interviewer.sessions.workflow import effective_status, initial_steps, refuse_new_candidates

DAY = 24 * 3600.0
MAX_METADATA_KEYS = 50
ROWS_PER_TRANSACTION = 20
"""Between these many rows of a long list the write lock is free for live interviews."""


async def ingest(
    store: Store,
    workspace_id: str,
    posting_id: str,
    drafts: Sequence[CandidateDraft],
    *,
    actor: str,
    now: float,
) -> Sequence[Interview]:
    """One interview for each draft.

    A known e-mail address keeps its interview; name, phone, metadata and data are updated, so
    sending a list again after a failure completes it. Where the posting allows a retake now, it
    gets a new attempt and the earlier one stays. Raises NotFound, Conflict
    (`posting_not_active`).
    """
    interviews: list[Interview] = []
    for first in range(0, len(drafts), ROWS_PER_TRANSACTION):
        async with store.transaction() as tx:
            posting = await tx.posting(workspace_id, posting_id)
            refuse_new_candidates(posting, now)
            for draft in drafts[first : first + ROWS_PER_TRANSACTION]:
                known = await tx.interview_by_email(posting_id, draft.email)
                if known is None or may_retake(known, posting, now):
                    interviews.append(
                        await _invite(tx, posting, draft, known, actor=actor, now=now)
                    )
                else:
                    interviews.append(await tx.update_interview(_updated(known, draft, now)))
                    await _audit(tx, known, "interview.ingested_again", actor, now)
    return interviews


def repeated(emails: Sequence[str | None]) -> list[tuple[int, int]]:
    """(row, earlier row) for each address of a bulk request that an earlier row has too."""
    first: dict[str, int] = {}
    found = []
    for row, email in enumerate(emails):
        if email is not None and (earlier := first.setdefault(email.casefold(), row)) != row:
            found.append((row, earlier))
    return found


async def join(
    store: Store,
    workspace_slug: str,
    posting_slug: str,
    draft: CandidateDraft,
    now: float,
) -> tuple[Interview, bool]:
    """From the public page: the candidate's interview, and whether it is new.

    It is new where the address is unknown, or the posting allows a retake now. What an ATS stored
    of a known address is not overwritten by whoever types it.
    """
    async with store.transaction() as tx:
        workspace = await tx.workspace_by_slug(workspace_slug)
        posting = await tx.posting_by_slug(workspace.id, posting_slug)
        known = await tx.interview_by_email(posting.id, draft.email)
        if known is not None and not may_retake(known, posting, now):
            return known, False
        refuse_new_candidates(posting, now)
        return await _invite(tx, posting, draft, known, actor="candidate", now=now), True


async def set_metadata(
    store: Store,
    workspace_id: str,
    interview_id: str,
    changes: Mapping[str, str] | None,
    *,
    actor: str,
    now: float,
) -> Mapping[str, str]:
    """Merge `changes` into the metadata; None removes all. Raises Invalid over 50 keys."""
    async with store.transaction() as tx:
        interview = await tx.interview(workspace_id, interview_id)
        metadata = {} if changes is None else {**interview.metadata, **changes}
        if len(metadata) > MAX_METADATA_KEYS:
            error = FieldError(
                "metadata", "too_many_keys", f"At most {MAX_METADATA_KEYS} keys in all."
            )
            raise Invalid(error.message, errors=[error], param="metadata")
        await tx.update_interview(replace(interview, metadata=metadata, updated_at=now))
        await _audit(tx, interview, "interview.metadata_changed", actor, now)
    return metadata


@dataclass(frozen=True, slots=True)
class Retake:
    """Another attempt that the posting allows. `available_at`: Unix seconds; None while the last
    attempt is still evaluated."""

    attempts_left: int
    available_at: float | None


def possible_retake(latest: Interview, posting: Posting, now: float) -> Retake | None:
    """What the candidate may be told of another attempt; None: there will be none."""
    left = posting.max_retakes + 1 - latest.attempt
    if left < 1 or latest.ended_at is None or effective_status(posting, now) != "active":
        return None
    if latest.status == "evaluating":
        return Retake(left, None)
    if latest.status != "completed":
        return None
    return Retake(left, latest.ended_at + posting.retake_cooldown_days * DAY)


async def retake(store: Store, interview_id: str, new_id: str, now: float) -> Interview:
    """From the candidate's own page: the attempt after this one, which stays.

    `new_id`: its id; the same each time, so that asking again gives the same attempt. Raises
    NotFound, Conflict (`no_retake`, `posting_not_active`).
    """
    async with store.transaction() as tx:
        mine = await tx.interview(None, interview_id)
        with suppress(NotFound):
            return await tx.interview(mine.workspace_id, new_id)
        posting = await tx.posting(None, mine.posting_id)
        latest = await tx.interview_by_email(posting.id, mine.email)
        refuse_new_candidates(posting, now)
        if latest is None or latest.id != mine.id or not may_retake(mine, posting, now):
            raise Conflict("This interview cannot be taken again now.", code="no_retake")
        draft = CandidateDraft(name=mine.name, email=mine.email, phone_number=mine.phone_number)
        return await _invite(tx, posting, draft, mine, actor="candidate", now=now, new_id=new_id)


def may_retake(latest: Interview, posting: Posting, now: float) -> bool:
    """Whether a new attempt may follow this one: it is evaluated and nobody has decided on it,
    retakes are left, and the cooldown since its end is over."""
    if latest.status != "completed" or latest.ended_at is None:
        return False
    rested = now >= latest.ended_at + posting.retake_cooldown_days * DAY
    return rested and latest.attempt <= posting.max_retakes


async def _invite(
    tx: Transaction,
    posting: Posting,
    draft: CandidateDraft,
    earlier: Interview | None,
    *,
    actor: str,
    now: float,
    new_id: str | None = None,
) -> Interview:
    """`earlier`: the attempt that this one follows. Its metadata and data go along, which only
    recruiters see; a phone number does not, for anyone may type another's address."""
    interview = Interview(
        id=new_id or ids.new_interview_id(),
        workspace_id=posting.workspace_id,
        posting_id=posting.id,
        candidate_id=ids.candidate_id(posting.workspace_id, draft.email),
        name=draft.name,
        email=draft.email,
        phone_number=draft.phone_number,
        metadata=draft.metadata or (dict(earlier.metadata) if earlier else {}),
        data=draft.data or (earlier.data if earlier else None),
        attempt=earlier.attempt + 1 if earlier else 1,
        steps=initial_steps(posting),
        created_at=now,
        updated_at=now,
    )
    await tx.add_interview(interview)
    await _audit(tx, interview, "interview.created", actor, now)
    await tx.announce(
        Event(
            type="candidate_ingested",
            posting_id=posting.id,
            interview_id=interview.id,
            at=now,
        )
    )
    return interview


async def _audit(
    tx: Transaction, interview: Interview, action: str, actor: str, now: float
) -> None:
    await tx.audit(
        AuditEntry(
            workspace_id=interview.workspace_id,
            actor=actor,
            action=action,
            object_type="interview",
            object_id=interview.id,
            at=now,
        )
    )


def _updated(known: Interview, draft: CandidateDraft, now: float) -> Interview:
    return replace(
        known,
        name=draft.name,
        email=draft.email,
        phone_number=draft.phone_number or known.phone_number,
        metadata=known.metadata if draft.metadata is None else draft.metadata,
        data=known.data if draft.data is None else draft.data,
        updated_at=now,
    )
