"""Follow-up questions: worded by the model, allowed by `llm.checks`, else scripted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import structlog

from interviewer.domain.errors import Unavailable
from interviewer.domain.transcript import Speaker
from interviewer.interfaces import LanguageModel, Message
from interviewer.llm import checks, prompts
from interviewer.llm.desk import Desk, Pace

log = structlog.get_logger()

_MAX_TOKENS = 48
# At 0 the small model hands the main question back; a little chance makes it pick up a detail.
_TEMPERATURES = (0.4, 0.8)
# An optional follow-up is asked where the model holds the answer for complete with less than this
# probability; a small model says yes easily, and a long answer has more of what was asked.
_COVERED = 0.7
_COVERED_LONG = 0.5
_SHORT_ANSWER = 25  # words: below it there is always something left to ask
_LONG_ANSWER = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpContext:
    """All that a follow-up may be made of.

    `exchanges`: what was said on this question so far, the main question first or left out;
    `asked`: every question asked in the interview, so that none comes twice; `required`: one is
    owed (below the minimum), so there is always a result.
    """

    interviewer_name: str
    company: str
    role: str
    question_text: str
    evaluation_criteria: str = ""
    additional_instructions: str = ""
    exchanges: tuple[tuple[Speaker, str], ...] = ()
    asked: tuple[str, ...] = ()
    required: bool = True

    @property
    def answers(self) -> tuple[str, ...]:
        return tuple(text for speaker, text in self.exchanges if speaker == "Candidate")

    @property
    def questions(self) -> tuple[str, ...]:
        spoken = tuple(text for speaker, text in self.exchanges if speaker == "Interviewer")
        return (self.question_text, *spoken, *self.asked)


class FollowUpWriter:
    """Writes follow-ups. May be shared among interviews; it keeps nothing of them between calls.

    `desk`: where the model had better word one text after the other, one for all who use it.
    """

    def __init__(self, llm: LanguageModel, desk: Desk | None = None) -> None:
        self._llm = llm
        self._desk = desk

    @property
    def busy(self) -> bool:
        """Whether a text begun now would only slow another."""
        return self._desk is not None and self._desk.busy

    async def warm(self, context: FollowUpContext) -> None:
        """Have the model read the question's prompt, before or while it is asked."""
        await self._llm.warm(_prompt(context, task=""))

    async def prefill(self, context: FollowUpContext, partial_answer: str) -> None:
        """Have the model read the answer so far, while the candidate is still speaking."""
        await self._llm.warm(_prompt(context, partial_answer=partial_answer, task=""))

    async def stream(
        self,
        context: FollowUpContext,
        *,
        first_token_timeout: float = 2.0,
        pace: Pace | None = None,
    ) -> AsyncGenerator[str]:
        """A follow-up by clauses, each checked before it is given out; none: not needed.

        The clauses joined by a space are the question. Whatever the model does, a required one
        ends as a question: a scripted one, or a neutral ending behind a clause that was already
        spoken. The first clause, or the scripted question, comes within `first_token_timeout`
        seconds and what a few more words take.

        `pace`: until its `hurry` nobody waits, so the question is worded whole, and once more if
        it does not take up the answer; from then on the next clause goes out as it is. Without it
        there is hurry from the beginning.
        """
        if pace is None:
            pace = Pace()
            pace.hurry.set()
        desk = self._desk or Desk()
        with desk.taken(pace):
            worded = self._worded(context, first_token_timeout, pace, desk)
            async with aclosing(worded) as clauses:
                async for clause in clauses:
                    yield clause

    async def _worded(
        self, context: FollowUpContext, first_token_timeout: float, pace: Pace, desk: Desk
    ) -> AsyncGenerator[str]:
        reserve: str | None = None
        try:
            if not context.required and not await self._wanted_in_turn(
                context, pace, desk, timeout=first_token_timeout / 2
            ):
                return
            temperatures = list(_TEMPERATURES)
            while temperatures:
                await desk.turn_of(pace)
                draft = _Draft(context)
                if reserve is not None and pace.hurry.is_set():
                    break
                words = self._words(
                    draft, temperatures[0], first_token_timeout, pace, is_spare=reserve is not None
                )
                async with aclosing(words):
                    async for clause in words:
                        yield clause
                if draft.spoken:
                    yield draft.ending()
                    return
                if pace.gave_way.is_set():
                    if reserve is not None:
                        break
                    pace.under_way.clear()
                    continue
                whole = checked(draft.pending.strip(), context)
                if whole is not None and (pace.hurry.is_set() or _takes_up(whole, context)):
                    yield whole
                    return
                reserve = reserve or whole
                if pace.hurry.is_set():
                    break
                del temperatures[0]
        except Unavailable as error:
            log.info("llm.follow_up.unavailable", reason=error.message)
        if reserve is not None or context.required:
            yield reserve or scripted(context)

    async def _words(
        self,
        draft: _Draft,
        temperature: float,
        first_token_timeout: float,
        pace: Pace,
        *,
        is_spare: bool,
    ) -> AsyncGenerator[str]:
        """Let the model fill the draft; its first clause, once there is hurry and it may be said.

        `is_spare`: there is a question already, which will do as soon as there is hurry.
        Raises `Unavailable` only while nothing is spoken.
        """
        pieces = self._llm.stream(
            _prompt(draft.context),
            max_tokens=_MAX_TOKENS,
            temperature=temperature,
            stop=("\n",),
            first_token_timeout=first_token_timeout,
        )
        try:
            until = [pace.gave_way, pace.hurry] if is_spare else [pace.gave_way]
            async with aclosing(pieces), aclosing(_unless(pieces, until)) as some:
                async for piece in some:
                    draft.pending += piece
                    pace.under_way.set()
                    if draft.is_over:
                        return
                    if not pace.hurry.is_set():
                        continue
                    if not draft.may_go_on:
                        return
                    if clause := draft.first_clause():
                        yield clause
        except Unavailable:
            if not draft.spoken:
                raise

    async def _wanted_in_turn(
        self, context: FollowUpContext, pace: Pace, desk: Desk, *, timeout: float
    ) -> bool:
        """`_wanted`, which gives way too."""
        while True:
            await desk.turn_of(pace)
            asking = asyncio.create_task(
                self._wanted(context, timeout=timeout), name="llm.follow_up.wanted"
            )
            giving = asyncio.create_task(pace.gave_way.wait(), name="llm.follow_up.over")
            try:
                await asyncio.wait({asking, giving}, return_when=asyncio.FIRST_COMPLETED)
                if asking.done():
                    return asking.result()
            finally:
                asking.cancel()
                giving.cancel()
                await asyncio.gather(asking, giving, return_exceptions=True)

    async def _wanted(self, context: FollowUpContext, *, timeout: float) -> bool:
        """Whether an optional follow-up is worth the candidate's time."""
        said = sum(len(answer.split()) for answer in context.answers)
        if said < _SHORT_ANSWER:
            return True
        criteria = context.evaluation_criteria or "a concrete example and the candidate's own part"
        task = prompts.MORE_TASK.format(criteria=criteria)
        covered = await self._llm.choice_probabilities(
            _prompt(context, task=task), ("yes", "no"), timeout=timeout
        )
        return covered["yes"] < (_COVERED if said < _LONG_ANSWER else _COVERED_LONG)


