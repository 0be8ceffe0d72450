"""Bodies of requests, bounded by their announced length and as they come."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from interviewer.domain.errors import TooLarge


def limited(scope: Scope, receive: Receive, limit: int, message: str = "") -> Receive:
    """`receive` that raises HTTPException 413 once more than `limit` bytes came.

    `message`: what it says then. Raises TooLarge at once if the announced length says so.
    """
    refusal = TooLarge(message or f"A body may have at most {max(1, limit >> 20)} MB here.")
    announced = Headers(scope=scope).get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise refusal
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                # Not TooLarge: FastAPI turns what else a body raises into a 400.
                raise HTTPException(413, refusal.message)
        return message

    return counted
