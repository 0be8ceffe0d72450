"""Signing secrets of webhooks: derived, so that none lies in the database.

All processes that share `INTERVIEWER_SECRET` derive the same one; whoever has another secret
finds that out by `fingerprint` before signing anything.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

PREFIX = "whsec_"


def derive(service_secret: bytes, webhook_id: str, number: int) -> str:
    """The webhook's secret of that number: 256 bits in the form of Standard Webhooks."""
    message = f"webhook\n{webhook_id}\n{number}".encode()
    digest = hmac.new(service_secret, message, hashlib.sha256).digest()
    return PREFIX + base64.b64encode(digest).decode()


def fingerprint(secret: str) -> str:
    """What is stored of it, to tell whether it is still the same."""
    return hashlib.sha256(secret.encode()).hexdigest()
