"""`ETag` and `If-Match` (RFC 9110, sections 8.8.3 and 13.1.1): no change over another's change."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Header, Response

from interviewer.domain.errors import Outdated
from interviewer.sessions.preconditions import Precondition, anything

IfMatch = Annotated[
    str | None,
    Header(
        max_length=1000,
        description="An `ETag` as it was read: 412 if it was changed since. Never required.",
    ),
]


def etag(record: Any) -> str:
    """A strong one, the same as long as nothing of the stored record changes."""
    content = json.dumps(asdict(record), sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(content.encode()).hexdigest()[:24]}"'


def tag(response: Response, record: Any) -> None:
    """Let the answer say which state of the record it shows."""
    response.headers["ETag"] = etag(record)


def required(if_match: str | None) -> Precondition:
    """What the header asks of the record; without the header nothing. `*` is any state."""
    if if_match is None or if_match.strip() == "*":
        return anything
    wanted = {part.strip() for part in if_match.split(",")}

    def check(record: Any) -> None:
        if etag(record) not in wanted:
            raise Outdated("It was changed since you read it; read it again.", param="If-Match")

    return check
