"""What a page may say: read, bounded, and handed to its room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interviewer.agent.floor import Press, PressKind
from interviewer.agent.room import Room
from interviewer.domain.errors import Invalid

PRESSES: frozenset[PressKind] = frozenset(
    ("done_speaking", "more_time", "repeat", "skip", "typed_answer", "leave")
)
MAX_TYPED_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something the page noticed; `at` is the page's own time."""

    kind: str
    at: float


PageMessage = Press | Noticed


def parse(message: Mapping[str, Any]) -> PageMessage:
    """Raises Invalid for a message that the contract does not know."""
    kind = message.get("type")
    if kind == "integrity":
        return _noticed(message)
    if kind not in PRESSES:
        raise Invalid("There is no such message.", code="unknown_message", param="type")
    return Press(kind, _typed_text(message.get("text")) if kind == "typed_answer" else "")


def is_lasting(message: Mapping[str, Any]) -> bool:
    """Whether it counts however late it comes; the rest is about the moment."""
    return message.get("type") in ("typed_answer", "leave", "integrity")


async def deliver(room: Room, message: PageMessage) -> None:
    """Hand it to the room, whether a session runs or not."""
    if isinstance(message, Noticed):
        room.integrity(message.kind, message.at)
        return
    if message.kind == "leave":
        await room.leave()
        return
    if message.kind == "typed_answer":
        await room.begin_without_sound()
    room.press(message)


def _noticed(message: Mapping[str, Any]) -> Noticed:
    kind, at = message.get("kind"), message.get("at")
    if not isinstance(kind, str) or not 1 <= len(kind) <= 64:
        raise Invalid("`kind` must be a short text.", param="kind")
    if not isinstance(at, int | float) or isinstance(at, bool) or not 0 <= at < 1e15:
        raise Invalid("`at` must be a number of seconds.", param="at")
    return Noticed(kind, float(at))


def _typed_text(text: object) -> str:
    if not isinstance(text, str) or not text.strip():
        raise Invalid("`text` must not be empty.", param="text")
    if len(text) > MAX_TYPED_CHARACTERS:
        raise Invalid(f"`text` is longer than {MAX_TYPED_CHARACTERS} characters.", param="text")
    # What is no text at all (a lone surrogate) can be neither stored nor shown.
    return text.strip().encode("utf-8", "replace").decode()
