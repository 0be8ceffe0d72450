"""Changing only what one has read: what must hold of a record when it is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Precondition = Callable[[Any], None]
"""Given the record as stored, inside the transaction that changes it. Raises Outdated."""


def anything(_: Any) -> None:
    """Nothing is asked of the record."""
