"""The second transcription put in place of the live one."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from interviewer.domain.evidence import locate
from interviewer.domain.second_pass import improve
from interviewer.domain.transcript import Turn, Word


def turn(turn_id: str, speaker: str, text: str, start: float, end: float, **more: Any) -> Turn:
    kind = "answer" if speaker == "Candidate" else "question"
    values = {"kind": kind, "question_id": "q1", **more}
    return Turn(turn_id=turn_id, speaker=speaker, text=text, start=start, end=end, **values)  # type: ignore[arg-type]


def words(text: str, start: float, each: float = 0.4) -> list[Word]:
    return [
        Word(token, start + i * each, start + (i + 1) * each - 0.05)
        for i, token in enumerate(text.split())
    ]


QUESTION = turn("t1", "Interviewer", "Tell me about a deal.", 0.0, 4.0)


def test_a_live_turn_gets_the_better_text_and_exact_times() -> None:
    live = turn("t2", "Candidate", "i closed a meal with acne", 5.0, 9.0)

    better = improve([QUESTION, live], words("I closed a deal with Acme.", 5.2))

    assert better.turns[0] == QUESTION
    assert better.turns[1].text == "I closed a deal with Acme."
    assert better.turns[1].turn_id == "t2"
    assert (better.turns[1].start, round(better.turns[1].end, 2)) == (5.2, 7.55)
    assert [w.text for w in better.words["t2"]][-1] == "Acme."


def test_words_beside_a_turn_join_the_nearest_of_the_open_question() -> None:
    first = turn("t2", "Candidate", "I closed a deal", 5.0, 7.0)
    second = turn("t3", "Interviewer", "Which one?", 20.0, 22.0, kind="follow_up")
    third = turn("t4", "Candidate", "with Acme", 23.0, 24.0)
    heard = [
        *words("I closed a deal", 5.0),
        *words("last year", 10.0),
        *words("with Acme", 23.0),
        *words("mostly", 26.0),
    ]

    better = improve([QUESTION, first, second, third], heard)

    assert [t.text for t in better.turns if t.speaker == "Candidate"] == [
        "I closed a deal last year",
        "with Acme mostly",
    ]


def test_words_never_jump_over_what_the_interviewer_said() -> None:
    answer = turn("t4", "Candidate", "sorry, I was on mute", 12.0, 14.0)
    prompt = turn("t3", "Interviewer", "Take your time.", 8.0, 10.0, kind="prompt")

    better = improve(
        [QUESTION, prompt, answer], [*words("hm let me", 5.0), *words("sorry, I was on mute", 12.0)]
    )

    assert [t.text for t in better.turns] == [
        "Tell me about a deal.",
        "hm let me",
        "Take your time.",
        "sorry, I was on mute",
    ]
    assert better.turns[1].kind == "answer"
    assert better.turns[1].question_id == "q1"


def test_words_that_only_the_second_pass_heard_are_an_answer() -> None:
    better = improve([QUESTION], words("We sold it to a bank", 6.0))

    assert [(t.speaker, t.text, t.kind, t.question_id) for t in better.turns[1:]] == [
        ("Candidate", "We sold it to a bank", "answer", "q1")
    ]


def test_words_before_the_first_question_answer_nothing() -> None:
    late = turn("t1", "Interviewer", "Tell me about a deal.", 10.0, 14.0)

    better = improve([late], words("Hello there", 3.0))

    assert (better.turns[0].kind, better.turns[0].question_id) == ("aside", None)


def test_typed_turns_stay_as_typed() -> None:
    typed = turn("t2", "Candidate", "I wrote this", 5.0, 9.0, typed=True)

    better = improve([QUESTION, typed], words("keyboard noise", 6.0))

    assert typed in better.turns


def test_live_text_stays_where_the_recording_has_a_hole() -> None:
    live = turn("t2", "Candidate", "the first half and the second half", 5.0, 9.0)

    better = improve([QUESTION, live], words("the first half", 5.0), [(6.5, 9.5)])

    assert better.turns[1] == live
    assert "t2" not in better.words


def test_a_second_pass_that_missed_most_of_a_turn_does_not_replace_it() -> None:
    live = turn("t2", "Candidate", "one two three four five six seven eight", 5.0, 9.0)

    assert improve([QUESTION, live], words("one two", 5.0)).turns[1] == live
    assert improve([QUESTION, live], []).turns[1] == live


spoken = st.lists(
    st.tuples(st.floats(0, 100), st.floats(0.1, 8), st.booleans(), st.booleans()), max_size=8
)
heard_words = st.lists(st.tuples(st.floats(0, 110), st.floats(0.05, 0.9)), max_size=30)


@given(spoken, heard_words)
def test_no_word_is_dropped_and_doing_it_again_changes_nothing(
    shape: list[tuple[float, float, bool, bool]], heard: list[tuple[float, float]]
) -> None:
    turns = [
        turn(f"t{i}", "Candidate" if candidate else "Interviewer", "", start, start + length,
             typed=typed and candidate)
        for i, (start, length, candidate, typed) in enumerate(shape)
    ]  # fmt: skip
    pass_two = [Word(f"w{i}", start, start + n) for i, (start, n) in enumerate(heard)]

    once = improve(turns, pass_two)

    kept = sorted(w.text for its in once.words.values() for w in its)
    assert kept == sorted(w.text for w in pass_two)
    assert {t.turn_id for t in turns} <= {t.turn_id for t in once.turns}
    assert len({t.turn_id for t in once.turns}) == len(once.turns)
    assert all(t.start <= t.end for t in once.turns)
    again = improve(once.turns, pass_two)
    assert sorted(w.text for its in again.words.values() for w in its) == kept


def test_a_quote_is_found_by_its_words_whatever_the_punctuation() -> None:
    answer = turn("t2", "Candidate", "", 5.0, 9.0)
    said = {"t2": words("Well, I closed a deal with Acme -- it's $350,000.", 5.0)}

    found = locate("closed a deal with ACME", [QUESTION, answer], said)

    assert found is not None
    assert (round(found.start, 2), round(found.end, 2)) == (5.8, 7.75)
    assert locate("closed two deals", [answer], said) is None
    assert locate("…", [answer], said) is None


def test_a_quote_from_live_or_typed_text_has_a_place_too() -> None:
    live = turn("t2", "Candidate", "one two three four", 10.0, 14.0)
    typed = turn("t3", "Candidate", "five six", 20.0, 25.0, typed=True)

    in_live, in_typed = (locate(quote, [live, typed], {}) for quote in ("three", "six"))

    assert in_live is not None
    assert (in_live.start, in_live.end) == (12.0, 13.0)
    assert in_typed is not None
    assert (in_typed.start, in_typed.end) == (20.0, 25.0)
    assert locate("tell me", [QUESTION], {}) is None