@dataclass(slots=True)
class _Draft:
    """One try of the model: what it wrote, `spoken` being what is given out of it already."""

    context: FollowUpContext
    pending: str = ""
    spoken: str = ""

    @property
    def is_over(self) -> bool:
        return "?" in self.pending

    @property
    def may_go_on(self) -> bool:
        """False: its first clause may not be spoken, so the rest is of no use."""
        clause = _FIRST_CLAUSE.match(self.pending)
        return (
            bool(self.spoken) or clause is None or checks.clause_refusal(clause[0].strip()) is None
        )

    def first_clause(self) -> str | None:
        """The first clause, once, when it is there."""
        clause = _FIRST_CLAUSE.match(self.pending)
        if self.spoken or clause is None:
            return None
        self.spoken, self.pending = clause[0].strip(), self.pending[clause.end() :]
        return self.spoken

    def ending(self) -> str:
        """What makes a question of the clause that is spoken."""
        whole = checked(f"{self.spoken} {self.pending.strip()}", self.context)
        if whole is not None and whole.startswith(self.spoken):
            return whole[len(self.spoken) :].strip()
        return _NEUTRAL_ENDING


async def _unless(pieces: AsyncIterator[str], over: Sequence[asyncio.Event]) -> AsyncGenerator[str]:
    """The pieces until one of `over` is set, also while one is waited for."""
    endings = [asyncio.create_task(one.wait(), name="llm.follow_up.over") for one in over]
    coming: asyncio.Future[str] | None = None
    try:
        while not any(one.is_set() for one in over):
            coming = asyncio.ensure_future(anext(pieces))
            await asyncio.wait({coming, *endings}, return_when=asyncio.FIRST_COMPLETED)
            if any(one.is_set() for one in over) or not coming.done():
                return
            try:
                piece = coming.result()
            except StopAsyncIteration:
                return
            yield piece
    finally:
        for ending in endings:
            ending.cancel()
        if coming is not None:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


