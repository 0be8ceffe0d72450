"""Clear turns are read at once; only doubtful ones reach the model, and never for long."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import cast

import numpy as np
import pytest

from interviewer.domain.intent import Intent
from interviewer.llm.intents import IntentReader
from interviewer.llm.meaning import INTENTS, Glance, Meaning
from tests.fakes.llm import FakeLanguageModel

QUESTION = "How do you build pipeline?"


@pytest.mark.parametrize(
    ("utterance", "intent"),
    [
        ("can we skip this one", "skip"),
        ("could you say that again", "repeat"),
        ("what do you mean by pipeline?", "clarify"),
        ("what's the salary?", "company_question"),
        ("give me a second", "wait"),
        ("I'd rather talk to a human", "human"),
        ("I want to stop here", "stop"),
        ("um", "silence"),
        ("I call fifty accounts every Monday and then I write emails to the rest.", "answer"),
    ],
)
async def test_clear_turns_need_no_model(utterance: str, intent: str) -> None:
    llm = FakeLanguageModel()
    assert await IntentReader(llm).read(QUESTION, utterance) == intent
    assert llm.prompts == []


async def test_a_doubtful_turn_is_read_by_the_model() -> None:
    llm = FakeLanguageModel(odds=[("people like it", {"D": 0.9, "A": 0.1})])
    read = await IntentReader(llm).read(QUESTION, "Do people like it there?")
    assert read == "company_question"


async def test_a_model_that_is_not_sure_does_not_take_an_answer_away() -> None:
    llm = FakeLanguageModel(odds=[("people like it", {"D": 0.5, "A": 0.4})])
    assert await IntentReader(llm).read(QUESTION, "Do people like it there?") == "answer"


@pytest.mark.parametrize("llm", [FakeLanguageModel(down=True), FakeLanguageModel(delay=9.0)])
async def test_a_slow_model_leaves_the_rules_guess(llm: FakeLanguageModel) -> None:
    reader = IntentReader(llm)
    assert await reader.read(QUESTION, "Do people like it there?", timeout=0.05) == "answer"


async def test_where_meanings_are_read_they_decide_and_no_model_is_asked() -> None:
    llm = FakeLanguageModel(odds=[("people like it", {"D": 0.9, "A": 0.1})])
    reader = IntentReader(llm, cast(Meaning, OneMeaning("wait", 0.9)))
    assert await reader.read(QUESTION, "Do people like it there?") == "wait"
    assert await reader.read(QUESTION, "I sold cars.") == "wait"
    assert llm.prompts == []


async def test_a_turn_that_is_likelier_an_aside_but_not_surely_stays_an_answer() -> None:
    reader = IntentReader(FakeLanguageModel(), cast(Meaning, OneMeaning("stop", 0.6)))
    assert await reader.read(QUESTION, "I stopped.") == "answer"


async def test_hesitation_and_long_answers_need_no_meaning() -> None:
    reader = IntentReader(FakeLanguageModel(), cast(Meaning, OneMeaning("stop", 0.99)))
    assert await reader.read(QUESTION, "um") == "silence"
    assert await reader.read(QUESTION, "and then I called them again " * 8) == "answer"


class OneMeaning:
    """Reads the same into everything."""

    def __init__(self, intent: Intent, odds: float) -> None:
        self._odds = dict.fromkeys(INTENTS, 0.0) | {intent: odds, "answer": 1 - odds}

    def glance(self, utterance: str) -> Glance:
        nothing = np.zeros(0, np.float32)
        return Glance(utterance, dict.fromkeys(INTENTS, 0.0), nothing, nothing)

    def look(self, _: Glance) -> Mapping[Intent, float]:
        return self._odds


async def test_a_meaning_that_is_read_too_slowly_leaves_the_rules_guess() -> None:
    class Slow(OneMeaning):
        def glance(self, utterance: str) -> Glance:
            time.sleep(0.5)  # it runs in a thread
            return super().glance(utterance)

    reader = IntentReader(FakeLanguageModel(), cast(Meaning, Slow("wait", 0.9)))
    assert await reader.read(QUESTION, "can we skip this one", timeout=0.05) == "skip"
