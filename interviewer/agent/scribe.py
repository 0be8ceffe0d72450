"""Writes down who said what: to the pages at once, to the journal before anything more is said."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from interviewer.agent.feed import PageFeed
from interviewer.agent.floor import Heard
from interviewer.agent.journal import Journal
from interviewer.agent.voice import Spoken
from interviewer.domain.conversation import Conversation
from interviewer.domain.moves import Ask
from interviewer.domain.transcript import Turn, TurnKind

# Of what the page noticed; the oldest give way to newer ones.
MOST_NOTICED = 200


class Scribe:
    """Turns of one session. `now`: session seconds; `offset`: where they lie on the axis."""

    def __init__(
        self,
        *,
        conversation: Conversation,
        journal: Journal,
        feed: PageFeed,
        now: Callable[[], float],
        offset: float,
        sessions: Sequence[Mapping[str, Any]],
        integrity: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self._conversation = conversation
        self._journal = journal
        self._feed = feed
        self._now = now
        self._offset = offset
        self._sessions = list(sessions)
        self._integrity: deque[Mapping[str, Any]] = deque(integrity, maxlen=MOST_NOTICED)
        self._candidates_turn: str | None = None
        self._backchannels = 0

    def at(self) -> float:
        """Now, on the interview's axis."""
        return self._now() + self._offset

    def question_id(self) -> str | None:
        question = self._conversation.current
        return question.question_id if question is not None else None

    def others(self) -> list[Turn]:
        """Every turn but the one that the candidate is taking."""
        return [t for t in self._journal.turns if t.turn_id != self._candidates_turn]

    # --- the interviewer ----------------------------------------------------------------------

    def begin(self, text: str, kind: TurnKind, question_id: str | None) -> Turn:
        """The interviewer begins to say something."""
        turn = Turn(
            turn_id=self._journal.new_id(),
            speaker="Interviewer",
            text=text,
            start=self.at(),
            end=self.at(),
            kind=kind,
            question_id=question_id,
        )
        self._show(turn, final=False)
        self._journal.note(turn)
        return turn

    async def spoken(self, turn: Turn, spoken: Spoken) -> None:
        """It is out, or gave way: what was heard of it stands."""
        said = replace(
            turn,
            text=spoken.heard,
            start=spoken.start + self._offset,
            end=spoken.end + self._offset,
        )
        self._show(said, final=True)
        await self.save(said)

    def broken_off(self, turn: Turn) -> None:
        """The connection was lost while it was said: it lasted until now. To be saved."""
        self._journal.note(replace(turn, end=self.at()))

    def backchannel(self, text: str) -> None:
        """Show that the interviewer listens; it is in the recording and takes no turn."""
        at = round(self.at(), 3)
        self._backchannels += 1
        self._feed.transcript(
            {
                "type": "transcript",
                "turn_id": f"b{len(self._sessions):02d}{self._backchannels:04d}",
                "speaker": "Interviewer",
                "text": text,
                "final": True,
                "start": at,
                "end": at,
                "backchannel": True,
            }
        )

    def announce(self, ask: Ask) -> None:
        """A main question or a follow-up begins to be said."""
        self._conversation.announced()
        self._journal.remember(self._state())
        self._feed.question(
            {
                "type": "question",
                "question_id": ask.question_id,
                "index": ask.index,
                "total": ask.total,
                "follow_up": ask.follow_up,
                "text": ask.text,
                "repeat": ask.repeat,
            }
        )

    # --- the candidate ------------------------------------------------------------------------

    def hearing(self, heard: Heard) -> None:
        """The candidate's words grow."""
        turn = self._turn_of(heard, "answer")
        self._show(turn, final=False)
        self._journal.note(turn)

    async def heard(self, heard: Heard, kind: TurnKind) -> None:
        """The candidate's turn is over (for now)."""
        turn = self._turn_of(heard, kind)
        self._show(turn, final=True)
        await self.save(turn)

    async def typed(self, text: str, kind: TurnKind) -> Turn:
        """The candidate wrote it; stored before anything is made of it."""
        at = self.at()
        turn = self._turn_of(Heard(text, at - self._offset, at - self._offset), kind)
        turn = replace(turn, typed=True)
        self._show(turn, final=True)
        await self.save(turn)
        self.next_turn()
        return turn

    async def was_no_answer(self, turn: Turn) -> None:
        """What was taken for an answer turned out to be none."""
        await self.save(replace(turn, kind="aside"))

    def next_turn(self) -> None:
        """What the candidate says from now on is another turn."""
        self._candidates_turn = None

    # --- the page ------------------------------------------------------------------------------

    def noticed(self, kind: str, at: float) -> None:
        """Something the page noticed, at second `at` of the axis; for people, never for a score."""
        self._integrity.append({"kind": kind, "at": round(at, 3)})
        self._journal.remember(self._state())

    # --- keeping ------------------------------------------------------------------------------

    async def save(self, *turns: Turn) -> None:
        await self._journal.save(*turns, state=self._state())

    def unfinished_answer(self) -> str:
        """Words of an answer to the current prompt that an earlier session was cut off in."""
        said = [t for t in self._journal.turns if t.kind in ("answer", "question", "follow_up")]
        listening = self._conversation.state.phase in ("listening", "asking")
        if said and said[-1].kind == "answer" and listening:
            return said[-1].text if said[-1].question_id == self.question_id() else ""
        return ""

    def _turn_of(self, heard: Heard, kind: TurnKind) -> Turn:
        if self._candidates_turn is None:
            self._candidates_turn = self._journal.new_id()
        return Turn(
            turn_id=self._candidates_turn,
            speaker="Candidate",
            text=heard.text,
            start=heard.start + self._offset,
            end=heard.end + self._offset,
            kind=kind,
            question_id=self.question_id(),
        )

    def _show(self, turn: Turn, *, final: bool) -> None:
        if turn.text:
            self._feed.transcript(
                {
                    "type": "transcript",
                    "turn_id": turn.turn_id,
                    "speaker": turn.speaker,
                    "text": turn.text,
                    "final": final,
                    "start": round(turn.start, 3),
                    "end": round(turn.end, 3),
                }
            )

    def _state(self) -> dict[str, Any]:
        return {
            **self._conversation.state.to_dict(),
            "sessions": self._sessions,
            "integrity": list(self._integrity),
        }
