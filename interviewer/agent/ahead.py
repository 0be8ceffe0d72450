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
# What is left for the scripted question when the model has used up its time.
LAST_RESORT_SECONDS = 0.1
READING_SECONDS = 1.0
# A question of 25 words is worded in so long a time on two slow cores.
CLAUSE_SECONDS = 2.0


@dataclass(slots=True)
class _FollowUp:
    """What a guess would ask for, and its wording, which is to be closed."""

    command: DecideFollowUp
    wording: Wording


@dataclass(slots=True)
class _Guess:
    prompt: str
    text: str
    intent: asyncio.Task[Intent]
    follow_up: asyncio.Task[_FollowUp | None]
    prerendering: asyncio.Task[None]

    def drop(self) -> None:
        """Nothing of it is wanted."""
        made = _result(self.follow_up)
        if made is not None:
            made.wording.cancel()
        self.follow_up.cancel()
        self.intent.cancel()
        self.prerendering.cancel()


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
        self._reading: asyncio.Task[None] | None = None

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
        prerendering = asyncio.create_task(
            self._prerender_whole(follow_up), name="agent.ahead.prerender"
        )
        self._guess = _Guess(prompt, text, intent, follow_up, prerendering)

    def warm(self, question_id: str, turns: Sequence[Turn]) -> None:
        """The question is being asked: the model may read it meanwhile."""
        if self._warming is not None:
            self._warming.cancel()
        question = self._conversation.plan.question(question_id)
        self._warming = asyncio.create_task(
            self._thinking.warm(question, turns), name="agent.ahead.warm"
        )

    def read(self, question_id: str, text: str, turns: Sequence[Turn]) -> None:
        """These words of the answer will not change: the model reads them while more are said.

        One reading at a time; what comes meanwhile is read with the next.
        """
        if self._reading is not None and not self._reading.done():
            return
        question = self._conversation.plan.question(question_id)
        self._reading = asyncio.create_task(
            self._thinking.read(question, turns, text), name="agent.ahead.read"
        )

    def close(self) -> None:
        """Nothing is worked on any more."""
        self.drop()
        if self._reading is not None:
            self._reading.cancel()
        if self._warming is not None:
            self._warming.cancel()

    def drop(self) -> None:
        """The candidate went on, or something else happened."""
        if self._guess is not None:
            self._guess.drop()
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

        The guess's, where that was for the same decision: whole if it is, else from where it has
        got to. Otherwise begun now. Clause by clause as the model makes it.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + FIRST_WORD_SECONDS
        guess, self._guess = self._guess, None
        if guess is not None:
            try:
                made = await self._made(guess, command)
                if made is not None and made.done:
                    metrics.FOLLOW_UPS.labels("ahead").inc()
                    return await made.whole() or None
                if made is not None:
                    made.hurry()
                    begun = await self._begun(made, deadline - clock() - LAST_RESORT_SECONDS)
                    metrics.FOLLOW_UPS.labels("handed_over").inc()
                    return made if begun else None
            except TimeoutError:
                guess.drop()
            except asyncio.CancelledError:
                guess.drop()
                raise
        question = self._conversation.plan.question(command.question_id)
        metrics.FOLLOW_UPS.labels("streamed").inc()
        return await self._thinking.follow_up(
            question, turns, required=command.required, within=deadline - clock()
        )

    async def _begun(self, wording: Wording, within: float) -> bool:
        """Whether there is a first clause to say; False: there will be none.

        Raises TimeoutError where the model has no word after `within` seconds, or no clause
        `CLAUSE_SECONDS` after that.
        """
        begun = asyncio.create_task(wording.begun(), name="agent.ahead.begun")
        try:
            await asyncio.wait({begun}, timeout=within)
            if not begun.done() and wording.under_way:
                await asyncio.wait({begun}, timeout=CLAUSE_SECONDS)
            if not begun.done():
                raise TimeoutError
            return begun.result()
        finally:
            begun.cancel()

    async def _made(self, guess: _Guess, command: DecideFollowUp) -> Wording | None:
        """The guess's wording, where it was for this decision; nothing waits for the model here."""
        await asyncio.wait({guess.follow_up})
        made = _result(guess.follow_up)
        if made is not None and made.command == command:
            return made.wording
        guess.drop()
        return None

    async def _follow_up(
        self, text: str, intent: asyncio.Task[Intent], turns: Sequence[Turn], at: float
    ) -> _FollowUp | None:
        """What a copy of the conversation would ask for after this turn; its wording is begun."""
        meant = await asyncio.shield(intent)
        if self._reading is not None:
            # What is being read is the beginning of this prompt; a second reading of it elsewhere
            # would only take longer.
            await asyncio.wait({self._reading}, timeout=READING_SECONDS)
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
        return _FollowUp(
            command,
            self._thinking.follow_up_ahead(question, [*turns, answer], required=command.required),
        )

    async def _prerender_whole(self, follow_up: asyncio.Task[_FollowUp | None]) -> None:
        """Have the voice render a wording that is whole before anybody asked for it."""
        made = await asyncio.shield(follow_up)
        if made is not None and (text := await made.wording.whole()):
            self._prerender([text])


def _result(task: asyncio.Task[_FollowUp | None]) -> _FollowUp | None:
    """What it came to; None while it is not done, or where it was given up or failed."""
    if not task.done() or task.cancelled() or task.exception() is not None:
        return None
    return task.result()
