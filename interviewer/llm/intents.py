"""What a candidate's turn was meant as: by what it means; without the encoder, by rules, and by the
language model where they are in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from interviewer.domain.errors import Unavailable
from interviewer.domain.intent import Intent, read_by_rules
from interviewer.interfaces import LanguageModel, Message
from interviewer.llm import prompts
from interviewer.llm.meaning import INTENTS, Glance, Meaning

log = structlog.get_logger()

_LETTERS: dict[str, Intent] = {
    "A": "answer",
    "B": "repeat",
    "C": "clarify",
    "D": "company_question",
    "E": "wait",
    "F": "skip",
    "G": "human",
    "H": "stop",
}
# Taking an answer for an aside loses it; taking an aside for an answer costs one odd follow-up.
_SURE_ENOUGH = 0.6
_CLEAR = 0.8
# Rules at least so sure need nobody's help: a turn far too long to be an aside, or hesitation.
_CERTAIN = 0.98
# Taken for an aside from here on; `tests.load.train_intents` shows what each threshold costs.
ASIDE = 0.85


class IntentReader:
    """Reads intents. Share one among all interviews; it keeps nothing between calls."""

    def __init__(self, llm: LanguageModel, meaning: Meaning | None = None) -> None:
        self._llm = llm
        self._meaning = meaning

    async def warm(self) -> None:
        """Have the model read the prompt's fixed beginning, where it will be asked."""
        if self._meaning is None:
            await self._llm.warm(_prompt("", ""))

    async def read(self, question: str, utterance: str, *, timeout: float = 1.0) -> Intent:
        """How `utterance` was meant, when `question` had just been asked.

        With encoders their head decides, in a thread: in 20 ms what is plainly an answer, else in
        0.1 to 0.3 s; the quicker one alone where that is not in time. Without one nearly all turns
        are decided by rules, at once; short ones that could be either go to the model. When
        either is slow (`timeout` seconds) or down, the rules' best guess stands.
        """
        guess = read_by_rules(utterance)
        if guess.intent == "silence" or guess.confidence >= _CERTAIN:
            return guess.intent
        if self._meaning is not None:
            return await _by_meaning(self._meaning, utterance, guess.intent, timeout)
        if guess.confidence >= _CLEAR:
            return guess.intent
        try:
            odds = await self._llm.choice_probabilities(
                _prompt(question, utterance), tuple(_LETTERS), timeout=timeout
            )
        except Unavailable as error:
            log.info("llm.intent.unavailable", reason=error.message)
            return guess.intent
        letter = max(odds, key=lambda choice: odds[choice])
        meant = _LETTERS[letter]
        if meant == guess.intent or odds[letter] >= _SURE_ENOUGH:
            return meant
        return guess.intent


async def _by_meaning(meaning: Meaning, utterance: str, guess: Intent, timeout: float) -> Intent:
    """By both networks; in time by the quick one; when even that is slow, `guess`."""
    glance: Glance | None = None
    try:
        async with asyncio.timeout(timeout):
            glance = await asyncio.to_thread(meaning.glance, utterance)
            return _likeliest(await asyncio.to_thread(meaning.look, glance))
    except TimeoutError:
        log.warning("llm.intent.slow", seconds=timeout, glanced=glance is not None)
        return guess if glance is None else _likeliest(glance.odds)


def _likeliest(odds: Mapping[Intent, float]) -> Intent:
    if 1 - odds["answer"] < ASIDE:
        return "answer"
    return max((i for i in INTENTS if i != "answer"), key=lambda intent: odds[intent])


def _prompt(question: str, utterance: str) -> list[Message]:
    asked = prompts.as_data(question, limit=300)
    said = prompts.as_data(utterance, limit=400)
    return [
        Message("system", prompts.INTENT_SYSTEM),
        Message("user", f"Question: {asked}\nCandidate: <answer>{said}</answer>\nLetter:"),
    ]
