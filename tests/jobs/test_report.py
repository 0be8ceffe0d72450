"""What follows from the scorecard's rows, without model or store."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interviewer.domain.transcript import Word
from interviewer.jobs.tasks.report import build_report, first_sentence
from interviewer.jobs.tasks.tags import choose_tags, kebab, observed
from tests.jobs.office import Model, a_plan, a_planned_question, asked, spoken

MEDIA = {"video": False, "audio": True, "duration": 60.0, "note": None}


def row(question_id: str, score: int | None, **more: Any) -> dict[str, Any]:
    return {
        "question_id": question_id,
        "question": "Walk me through a deal you closed.",
        "evaluation_score": score,
        "evaluation_summary": f"Said {question_id} at length. And more.",
        "score_weight": 1.0,
        "rank": int(question_id[1:]),
        "not_scored": False,
        "status": "answered",
        "evidence": [],
        "spread": 0.2,
        "flags": [],
        **more,
    }


def report(
    *rows: dict[str, Any], words: Any = None, turns: Any = (), **conversation: Any
) -> dict[str, Any]:
    model = {"name": "m", "prompt_version": "1"}
    built = build_report(
        rows,
        turns,
        words or {},
        tags=["a-tag"],
        media=MEDIA,
        model=model,
        conversation=conversation,
    )
    assert json.loads(json.dumps(built)) == built
    return built


def test_the_match_score_is_the_contracts_formula() -> None:
    built = report(
        row("q1", 5, score_weight=3.0),
        row("q2", 2, score_weight=2.5),
        row("q3", None, status="not_reached"),
        row("q4", 1, not_scored=True),
    )

    assert built["match_score"] == 73  # 100 * (15 + 5) / (5 * 5.5) = 72.7
    assert built["score_spread"] == 4.0


def test_good_answers_are_highlights_and_poor_ones_lowlights() -> None:
    built = report(
        row("q1", 3),
        row("q2", 5),
        row("q3", 4, score_weight=2.0),
        row("q4", 1, status="not_answered"),
        row("q5", 2),
    )

    assert built["highlights"] == ["Said q2 at length.", "Said q3 at length."]
    assert built["highlight_questions"] == ["q2", "q3"]
    assert built["lowlights"] == [
        "Gave no answer to “Walk me through a deal you closed.”",
        "Said q5 at length.",
    ]


def test_a_middling_interview_has_its_best_and_its_weakest_answer() -> None:
    built = report(row("q1", 3), row("q2", 3, score_weight=2.0))

    assert built["highlights"] == ["Said q2 at length."]
    assert built["lowlights"] == ["Said q1 at length."]


def test_an_interview_that_scored_nothing_has_no_score_and_says_why() -> None:
    built = report(row("q1", None, status="not_reached"), row("q2", None, status="not_recognised"))

    assert built["match_score"] is None
    assert built["highlights"] == built["lowlights"] == []
    assert built["summary"] == (
        "The candidate answered 0 of 2 questions. 1 question was never reached. "
        "In 1 question the words could not be made out. No answer was scored."
    )


def test_speech_figures_come_from_spoken_answers_only() -> None:
    said = tuple(Word(f"w{i}", i * 0.45, i * 0.45 + 0.4) for i in range(60))
    answer = spoken("t2", "…", 0.0, 27.0, "q1")
    aside = spoken("t3", "…", 30.0, 31.0, "q1", kind="aside")
    typed = spoken("t4", "typed", 40.0, 41.0, "q1", typed=True)

    by_voice = report(row("q1", 3), turns=[answer, aside, typed], words={"t2": said, "t3": said})
    by_hand = report(row("q1", 3), turns=[typed])

    assert by_voice["speech_score"] == 100.0
    assert by_voice["speech"]["words"] == 60
    assert (by_hand["speech_score"], by_hand["speech"]) == (None, None)


def test_the_transcript_has_the_contracts_fields() -> None:
    built = report(row("q1", 3), turns=[asked("t1", 0.12345, 1.0, "q1")])

    assert built["transcript"] == [
        {"turn_id": "t1", "question_id": "q1", "speaker": "Interviewer", "text": "Question?",
         "start": 0.123, "end": 1.0, "kind": "question", "typed": False}
    ]  # fmt: skip


def test_what_people_should_know_stands_in_the_report_and_moves_no_score() -> None:
    noticed = [{"kind": "tab_hidden", "at": 12.3456}, {"kind": "paste", "at": float("nan")}]

    plain = report(row("q1", 3))
    told = report(row("q1", 3), human_requested=True, integrity=noticed, phase="ended")

    assert (plain["human_requested"], plain["integrity"]) == (False, [])
    assert told["human_requested"] is True
    assert told["integrity"] == [{"kind": "tab_hidden", "at": 12.346}, {"kind": "paste", "at": 0.0}]
    assert told["match_score"] == plain["match_score"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Closed a $350.5K deal. Then more.", "Closed a $350.5K deal."),
        ("No full stop", "No full stop."),
        ("Said “we won.” Then left", "Said “we won.” Then left."),
        ("", ""),
    ],
)
def test_first_sentence(text: str, sentence: str) -> None:
    assert first_sentence(text) == sentence


async def test_topics_are_kept_only_if_the_candidate_spoke_about_them() -> None:
    turns = [spoken("t1", "The deal size was 350 and stakeholders were 6", 0, 9, "q1")]

    tags = await choose_tags(Model(), a_plan(a_planned_question("q1", 1)), [row("q1", 4)], turns)

    assert tags == ["deal-size", "stakeholders", "answered-everything", "brief-answers",
                    "gives-figures"]  # fmt: skip


async def test_a_postings_own_tags_are_chosen_by_probability_and_nothing_else_is_made_up() -> None:
    class Sure(Model):
        async def choice_probabilities(self, messages: Any, choices: Any, **more: Any) -> Any:
            fits = "Has B2B experience" in messages[0].content
            return {"yes": 0.9 if fits else 0.2, "no": 0.1 if fits else 0.8}

    plan = a_plan(a_planned_question("q1", 1), tags=("Has B2B experience", "Speaks Spanish"))

    tags = await choose_tags(Sure(), plan, [row("q1", 4)], [spoken("t1", "I sold", 0, 9, "q1")])

    assert tags == ["has-b2b-experience", "answered-everything", "brief-answers"]


async def test_there_is_always_a_tag() -> None:
    plan = a_plan(a_planned_question("q1", 1))

    assert await choose_tags(Model(down=True), plan, [row("q1", 1, status="not_answered")], []) == [
        "no-answers"
    ]
    assert await choose_tags(Model(down=True), plan, [], []) == ["no-answers"]
    middling = [spoken("t1", "word " * 60, 0, 9, "q1")]
    two_of_three = [row("q1", 3), row("q2", 3), row("q3", 1, status="not_answered")]
    assert observed(two_of_three, middling * 2) == ["interviewed"]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Deal size", "deal-size"),
        (" 1. Objection-handling! ", "1-objection-handling"),
        ("Überfahrt", "berfahrt"),
        ("…", ""),
        ("one two three four five", "one-two-three-four"),
    ],
)
def test_tags_are_kebab_case(text: str, tag: str) -> None:
    assert kebab(text) == (tag if tag[:1].isalpha() else "")
