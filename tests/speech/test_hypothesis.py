"""What is believed of a decode, and when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.speech.hypothesis import (
    Hypothesis,
    LocalAgreement,
    accepted_text,
    collapse_repeats,
    is_looping,
    normal_words,
)

words = st.lists(st.sampled_from("the deal was big and we won it in may".split()), max_size=12)


def heard(text: str, **more: float) -> Hypothesis:
    return Hypothesis(text=text, seconds=3.0, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "so we so we so we so we so we",
        "no " * 9,
        "I went to the store. I went to the store. I went to the store.",
        "and I told them " * 12,
    ],
)
def test_a_decoder_running_in_a_circle_is_noticed(text: str) -> None:
    assert is_looping(text)
    assert not is_looping(collapse_repeats(text))


@pytest.mark.parametrize(
    "text",
    [
        "No, no, no, that is not what I meant.",
        "It was very, very hard, and very, very long.",
        "I called them, and I called them again, and in the end they signed.",
        "My number is five five five five.",
    ],
)
def test_people_repeat_themselves_a_little(text: str) -> None:
    assert not is_looping(text)
    assert collapse_repeats(text) == text


@pytest.mark.parametrize(
    "text",
    ["Thanks for watching!", "Thank you so much for watching.", "Please subscribe to my channel"],
)
def test_video_captions_are_never_an_answer(text: str) -> None:
    assert accepted_text(heard(text), voiced_seconds=2.0) == ""


def test_a_real_thank_you_stays_and_a_faint_one_goes() -> None:
    assert accepted_text(heard("Thank you."), voiced_seconds=0.6) == "Thank you."
    assert accepted_text(heard("Thank you."), voiced_seconds=0.1) == ""
    assert accepted_text(heard("Thank you.", no_speech=0.8), voiced_seconds=0.6) == ""


def test_text_without_voice_behind_it_is_dropped() -> None:
    assert accepted_text(heard("We closed the deal in March."), voiced_seconds=0.0) == ""
    assert accepted_text(heard("We closed " * 20), voiced_seconds=0.5) == ""
    unsure = heard("So the company", no_speech=0.9, log_probability=-1.4)
    assert accepted_text(unsure, voiced_seconds=1.0) == ""


def test_sounds_in_brackets_are_not_words() -> None:
    assert accepted_text(heard("[BLANK_AUDIO]"), voiced_seconds=1.0) == ""
    assert accepted_text(heard("(coughs) I see. ♪♪"), voiced_seconds=1.0) == "I see."


def test_agreement_commits_what_two_hypotheses_share() -> None:
    agreement = LocalAgreement()
    assert agreement.update("Last winter a man came") == ("", "Last winter a man came")
    assert agreement.update("last winter a man came in shouting") == (
        "last winter a man came",
        "in shouting",
    )
    committed, tail = agreement.update("Last winter, a man came in and showed")
    assert (committed, tail) == ("last winter a man came in", "and showed")


@given(st.lists(words, max_size=8))
def test_committed_text_only_grows_at_its_end(hypotheses: list[list[str]]) -> None:
    agreement = LocalAgreement()
    before: list[str] = []
    for hypothesis in hypotheses:
        committed = agreement.update(" ".join(hypothesis))[0].split()
        assert committed[: len(before)] == before
        before = committed


@given(st.lists(st.sampled_from("yes we did so".split()), max_size=40))
def test_collapsing_never_invents_or_reorders(said: list[str]) -> None:
    kept = iter(said)
    assert all(word in kept for word in collapse_repeats(" ".join(said)).split())


def test_words_are_compared_without_case_and_punctuation() -> None:
    assert normal_words("Well -- I'd say: “Yes”.") == ["well", "i'd", "say", "yes"]
