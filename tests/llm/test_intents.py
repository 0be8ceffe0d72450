"""Clear turns are read at once; only doubtful ones reach the model, and never for long."""

from __future__ import annotations

import pytest

from interviewer.llm.intents import IntentReader
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
