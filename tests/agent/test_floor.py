"""When the candidate has the floor, and when their turn is over."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from interviewer.agent.floor import (
    Floor,
    Heard,
    Press,
    Silent,
    is_backchannel,
    is_echo,
)
from interviewer.speech.listeners import Utterance
from interviewer.speech.recognizer import WhisperSTT
from tests.agent.studio import Recogniser


class Stage:
    """A floor whose hold runs on real seconds, fed by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.stt = Recogniser()
        self.silent_for = 0.0
        self.floor = Floor(
            cast(WhisperSTT, self.stt), lambda: self.now, silent_for=lambda: self.silent_for
        )

    def speak(self, start: float, end: float, text: str) -> None:
        self.now = start
        self.floor.speech_started(start)
        self.now = end
        self.floor.speech_ended(end)
        utterance = Utterance(text=text, start=start, end=end)
        self.stt.finals.append(utterance)
        self.floor.finished(utterance)


async def ends(stage: Stage, at: float, prompt_after: float = 6.0) -> Heard | Silent | Press | None:
    """What `listen` answers when it is second `at`, or None if it goes on listening."""
    stage.now = at
    try:
        return await asyncio.wait_for(stage.floor.listen(prompt_after), 0.05)
    except TimeoutError:
        return None


ANSWER = "I called the customer on the same day and gave him one date that I could keep."


async def test_finals_are_told_to_read_on_and_in_a_pause_to_work_ahead() -> None:
    stage = Stage()
    told: list[tuple[str, str]] = []
    stage.floor.on_settled = lambda text: told.append(("settled", text))
    stage.floor.on_pause = lambda text: told.append(("pause", text))
    stage.speak(1.0, 3.0, "I called the customer.")
    stage.floor.speech_started(3.4)
    late = Utterance(text="Then I wrote.", start=3.4, end=4.0)
    stage.stt.finals.append(late)
    stage.floor.finished(late)
    assert told == [
        ("pause", "I called the customer."),
        ("settled", "I called the customer. Then I wrote."),
    ]


async def test_a_complete_answer_ends_after_its_hold_and_not_before() -> None:
    stage = Stage()
    stage.speak(1.0, 6.0, ANSWER)
    assert await ends(stage, 6.3) is None
    heard = await ends(stage, 9.5)
    assert heard == Heard(ANSWER, 1.0, 6.0)


async def test_what_was_said_into_words_that_were_handed_over_belongs_to_the_next_turn() -> None:
    stage = Stage()
    stage.speak(1.0, 6.0, ANSWER)
    stage.now = 7.0
    stage.floor.mark()
    stage.speak(7.5, 8.0, "Wait, sorry.")
    stage.now = 9.0
    stage.floor.take(from_mark=True)
    assert stage.floor.new_text() == "Wait, sorry."
    assert await ends(stage, 13.0) == Heard("Wait, sorry.", 7.5, 8.0)


async def test_a_dead_line_is_no_silence_of_the_candidate() -> None:
    stage = Stage()
    stage.speak(1.0, 6.0, ANSWER)
    stage.silent_for = 1.5
    assert await ends(stage, 9.5) is None
    stage.silent_for = 0.0
    assert await ends(stage, 9.8) is None  # silence counts from when the line is back
    assert await ends(stage, 13.0) == Heard(ANSWER, 1.0, 6.0)


async def test_an_answer_in_two_halves_is_one() -> None:
    stage = Stage()
    stage.speak(1.0, 4.0, "I called the customer and")
    assert await ends(stage, 5.5) is None
    stage.speak(5.6, 8.0, "gave him one date that I could keep.")
    heard = await ends(stage, 11.5)
    assert isinstance(heard, Heard)
    assert heard.text == "I called the customer and gave him one date that I could keep."
    assert (heard.start, heard.end) == (1.0, 8.0)


async def test_silence_is_told_only_after_the_time_that_was_given() -> None:
    stage = Stage()
    waiting = asyncio.create_task(stage.floor.listen(0.05))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    stage.now = 0.06
    assert await asyncio.wait_for(waiting, 1.0) == Silent()


async def test_a_cough_is_not_a_turn() -> None:
    stage = Stage()
    stage.now = 1.0
    stage.floor.speech_started(1.0)
    stage.now = 1.3
    stage.floor.speech_ended(1.3)
    assert await ends(stage, 2.5) is None


async def test_a_long_voice_without_words_is_told_as_unheard() -> None:
    stage = Stage()
    stage.now = 1.0
    stage.floor.speech_started(1.0)
    stage.floor.speech_ended(4.0)
    heard = await ends(stage, 6.0)
    assert isinstance(heard, Heard)
    assert heard.text == ""


