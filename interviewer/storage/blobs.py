"""Recordings, camera chunks and resumes: files on this machine, or S3.

Local blobs are handed out by the service itself under signed URLs:
`{public_url}/blobs/{key}?expires=…&filename=…&type=…&signature=…`, where the signature is an
HMAC-SHA256 over the method, the path, the expiry and what the answer's headers will say. The API
checks it with `verify` and serves the file, with ranges. S3 signs its own (SigV4).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import mimetypes
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from interviewer.domain.errors import Forbidden, Invalid, NotFound, Unavailable
from interviewer.interfaces import BlobInfo

URL_PREFIX = "/blobs/"
CHUNK = 4 * 1024 * 1024
"""Bytes read at a time when a blob is copied to a file."""

_SEGMENT_BYTES = 240  # a file name holds 255 bytes, and obstore adds `#n` while it writes
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f\\]|(^|/)\.{0,2}(/|$)|#\d+$")


def open_blobs(
    url: str,
    *,
    public_url: str,
    secret: str,
    s3: Mapping[str, str] | None = None,
    clock: Callable[[], float] = time.time,
) -> ObstoreBlobs:
    """The blob store behind `file:///folder` or `s3://bucket/prefix`.

    `public_url`: where browsers reach the service; `secret`: signs local URLs. `s3`: obstore's
    `S3Config` (`endpoint`, `region`, `access_key_id`, …), and `public_endpoint` where browsers
    reach the bucket by another address than the service does; both endpoints and the region may
    also stand in the URL's query. What is not given or empty comes from the standard `AWS_*` chain.
    Raises Invalid for any other URL.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path:
        return LocalBlobs(Path(unquote(parts.path)), public_url, secret, clock)
    if parts.scheme == "s3" and parts.netloc:
        given = {name: value for name, value in (s3 or {}).items() if value}
        options = {**dict(parse_qsl(parts.query)), **given}
        try:
            return S3Blobs(parts.netloc, parts.path.strip("/"), options)
        except (ValueError, BaseError) as error:
            reason = str(error).partition("\n")[0]
            raise Invalid(f"This bucket cannot be used: {reason}", param="blob_url") from error
    raise Invalid("Blobs are kept at file:///folder or s3://bucket/prefix.", param="blob_url")


@dataclass(frozen=True, slots=True)
class SignedFile:
    """What a valid URL gives: serve `path` as `content_type`, named `filename` if it is saved."""

    path: Path
    filename: str
    content_type: str


class ObstoreBlobs:
    """Implements `interfaces.Blobs` on any obstore store; the two below add their URLs."""

    def __init__(self, store: LocalStore | S3Store) -> None:
        self._store = store

    async def put(self, key: str, data: bytes, *, content_type: str | None = None) -> None:
        await self._put(key, data, content_type)

    async def put_file(self, key: str, path: str, *, content_type: str | None = None) -> None:
        await self._put(key, Path(path), content_type)

    async def _put(self, key: str, data: bytes | Path, content_type: str | None) -> None:
        with _refusals(key):
            attributes = self._attributes(content_type or guess_type(key))
            await obstore.put_async(self._store, checked(key), data, attributes=attributes)

    def _attributes(self, content_type: str) -> Any:
        """What the store keeps beside the bytes: nothing, on a file system."""

    async def get(self, key: str) -> bytes:
        with _refusals(key):
            found = await obstore.get_async(self._store, checked(key))
            return bytes(await found.bytes_async())

    async def download(self, key: str, path: str) -> None:
        """`path` is there when all of it is: it is written beside and then renamed."""
        target = Path(path)
        part = target.with_name(target.name + ".part")
        with _refusals(key):
            found = await obstore.get_async(self._store, checked(key))
            with await asyncio.to_thread(part.open, "wb") as file:
                async for chunk in found.stream(min_chunk_size=CHUNK):
                    await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(part.replace, target)

    async def list(self, prefix: str) -> Sequence[BlobInfo]:
        """By key. `prefix` is whole segments: `a/b` finds `a/b/c`, not `a/bc`."""
        with _refusals(prefix):
            stream = obstore.list(self._store, checked(prefix.rstrip("/")))
            found = [info async for batch in stream for info in batch]
        blobs = (BlobInfo(key=str(info["path"]), size=int(info["size"])) for info in found)
        return sorted(blobs, key=lambda blob: blob.key)

    async def delete_prefix(self, prefix: str) -> int:
        keys = [blob.key for blob in await self.list(prefix)]
        if keys:
            with _refusals(prefix):
                await obstore.delete_async(self._store, keys)
        return len(keys)

    async def signed_url(
        self,
        key: str,
        *,
        expires_in: timedelta,
        filename: str | None = None,
        content_type: str | None = None,
    ) -> str:
        raise NotImplementedError

    def verify(self, path: str, query: Mapping[str, str]) -> SignedFile:  # noqa: ARG002
        """The file that a signed URL of this service gives. Only local blobs have such URLs."""
        raise NotFound("No such file.")


