"""Answers to what a candidate asks: from the posting's own text, or honestly none."""

from __future__ import annotations

import re

import structlog

from interviewer.domain.errors import Unavailable
from interviewer.domain.intent import Intent
from interviewer.domain.plan import InterviewPlan
from interviewer.interfaces import LanguageModel, Message
from interviewer.llm import checks, prompts

log = structlog.get_logger()

UNKNOWN = "I don't have that information; the hiring team can tell you."
MACHINE = "I'm an AI interviewer; people from the hiring team look at your answers and decide."
REPHRASE = "Take it the way you would in your own work; there is no trick in it."

_MAX_TOKENS = 60
_MAX_WORDS = 40
_MAX_FACTS = 2400  # characters that the model reads in time; the rest is looked through by words
_BEST_FACTS = 3
_WHO_ARE_YOU = re.compile(
    r"\b(?:are you|is this|am i (?:talking|speaking) (?:to|with))\b[^?.]{0,30}"
    r"\b(?:robot|bot|ai|human|real|machine|computer|person|chatbot|recording)\b",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")


class AsideWriter:
    """Says what the posting says. Share one among all interviews; it keeps nothing."""

    def __init__(self, llm: LanguageModel) -> None:
        self._llm = llm

    async def reply(
        self,
        plan: InterviewPlan,
        question: str,
        utterance: str,
        intent: Intent,
        *,
        timeout: float = 4.0,
    ) -> str:
        """One or two short sentences, asking nothing; the question is taken up by the caller.

        `question`: what the interviewer had asked; `utterance`: what the candidate asked back.
        Never raises for a failing model, and never says what the posting does not.
        """
        try:
            if intent == "clarify":
                return await self._clarify(plan, question, utterance, timeout=timeout)
            return await self._from_facts(plan, utterance, timeout=timeout)
        except Unavailable as error:
            log.info("llm.aside.unavailable", reason=error.message)
            return REPHRASE if intent == "clarify" else UNKNOWN

    async def _from_facts(self, plan: InterviewPlan, utterance: str, *, timeout: float) -> str:
        if _WHO_ARE_YOU.search(utterance):
            return MACHINE
        facts = _relevant(plan.facts(), utterance)
        if not facts:
            return UNKNOWN
        system = prompts.ASIDE_SYSTEM.format(
            interviewer=plan.interviewer_name,
            company=f" at {plan.company}" if plan.company else "",
            facts="\n".join(facts),
        )
        asked = prompts.as_data(utterance, limit=400)
        raw = await self._llm.complete(
            [Message("system", system), Message("user", asked)],
            max_tokens=_MAX_TOKENS,
            timeout=timeout,
        )
        known = f"{' '.join(facts)} {plan.company} {plan.job_title} {plan.interviewer_name}"
        return _grounded(raw, known) or UNKNOWN

    async def _clarify(
        self, plan: InterviewPlan, question: str, utterance: str, *, timeout: float
    ) -> str:
        system = prompts.CLARIFY_SYSTEM.format(interviewer=plan.interviewer_name)
        body = f"Your question: {question}\nCandidate: {prompts.as_data(utterance, limit=400)}"
        raw = await self._llm.complete(
            [Message("system", system), Message("user", body)],
            max_tokens=_MAX_TOKENS,
            timeout=timeout,
        )
        return _plain(raw) or REPHRASE


def _relevant(facts: str, utterance: str) -> list[str]:
    """The sentences of the posting that may answer, all of them where there are few."""
    sentences = [s.strip() for s in _SENTENCES.split(facts) if s.strip()]
    if sum(map(len, sentences)) <= _MAX_FACTS:
        return sentences
    asked = checks.content_stems(utterance)
    scored = [(len(asked & checks.content_stems(s)), -i, s) for i, s in enumerate(sentences)]
    best = sorted((s for s in scored if s[0]), reverse=True)[:_BEST_FACTS]
    return [sentence for _, _, sentence in best]


def _plain(raw: str) -> str | None:
    """The statements in a reply, two at most; None where it is none or may not be spoken."""
    statements = [s.strip() for s in _SENTENCES.split(raw.strip().strip('"')) if s.strip()]
    statements = [s for s in statements if not s.endswith("?")][:2]
    text = " ".join(statements)
    if not text.endswith((".", "!")) or len(text.split()) > _MAX_WORDS:
        text = statements[0] if statements else ""
    if not text.endswith((".", "!")) or checks.aside_refusal(text) is not None:
        return None
    return text


def _grounded(raw: str, facts: str) -> str | None:
    """A reply all of whose words that matter stand in the facts; else None."""
    if "unknown" in raw.casefold():
        return None
    text = _plain(raw)
    if text is None or checks.invented_words(text, facts):
        return None
    return text
