"""What a candidate's turn was meant as: by rules where it is clear, by the model where not."""

from __future__ import annotations

import structlog

from interviewer.domain.errors import Unavailable
from interviewer.domain.intent import Intent, read_by_rules
from interviewer.interfaces import LanguageModel, Message
from interviewer.llm import prompts

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


class IntentReader:
    """Reads intents. Share one among all interviews; it keeps nothing between calls."""

    def __init__(self, llm: LanguageModel) -> None:
        self._llm = llm

    async def warm(self) -> None:
        """Have the model read the prompt's fixed beginning."""
        await self._llm.warm(_prompt("", ""))

    async def read(self, question: str, utterance: str, *, timeout: float = 1.0) -> Intent:
        """How `utterance` was meant, when `question` had just been asked.

        Nearly all turns are decided by rules, at once. Only short ones that could be either go to
        the model; when it is slow (`timeout` seconds) or down, the rules' best guess stands.
        """
        guess = read_by_rules(utterance)
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


def _prompt(question: str, utterance: str) -> list[Message]:
    asked = prompts.as_data(question, limit=300)
    said = prompts.as_data(utterance, limit=400)
    return [
        Message("system", prompts.INTENT_SYSTEM),
        Message("user", f"Question: {asked}\nCandidate: <answer>{said}</answer>\nLetter:"),
    ]
