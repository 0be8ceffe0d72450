"""What was said: turns on the interview's time axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Speaker = Literal["Interviewer", "Candidate"]
TurnKind = Literal[
    "greeting",
    "overview",
    "question",
    "follow_up",
    "answer",
    "aside",
    "reply",
    "repeat",
    "prompt",
    "acknowledgement",
    "notice",
    "closing",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn.

    `start`, `end`: seconds on the interview's time axis, which is the recording's.
    `kind`: what the turn did; the candidate's are `answer` (it counts) or `aside` (asking to
    repeat, asking about the job, wanting to skip: it never counts as an answer).
    `typed`: the candidate wrote it. `question_id`: the main question it belongs to, if any.
    """

    turn_id: str
    speaker: Speaker
    text: str
    start: float
    end: float
    kind: TurnKind
    question_id: str | None = None
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word. Seconds on the time axis of what was transcribed."""

    text: str
    start: float
    end: float
    probability: float = 1.0
