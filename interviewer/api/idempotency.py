"""`Idempotency-Key`: a POST sent again is answered again, not done again."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interviewer.domain.errors import Conflict, FieldError, Invalid, NotFound
from interviewer.interfaces import IdempotentAnswer, Store

HEADER = "idempotency-key"
MAX_KEY_LENGTH = 255
WAIT_SECONDS = 20.0
POLL_SECONDS = 0.2


class Replays:
    """Stores the answers of successful POSTs for 24 hours, by workspace and key.

    A key is claimed in the store before its request is done, so that of two pods one does it.
    """

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
        key comes with another request. Two at once: the second waits for the first, at most
        `WAIT_SECONDS` if that is another pod's (`idempotency_key_in_use`).
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
            known = await self._claim(stored_under, request_hash)
            if known is not None:
                await _replay(send, known)
                return
            answered = _Answered(send)
            try:
                await app(scope, _again(body, receive), answered)
            finally:
                secrets = scope["state"].get("secrets", ())
                await asyncio.shield(self._settle(stored_under, answered, secrets))
            await answered.send_on()

    async def _claim(self, stored_under: str, request_hash: str) -> IdempotentAnswer | None:
        """The answer that there is, or None: it is ours to give."""
        deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
        while True:
            with suppress(NotFound):  # another has just released it: claim it again
                async with self._store.transaction() as tx:
                    known = await tx.claim_idempotency_key(
                        stored_under, request_hash, self._clock()
                    )
                if known is None:
                    return None
                if known.request_hash != request_hash:
                    raise Conflict(
                        "This Idempotency-Key was used for another request.",
                        code="idempotency_key_reused",
                        param="Idempotency-Key",
                    )
                if known.status:
                    return known
            if asyncio.get_running_loop().time() > deadline:
                raise Conflict(
                    "A request with this Idempotency-Key is still being answered.",
                    code="idempotency_key_in_use",
                    param="Idempotency-Key",
                )
            await asyncio.sleep(POLL_SECONDS)

    async def _settle(self, stored_under: str, answered: _Answered, secrets: Iterable[str]) -> None:
        """Keep a success, with null for each of `secrets`, which are shown once and stored
        nowhere; leave the key free after anything else."""
        body = answered.body
        for secret in secrets:
            body = body.replace(json.dumps(secret).encode(), b"null")
        async with self._store.transaction() as tx:
            if answered.is_success:
                await tx.save_idempotent_answer(stored_under, answered.status, body)
            else:
                await tx.release_idempotency_key(stored_under)

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


class _Answered:
    """A `send` that holds the whole answer back until it is kept."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._messages: list[Message] = []
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self._messages.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self._messages)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    async def send_on(self) -> None:
        for message in self._messages:
            await self._send(message)


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


async def _replay(send: Send, known: IdempotentAnswer) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(known.body)).encode()),
        (b"idempotent-replayed", b"true"),
    ]
    await send({"type": "http.response.start", "status": known.status, "headers": headers})
    await send({"type": "http.response.body", "body": known.body})
