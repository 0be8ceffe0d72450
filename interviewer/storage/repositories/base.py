"""What all repositories share: one connection, its locks, and errors in the product's terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, Table, and_, func, insert, or_, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from interviewer.domain.errors import Conflict, Invalid, NotFound
from interviewer.interfaces import Page
from interviewer.storage.records import from_row

R = TypeVar("R")

_FOREIGN_KEY = frozenset({"23503", 787})  # SQLSTATE foreign_key_violation; SQLite's own code


class Repository:
    """Statements on one connection.

    `locking`: rows that are read one by one stay locked until the end, so that reading, changing
    and writing them back in one transaction is safe. SQLite needs no such locks (its writers
    come one after the other) and its dialect leaves them out.
    """

    def __init__(
        self, connection: AsyncConnection, *, locking: bool, clock: Callable[[], float]
    ) -> None:
        self._connection = connection
        self._locking = locking
        self._clock = clock

    async def _rows(self, query: Select[Any]) -> Sequence[RowMapping]:
        result = await self._connection.execute(query)
        return list(result.mappings())

    async def _one(self, query: Select[Any], missing: str) -> RowMapping:
        """The only row. Raises NotFound(`missing`)."""
        result = await self._connection.execute(query)
        row: RowMapping | None = result.mappings().one_or_none()
        if row is None:
            raise NotFound(missing)
        return row

    def _locked(self, query: Select[Any]) -> Select[Any]:
        # "No key" leaves others free to add rows that refer to this one.
        return query.with_for_update(key_share=True) if self._locking else query

    async def _insert(self, table: Table, values: Mapping[str, Any]) -> None:
        """Raises Conflict where such a row exists, NotFound where it refers to none.

        In a savepoint, because PostgreSQL would otherwise refuse all that follows the error.
        """
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(insert(table).values(**values))
        except IntegrityError as error:
            cause = error.orig
            code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorcode", None)
            if code in _FOREIGN_KEY:
                raise NotFound(f"A row of {table.name} refers to something unknown.") from None
            raise Conflict(
                f"There is such a row in {table.name} already.", code="already_exists"
            ) from None

    async def _update_version(
        self, table: Table, row_id: str, version: int, values: Mapping[str, Any]
    ) -> None:
        """Write `values` over the row if it still has that version. Raises NotFound, Conflict."""
        changed = await self._connection.execute(
            update(table)
            .where(table.c.id == row_id, table.c.version == version)
            .values({**values, "version": version + 1})
        )
        if changed.rowcount:
            return
        await self._one(select(table.c.id).where(table.c.id == row_id), "It does not exist.")
        raise Conflict("It was changed meanwhile; read it again.", code="version_conflict")

    async def _page(
        self,
        cls: type[R],
        table: Table,
        where: Sequence[ColumnElement[bool]],
        *,
        limit: int,
        starting_after: str | None,
        scope: ColumnElement[bool],
    ) -> Page[R]:
        """Newest first, ties by id, going on after the row `starting_after`.

        The cursor is a place in that order, not a count of rows, so rows that arrive neither
        repeat nor hide others. It may be a row that the filters leave out, but not one outside
        `scope`. Raises Invalid for an unknown one.
        """
        total = await self._connection.scalar(select(func.count()).select_from(table).where(*where))
        query = select(table).where(*where)
        if starting_after is not None:
            cursor = select(table.c.created_at).where(table.c.id == starting_after, scope)
            at = await self._connection.scalar(cursor)
            if at is None:
                raise Invalid("No such row to start after.", param="starting_after")
            later = and_(table.c.created_at == at, table.c.id > starting_after)
            query = query.where(or_(table.c.created_at < at, later))
        query = query.order_by(table.c.created_at.desc(), table.c.id).limit(limit + 1)
        rows = await self._rows(query)
        items = [from_row(cls, row) for row in rows[:limit]]
        return Page(items=items, has_more=len(rows) > limit, total=total or 0)
