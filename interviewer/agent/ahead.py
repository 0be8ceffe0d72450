"""Working while the candidate speaks and pauses: the next move is ready when the turn ends.

Nothing here decides. What was worked out is used only where it fits the turn that is taken: an
intent for the very same words; a follow-up for the same decision, to these words or to the larger
part of them, and then, where it is whole, only if it is fair to all that was said.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from interviewer.agent.thinking import Thinking
from interviewer.agent.wording import Wording
from interviewer.domain.conversation import Conversation
from interviewer.domain.intent import Intent
from interviewer.domain.moves import CandidateTurn, ConversationState, DecideFollowUp
from interviewer.domain.transcript import Turn
from interviewer.observability import metrics

FIRST_WORD_SECONDS = 1.2
# What is left for the scripted question when the model has used up its time.
LAST_RESORT_SECONDS = 0.1
READING_SECONDS = 1.0
# A wording that was begun during the answer should have its first word by now, or nearly so. If it
# has not, a scripted question is better than silence; where none is owed, none at all.
UNDER_WAY_SECONDS, OPTIONAL_SECONDS = 0.8, 0.5
# What the model has begun is worth so much of a wait more.
CLAUSE_SECONDS = 0.5

# From so many words on a follow-up is worded before the answer's end, and again when the answer
# has grown by so much.
DRAFT_WORDS = 12
GROWN = 1.5
# Short of that the model reads along, so many words at a time: each reading has its own cost.
READ_WORDS = 8
# The share of an answer that a follow-up must have been worded from to stand for the whole, if it
# is fair to all of it. What is said last may have what an optional one would ask for.
REQUIRED_SHARE, OPTIONAL_SHARE = 0.4, 0.6
# The same for a wording under way: it is spoken before it can be held against the rest.
UNSEEN_SHARE = 0.6
# An interim and its final differ in some words; two answers differ in most.
SAME_WORDS = 0.6


@dataclass(frozen=True, slots=True)
class _Earlier:
    """A whole follow-up to the first part of the answer, or to all of it."""

    prompt: str
    text: str
    command: DecideFollowUp
    question: str


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
    prerendering: asyncio.Task[None] | None = None

    @property
    def words(self) -> int:
        return len(self.text.split())

    @property
    def is_under_way(self) -> bool:
        return self.prerendering is not None and not self.prerendering.done()

    @property
    def is_answer(self) -> bool:
        """Whether its words were read as an answer, as far as that is known."""
        read = self.intent
        return read.done() and not read.cancelled() and read.result() == "answer"

    def drop(self) -> None:
        """Nothing of it is wanted."""
        made = _result(self.follow_up)
        if made is not None:
            made.wording.cancel()
        self.follow_up.cancel()
        self.intent.cancel()
        if self.prerendering is not None:
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
        self._next: tuple[str, str, Sequence[Turn], float] | None = None
        self._begun_from = ("", 0)  # prompt and words of the last draft, whatever came of it
        self._read_from = ("", 0)  # the same of what the model has read
        self._earlier: _Earlier | None = None
        self._warming: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._closed = False

    def begin(self, text: str, turns: Sequence[Turn], at: float, *, anew: bool = False) -> None:
        """The candidate pauses after these words: work out what would come next.

        A follow-up is worded where there is none that may stand for them, or `anew`.
        """
        prompt, guess = self._conversation.state.prompt, self._guess
        if self._closed or (guess is not None and (guess.prompt, guess.text) == (prompt, text)):
            return
        if guess is not None and guess.is_under_way and self._is_worth_finishing(guess, prompt):
            self._next = (prompt, text, turns, at)
            return
        self._drop_guess()
        if anew:
            self._begun_from = (prompt, len(text.split()))
        intent = asyncio.create_task(self._thinking.intent(prompt, text), name="agent.ahead.intent")
        follow_up = asyncio.create_task(
            self._follow_up(text, turns, at, anew), name="agent.ahead.follow_up"
        )
        self._guess = guess = _Guess(prompt, text, intent, follow_up)
        guess.prerendering = asyncio.create_task(
            self._prerender_whole(guess), name="agent.ahead.prerender"
        )

    def warm(self, question_id: str, turns: Sequence[Turn]) -> None:
        """The question is being asked: the model may read it meanwhile."""
        if self._closed or self._decision("", 0.0) is None:
            return
        if self._warming is not None:
            self._warming.cancel()
        question = self._conversation.plan.question(question_id)
        self._warming = asyncio.create_task(
            self._thinking.warm(question, turns), name="agent.ahead.warm"
        )

    def read(self, question_id: str, text: str, turns: Sequence[Turn], at: float) -> None:
        """These words of the answer will hardly change: they are worked on while more are said.

        Where there are enough of them a follow-up is worded, else the model reads them. One at a
        time, and none while the model words one for anybody; what comes meanwhile is read with
        the next.
        """
        if self._closed or (self._guess is not None and self._guess.is_under_way):
            return
        if self._thinking.busy or self._decision(text, at) is None:
            return
        prompt, count = self._conversation.state.prompt, len(text.split())
        if count >= max(DRAFT_WORDS, GROWN * _words(self._begun_from, prompt)):
            self.begin(text, turns, at, anew=True)
            return
        is_reading = self._reading is not None and not self._reading.done()
        if is_reading or count < _words(self._read_from, prompt) + READ_WORDS:
            return
        self._read_from = (prompt, count)
        question = self._conversation.plan.question(question_id)
        self._reading = asyncio.create_task(
            self._thinking.read(question, turns, text), name="agent.ahead.read"
        )

    def close(self) -> None:
        """Nothing is worked on any more."""
        self._closed = True
        self.drop()
        if self._reading is not None:
            self._reading.cancel()
        if self._warming is not None:
            self._warming.cancel()

    def drop(self) -> None:
        """What was worked out is of no use any more."""
        self._earlier = None
        self._begun_from = ("", 0)
        self._drop_guess()

    def _drop_guess(self) -> None:
        self._next = None
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
        return await self._thinking.intent(prompt, text)

    async def follow_up(
        self, command: DecideFollowUp, turns: Sequence[Turn]
    ) -> str | Wording | None:
        """The wording asked for, its first clause or all of it, within about `FIRST_WORD_SECONDS`;
        None: none is to be asked.

        `turns` has the whole answer last. A whole one from before the end, where it fits; else
        the one under way, from where it has got to, or a scripted one if it is not far enough;
        else one begun now. Clause by clause as the model makes it.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + FIRST_WORD_SECONDS
        guess, self._guess, self._next = self._guess, None, None
        answer = next((turn.text for turn in reversed(turns) if turn.speaker == "Candidate"), "")
        question = self._conversation.plan.question(command.question_id)
        share = REQUIRED_SHARE if command.required else OPTIONAL_SHARE
        earlier = self._fitting(command, answer, share)
        if earlier is not None and self._thinking.is_fair(question, turns, earlier):
            if guess is not None:
                guess.drop()
            metrics.FOLLOW_UPS.labels("ahead").inc()
            return earlier
        if guess is not None and not self._may_stand(guess, answer):
            guess.drop()
            guess = None
        if guess is not None:
            try:
                made = await self._made(guess, command)
                if made is not None and made.done:
                    whole = await made.whole()
                    if not whole or self._thinking.is_fair(question, turns, whole):
                        metrics.FOLLOW_UPS.labels("ahead").inc()
                        return whole or None
                elif made is not None:
                    made.hurry()
                    patience = UNDER_WAY_SECONDS if command.required else OPTIONAL_SECONDS
                    begun = await self._begun(made, patience)
                    if not begun:
                        return None
                    metrics.FOLLOW_UPS.labels("handed_over").inc()
                    return made
            except TimeoutError:
                guess.drop()
                metrics.FOLLOW_UPS.labels("late").inc()
                return self._thinking.scripted(question, turns) if command.required else None
            except asyncio.CancelledError:
                guess.drop()
                raise
        metrics.FOLLOW_UPS.labels("streamed").inc()
        return await self._thinking.follow_up(
            question,
            turns,
            required=command.required,
            within=max(LAST_RESORT_SECONDS, deadline - clock()),
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
        """The guess's wording, where it was for this decision and for an answer."""
        await asyncio.wait({guess.follow_up})
        made = _result(guess.follow_up)
        if made is not None and made.command == command:
            await asyncio.wait({guess.intent})
            if guess.is_answer:
                return made.wording
        guess.drop()
        return None

    async def _follow_up(
        self, text: str, turns: Sequence[Turn], at: float, anew: bool
    ) -> _FollowUp | None:
        """What would be asked for after this answer; its wording is begun, unless there is one for
        most of it.

        Most turns are answers: how this one was meant is read meanwhile.
        """
        if self._reading is not None:
            # What is being read is the beginning of this prompt; a second reading of it elsewhere
            # would only take longer.
            await asyncio.wait({self._reading}, timeout=READING_SECONDS)
        prompt = self._conversation.state.prompt
        command = self._decision(text, at)
        if command is None:
            return None
        question = self._conversation.plan.question(command.question_id)
        answer = Turn(
            turn_id="",
            speaker="Candidate",
            text=text,
            start=at,
            end=at,
            kind="answer",
            question_id=question.question_id,
        )
        so_far = [*turns, answer]
        if not anew:
            there = self._fitting(command, text, OPTIONAL_SHARE)
            if there is not None and self._thinking.is_fair(question, so_far, there):
                return None
        self._begun_from = (prompt, len(text.split()))
        if command.required:
            # In case the model is late.
            self._prerender([self._thinking.scripted(question, turns)])
        return _FollowUp(
            command,
            self._thinking.follow_up_ahead(question, so_far, required=command.required),
        )

    def _decision(self, text: str, at: float) -> DecideFollowUp | None:
        """What a copy of the conversation would ask for after this answer, if it is one."""
        state = ConversationState.from_dict(self._conversation.state.to_dict())
        match Conversation(self._conversation.plan, state).handle(
            CandidateTurn(at, text, "answer")
        ):
            case [DecideFollowUp() as command]:
                return command
            case _:
                return None

    def _is_worth_finishing(self, guess: _Guess, prompt: str) -> bool:
        """A follow-up to most of an answer is better than none to all of it."""
        earlier = self._earlier
        has = len(earlier.text.split()) if earlier and earlier.prompt == prompt else 0
        return guess.prompt == prompt and guess.words >= max(DRAFT_WORDS, GROWN * has)

    def _fitting(self, command: DecideFollowUp, answer: str, share: float) -> str | None:
        """The earlier follow-up, where it was for this decision and that share of this answer."""
        earlier = self._earlier
        if (
            earlier is None
            or earlier.prompt != self._conversation.state.prompt
            or earlier.command != command
            or not _covers(earlier.text, answer, share)
        ):
            return None
        return earlier.question

    def _may_stand(self, guess: _Guess, answer: str) -> bool:
        """Whether what is being worded, and cannot be looked at whole, was for this answer."""
        is_mine = guess.prompt == self._conversation.state.prompt
        return is_mine and _covers(guess.text, answer, UNSEEN_SHARE)

    async def _prerender_whole(self, guess: _Guess) -> None:
        """Keep a wording that is whole before anybody asked for it, and have it rendered."""
        made = await asyncio.shield(guess.follow_up)
        await asyncio.wait({guess.intent})
        if made is not None and not guess.is_answer:
            made.wording.cancel()
            made = None
        text = await made.wording.whole() if made is not None else ""
        if made is not None and text and not made.wording.is_hurried:
            self._earlier = _Earlier(guess.prompt, guess.text, made.command, text)
            self._prerender([text])
        following, self._next = self._next, None
        if following is not None:
            # This task is what says that the guess is under way.
            asyncio.get_running_loop().call_soon(self._begin_next, *following)

    def _begin_next(self, prompt: str, text: str, turns: Sequence[Turn], at: float) -> None:
        """Begin what had to wait, unless something else was asked meanwhile."""
        if prompt == self._conversation.state.prompt:
            self.begin(text, turns, at)


def _words(mark: tuple[str, int], prompt: str) -> int:
    """How many were worked on; none where that was for another prompt."""
    return mark[1] if mark[0] == prompt else 0


def _covers(text: str, answer: str, share: float) -> bool:
    """Whether `text` is the beginning of this answer, as an interim may have it, and so long."""
    first, whole = text.lower().split(), answer.lower().split()
    if len(first) < share * len(whole):
        return False
    there = Counter(whole[: round(1.2 * len(first)) + 2])
    return (Counter(first) & there).total() >= SAME_WORDS * len(first)


def _result(task: asyncio.Task[_FollowUp | None]) -> _FollowUp | None:
    """What it came to; None while it is not done, or where it was given up or failed."""
    if not task.done() or task.cancelled() or task.exception() is not None:
        return None
    return task.result()
