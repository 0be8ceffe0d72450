"""What the models are asked during the interview, each with its limit and its way out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from interviewer.agent.wording import Wording
from interviewer.domain.intent import Intent
from interviewer.domain.plan import InterviewPlan, PlannedQuestion
from interviewer.domain.transcript import Turn
from interviewer.llm.asides import AsideWriter
from interviewer.llm.desk import Pace
from interviewer.llm.followups import FollowUpContext, FollowUpWriter, checked, scripted
from interviewer.llm.intents import IntentReader

log = structlog.get_logger()

INTENT_TIMEOUT = 1.2
# While the candidate speaks on, the recogniser comes first and the model waits.
AHEAD_TIMEOUT = 12.0
REPLY_TIMEOUT = 5.0
SUMMARY_SENTENCES = 2


class Thinking:
    """One interview's use of the models. Nothing here raises but cancellation."""

    def __init__(
        self,
        plan: InterviewPlan,
        intents: IntentReader,
        follow_ups: FollowUpWriter,
        asides: AsideWriter,
    ) -> None:
        self._plan = plan
        self._intents = intents
        self._follow_ups = follow_ups
        self._asides = asides

    async def get_ready(self) -> None:
        """Let the models read what the whole interview begins with; failures do not matter."""
        try:
            await self._intents.warm()
            if self._plan.questions:
                await self._follow_ups.warm(
                    self._context(self._plan.questions[0], (), required=False)
                )
        except Exception as error:
            log.debug("agent.warm.failed", error=type(error).__name__)

    async def intent(self, prompt: str, utterance: str) -> Intent:
        """How a turn was meant; `answer` where nobody can tell."""
        try:
            return await asyncio.wait_for(self._intents.read(prompt, utterance), INTENT_TIMEOUT)
        except Exception as error:
            log.warning("agent.intent.failed", error=type(error).__name__)
            return "answer"

    @property
    def busy(self) -> bool:
        """Whether the model words a follow-up already, for this interview or another."""
        return self._follow_ups.busy

    def follow_up_ahead(
        self, question: PlannedQuestion, turns: Sequence[Turn], *, required: bool
    ) -> Wording:
        """A follow-up worded at leisure until its `hurry`; without clauses where none is wanted.

        To be closed by whoever takes it.
        """
        context = self._context(question, turns, required=required)
        pace = Pace()
        clauses = self._follow_ups.stream(context, first_token_timeout=AHEAD_TIMEOUT, pace=pace)
        return Wording(clauses, pace)

    def is_fair(self, question: PlannedQuestion, turns: Sequence[Turn], follow_up: str) -> bool:
        """Whether it may still be asked after all that was said in `turns`."""
        return checked(follow_up, self._context(question, turns, required=True)) is not None

    def scripted(self, question: PlannedQuestion, turns: Sequence[Turn]) -> str:
        """A follow-up that needs no model."""
        return scripted(self._context(question, turns, required=True))

    async def follow_up(
        self, question: PlannedQuestion, turns: Sequence[Turn], *, required: bool, within: float
    ) -> Wording | None:
        """A follow-up that can be spoken while it is worded, its first clause there within about
        `within` seconds; None where none is wanted or the model failed."""
        context = self._context(question, turns, required=required)
        wording = Wording(self._follow_ups.stream(context, first_token_timeout=within))
        try:
            if await wording.begun():
                return wording
        except asyncio.CancelledError:
            await wording.aclose()
            raise
        await wording.aclose()
        return None

    async def warm(self, question: PlannedQuestion, turns: Sequence[Turn]) -> None:
        """Let the model read the question while it is asked; failures do not matter."""
        try:
            await self._follow_ups.warm(self._context(question, turns, required=False))
        except Exception as error:
            log.debug("agent.warm.failed", error=type(error).__name__)

    async def read(self, question: PlannedQuestion, turns: Sequence[Turn], so_far: str) -> None:
        """Let the model read an answer that goes on; failures do not matter."""
        try:
            await self._follow_ups.prefill(self._context(question, turns, required=False), so_far)
        except Exception as error:
            log.debug("agent.read.failed", error=type(error).__name__)

    async def reply(self, prompt: str, utterance: str, intent: Intent) -> str:
        """The answer to the candidate's question, from the posting's own text or honestly none."""
        try:
            return await asyncio.wait_for(
                self._asides.reply(self._plan, prompt, utterance, intent), REPLY_TIMEOUT
            )
        except Exception as error:
            log.warning("agent.reply.failed", error=type(error).__name__)
            return "I don't have that information. The hiring team can tell you."

    def summary(self, text: str) -> str:
        """A short version of an overview: its first sentences."""
        sentences = text.replace("! ", ". ").split(". ")
        short = ". ".join(sentences[:SUMMARY_SENTENCES]).strip()
        return short if short.endswith((".", "!", "?")) else f"{short}."

    def _context(
        self, question: PlannedQuestion, turns: Sequence[Turn], *, required: bool
    ) -> FollowUpContext:
        mine = [t for t in turns if t.question_id == question.question_id]
        spoken = [t for t in mine if t.kind in ("question", "follow_up", "answer") and t.text]
        return FollowUpContext(
            interviewer_name=self._plan.interviewer_name,
            company=self._plan.company,
            role=self._plan.job_title,
            question_text=question.text,
            evaluation_criteria=question.evaluation_criteria,
            additional_instructions=question.additional_instructions,
            exchanges=tuple((t.speaker, t.text) for t in spoken),
            asked=tuple(t.text for t in mine if t.kind == "follow_up"),
            required=required,
        )
