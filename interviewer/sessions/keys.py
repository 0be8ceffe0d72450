"""API keys: shown once when made, stored as SHA-256 only."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from interviewer.domain.errors import NotFound
from interviewer.interfaces import ApiKey, Store

PREFIX = "ivk_"
SHOWN_CHARACTERS = 10


def hash_key(secret: str) -> str:
    """Keys are 256 random bits, so a plain SHA-256 resists guessing."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_key(
    workspace_id: str, name: str, now: float, *, secret: str | None = None, key_id: str = ""
) -> tuple[ApiKey, str]:
    """A key that is not stored yet, and its secret."""
    value = secret or PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        id=key_id or f"key_{secrets.token_hex(8)}",
        workspace_id=workspace_id,
        name=name,
        prefix=value[:SHOWN_CHARACTERS] if len(value) > 2 * SHOWN_CHARACTERS else "",
        sha256=hash_key(value),
        created_at=now,
    )
    return key, value


async def create_key(
    store: Store, workspace_id: str, name: str, now: float, *, secret: str | None = None
) -> tuple[ApiKey, str]:
    """A new key and its secret. With `secret` given (from the settings), making it twice is
    a no-op, and a revoked one stays revoked."""
    key, value = new_key(workspace_id, name, now, secret=secret)
    async with store.transaction() as tx:
        try:
            return await tx.key_by_sha256(key.sha256), value
        except NotFound:
            await tx.add_key(key)
            return key, value


async def authenticate(store: Store, secret: str) -> ApiKey:
    """The live key with that secret. Raises NotFound for an unknown or revoked one."""
    async with store.snapshot() as tx:
        key = await tx.key_by_sha256(hash_key(secret))
    if key.revoked_at is not None:
        raise NotFound("This key was revoked.")
    return key


async def live_key(store: Store, workspace_id: str, key_id: str) -> ApiKey:
    """The key by its id. Raises NotFound for an unknown or revoked one."""
    for key in await list_keys(store, workspace_id):
        if key.id == key_id and key.revoked_at is None:
            return key
    raise NotFound("This key was revoked.")


async def list_keys(store: Store, workspace_id: str | None = None) -> Sequence[ApiKey]:
    async with store.snapshot() as tx:
        return await tx.keys(workspace_id)


async def revoke_key(store: Store, key_id: str, now: float) -> None:
    """Raises NotFound for an unknown id."""
    async with store.transaction() as tx:
        await tx.revoke_key(key_id, now)
