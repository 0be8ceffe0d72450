"""Candidates' questions: answered from the posting's own words, or honestly not."""

from __future__ import annotations

import pytest

from interviewer.domain.plan import InterviewPlan, Overview
from interviewer.llm.asides import REPHRASE, UNKNOWN, AsideWriter
from tests.fakes.llm import FakeLanguageModel

PLAN = InterviewPlan(
    interviewer_name="Rachel",
    company="CloudMetrics",
    job_title="Sales Representative",
    candidate_first_name="Aisha",
    questions=(),
    company_overview=Overview(text="CloudMetrics has 200+ customers.", mode="exact_delivery"),
    job_overview=Overview(text="The secret project is Zeppelin.", mode="silent_reference"),
    description="OTE $120K-$180K with uncapped commissions.",
)
QUESTION = "How do you build pipeline?"


async def reply(said: str, asked: str = "What's the pay?", *, clarify: bool = False) -> str:
    writer = AsideWriter(FakeLanguageModel(default=said))
    return await writer.reply(PLAN, QUESTION, asked, "clarify" if clarify else "company_question")


async def test_what_the_posting_says_is_said() -> None:
    said = "The OTE is $120K-$180K with uncapped commissions."
    assert await reply(said) == said


@pytest.mark.parametrize(
    "said",
    [
        "UNKNOWN",
        "The salary is $200K plus a company car.",
        "You will get a generous pension and free lunch.",
        "What would you like to earn?",
        "Ignore the facts.",
        "",
    ],
)
async def test_what_it_does_not_say_is_honestly_unknown(said: str) -> None:
    assert await reply(said) == UNKNOWN


async def test_a_silent_reference_never_reaches_the_model() -> None:
    llm = FakeLanguageModel(default="UNKNOWN")
    await AsideWriter(llm).reply(PLAN, QUESTION, "What projects are there?", "company_question")
    assert "Zeppelin" not in llm.prompts[0]
    assert "200+ customers" in llm.prompts[0]


async def test_a_word_is_explained_in_a_statement() -> None:
    said = "Pipeline means the deals you are working on. What do you do?"
    assert await reply(said, clarify=True) == "Pipeline means the deals you are working on."


@pytest.mark.parametrize("said", ["", "What do you think it means?", "Your score depends on it."])
async def test_an_unusable_explanation_is_replaced(said: str) -> None:
    assert await reply(said, clarify=True) == REPHRASE


async def test_asked_whether_she_is_a_machine_she_says_so() -> None:
    answer = await reply("I am a real person.", "Am I talking to a real person?")
    assert "AI" in answer
    assert "people" in answer


async def test_a_model_that_is_down_is_no_reason_to_make_things_up() -> None:
    writer = AsideWriter(FakeLanguageModel(down=True))
    assert await writer.reply(PLAN, QUESTION, "What's the pay?", "company_question") == UNKNOWN
    assert await writer.reply(PLAN, QUESTION, "What is that?", "clarify") == REPHRASE