async def test_done_ends_the_turn_at_once() -> None:
    stage = Stage()
    stage.speak(1.0, 4.0, "I called the customer and")
    stage.floor.press(Press("done_speaking"))
    heard = await ends(stage, 4.1)
    assert isinstance(heard, Heard)
    assert heard.text == "I called the customer and"


async def test_other_presses_come_in_order_and_too_many_are_refused() -> None:
    stage = Stage()
    accepted = [stage.floor.press(Press("skip")) for _ in range(40)]
    assert accepted == [True] * 32 + [False] * 8
    assert await ends(stage, 0.1) == Press("skip")


async def test_patience_lets_half_a_minute_pass_in_mid_answer() -> None:
    stage = Stage()
    stage.speak(1.0, 4.0, ANSWER)
    stage.now = 4.1
    waiting = asyncio.create_task(stage.floor.listen(30.0, patience=True))
    await asyncio.sleep(0.01)
    stage.now = 20.0
    stage.floor.interim("")
    await asyncio.sleep(0.02)
    assert not waiting.done()
    waiting.cancel()


async def test_what_was_taken_is_not_heard_again_and_the_rest_is_marked() -> None:
    stage = Stage()
    stage.speak(1.0, 4.0, ANSWER)
    stage.now = 6.0
    stage.floor.take()
    assert stage.floor.text() == ""
    stage.floor.mark()
    stage.speak(7.0, 8.0, "Wait, sorry.")
    assert stage.floor.new_text() == "Wait, sorry."


async def test_before_the_floor_is_taken_new_words_are_told_from_old_ones() -> None:
    stage = Stage()
    stage.speak(1.0, 4.0, ANSWER)
    stage.now = 6.0
    stage.floor.mark()
    assert stage.floor.new_text() == ""
    stage.speak(7.0, 8.0, "and one more thing")
    assert stage.floor.new_text() == "and one more thing"
    assert stage.floor.text() == f"{ANSWER} and one more thing"


@pytest.mark.parametrize("text", ["", "Mm-hm.", "Okay.", "Yeah, right", "uh huh", "I see."])
def test_signs_of_listening_are_no_words(text: str) -> None:
    assert is_backchannel(text)


@pytest.mark.parametrize("text", ["Wait", "Can you repeat that?", "Yes, I led the team"])
def test_words_are_no_signs_of_listening(text: str) -> None:
    assert not is_backchannel(text)


def test_the_interviewers_own_words_are_known_as_an_echo() -> None:
    saying = "Tell me about a time you lost a deal. What happened?"
    assert is_echo("about a time you lost a deal", saying)
    assert not is_echo("sorry could you say that again", saying)
    assert not is_echo("a deal", saying)


async def test_a_backchannel_comes_soon_where_the_words_are_not_there_yet() -> None:
    stage, signs = Stage(), []
    stage.floor.on_backchannel = lambda: signs.append(stage.now)
    stage.now = 1.0
    stage.floor.speech_started(1.0)
    stage.floor.interim("I called the customer on the")  # half a second old
    stage.now = 4.0
    stage.floor.speech_ended(4.0)
    assert await ends(stage, 4.3) is None
    assert await ends(stage, 4.5) is None
    assert signs == [4.5]


async def test_each_backchannel_that_was_too_early_makes_the_next_one_rarer() -> None:
    stage, signs = Stage(), []
    stage.floor.on_backchannel = lambda: signs.append(stage.now)
    for start in (0.0, 5.0, 10.0, 15.0, 20.0):
        stage.speak(start, start + 2.0, "I called them up.")
        assert await ends(stage, start + 2.6) is None
    assert signs == [2.6, 12.6]


async def test_who_seems_to_be_done_is_not_kept_without_a_sign_so_long() -> None:
    stage, signs = Stage(), []
    stage.floor.on_backchannel = lambda: signs.append(stage.now)
    for start in (0.0, 5.0, 10.0):  # each sign too early: the next one sixteen seconds later
        stage.speak(start, start + 4.0, f"{ANSWER} {ANSWER} {ANSWER} {ANSWER}")
        assert await ends(stage, start + 4.6) is None
    assert signs == [4.6, 9.6]
    stage.speak(14.7, 17.2, ANSWER)
    assert await ends(stage, 17.8) is None
    assert signs == [4.6, 9.6, 17.8]


async def test_a_cough_gets_no_backchannel() -> None:
    stage, signs = Stage(), []
    stage.floor.on_backchannel = lambda: signs.append(stage.now)
    stage.floor.speech_started(1.0)
    stage.now = 1.3
    stage.floor.speech_ended(1.3)
    assert await ends(stage, 1.8) is None
    assert signs == []
