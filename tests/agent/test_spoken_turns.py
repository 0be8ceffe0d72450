"""What is said right after a turn: follow-ups while they are still worded, and backchannels."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from interviewer.agent import interview
from interviewer.agent.floor import Press
from interviewer.domain import script
from interviewer.storage.engine import SqlStore
from tests.agent.studio import Studio, studio
from tests.contracts.records import a_posting, a_question, a_workspace, an_interview
from tests.fakes.llm import FakeLanguageModel

INTERVIEW = "0123456789ABCDEF"
ANSWER = (
    "I closed a deal with a logistics company last spring, and their finance team was against it "
    "until I built a payback model together with their controller."
)
FOLLOW_UP = "You mentioned the payback model, what did the controller change in it?"
FIRST_CLAUSE = "You mentioned the payback model,"


@pytest.fixture
async def store(sqlite_store: SqlStore) -> SqlStore:
    async with sqlite_store.transaction() as tx:
        await tx.add_workspace(a_workspace())
        await tx.add_posting(a_posting(), [a_question()])
        await tx.add_interview(an_interview(INTERVIEW))
    return sqlite_store


def model(**more: Any) -> FakeLanguageModel:
    return FakeLanguageModel(replies=[("Ask about one thing", FOLLOW_UP)], **more)


async def done(scene: Studio) -> None:
    """The candidate says it all in one go and presses the button: no wording is whole by then."""
    await scene.speak(ANSWER)
    scene.floor.press(Press("done_speaking"))


def follow_ups(scene: Studio) -> int:
    return scene.conversation.state.progress["q1"].follow_ups


async def test_a_follow_up_is_heard_before_its_wording_is_whole(store: SqlStore) -> None:
    async with studio(store, INTERVIEW, model(pace=0.2)) as scene:
        await done(scene)
        await scene.until(lambda: scene.messages(type="state", state="speaking"))
        await scene.until(lambda: scene.heard_at)
        assert follow_ups(scene) == 0  # a crash now finds the interview before the follow-up
        await scene.until(lambda: scene.messages(type="question", follow_up=True))
        asked = scene.messages(type="question", follow_up=True)
        assert [message["text"] for message in asked] == [FOLLOW_UP]
        assert follow_ups(scene) == 1
        await scene.until(lambda: scene.messages(type="transcript", text=FOLLOW_UP, final=True))
        (turn,) = scene.turns("follow_up")
        # A tenth of a second a word, and no clause is said twice.
        assert turn.text == FOLLOW_UP
        assert len(scene.heard_at) * 0.02 == pytest.approx(0.1 * len(FOLLOW_UP.split()), abs=0.4)
        await scene.until(lambda: scene.messages(type="state", state="listening"))


async def test_who_goes_on_into_the_first_clause_is_not_asked_the_rest(store: SqlStore) -> None:
    async with studio(store, INTERVIEW, model(pace=0.2)) as scene:
        await done(scene)
        await scene.until(lambda: scene.messages(type="state", state="speaking"))
        scene.floor.speech_started(scene.now())
        scene.floor.interim("And then the chief operating")
        await scene.until(lambda: scene.turns("acknowledgement"))
        (said,) = scene.turns("acknowledgement")
        assert FIRST_CLAUSE.startswith(said.text)
        assert follow_ups(scene) == 0
        assert not scene.messages(type="question")
        stopped = len(scene.heard_at)
        scene.floor.speech_ended(scene.now())
        await scene.speak("And then the chief operating officer signed it within a week.")
        scene.floor.press(Press("done_speaking"))
        await scene.until(lambda: scene.messages(type="question", follow_up=True))
        assert len(scene.heard_at) > stopped
        answers = [turn.text for turn in scene.turns("answer")]
        assert len(answers) == 1
        assert answers[0].startswith(ANSWER)
        assert answers[0].endswith("within a week.")


async def test_words_said_into_the_first_clause_count_when_their_text_comes_late(
    store: SqlStore,
) -> None:
    async with studio(store, INTERVIEW, model(pace=0.2)) as scene:
        await done(scene)
        await scene.until(lambda: scene.messages(type="state", state="speaking"))
        start = scene.now()
        scene.floor.speech_started(start)
        await scene.until(lambda: scene.now() > start + 0.3)
        heard = len(scene.heard_at)
        await scene.until(lambda: scene.messages(type="question", follow_up=True))
        # Nothing more is heard of it while somebody speaks.
        assert len(scene.heard_at) <= heard + 2
        end = scene.now()
        scene.floor.speech_ended(end)
        scene.recognise("Sorry, could you say that again?", start, end)
        await scene.until(lambda: scene.messages(type="state", state="listening"))
        await scene.until(lambda: scene.turns("aside"))
        (aside,) = scene.turns("aside")
        assert "say that again" in aside.text


async def test_a_wording_under_way_is_handed_over_and_not_begun_again(store: SqlStore) -> None:
    llm = model(pace=0.2)

    def worded() -> int:
        """How often the model was asked for the follow-up to the whole answer."""
        return sum("controller.</answer>\nAsk about" in prompt for prompt in llm.prompts)

    async with studio(store, INTERVIEW, llm) as scene:
        await scene.speak(ANSWER)
        scene.floor.speech_ended(scene.now())
        await scene.until(worded)
        scene.floor.press(Press("done_speaking"))
        await scene.until(lambda: scene.messages(type="question", follow_up=True), 8.0)
        (asked,) = scene.messages(type="question", follow_up=True)
        assert asked["text"] == FOLLOW_UP
        assert worded() == 1


async def test_a_follow_up_worded_from_most_of_an_answer_may_stand_for_all_of_it(
    store: SqlStore,
) -> None:
    llm = model()
    async with studio(store, INTERVIEW, llm) as scene:
        await scene.speak(ANSWER)
        await scene.until(lambda: any(text == FOLLOW_UP for _, text in scene.prerendered))
        scene.floor.speech_started(scene.now())
        llm.down = True  # who goes on for a little gets what was worded until then
        await scene.speak("In the end they signed for two years.")
        scene.floor.press(Press("done_speaking"))
        await scene.until(lambda: scene.messages(type="question", follow_up=True))
        (asked,) = scene.messages(type="question", follow_up=True)
        assert asked["text"] == FOLLOW_UP


async def test_a_follow_up_that_the_rest_has_answered_is_not_asked(store: SqlStore) -> None:
    llm = model()
    async with studio(store, INTERVIEW, llm) as scene:
        await scene.speak(ANSWER)
        await scene.until(lambda: any(text == FOLLOW_UP for _, text in scene.prerendered))
        llm.down = True
        # More than half of the answer comes behind it.
        await scene.speak(" ".join([ANSWER, "They changed its discount rate.", ANSWER]))
        scene.floor.press(Press("done_speaking"))
        await scene.until(lambda: scene.messages(type="question", follow_up=True))
        (asked,) = scene.messages(type="question", follow_up=True)
        assert asked["text"] != FOLLOW_UP


async def test_a_model_without_a_first_word_in_time_is_not_waited_for(
    store: SqlStore,
) -> None:
    async with studio(store, INTERVIEW, model(delay=9.0)) as scene:
        await done(scene)
        await scene.until(lambda: scene.messages(type="question", follow_up=True), 8.0)
        (asked,) = scene.messages(type="question", follow_up=True)
        assert asked["text"] != FOLLOW_UP
        assert asked["text"].endswith("?")
        assert follow_ups(scene) == 1


@pytest.mark.parametrize("fault", [{"down": True}, {"delay": 9.0}])
async def test_an_optional_follow_up_is_left_out_when_the_model_fails(
    store: SqlStore, fault: dict[str, Any]
) -> None:
    async with studio(store, INTERVIEW, model(**fault), least=0) as scene:
        await done(scene)
        await scene.until(lambda: scene.messages(type="question", index=2), 8.0)
        assert follow_ups(scene) == 0


async def test_a_pause_is_answered_by_a_backchannel_that_takes_nothing_away(
    store: SqlStore,
) -> None:
    async with studio(store, INTERVIEW, model()) as scene:
        await scene.speak("I closed a deal with a logistics company last spring.")
        await scene.until(lambda: scene.messages(backchannel=True))
        (sign,) = scene.messages(backchannel=True)
        assert sign["text"] == script.BACKCHANNELS[0]
        await scene.until(lambda: scene.heard_at)
        assert not scene.messages(type="state")
        await scene.speak("Their finance team was against it, and I built a payback model.")
        await scene.until(lambda: scene.messages(type="question", follow_up=True))
        assert len(scene.messages(backchannel=True)) == 1  # sparing
        (answer,) = scene.turns("answer")
        assert answer.text.endswith("payback model.")
        stored = [turn.kind for turn in scene.journal.turns]
        assert stored.count("follow_up") == 1


async def test_a_backchannel_stops_when_the_candidate_speaks(store: SqlStore) -> None:
    async with studio(store, INTERVIEW, model()) as scene:
        await scene.speak("I closed a deal with a logistics company last spring.")
        await scene.until(lambda: scene.heard_at)
        scene.floor.speech_started(scene.now())
        heard = len(scene.heard_at)
        await scene.until(lambda: scene.output.buffered == 0.0)
        assert len(scene.heard_at) - heard <= 2


async def test_who_waits_for_a_follow_up_is_told_that_they_were_heard(store: SqlStore) -> None:
    async with studio(store, INTERVIEW, model(delay=3.0)) as scene:
        await scene.speak(ANSWER)
        await scene.until(lambda: scene.messages(backchannel=True))
        # So short behind another sign none is given in a pause; at the turn's end one is.
        await scene.speak("In the end they signed for two years.")
        scene.floor.press(Press("done_speaking"))
        await scene.until(lambda: len(scene.messages(backchannel=True)) == 2)
        assert not scene.messages(type="question")
        await scene.until(lambda: scene.turns("follow_up"))
        assert len(scene.messages(backchannel=True)) == 2
        assert follow_ups(scene) == 1


async def test_the_echo_of_a_sign_calls_for_no_other(store: SqlStore) -> None:
    """It may come back from a loudspeaker as a voice, and be misheard."""
    async with studio(store, INTERVIEW, model(delay=3.0)) as scene:
        await done(scene)
        await scene.until(lambda: scene.messages(backchannel=True))
        await go_on(scene, "Thank you.")
        await scene.until(lambda: scene.turns("follow_up"))
        assert len(scene.messages(backchannel=True)) == 1


async def test_who_goes_on_behind_a_sign_goes_on_with_the_answer(store: SqlStore) -> None:
    async with studio(store, INTERVIEW, model(delay=3.0)) as scene:
        await done(scene)
        await scene.until(lambda: scene.messages(backchannel=True))
        await go_on(scene, "And then the chief operating officer signed.")
        await scene.until(lambda: scene.turns("follow_up"))
        (answer,) = scene.turns("answer")
        assert answer.text.startswith(ANSWER)
        assert answer.text.endswith("signed.")


async def go_on(scene: Studio, text: str) -> None:
    """The candidate is heard while a move is thought out, and is done again."""
    start = scene.now()
    scene.floor.speech_started(start)
    await scene.until(lambda: not scene.conversation.may_take_back)
    end = scene.now()
    scene.recognise(text, start, end)
    scene.floor.speech_ended(end)
    scene.floor.press(Press("done_speaking"))


async def test_a_follow_up_that_is_there_needs_no_sign_before_it(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interview, "SIGN_SECONDS", 1.0)  # a busy machine is slow to begin it
    async with studio(store, INTERVIEW, model()) as scene:
        scene.floor.on_backchannel = None
        await scene.speak(ANSWER)
        await scene.until(lambda: any(text == FOLLOW_UP for _, text in scene.prerendered))
        scene.floor.press(Press("done_speaking"))
        await scene.until(lambda: scene.turns("follow_up"))
        assert not scene.messages(backchannel=True)


async def test_no_sign_before_what_a_candidate_asked(store: SqlStore) -> None:
    """To "is it remote?" an "uh-huh" would be a yes."""
    async with studio(store, INTERVIEW, model(delay=0.6)) as scene:
        await scene.speak("What is the salary for this job?")
        scene.floor.press(Press("done_speaking"))
        await scene.until(lambda: scene.turns("aside"))
        await scene.until(lambda: scene.heard_at)
        assert not scene.messages(backchannel=True)


async def test_no_backchannel_into_the_moment_that_was_asked_for(store: SqlStore) -> None:
    async with studio(store, INTERVIEW, model()) as scene:
        await scene.speak("I closed a deal with")
        scene.floor.press(Press("more_time"))
        await scene.until(lambda: scene.now() > scene.floor.last_voice + 2.5)
        assert not scene.messages(backchannel=True)


async def test_a_move_that_waits_for_a_backchannel_can_still_be_taken_back(store: SqlStore) -> None:
    async with studio(store, INTERVIEW, model()) as scene:
        saying = scene.voice.say("This must never be heard.", lambda: None)
        assert scene.voice.murmur(script.BACKCHANNELS[0])
        line = asyncio.create_task(saying)
        await asyncio.sleep(0)
        scene.voice.stop()
        spoken = await asyncio.wait_for(line, 5.0)
        assert (spoken.heard, spoken.complete) == ("", False)


async def test_a_cough_into_the_first_clause_does_not_break_it_off(store: SqlStore) -> None:
    async with studio(store, INTERVIEW, model(pace=0.2)) as scene:
        await done(scene)
        await scene.until(lambda: scene.messages(type="state", state="speaking"))
        scene.floor.speech_started(scene.now())
        scene.floor.speech_ended(scene.now() + 0.1)
        await scene.until(lambda: scene.messages(type="question", follow_up=True))
        assert follow_ups(scene) == 1


async def test_a_written_answer_is_stored_before_it_is_understood(store: SqlStore) -> None:
    async with studio(store, INTERVIEW, model()) as scene:
        scene.floor.press(Press("typed_answer", "Could you repeat the question, please?"))
        await scene.until(lambda: scene.turns("answer") or scene.turns("aside"))
        await scene.until(lambda: scene.turns("aside"))
        assert scene.turns("answer") == []
        assert follow_ups(scene) == 0


async def test_a_line_that_the_connection_broke_off_lasted_until_then(store: SqlStore) -> None:
    async with studio(store, INTERVIEW, model()) as scene:
        await done(scene)
        await scene.until(lambda: scene.turns("follow_up"))
        await asyncio.sleep(0.4)
    async with store.snapshot() as tx:
        turns = await tx.turns(INTERVIEW)
    (asked,) = [turn for turn in turns if turn.kind == "follow_up"]
    assert 0.3 < asked.end - asked.start < 2.0
