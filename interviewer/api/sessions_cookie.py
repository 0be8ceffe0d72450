"""The recruiters' session: a signed cookie that names an API key, never the key itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass

COOKIE = "interviewer_session"
LIFETIME_SECONDS = 12 * 3600
CSRF_HEADER = "x-requested-with"
CSRF_VALUE = "interviewer"


@dataclass(frozen=True, slots=True)
class Session:
    """Who logged in, and until when (Unix seconds)."""

    workspace_id: str
    key_id: str
    expires_at: float


def sign(session: Session, secret: bytes) -> str:
    """`payload.signature`, both URL-safe base64."""
    payload = _encode(
        json.dumps([session.workspace_id, session.key_id, session.expires_at]).encode()
    )
    return f"{payload}.{_mac(payload, secret)}"


def read(cookie: str, secret: bytes, now: float) -> Session | None:
    """The session, or None if it is forged or over."""
    payload, _, signature = cookie.partition(".")
    expected = _mac(payload, secret)
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), expected.encode()):
        return None
    padded = payload + "=" * (-len(payload) % 4)
    workspace_id, key_id, expires_at = json.loads(base64.urlsafe_b64decode(padded))
    return Session(workspace_id, key_id, expires_at) if expires_at > now else None


def _mac(payload: str, secret: bytes) -> str:
    message = b"review-session\n" + payload.encode("utf-8", "replace")
    return _encode(hmac.new(secret, message, hashlib.sha256).digest())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
