"""Interviews: who, where they stand, what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update

from interviewer.domain.errors import NotFound
from interviewer.domain.interview import CandidateStatus, Consent, Interview, StepState
from interviewer.interfaces import Page
from interviewer.storage.records import fold, from_row, plain, to_row
from interviewer.storage.repositories.base import Repository
from interviewer.storage.tables import audit_log, idempotent_answers, interviews


def _row(interview: Interview) -> dict[str, Any]:
    return {
        **to_row(interview),
        "email_key": fold(interview.email),
        "search_text": fold(interview.name, interview.email, interview.phone_number),
    }


class Interviews(Repository):
    """See `interfaces.Transaction`."""

    async def add_interview(self, interview: Interview) -> None:
        """Raises Conflict for a second one of the same posting, e-mail address and attempt."""
        await self._insert(interviews, _row(interview))

    async def interview(self, workspace_id: str | None, interview_id: str) -> Interview:
        query = select(interviews).where(interviews.c.id == interview_id)
        if workspace_id is not None:
            query = query.where(interviews.c.workspace_id == workspace_id)
        return from_row(Interview, await self._one(self._locked(query), "No such interview."))

    async def interview_by_email(self, posting_id: str, email: str) -> Interview | None:
        query = (
            select(interviews)
            .where(interviews.c.posting_id == posting_id, interviews.c.email_key == fold(email))
            .order_by(interviews.c.attempt.desc())
            .limit(1)
        )
        rows = await self._rows(query)
        return from_row(Interview, rows[0]) if rows else None

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
    ) -> Page[Interview]:
        """`search`: part of the name, e-mail address or phone number, in any case."""
        table = interviews.c
        scope = (table.workspace_id == workspace_id) & (table.posting_id == posting_id)
        where: list[ColumnElement[bool]] = [scope]
        if status is not None:
            where.append(table.status == status)
        if search:
            where.append(table.search_text.contains(fold(search), autoescape=True))
        if created_after is not None:
            where.append(table.created_at >= created_after)
        if created_before is not None:
            where.append(table.created_at <= created_before)
        return await self._page(
            Interview, interviews, where, limit=limit, starting_after=starting_after, scope=scope
        )

    async def interviews_to_tend(
        self,
        *,
        workspace_id: str | None = None,
        status: CandidateStatus | None = None,
        updated_before: float | None = None,
        limit: int = 100,
    ) -> Sequence[Interview]:
        table = interviews.c
        query = select(interviews).order_by(table.created_at, table.id).limit(limit)
        if workspace_id is not None:
            query = query.where(table.workspace_id == workspace_id)
        if status is not None:
            query = query.where(table.status == status)
        if updated_before is not None:
            query = query.where(table.updated_at < updated_before)
        return [from_row(Interview, row) for row in await self._rows(query)]

    async def update_interview(self, interview: Interview) -> Interview:
        await self._update_version(interviews, interview.id, interview.version, _row(interview))
        return replace(interview, version=interview.version + 1)

    async def set_consent(self, interview_id: str, consent: Consent) -> None:
        await self._change(interview_id, {"consent": plain(consent)})

    async def set_steps(self, interview_id: str, steps: Sequence[StepState]) -> None:
        await self._change(interview_id, {"steps": plain(tuple(steps))})

    async def _change(self, interview_id: str, values: Mapping[str, Any]) -> None:
        """Write some fields, and raise the version so that no older copy is written over them."""
        table = interviews
        changed = await self._connection.execute(
            update(table)
            .where(table.c.id == interview_id)
            .values({**values, "version": table.c.version + 1, "updated_at": self._clock()})
        )
        if not changed.rowcount:
            raise NotFound("No such interview.")

    async def erase_interview(self, interview_id: str) -> None:
        """Its turns and cameras go with its row, and stored answers that speak of it; the audit
        log keeps who did what and when."""
        await self._connection.execute(
            update(audit_log).where(audit_log.c.object_id == interview_id).values(details={})
        )
        body = idempotent_answers.c.body
        # SQLite's LIKE is for text alone, PostgreSQL's takes bytes.
        if self._connection.dialect.name == "sqlite":
            speaks_of_it = func.instr(body, interview_id.encode()) > 0
        else:
            speaks_of_it = body.op("LIKE", is_comparison=True)(f"%{interview_id}%".encode())
        await self._connection.execute(delete(idempotent_answers).where(speaks_of_it))
        erased = await self._connection.execute(
            delete(interviews).where(interviews.c.id == interview_id)
        )
        if not erased.rowcount:
            raise NotFound("No such interview.")
