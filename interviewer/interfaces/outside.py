"""Files and jobs: what lies outside of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class BlobInfo:
    key: str
    size: int


class Blobs(Protocol):
    """Object storage. Keys are `/`-separated; a put is atomic: all of it or nothing."""

    async def put(self, key: str, data: bytes, *, content_type: str | None = None) -> None: ...
    async def put_file(self, key: str, path: str, *, content_type: str | None = None) -> None: ...
    async def get(self, key: str) -> bytes:
        """Raises NotFound."""

    async def download(self, key: str, path: str) -> None:
        """Write the blob to a local file. Raises NotFound."""

    async def list(self, prefix: str) -> Sequence[BlobInfo]: ...
    async def delete_prefix(self, prefix: str) -> int: ...
    async def signed_url(
        self,
        key: str,
        *,
        expires_in: timedelta,
        filename: str | None = None,
        content_type: str | None = None,
    ) -> str:
        """An absolute URL that answers GET with Range support until it expires."""


class JobQueue(Protocol):
    """Durable jobs: each runs at least once, its finished steps never again.

    `name` is one of `interviewer.jobs.tasks`. Enqueuing the same `job_id` again is a no-op.
    """

    async def enqueue(self, name: str, args: Mapping[str, Any], *, job_id: str) -> None: ...
    async def status(self, job_id: str) -> str | None:
        """`queued`, `running`, `done`, `failed`, or None if unknown."""

    async def depths(self) -> Mapping[str, int]:
        """How many jobs are `queued`, and how many `running`, for metrics."""
