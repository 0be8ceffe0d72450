"""What is worded before the end of an answer, and when it may not be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from interviewer.agent.ahead import WorkAhead
from interviewer.agent.thinking import Thinking
from interviewer.agent.wording import Wording
from interviewer.domain.conversation import Conversation
from interviewer.domain.moves import DecideFollowUp
from interviewer.domain.transcript import Turn
from interviewer.llm.asides import AsideWriter
from interviewer.llm.desk import Desk
from interviewer.llm.followups import FollowUpWriter
from interviewer.llm.intents import IntentReader
from tests.agent.studio import listening, plan
from tests.fakes.llm import FakeLanguageModel

ANSWER = (
    "I closed a deal with a logistics company last spring, and their finance team was against it "
    "until I built a payback model together with their controller."
)
OTHER = (
    "My sister taught me to bake bread when we lived near the harbour, which needed patience and "
    "an oven that never held its heat."
)
FOLLOW_UP = "You mentioned the payback model, what did the controller change in it?"
COMMAND = DecideFollowUp("q1", required=True)


class Bench:
    """A `WorkAhead` on the first question, and what it had rendered.

    `desk`: where the model is shared with other interviews.
    """

    def __init__(
        self, pace: float = 0.0, *, least: int = 1, most: int = 1, desk: Desk | None = None
    ) -> None:
        self.llm = FakeLanguageModel(replies=[("Ask about one thing", FOLLOW_UP)], pace=pace)
        self.conversation = Conversation(plan(least=least, most=most), listening())
        self.rendered: list[str] = []
        thinking = Thinking(
            self.conversation.plan,
            IntentReader(self.llm),
            FollowUpWriter(self.llm, desk),
            AsideWriter(self.llm),
        )
        self.ahead = WorkAhead(self.conversation, thinking, self.rendered.extend)

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(5.0):
            while not true():
                await asyncio.sleep(0.01)

    async def asked_after(self, answer: str) -> str:
        """The follow-up to this answer."""
        wording = await self.ahead.follow_up(COMMAND, [turn(answer)])
        text = await wording.whole() if isinstance(wording, Wording) else wording
        assert text is not None
        return text


def turn(text: str) -> Turn:
    return Turn(
        turn_id="t",
        speaker="Candidate",
        text=text,
        start=0.0,
        end=9.0,
        kind="answer",
        question_id="q1",
    )


async def test_a_draft_to_the_first_part_stands_for_the_whole() -> None:
    bench = Bench()
    bench.ahead.begin(ANSWER, [], 1.0)
    await bench.until(lambda: FOLLOW_UP in bench.rendered)
    bench.llm.down = True
    assert await bench.asked_after(f"{ANSWER} In the end they signed.") == FOLLOW_UP
    bench.ahead.close()


async def test_a_draft_to_other_words_is_not_asked() -> None:
    bench = Bench()
    bench.ahead.begin(OTHER, [], 1.0)
    await bench.until(lambda: len(bench.rendered) > 1)  # a scripted one, and what was worded
    bench.llm.down = True
    assert await bench.asked_after(ANSWER) != FOLLOW_UP
    bench.ahead.close()


async def test_a_dropped_draft_is_not_asked() -> None:
    bench = Bench()
    bench.ahead.begin(ANSWER, [], 1.0)
    await bench.until(lambda: FOLLOW_UP in bench.rendered)
    bench.ahead.drop()
    bench.llm.down = True
    assert await bench.asked_after(ANSWER) != FOLLOW_UP
    bench.ahead.close()


async def test_what_waited_is_not_begun_once_something_else_was_asked() -> None:
    bench = Bench(pace=0.03)
    bench.ahead.begin(ANSWER, [], 1.0)
    await bench.until(lambda: any("controller" in prompt for prompt in bench.llm.prompts))
    bench.ahead.begin(f"{ANSWER} They signed in June.", [], 2.0)
    bench.conversation.state.prompt = "What would you do differently?"
    await bench.until(lambda: FOLLOW_UP in bench.rendered)
    await asyncio.sleep(0.1)
    assert not any("June" in prompt for prompt in bench.llm.prompts)
    bench.ahead.close()


async def test_a_draft_that_came_to_nothing_is_not_begun_again_with_each_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(least=0, most=1)
    bench.llm.replies = [("Ask about one thing", "Great.")]
    begun: list[str] = []
    real = bench.ahead.begin

    def begin(text: str, turns: list[Turn], at: float, *, anew: bool) -> None:
        begun.append(text)
        real(text, turns, at, anew=anew)

    monkeypatch.setattr(bench.ahead, "begin", begin)
    for count in range(14, 21):
        bench.ahead.read("q1", " ".join(ANSWER.split()[:count]), [], 1.0)
        await asyncio.sleep(0.05)
    assert len(begun) == 1
    bench.ahead.close()


async def test_nothing_is_read_along_where_no_follow_up_can_come() -> None:
    bench = Bench(least=0, most=0)
    bench.ahead.warm("q1", [])
    bench.ahead.read("q1", ANSWER, [], 1.0)
    await asyncio.sleep(0.1)
    assert bench.llm.prompts == []
    bench.ahead.close()


async def test_a_pause_words_nothing_where_an_earlier_draft_stands_for_it() -> None:
    early = "What did the finance team have against it?"
    bench = Bench()
    bench.llm.replies = [("Ask about one thing", early)]
    words = ANSWER.split()
    bench.ahead.read("q1", " ".join(words[:18]), [], 1.0)
    await bench.until(lambda: early in bench.rendered)
    asked = len(bench.llm.prompts)
    bench.ahead.begin(" ".join(words[:24]), [], 1.0)
    await asyncio.sleep(0.1)
    assert len(bench.llm.prompts) == asked
    assert await bench.asked_after(ANSWER) == early
    bench.ahead.close()


async def test_a_draft_gives_way_to_who_waits_and_goes_on_behind() -> None:
    desk = Desk()
    one, other = Bench(pace=0.1, desk=desk), Bench(desk=desk)
    one.ahead.begin(ANSWER, [], 1.0)
    await one.until(lambda: any("Ask about one thing" in prompt for prompt in one.llm.prompts))
    assert await other.asked_after(ANSWER) == FOLLOW_UP
    assert FOLLOW_UP not in one.rendered
    await one.until(lambda: FOLLOW_UP in one.rendered)
    assert len(one.llm.prompts) == 2
    one.ahead.close()
    other.ahead.close()


async def test_who_waits_for_a_draft_that_gave_way_gets_one_all_the_same() -> None:
    desk = Desk()
    one, other = Bench(pace=0.05, desk=desk), Bench(pace=0.05, desk=desk)
    one.ahead.begin(ANSWER, [], 1.0)
    await one.until(lambda: one.llm.prompts)
    both = await asyncio.gather(other.asked_after(ANSWER), one.asked_after(ANSWER))
    assert set(both) == {FOLLOW_UP}
    one.ahead.close()
    other.ahead.close()


async def test_what_is_begun_while_somebody_waits_does_not_slow_them() -> None:
    desk = Desk()
    one, other = Bench(pace=0.05, desk=desk), Bench(desk=desk)
    waiting = asyncio.create_task(one.asked_after(ANSWER))
    await one.until(lambda: one.llm.prompts)
    other.ahead.begin(ANSWER, [], 1.0)
    assert await waiting == FOLLOW_UP
    assert other.llm.prompts == []
    await other.until(lambda: FOLLOW_UP in other.rendered)
    one.ahead.close()
    other.ahead.close()


async def test_nothing_is_begun_in_an_answer_while_the_model_works_for_another() -> None:
    desk = Desk()
    one, other = Bench(pace=0.1, desk=desk), Bench(desk=desk)
    one.ahead.read("q1", ANSWER, [], 1.0)
    await one.until(lambda: desk.busy)
    other.ahead.read("q1", OTHER, [], 1.0)
    await asyncio.sleep(0.1)
    assert other.llm.prompts == []
    one.ahead.close()
    other.ahead.close()


async def test_no_follow_up_is_kept_for_what_is_no_answer() -> None:
    """It is worded while that is still being read."""
    bench = Bench()
    bench.ahead.begin("Sorry, could you repeat the question, please?", [], 1.0)
    await asyncio.sleep(0.3)
    assert FOLLOW_UP not in bench.rendered
    bench.ahead.begin(ANSWER, [], 2.0)
    await bench.until(lambda: FOLLOW_UP in bench.rendered)
    assert await bench.asked_after(ANSWER) == FOLLOW_UP
    bench.ahead.close()


@pytest.mark.parametrize("required", [True, False])
async def test_a_wording_that_is_not_far_enough_is_not_waited_for(required: bool) -> None:
    """A scripted one is asked where one is owed, and else none."""
    bench = Bench(pace=2.0)
    bench.conversation.plan = plan(least=int(required), most=1)
    bench.ahead.begin(ANSWER, [], 1.0)
    await bench.until(lambda: any("controller" in prompt for prompt in bench.llm.prompts))
    asked = await bench.ahead.follow_up(DecideFollowUp("q1", required=required), [turn(ANSWER)])
    if required:
        assert isinstance(asked, str)
        assert asked.endswith("?")
        assert asked != FOLLOW_UP
    else:
        assert asked is None
    bench.ahead.close()


async def test_nothing_is_begun_once_closed() -> None:
    bench = Bench()
    bench.ahead.close()
    bench.ahead.begin(ANSWER, [], 1.0)
    bench.ahead.read("q1", ANSWER, [], 1.0)
    bench.ahead.warm("q1", [])
    await asyncio.sleep(0.05)
    assert bench.llm.prompts == []
