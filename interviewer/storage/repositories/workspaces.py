"""Workspaces and the keys to them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from interviewer.interfaces import ApiKey, Workspace
from interviewer.storage.records import from_row, to_row
from interviewer.storage.repositories.base import Repository
from interviewer.storage.tables import api_keys, workspaces


class Workspaces(Repository):
    """See `interfaces.Transaction`."""

    async def add_workspace(self, workspace: Workspace) -> None:
        await self._insert(workspaces, to_row(workspace))

    async def workspace(self, workspace_id: str) -> Workspace:
        query = select(workspaces).where(workspaces.c.id == workspace_id)
        return from_row(Workspace, await self._one(query, "No such workspace."))

    async def workspace_by_slug(self, slug: str) -> Workspace:
        query = select(workspaces).where(workspaces.c.slug == slug)
        return from_row(Workspace, await self._one(query, "No such workspace."))

    async def workspaces(self) -> Sequence[Workspace]:
        query = select(workspaces).order_by(workspaces.c.created_at, workspaces.c.id)
        return [from_row(Workspace, row) for row in await self._rows(query)]

    async def add_key(self, key: ApiKey) -> None:
        await self._insert(api_keys, to_row(key))

    async def key_by_sha256(self, sha256: str) -> ApiKey:
        """Also a revoked one: the caller looks at `revoked_at`."""
        query = select(api_keys).where(api_keys.c.sha256 == sha256)
        return from_row(ApiKey, await self._one(query, "No such key."))

    async def keys(self, workspace_id: str | None = None) -> Sequence[ApiKey]:
        query = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
        if workspace_id is not None:
            query = query.where(api_keys.c.workspace_id == workspace_id)
        return [from_row(ApiKey, row) for row in await self._rows(query)]

    async def revoke_key(self, key_id: str, at: float) -> None:
        """Revoking it again leaves the first time as it is. Raises NotFound."""
        await self._one(select(api_keys.c.id).where(api_keys.c.id == key_id), "No such key.")
        await self._connection.execute(
            update(api_keys)
            .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=at)
        )
