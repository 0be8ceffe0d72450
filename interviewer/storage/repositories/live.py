"""What grows while an interview is held: turns, the conversation's state, camera recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_update_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_or_update_sqlite

from interviewer.domain.errors import Conflict
from interviewer.domain.transcript import Turn
from interviewer.interfaces import CameraRecording
from interviewer.storage import tables
from interviewer.storage.records import from_row, plain, to_row
from interviewer.storage.repositories.interviews import Interviews


class Live(Interviews):
    """See `interfaces.Transaction`."""

    async def save_progress(
        self, interview_id: str, *, turns: Sequence[Turn], conversation: Mapping[str, Any]
    ) -> None:
        await self._change(interview_id, {"conversation": plain(conversation)})
        for turn in turns:
            await self._save_turn(interview_id, turn)

    async def _save_turn(self, interview_id: str, turn: Turn) -> None:
        flags = {"interview_id": interview_id, "live": True, "current": True}
        await self._upsert(
            tables.turns, {**to_row(turn), **flags}, ("interview_id", "live", "turn_id")
        )

    async def turns(self, interview_id: str) -> Sequence[Turn]:
        query = (
            select(tables.turns)
            .where(tables.turns.c.interview_id == interview_id, tables.turns.c.current)
            .order_by(tables.turns.c.start, tables.turns.c.row)
        )
        return [from_row(Turn, row) for row in await self._rows(query)]

    async def replace_turns(self, interview_id: str, turns: Sequence[Turn]) -> None:
        """Doing it again puts a newer second pass in place of the older one."""
        await self.interview(None, interview_id)
        await self._set_apart(interview_id)
        flags = {"interview_id": interview_id, "live": False, "current": True}
        for turn in turns:
            await self._insert(tables.turns, {**to_row(turn), **flags})

    async def _set_apart(self, interview_id: str) -> None:
        mine = tables.turns.c.interview_id == interview_id
        await self._connection.execute(
            delete(tables.turns).where(mine, tables.turns.c.live.is_(False))
        )
        await self._connection.execute(update(tables.turns).where(mine).values(current=False))

    async def require_lease(self, interview_id: str, agent_id: str) -> None:
        """Raises Conflict (`lease_lost`) unless that agent holds the interview.

        Nobody else can take it until the transaction is over.
        """
        query = select(tables.live_rooms.c.agent_id).where(
            tables.live_rooms.c.interview_id == interview_id
        )
        if await self._connection.scalar(self._locked(query)) != agent_id:
            raise Conflict("Another agent holds this interview now.", code="lease_lost")

    async def save_camera(self, camera: CameraRecording) -> None:
        """Raises NotFound for an unknown interview."""
        await self.interview(None, camera.interview_id)
        await self._upsert(tables.cameras, to_row(camera), ("interview_id", "camera_id"))

    async def cameras(self, interview_id: str) -> Sequence[CameraRecording]:
        query = (
            select(tables.cameras)
            .where(tables.cameras.c.interview_id == interview_id)
            .order_by(tables.cameras.c.created_at, tables.cameras.c.camera_id)
        )
        rows = await self._rows(self._locked(query))
        return [from_row(CameraRecording, row) for row in rows]

    async def _upsert(self, table: Table, values: Mapping[str, Any], key: tuple[str, ...]) -> None:
        dialect = self._connection.dialect.name
        new = insert_or_update_sqlite if dialect == "sqlite" else insert_or_update_postgresql
        rest = {name: value for name, value in values.items() if name not in key}
        await self._connection.execute(
            new(table).values(dict(values)).on_conflict_do_update(index_elements=key, set_=rest)
        )