def checked(raw: str, context: FollowUpContext) -> str | None:
    """The question in what the model wrote, or None if it may not be spoken."""
    question = checks.tidy(raw)
    reason = (
        checks.refusal(
            question,
            asked=context.questions,
            said=context.answers,
            rubric=context.evaluation_criteria,
            known=f"{context.company} {context.role}",
        )
        if question
        else "not_one_question"
    )
    if reason is not None:
        log.info("llm.follow_up.refused", reason=reason)
        return None
    return question


def _takes_up(text: str, context: FollowUpContext) -> bool:
    """Whether the question picks up something the candidate said and the question did not."""
    own = checks.content_stems(" ".join(context.answers))
    return bool(checks.content_stems(text) & (own - checks.content_stems(context.question_text)))


def opening() -> Sequence[Message]:
    """What every prompt for a follow-up begins with."""
    return [*_MANNER, Message("user", prompts.FOLLOW_UP_QUESTION.format(question=""))]


def scripted(context: FollowUpContext) -> str:
    """A follow-up without the model: the first that fits the rubric and was not asked yet."""
    asked = {" ".join(checks.words(q)) for q in context.questions}
    fresh = [(t, q) for t, q in _SCRIPTED if " ".join(checks.words(q)) not in asked]
    rubric = f"{context.evaluation_criteria} {context.additional_instructions}"
    fitting = [q for topic, q in fresh if topic and re.search(topic, rubric, re.IGNORECASE)]
    general = [q for topic, q in fresh if not topic]
    return next(iter([*fitting, *general, *(q for _, q in fresh)]), _SCRIPTED[-1][1])


def _prompt(
    context: FollowUpContext,
    *,
    partial_answer: str | None = None,
    task: str = prompts.FOLLOW_UP_TASK,
) -> Sequence[Message]:
    """The whole prompt; a longer answer or a task only ever adds to its end."""
    body = prompts.FOLLOW_UP_QUESTION.format(
        question=_SENTENCE_END.split(context.question_text, maxsplit=1)[0]
    )
    exchanges = list(context.exchanges)
    if exchanges and exchanges[0] == ("Interviewer", context.question_text):
        del exchanges[0]
    if partial_answer is not None:
        exchanges.append(("Candidate", partial_answer))
    for speaker, text in exchanges:
        said = prompts.as_data(text)
        body += f"Candidate: <answer>{said}" if speaker == "Candidate" else f"Follow-up: {said}\n"
        if speaker == "Candidate" and (partial_answer is None or text is not partial_answer):
            body += "</answer>\n"
    return [*_MANNER, Message("user", body + task)]


def _manner() -> Iterator[Message]:
    yield Message("system", prompts.FOLLOW_UP_SYSTEM)
    for question, answer, follow_up in prompts.FOLLOW_UP_EXAMPLES:
        body = prompts.FOLLOW_UP_QUESTION.format(question=question)
        yield Message(
            "user", f"{body}Candidate: <answer>{answer}</answer>\n{prompts.FOLLOW_UP_TASK}"
        )
        yield Message("assistant", follow_up)


_MANNER = tuple(_manner())  # the same in every interview: read once, kept in the server's cache

_SENTENCE_END = re.compile(r"(?<=[.?!])\s")
_FIRST_CLAUSE = re.compile(r"^\s*(?:\S+\s+){3,}?\S+[,;:—](?=\s)")
_NEUTRAL_ENDING = "what exactly did you do?"

# (what the rubric asks about, the question). Tried in this order, those that fit the rubric first.
_SCRIPTED: tuple[tuple[str, str], ...] = (
    (r"contribution|own part|exact role|ownership|owns", "What was your own part in that?"),
    (
        r"metric|number|target|result|outcome|impact|size|measur",
        "What came of it, in numbers if you have them?",
    ),
    (
        r"stakeholder|team|collaborat|conflict|customer|client",
        "Who else was involved, and how did you work with them?",
    ),
    (
        r"learn|reflect|self-aware|fail|mistake|resilien",
        "What do you do differently today because of that?",
    ),
    (
        r"process|workflow|method|structure|framework|approach|disciplin",
        "How do you go about that, step by step?",
    ),
    (
        r"objection|obstacle|challeng|difficult|complex",
        "What was the hardest moment in that, and how did you handle it?",
    ),
    (r"interest|motivat|curio|excite|genuine", "Where does that interest of yours come from?"),
    (
        r"value|business|pitch|differentiat|compet",
        "What would that change for the people who use it?",
    ),
    (
        r"trade-?off|decision|judg|design|choice",
        "Which other options did you consider, and why did you choose this one?",
    ),
    ("", "Could you walk me through one concrete example of that?"),
    ("", "What was your own part in it, step by step?"),
    ("", "How did you know whether it worked?"),
    ("", "What would you do differently the next time, and why?"),
    ("", "What was the hardest part of it for you?"),
    ("", "Could you tell me a little more about that?"),
)
