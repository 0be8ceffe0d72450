"""Working during the candidate's pauses: the next move is ready when the pause proves the end.

Nothing here decides. A guess is used only if the turn that is taken has the very same words, and
is thrown away otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from interviewer.agent.thinking import Thinking
from interviewer.agent.wording import Wording
from interviewer.domain.conversation import Conversation
from interviewer.domain.intent import Intent
from interviewer.domain.moves import CandidateTurn, ConversationState, DecideFollowUp
from interviewer.domain.transcript import Turn
from interviewer.observability import metrics

FIRST_WORD_SECONDS = 2.0
# A guess that is under way is worth so long a wait: most of its words are there already.
NEARLY_SECONDS = 0.8


@dataclass(slots=True)
class _Guess:
    prompt: str
    text: str
    intent: asyncio.Task[Intent]
    follow_up: asyncio.Task[tuple[DecideFollowUp, str | None] | None]


class WorkAhead:
    """At most one guess at a time, for the words of the turn so far."""

    def __init__(
        self,
        conversation: Conversation,
        thinking: Thinking,
        prerender: Callable[[list[str]], object],
    ) -> None:
        self._conversation = conversation
        self._thinking = thinking
        self._prerender = prerender
        self._guess: _Guess | None = None
        self._warming: asyncio.Task[None] | None = None

    def begin(self, text: str, turns: Sequence[Turn], at: float) -> None:
        """The candidate pauses after these words: work out what would come next."""
        prompt = self._conversation.state.prompt
        if self._guess is not None and (self._guess.prompt, self._guess.text) == (prompt, text):
            return
        self.drop()
        intent = asyncio.create_task(self._thinking.intent(prompt, text), name="agent.ahead.intent")
        follow_up = asyncio.create_task(
            self._follow_up(text, intent, turns, at), name="agent.ahead.follow_up"
        )
        self._guess = _Guess(prompt, text, intent, follow_up)

    def warm(self, question_id: str, turns: Sequence[Turn]) -> None:
        """The question is being asked: the model may read it meanwhile."""
        if self._warming is not None:
            self._warming.cancel()
        question = self._conversation.plan.question(question_id)
        self._warming = asyncio.create_task(
            self._thinking.warm(question, turns), name="agent.ahead.warm"
        )

    def close(self) -> None:
        """Nothing is worked on any more."""
        self.drop()
        if self._warming is not None:
            self._warming.cancel()

    def drop(self) -> None:
        """The candidate went on, or something else happened."""
        if self._guess is not None:
            self._guess.follow_up.cancel()
            self._guess.intent.cancel()
            self._guess = None

    async def intent(self, text: str) -> Intent:
        """How the turn was meant; from the guess where it was about the same words."""
        prompt, guess = self._conversation.state.prompt, self._guess
        if guess is not None and (guess.prompt, guess.text) == (prompt, text):
            # Waited for without being awaited: another pause may drop it meanwhile.
            await asyncio.wait({guess.intent})
            if not guess.intent.cancelled():
                return guess.intent.result()
        self.drop()
        return await self._thinking.intent(prompt, text)

    async def follow_up(
        self, command: DecideFollowUp, turns: Sequence[Turn]
    ) -> str | Wording | None:
        """The wording asked for, within about `FIRST_WORD_SECONDS`.

        Whole, from the guess, where that was for the same decision and is there or nearly; else
        clause by clause as the model makes it.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + FIRST_WORD_SECONDS
        guess, self._guess = self._guess, None
        if guess is not None:
            made = await self._made(guess)
            if made is not None and made[0] == command:
                metrics.FOLLOW_UPS.labels("ahead").inc()
                return made[1]
        question = self._conversation.plan.question(command.question_id)
        metrics.FOLLOW_UPS.labels("streamed").inc()
        return await self._thinking.follow_up_by_clauses(
            question, turns, required=command.required, within=deadline - clock()
        )

    async def _made(self, guess: _Guess) -> tuple[DecideFollowUp, str | None] | None:
        """What the guess came to; it is given up where that takes long."""
        try:
            await asyncio.wait({guess.follow_up}, timeout=NEARLY_SECONDS)
        finally:
            if not guess.follow_up.done():
                guess.follow_up.cancel()
                guess.intent.cancel()
        return guess.follow_up.result() if guess.follow_up.done() else None

    async def _follow_up(
        self, text: str, intent: asyncio.Task[Intent], turns: Sequence[Turn], at: float
    ) -> tuple[DecideFollowUp, str | None] | None:
        """What a copy of the conversation would ask for after this turn, worded."""
        meant = await asyncio.shield(intent)
        state = ConversationState.from_dict(self._conversation.state.to_dict())
        trial = Conversation(self._conversation.plan, state)
        match trial.handle(CandidateTurn(at, text, meant)):
            case [DecideFollowUp() as command]:
                question = trial.plan.question(command.question_id)
            case _:
                return None
        answer = Turn(
            turn_id="",
            speaker="Candidate",
            text=text,
            start=at,
            end=at,
            kind="answer",
            question_id=question.question_id,
        )
        wording = await self._thinking.follow_up(
            question, [*turns, answer], required=command.required
        )
        if wording:
            self._prerender([wording])
        return command, wording
