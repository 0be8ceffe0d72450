"""What a conversation is driven by and what it asks for: events, commands, and its state.

Every event carries `at`, in seconds on the interview's time axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from interviewer.domain.intent import Intent
from interviewer.domain.transcript import TurnKind

Phase = Literal["new", "asking", "listening", "deciding", "replying", "confirming_stop", "ended"]
Outcome = Literal["not_reached", "asked", "answered", "skipped", "unanswered"]
EndReason = Literal["completed", "candidate_left", "out_of_time", "erased", "failed"]

PROMPT_AFTER_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Connected:
    """The candidate is there: for the first time, or again after a drop.

    `partial`: words of an answer that the drop cut off are stored.
    """

    at: float
    partial: bool = False


@dataclass(frozen=True, slots=True)
class SaidAll:
    """Everything commanded has been played out; the candidate has the floor."""

    at: float


@dataclass(frozen=True, slots=True)
class CandidateTurn:
    """The candidate ended a turn. `intent` is how it was read by meaning."""

    at: float
    text: str
    intent: Intent


@dataclass(frozen=True, slots=True)
class NotRecognised:
    """The candidate spoke, and no words could be made out."""

    at: float


@dataclass(frozen=True, slots=True)
class FollowUpReady:
    """The wording of a follow-up; None where the model wants none or failed."""

    at: float
    text: str | None


@dataclass(frozen=True, slots=True)
class ReplyReady:
    """The answer to the candidate's own question, worded from the posting's text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody spoke for as long as the last `Listen` allowed."""

    at: float


@dataclass(frozen=True, slots=True)
class SkipPressed:
    at: float


@dataclass(frozen=True, slots=True)
class RepeatPressed:
    at: float


@dataclass(frozen=True, slots=True)
class MoreTimePressed:
    at: float


@dataclass(frozen=True, slots=True)
class LeavePressed:
    at: float


Event = (
    Connected
    | SaidAll
    | CandidateTurn
    | NotRecognised
    | FollowUpReady
    | ReplyReady
    | Silence
    | SkipPressed
    | RepeatPressed
    | MoreTimePressed
    | LeavePressed
)


@dataclass(frozen=True, slots=True)
class Say:
    """Speak it; it is transcript only. `summarise`: say a short version made beforehand."""

    text: str
    kind: TurnKind
    question_id: str | None = None
    summarise: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Speak a main question or a follow-up and announce it as the current one.

    `index` is 1-based. `repeat`: announced before, e.g. on a new connection.
    """

    text: str
    question_id: str
    index: int
    total: int
    follow_up: bool
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class DecideFollowUp:
    """Let the model word a follow-up; if not `required` it may want none."""

    question_id: str
    required: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer what the candidate asked, from the posting's own text."""

    question_id: str | None
    utterance: str
    intent: Intent


@dataclass(frozen=True, slots=True)
class Listen:
    """When all is said, listen; raise `Silence` after so many seconds without speech."""

    prompt_after: float = PROMPT_AFTER_SECONDS


@dataclass(frozen=True, slots=True)
class End:
    """When all is said, end the interview."""

    reason: EndReason


Command = Say | Ask | DecideFollowUp | Reply | Listen | End


@dataclass(slots=True)
class QuestionProgress:
    """What happened with one main question. `answers` counts turns taken as answers.

    `cut_short`: the candidate skipped what was left of it, so follow-ups may be owed.
    """

    outcome: Outcome = "not_reached"
    answers: int = 0
    follow_ups: int = 0
    cut_short: bool = False


@dataclass(slots=True)
class ConversationState:
    """Everything that must survive a crash. Plain data; see `to_dict` and `from_dict`."""

    phase: Phase = "new"
    index: int = -1
    prompt: str = ""
    prompt_is_follow_up: bool = False
    announced: bool = False
    opening_said: int = 0
    silences: int = 0
    asides: int = 0
    turn: int = 0
    human_requested: bool = False
    end_reason: EndReason | None = None
    progress: dict[str, QuestionProgress] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> ConversationState:
        values = {k: v for k, v in stored.items() if k in cls.__slots__}
        progress = {k: QuestionProgress(**v) for k, v in stored.get("progress", {}).items()}
        return cls(**{**values, "progress": progress})