class LocalBlobs(ObstoreBlobs):
    """Files under `root`."""

    def __init__(
        self, root: Path, public_url: str, secret: str, clock: Callable[[], float]
    ) -> None:
        if len(secret) < 16:
            raise Invalid("The secret that signs URLs is too short.", param="secret")
        root.mkdir(parents=True, exist_ok=True)
        super().__init__(LocalStore(root, automatic_cleanup=True))
        self._root = root.resolve()
        self._public_url = public_url.rstrip("/")
        self._secret = secret.encode()
        self._clock = clock

    async def signed_url(
        self,
        key: str,
        *,
        expires_in: timedelta,
        filename: str | None = None,
        content_type: str | None = None,
    ) -> str:
        query = {"expires": str(int(self._clock() + expires_in.total_seconds()))}
        if filename:
            query["filename"] = filename
        if content_type:
            query["type"] = content_type
        path = URL_PREFIX + checked(key)
        query["signature"] = self._signature(path, query)
        return f"{self._public_url}{quote(path)}?{urlencode(query)}"

    def verify(self, path: str, query: Mapping[str, str]) -> SignedFile:
        """`path`: decoded, from the root (`/blobs/…`); `query`: its parameters, decoded.

        Raises Forbidden (`bad_signature`, `url_expired`), NotFound.
        """
        given = query.get("signature", "")
        if not hmac.compare_digest(given.encode(), self._signature(path, query).encode()):
            raise Forbidden("This link is not valid.", code="bad_signature")
        if int(query["expires"]) < self._clock():
            raise Forbidden("This link has expired; ask for a new one.", code="url_expired")
        key = checked(path.removeprefix(URL_PREFIX))
        file = self._root / key
        if not file.is_file():
            raise NotFound("This file is not there any more.")
        name = query.get("filename") or key.rpartition("/")[2]
        return SignedFile(file, name, query.get("type") or guess_type(key))

    def _signature(self, path: str, query: Mapping[str, str]) -> str:
        """HEAD is answered as GET is, so both go by the signature for GET."""
        signed = ["GET", path, *(query.get(name, "") for name in ("expires", "filename", "type"))]
        message = "\n".join(quote(part) for part in signed).encode()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()


class S3Blobs(ObstoreBlobs):
    """Objects in a bucket of S3 or of anything that speaks its protocol."""

    def __init__(self, bucket: str, prefix: str, options: Mapping[str, str]) -> None:
        public = options.get("public_endpoint")
        config: Any = {name: v for name, v in options.items() if name != "public_endpoint"}

        def connect(config: Any) -> S3Store:
            http: Any = {"allow_http": True}  # only where the operator's endpoint says http
            return S3Store(bucket, prefix=prefix or None, config=config, client_options=http)

        store = connect(config)
        super().__init__(store)
        self._signer = connect({**config, "endpoint": public}) if public else store

    def _attributes(self, content_type: str) -> Any:
        return {"Content-Type": content_type}

    async def signed_url(
        self,
        key: str,
        *,
        expires_in: timedelta,
        filename: str | None = None,  # noqa: ARG002
        content_type: str | None = None,  # noqa: ARG002
    ) -> str:
        """The content type is the one that the blob was put with, the name is the key's last
        segment: obstore signs no response headers."""
        with _refusals(key):
            url = await obstore.sign_async(self._signer, "GET", checked(key), expires_in)
            return str(url)


def checked(key: str) -> str:
    """`key`, if every store can hold it. Raises Invalid."""
    segments = key.split("/")
    too_long = any(len(segment.encode(errors="replace")) > _SEGMENT_BYTES for segment in segments)
    if too_long or len(key) > 900 or _UNUSABLE.search(key) or not _encodable(key):
        raise Invalid("A blob cannot have this key.", param="key")
    return key


def _encodable(key: str) -> bool:
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


def guess_type(key: str) -> str:
    """The content type that the key's ending says."""
    if key.endswith(".mka"):
        return "audio/x-matroska"
    return mimetypes.guess_type(key)[0] or "application/octet-stream"


@contextmanager
def _refusals(key: str) -> Iterator[None]:
    """Errors of the store in the product's terms."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"No blob {key}.") from error
    except (BaseError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise Unavailable(f"The blob store does not answer: {reason}") from error
