"""The audit log, answers kept for requests that come twice, candidates handed in for later."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update

from interviewer.domain.errors import Conflict, NotFound
from interviewer.interfaces import AuditEntry, AuditRecord, IdempotentAnswer, Ingestion, Page
from interviewer.storage.records import from_row, to_row
from interviewer.storage.repositories.base import Repository
from interviewer.storage.tables import audit_log, idempotent_answers, ingestions

ANSWERS_KEPT = 24 * 3600.0
"""Seconds for which the answer to an `Idempotency-Key` is kept."""
CLAIM_HELD = 120.0
"""Seconds after which a claim without an answer is free again: its process must have died."""
INGESTIONS_KEPT = 30 * 24 * 3600.0
"""Seconds for which it can be asked what became of candidates that were handed in."""


class Bookkeeping(Repository):
    """See `interfaces.Transaction`."""

    async def audit(self, entry: AuditEntry) -> None:
        await self._connection.execute(insert(audit_log).values(to_row(entry)))

    async def audit_entries(self, workspace_id: str, object_id: str) -> Sequence[AuditEntry]:
        """Oldest first."""
        query = (
            select(audit_log)
            .where(audit_log.c.workspace_id == workspace_id, audit_log.c.object_id == object_id)
            .order_by(audit_log.c.at, audit_log.c.row)
        )
        return [from_row(AuditEntry, row) for row in await self._rows(query)]

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
        table = audit_log.c
        where: list[ColumnElement[bool]] = [table.workspace_id == workspace_id]
        wanted = ((table.object_id, object_id), (table.actor, actor), (table.action, action))
        where += [column == value for column, value in wanted if value is not None]
        if after is not None:
            where.append(table.at >= after)
        if before is not None:
            where.append(table.at <= before)
        count = select(func.count()).select_from(audit_log).where(*where)
        total = await self._connection.scalar(count)
        query = select(audit_log).where(*where).order_by(table.row.desc()).limit(limit + 1)
        if starting_after is not None:
            query = query.where(table.row < starting_after)
        rows = await self._rows(query)
        records = [from_row(AuditRecord, row) for row in rows[:limit]]
        return Page(items=records, has_more=len(rows) > limit, total=total or 0)

    async def claim_idempotency_key(
        self, key: str, request_hash: str, at: float
    ) -> IdempotentAnswer | None:
        """Drops what has expired, and claims whose process has died."""
        table = idempotent_answers.c
        abandoned = and_(table.status == 0, table.at <= at - CLAIM_HELD)
        await self._connection.execute(
            delete(idempotent_answers).where(or_(table.at <= at - ANSWERS_KEPT, abandoned))
        )
        claim = {"key": key, "request_hash": request_hash, "status": 0, "body": b"", "at": at}
        try:
            await self._insert(idempotent_answers, claim)
        except Conflict:
            query = select(idempotent_answers).where(table.key == key)
            return from_row(IdempotentAnswer, await self._one(query, "It was just released."))
        return None

    async def save_idempotent_answer(self, key: str, status: int, body: bytes) -> None:
        mine = and_(idempotent_answers.c.key == key, idempotent_answers.c.status == 0)
        await self._connection.execute(
            update(idempotent_answers).where(mine).values(status=status, body=body)
        )

    async def release_idempotency_key(self, key: str) -> None:
        mine = and_(idempotent_answers.c.key == key, idempotent_answers.c.status == 0)
        await self._connection.execute(delete(idempotent_answers).where(mine))

    async def add_ingestion(self, ingestion: Ingestion) -> None:
        """Drops those that are long over."""
        long_over = ingestions.c.updated_at <= ingestion.created_at - INGESTIONS_KEPT
        await self._connection.execute(delete(ingestions).where(long_over))
        await self._insert(ingestions, to_row(ingestion))

    async def ingestion(self, workspace_id: str | None, ingestion_id: str) -> Ingestion:
        query = select(ingestions).where(ingestions.c.id == ingestion_id)
        if workspace_id is not None:
            query = query.where(ingestions.c.workspace_id == workspace_id)
        return from_row(Ingestion, await self._one(self._locked(query), "No such ingestion."))

    async def ingestions_to_tend(
        self, *, updated_before: float, limit: int = 100
    ) -> Sequence[Ingestion]:
        table = ingestions.c
        query = (
            select(ingestions)
            .where(table.status.in_(("queued", "running")), table.updated_at < updated_before)
            .order_by(table.updated_at, table.id)
            .limit(limit)
        )
        return [from_row(Ingestion, row) for row in await self._rows(query)]

    async def update_ingestion(self, ingestion: Ingestion) -> None:
        changed = await self._connection.execute(
            update(ingestions)
            .where(ingestions.c.id == ingestion.id)
            .values({**to_row(ingestion), "updated_at": self._clock()})
        )
        if not changed.rowcount:
            raise NotFound("No such ingestion.")
