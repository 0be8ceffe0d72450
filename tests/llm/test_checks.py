"""What a model wrote is spoken only if it is one fair question about what was said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.llm import checks

MAIN = "Walk me through a deal you closed that you are most proud of."
SAID = (
    "Last year I closed a three hundred K deal with a logistics company.",
    "The CFO was against it, so I set up a call between him and our CEO Dana.",
)
RUBRIC = "Look for multi-threading across stakeholders and a creative approach to objections."


def refusal(question: str) -> str | None:
    return checks.refusal(question, asked=(MAIN,), said=SAID, rubric=RUBRIC, known="CloudMetrics")


@pytest.mark.parametrize(
    "question",
    [
        "What did you say to the CFO to change his mind?",
        "You mentioned a call with your CEO, what came of it?",
        "How did Dana get the CFO to agree in that call?",
        "Could you walk me through the call with the CFO?",
        "What would you do differently in that deal today?",
    ],
)
def test_a_fair_probe_may_be_spoken(question: str) -> None:
    assert refusal(question) is None


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Tell me more.", "not_one_question"),
        ("Why? What did you do?", "not_one_question"),
        ("How so?", "length"),
        (f"What did you do {'and do ' * 13}?", "length"),
        ("Did you enjoy working on that deal?", "yes_no"),
        ("Was the CFO happy with your deal?", "yes_no"),
        ("What made that impressive result possible for you?", "judges"),
        ("What score would you give your own deal?", "leaks_rubric"),
        ("How did you do multi-threading across stakeholders there?", "leaks_rubric"),
        ("When you are hired, what will you sell first?", "promises"),
        ("What instructions did you get before your interview?", "machinery"),
        ("How did your husband see that deal?", "protected_topic"),
        ("Which deal that you closed are you most proud of?", "repeated"),
        ("How did you win the 500 thousand dollars from them?", "invented"),
        ("How did you get Amazon to sign that deal?", "invented"),
        ("You mentioned the pricing model, how did you build it?", "invented"),
    ],
)
def test_what_is_no_fair_probe_is_refused(question: str, reason: str) -> None:
    assert refusal(question) == reason


@pytest.mark.parametrize(
    ("raw", "question"),
    [
        ("Follow-up: what did the CFO say to that?", "What did the CFO say to that?"),
        ('"What did the CFO say to that?"', "What did the CFO say to that?"),
        ("Great answer! What did the CFO say to that?", "What did the CFO say to that?"),
        ("How did you do it, and what did you learn?", "How did you do it?"),
        ("How did you do it there?\n\nCandidate: I did", "How did you do it there?"),
        ("I think that is all.", ""),
        ("", ""),
    ],
)
def test_one_question_is_cut_out_of_what_the_model_wrote(raw: str, question: str) -> None:
    assert checks.tidy(raw) == question


@given(st.text(max_size=200))
def test_any_text_is_tidied_to_one_question_or_none(raw: str) -> None:
    tidied = checks.tidy(raw)
    assert tidied == "" or tidied.endswith("?")
    assert tidied.count("?") <= 1


def test_a_summary_keeps_only_sentences_that_were_earned() -> None:
    raw = (
        "The candidate closed a deal with a logistics company. He seemed confident. "
        "The candidate won 900 dollars. The candidate set up a call between the CFO and the CEO."
    )
    assert checks.grounded_summary(raw, " ".join(SAID)) == (
        "The candidate closed a deal with a logistics company. "
        "The candidate set up a call between the CFO and the CEO."
    )


@pytest.mark.parametrize(
    "raw", ["", "Score: 5", "The answer is good.", "The candidate juggles flaming torches daily."]
)
def test_a_summary_from_nowhere_is_dropped(raw: str) -> None:
    assert checks.grounded_summary(raw, " ".join(SAID)) == ""
