"""Who saw and took out what, beside who changed it: the audit log's readers' side."""

from __future__ import annotations

from interviewer.interfaces import AuditEntry, Store

VIEW_LASTS = 3600.0
"""Seconds for which looking again is the same look: an ATS that polls fills no log."""


async def note_view(
    store: Store,
    workspace_id: str,
    action: str,
    object_type: str,
    object_id: str,
    *,
    actor: str,
    now: float,
) -> None:
    """Write down that `actor` saw it, once an hour."""
    async with store.snapshot() as tx:
        lately = await tx.audit_log(
            workspace_id,
            limit=1,
            object_id=object_id,
            actor=actor,
            action=action,
            after=now - VIEW_LASTS,
        )
    if not lately.items:
        await note(store, workspace_id, action, object_type, object_id, actor=actor, now=now)


async def note(
    store: Store,
    workspace_id: str,
    action: str,
    object_type: str,
    object_id: str,
    *,
    actor: str,
    now: float,
) -> None:
    """Write it down each time."""
    async with store.transaction() as tx:
        await tx.audit(
            AuditEntry(
                workspace_id=workspace_id,
                actor=actor,
                action=action,
                object_type=object_type,
                object_id=object_id,
                at=now,
            )
        )
