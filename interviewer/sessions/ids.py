"""Names for new things: ids as the contract writes them, slugs, secrets."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata

RESERVED_SLUGS = frozenset(
    {"api", "assets", "blobs", "docs", "health", "metrics", "openapi.json", "ready", "review"}
)
"""First path segments the service itself answers; no workspace may be called so."""

MAX_SLUG_LENGTH = 80


def new_posting_id() -> str:
    """8 upper-case hex digits."""
    return secrets.token_hex(4).upper()


def new_question_id() -> str:
    """8 upper-case hex digits."""
    return secrets.token_hex(4).upper()


def new_interview_id() -> str:
    """16 upper-case hex digits; unguessable, as it is the candidate's link."""
    return secrets.token_hex(8).upper()


def new_webhook_id() -> str:
    """32 upper-case hex digits."""
    return secrets.token_hex(16).upper()


def new_ingestion_key() -> str:
    """38 URL-safe characters."""
    return secrets.token_urlsafe(28)


def candidate_id(workspace_id: str, email: str) -> str:
    """The same for one e-mail address in all postings of a workspace."""
    digest = hashlib.sha256(f"{workspace_id}\n{email.casefold()}".encode()).hexdigest()
    return f"cand_{digest[:16]}"


def slugify(text: str) -> str:
    """Lower-case ASCII words joined by hyphens; empty if nothing of `text` is ASCII."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    return "-".join(words)[:MAX_SLUG_LENGTH].strip("-")
