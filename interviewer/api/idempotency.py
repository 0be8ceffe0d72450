"""`Idempotency-Key`: a POST sent again is answered again, not done again."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interviewer.domain.errors import Conflict, FieldError, Invalid
from interviewer.interfaces import Store

HEADER = "idempotency-key"
MAX_KEY_LENGTH = 255


class Replays:
    """Stores the answers of successful POSTs for 24 hours, by workspace and key."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    async def run(
        self,
        app: ASGIApp,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        workspace_id: str,
        key: str,
    ) -> None:
        """Answer from the store, or let `app` answer and keep it if it is a success.

        Raises Invalid for an unusable key, Conflict (`idempotency_key_reused`) when the same
        key comes with another request. Two at once: the second waits for the first.
        """
        if not (0 < len(key) <= MAX_KEY_LENGTH) or not key.isprintable():
            message = f"1 to {MAX_KEY_LENGTH} printable characters."
            error = FieldError("Idempotency-Key", "invalid_param", message)
            raise Invalid(message, errors=[error], param="Idempotency-Key")
        body = await _read_all(receive)
        request_hash = hashlib.sha256(
            b"\n".join([scope["method"].encode(), scope["path"].encode(), body])
        ).hexdigest()
        stored_under = hashlib.sha256(f"{workspace_id}\n{key}".encode()).hexdigest()
        async with self._lock(stored_under):
            async with self._store.snapshot() as tx:
                known = await tx.idempotent_answer(stored_under)
            if known is None:

                async def save(status: int, answer: bytes) -> None:
                    # Conflict: another process answered the same request; its answer stays.
                    with suppress(Conflict):
                        async with self._store.transaction() as tx:
                            await tx.save_idempotent_answer(
                                stored_under, request_hash, status, answer, self._clock()
                            )

                await app(scope, _again(body, receive), _saving(scope, send, save))
            elif known[0] != request_hash:
                raise Conflict(
                    "This Idempotency-Key was used for another request.",
                    code="idempotency_key_reused",
                    param="Idempotency-Key",
                )
            else:
                await _replay(send, known[1], known[2])

    @asynccontextmanager
    async def _lock(self, name: str) -> AsyncIterator[None]:
        lock, users = self._locks.get(name, (asyncio.Lock(), 0))
        self._locks[name] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks[name]
            if users == 1:
                del self._locks[name]
            else:
                self._locks[name] = (lock, users - 1)


def _saving(scope: Scope, send: Send, save: Callable[[int, bytes], Awaitable[None]]) -> Send:
    """`send` that saves a success before any of it goes out, with null for each of
    `scope["state"]["secrets"]`, which are shown once and stored nowhere."""
    start: Message = {}
    answer = bytearray()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        answer.extend(message.get("body", b""))
        if message.get("more_body"):
            return
        if 200 <= start["status"] < 300:
            stored = bytes(answer)
            for secret in scope["state"].get("secrets", ()):
                stored = stored.replace(json.dumps(secret).encode(), b"null")
            await save(start["status"], stored)
        await send(start)
        await send({"type": "http.response.body", "body": bytes(answer)})

    return keep


async def _read_all(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body.extend(message.get("body", b""))
        if not message.get("more_body"):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    first = True

    async def replayed() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replayed


async def _replay(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"idempotent-replayed", b"true"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
