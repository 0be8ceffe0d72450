"""Blobs in memory, with the signed links of the local store faked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from interviewer.domain.errors import NotFound
from interviewer.interfaces import BlobInfo


class FakeBlobs:
    """`stored`: key to (data, content type)."""

    def __init__(self) -> None:
        self.stored: dict[str, tuple[bytes, str | None]] = {}

    async def put(self, key: str, data: bytes, *, content_type: str | None = None) -> None:
        self.stored[key] = (data, content_type)

    async def put_file(self, key: str, path: str, *, content_type: str | None = None) -> None:
        self.stored[key] = (Path(path).read_bytes(), content_type)

    async def get(self, key: str) -> bytes:
        if key not in self.stored:
            raise NotFound("No such blob.")
        return self.stored[key][0]

    async def download(self, key: str, path: str) -> None:
        Path(path).write_bytes(await self.get(key))

    async def list(self, prefix: str) -> Sequence[BlobInfo]:
        return [
            BlobInfo(key, len(data))
            for key, (data, _) in sorted(self.stored.items())
            if key.startswith(prefix)
        ]

    async def delete_prefix(self, prefix: str) -> int:
        doomed = [key for key in self.stored if key.startswith(prefix)]
        for key in doomed:
            del self.stored[key]
        return len(doomed)

    async def signed_url(
        self,
        key: str,
        *,
        expires_in: timedelta,
        filename: str | None = None,
        content_type: str | None = None,
    ) -> str:
        query = {"expires": int(expires_in.total_seconds()), "filename": filename or ""}
        if content_type:
            query["type"] = content_type
        return f"http://blobs.test/{key}?{urlencode(query)}"
