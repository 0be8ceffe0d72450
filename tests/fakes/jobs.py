"""A queue that only remembers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class FakeJobQueue:
    """`queued`: job id to (name, args); the same id again is a no-op. `failed`: ids of those
    that were given up; `done`: of those that ran to their end."""

    def __init__(self) -> None:
        self.queued: dict[str, tuple[str, dict[str, Any]]] = {}
        self.failed: set[str] = set()
        self.done: set[str] = set()

    async def enqueue(self, name: str, args: Mapping[str, Any], *, job_id: str) -> None:
        self.queued.setdefault(job_id, (name, dict(args)))

    async def status(self, job_id: str) -> str | None:
        if job_id in self.failed:
            return "failed"
        if job_id in self.done:
            return "done"
        return "queued" if job_id in self.queued else None

    async def depths(self) -> Mapping[str, int]:
        return {"queued": len(self.queued.keys() - self.failed - self.done), "running": 0}
