"""The audit log, and answers kept for requests that come twice."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from interviewer.interfaces import AuditEntry
from interviewer.storage.records import from_row, to_row
from interviewer.storage.repositories.base import Repository
from interviewer.storage.tables import audit_log, idempotent_answers

ANSWERS_KEPT = 24 * 3600.0
"""Seconds for which the answer to an `Idempotency-Key` is kept."""


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

    async def idempotent_answer(self, key: str) -> tuple[str, int, bytes] | None:
        table = idempotent_answers.c
        query = select(idempotent_answers).where(
            table.key == key, table.at > self._clock() - ANSWERS_KEPT
        )
        rows = await self._rows(query)
        return (rows[0]["request_hash"], rows[0]["status"], rows[0]["body"]) if rows else None

    async def save_idempotent_answer(
        self, key: str, request_hash: str, status: int, body: bytes, at: float
    ) -> None:
        """The first answer stays: Conflict where there is one. Drops what has expired."""
        table = idempotent_answers.c
        await self._connection.execute(
            delete(idempotent_answers).where(table.at <= at - ANSWERS_KEPT)
        )
        values = {"key": key, "request_hash": request_hash, "status": status}
        await self._insert(idempotent_answers, {**values, "body": body, "at": at})
