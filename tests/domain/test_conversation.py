"""What must never break, whatever happens in whatever order."""

from __future__ import annotations

import json
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from interviewer.domain import script
from interviewer.domain.conversation import Conversation
from interviewer.domain.intent import Intent
from interviewer.domain.moves import (
    Ask,
    CandidateTurn,
    Command,
    Connected,
    ConversationState,
    DecideFollowUp,
    End,
    Event,
    FollowUpReady,
    LeavePressed,
    Listen,
    MoreTimePressed,
    NotRecognised,
    RepeatPressed,
    Reply,
    ReplyReady,
    SaidAll,
    Say,
    Silence,
    SkipPressed,
)
from interviewer.domain.plan import InterviewPlan, Overview, PlannedQuestion

INTENTS = get_args(Intent)


def plan_of(*bounds: tuple[int, int], max_duration_seconds: float = 2700.0) -> InterviewPlan:
    return InterviewPlan(
        interviewer_name="Rachel",
        company="CloudMetrics",
        job_title="Sales Representative",
        candidate_first_name="Aisha",
        questions=tuple(
            PlannedQuestion(
                question_id=f"Q{i}",
                text=f"Question number {i}?",
                rank=i,
                min_follow_ups=low,
                max_follow_ups=high,
            )
            for i, (low, high) in enumerate(bounds, start=1)
        ),
        company_overview=Overview(text="We make analytics.", mode="exact_delivery"),
        job_overview=Overview(text="You sell them.", mode="reference_only"),
        max_duration_seconds=max_duration_seconds,
    )


class Run:
    """Carries out commands the way the agent does, and keeps what was asked."""

    def __init__(self, plan: InterviewPlan) -> None:
        self.conversation = Conversation(plan)
        self.asked: list[Ask] = []
        self.ends: list[End] = []
        self.last: list[Command] = []

    def feed(self, event: Event) -> list[Command]:
        self.last = self.conversation.handle(event)
        for command in self.last:
            if isinstance(command, Ask):
                self.asked.append(command)
                self.conversation.announced()
            if isinstance(command, End):
                self.ends.append(command)
        return self.last

    def restart(self) -> None:
        """A crash: only what was serialised is left."""
        stored = json.loads(json.dumps(self.conversation.state.to_dict()))
        state = ConversationState.from_dict(stored)
        self.conversation = Conversation(self.conversation.plan, state)


def answer(run: Run, at: float, text: str = "I did it.") -> list[Command]:
    run.feed(SaidAll(at))
    return run.feed(CandidateTurn(at, text, "answer"))


EVENTS = st.one_of(
    st.just(("connected",)),
    st.just(("said_all",)),
    st.just(("not_recognised",)),
    st.just(("silence",)),
    st.just(("skip",)),
    st.just(("repeat",)),
    st.just(("more_time",)),
    st.just(("crash",)),
    st.just(("take_back",)),
    st.tuples(
        st.just("turn"),
        st.sampled_from(INTENTS),
        st.sampled_from(["yes", "no thanks", "I sold it for a year"]),
    ),
    st.tuples(st.just("turn"), st.just("answer"), st.just("I led the deal myself.")),
    st.tuples(st.just("follow_up"), st.sampled_from([None, "What happened then?"])),
    st.just(("reply",)),
)


def apply(run: Run, move: tuple[object, ...], at: float) -> None:
    simple: dict[str, Event] = {
        "connected": Connected(at),
        "said_all": SaidAll(at),
        "not_recognised": NotRecognised(at),
        "silence": Silence(at),
        "skip": SkipPressed(at),
        "repeat": RepeatPressed(at),
        "more_time": MoreTimePressed(at),
        "reply": ReplyReady(at, "It is in the posting."),
    }
    match move:
        case ("crash",):
            run.restart()
            run.feed(Connected(at))
        case ("take_back",):
            run.conversation.take_back()
        case ("turn", intent, text):
            run.feed(CandidateTurn(at, str(text), intent))  # type: ignore[arg-type]
        case ("follow_up", text):
            run.feed(FollowUpReady(at, text))  # type: ignore[arg-type]
        case (name,):
            run.feed(simple[str(name)])


BOUNDS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3)).map(lambda b: (min(b), max(b))),
    min_size=1,
    max_size=4,
)


@settings(max_examples=600, deadline=None)
@given(bounds=BOUNDS, moves=st.lists(st.tuples(EVENTS, st.floats(0, 40)), max_size=80))
def test_bounds_and_order_hold_after_any_events(
    bounds: list[tuple[int, int]], moves: list[tuple[tuple[object, ...], float]]
) -> None:
    run = Run(plan_of(*bounds))
    at = 0.0
    run.feed(Connected(at))
    for move, wait in moves:
        at += wait
        apply(run, move, at)
    state = run.conversation.state
    firsts = [a.question_id for a in run.asked if not a.follow_up and not a.repeat]
    assert firsts == [q.question_id for q in run.conversation.plan.questions[: len(firsts)]]
    assert len(run.ends) <= 1
    for i, question in enumerate(run.conversation.plan.questions):
        progress = state.progress[question.question_id]
        follow_ups = [
            a
            for a in run.asked
            if a.question_id == question.question_id and a.follow_up and not a.repeat
        ]
        assert len(follow_ups) == progress.follow_ups <= question.max_follow_ups
        left_behind = i < state.index or state.end_reason == "completed"
        if left_behind and progress.outcome == "answered" and not progress.cut_short:
            assert progress.follow_ups >= question.min_follow_ups
        if progress.outcome in ("unanswered", "skipped", "not_reached"):
            assert progress.follow_ups == 0


@settings(max_examples=200, deadline=None)
@given(bounds=BOUNDS, moves=st.lists(EVENTS, min_size=1, max_size=12))
def test_the_interview_ends_whatever_is_repeated(
    bounds: list[tuple[int, int]], moves: list[tuple[object, ...]]
) -> None:
    run = Run(plan_of(*bounds, max_duration_seconds=900))
    run.feed(Connected(0.0))
    at = 0.0
    for _ in range(200):
        for move in moves:
            at += 1.0
            apply(run, move, at)
        # what the agent itself always delivers, sooner or later
        run.feed(SaidAll(at))
        run.feed(FollowUpReady(at, None))
        run.feed(ReplyReady(at, "I do not have that information."))
        run.feed(SaidAll(at))
        run.feed(Silence(at + 6))
        at += 6
        if run.conversation.ended:
            break
    assert run.conversation.ended
    assert len(run.ends) == 1


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(["repeat", "clarify", "company_question", "wait", "human"]), max_size=10
    )
)
def test_asides_change_no_count(intents: list[Intent]) -> None:
    run = Run(plan_of((1, 2), (0, 1)))
    run.feed(Connected(0))
    answer(run, 10)
    run.feed(FollowUpReady(11, "What was your part?"))
    before = json.dumps(run.conversation.state.to_dict()["progress"])
    for i, intent in enumerate(intents):
        run.feed(SaidAll(12 + i))
        run.feed(CandidateTurn(12 + i, "a question of mine", intent))
        run.feed(ReplyReady(12 + i, "Here is the answer."))
        run.restart()
        run.feed(Connected(12 + i))
    assert json.dumps(run.conversation.state.to_dict()["progress"]) == before


def test_opening_greets_tells_the_overview_and_asks_the_first_question() -> None:
    commands = Run(plan_of((0, 1))).feed(Connected(0.0))
    kinds = [c.kind if isinstance(c, Say) else type(c).__name__ for c in commands]
    assert kinds == ["greeting", "overview", "Ask", "Listen"]
    greeting, overview, ask = commands[0], commands[1], commands[2]
    assert isinstance(greeting, Say)
    assert isinstance(overview, Say)
    assert isinstance(ask, Ask)
    assert "Rachel" in greeting.text
    assert "?" not in greeting.text
    assert overview.text == "We make analytics."
    assert ask == Ask("Question number 1?", "Q1", 1, 1, follow_up=False)


def test_below_min_a_follow_up_is_asked_whatever_the_model_says() -> None:
    run = Run(plan_of((2, 2)))
    run.feed(Connected(0))
    for n in range(2):
        commands = answer(run, 10 + n)
        assert commands == [DecideFollowUp("Q1", required=True)]
        commands = run.feed(FollowUpReady(10 + n, None))
        assert commands[0] == Ask(script.scripted_follow_up(n, 1), "Q1", 1, 1, follow_up=True)
    assert run.feed(SaidAll(20)) == []
    assert isinstance(answer(run, 21)[-1], End)


def test_at_max_the_next_question_comes_without_asking_the_model() -> None:
    run = Run(plan_of((0, 1), (0, 0)))
    run.feed(Connected(0))
    answer(run, 5)
    run.feed(FollowUpReady(6, "And then?"))
    commands = answer(run, 9)
    assert [type(c) for c in commands] == [Say, Ask, Listen]
    assert run.asked[-1].question_id == "Q2"


def test_three_silences_prompt_put_it_again_and_go_on_as_unanswered() -> None:
    run = Run(plan_of((1, 2), (0, 0)))
    run.feed(Connected(0))
    run.feed(SaidAll(1))
    first, second, third = (run.feed(Silence(t)) for t in (7.0, 14.0, 21.0))
    assert isinstance(first[0], Say)
    assert first[0].text == script.SILENCE_FIRST
    assert isinstance(second[0], Say)
    assert "Question number 1?" in second[0].text
    assert isinstance(third[1], Ask)
    assert third[1].question_id == "Q2"
    assert run.conversation.state.progress["Q1"].outcome == "unanswered"


def test_a_skipped_question_gets_no_follow_up() -> None:
    run = Run(plan_of((1, 2), (0, 0)))
    run.feed(Connected(0))
    run.feed(SaidAll(1))
    commands = run.feed(CandidateTurn(2, "can we skip this", "skip"))
    assert isinstance(commands[1], Ask)
    assert commands[1].question_id == "Q2"
    assert run.conversation.state.progress["Q1"].outcome == "skipped"


def test_stopping_by_voice_is_confirmed_first() -> None:
    run = Run(plan_of((0, 0)))
    run.feed(Connected(0))
    run.feed(SaidAll(1))
    assert run.feed(CandidateTurn(2, "I want to stop", "stop"))[0] == Say(
        script.CONFIRM_STOP, "prompt", "Q1"
    )
    assert run.feed(CandidateTurn(3, "Yes, please.", "answer")) == [End("candidate_left")]


def test_not_confirming_the_stop_goes_on() -> None:
    run = Run(plan_of((0, 0)))
    run.feed(Connected(0))
    run.feed(CandidateTurn(2, "I want to stop", "stop"))
    assert isinstance(run.feed(CandidateTurn(3, "No.", "answer"))[0], Say)
    assert not run.conversation.ended


def test_leaving_ends_at_once_and_later_events_do_nothing() -> None:
    run = Run(plan_of((0, 0)))
    run.feed(Connected(0))
    assert run.feed(LeavePressed(3)) == [End("candidate_left")]
    assert run.feed(Connected(4)) == []


def test_going_on_before_the_next_move_makes_it_one_answer() -> None:
    run = Run(plan_of((1, 1)))
    run.feed(Connected(0))
    answer(run, 5)
    assert run.conversation.take_back()
    assert run.conversation.state.progress["Q1"].answers == 0
    answer(run, 9, "I did it. And it worked.")
    assert run.conversation.state.progress["Q1"].answers == 1
    assert run.feed(FollowUpReady(9, "What worked?"))
    assert not run.conversation.take_back()


def test_after_a_crash_the_current_prompt_is_announced_as_a_repeat() -> None:
    run = Run(plan_of((1, 1)))
    run.feed(Connected(0))
    answer(run, 5)
    run.feed(FollowUpReady(6, "What was your part?"))
    run.restart()
    commands = run.feed(Connected(7))
    assert commands[1] == Ask("What was your part?", "Q1", 1, 1, follow_up=True, repeat=True)


def test_a_crash_in_the_opening_starts_it_anew_and_announces_once() -> None:
    conversation = Conversation(plan_of((0, 0)))
    conversation.handle(Connected(0))
    stored = ConversationState.from_dict(conversation.state.to_dict())
    commands = Conversation(conversation.plan, stored).handle(Connected(3))
    assert isinstance(commands[0], Say)
    assert commands[0].kind == "greeting"
    assert commands[2] == Ask("Question number 1?", "Q1", 1, 1, follow_up=False)


def test_a_crash_after_the_greeting_goes_on_with_the_rest_of_the_opening() -> None:
    run = Run(plan_of((0, 0)))
    run.conversation.handle(Connected(0))
    run.conversation.opening_said()
    run.restart()
    commands = run.conversation.handle(Connected(3))
    assert commands[0] == Say("We make analytics.", "overview")
    assert commands[1] == Ask("Question number 1?", "Q1", 1, 1, follow_up=False)


def test_a_crash_while_deciding_decides_again() -> None:
    run = Run(plan_of((1, 1)))
    run.feed(Connected(0))
    answer(run, 5)
    run.restart()
    assert run.feed(Connected(6))[-1] == DecideFollowUp("Q1", required=True)


def test_a_question_of_the_candidate_is_replied_to_and_ours_taken_up_again() -> None:
    run = Run(plan_of((0, 1)))
    run.feed(Connected(0))
    run.feed(SaidAll(1))
    commands = run.feed(CandidateTurn(2, "What is the salary?", "company_question"))
    assert commands == [Reply("Q1", "What is the salary?", "company_question")]
    commands = run.feed(ReplyReady(3, "I do not have that information."))
    assert isinstance(commands[1], Say)
    assert "Question number 1?" in commands[1].text
    assert run.conversation.state.progress["Q1"].answers == 0


def test_out_of_time_ends_after_the_answer() -> None:
    run = Run(plan_of((1, 1), (0, 0), max_duration_seconds=120))
    run.feed(Connected(0))
    run.feed(SaidAll(1))
    commands = run.feed(CandidateTurn(130, "It took long.", "answer"))
    assert commands[-1] == End("out_of_time")
    assert run.conversation.state.progress["Q1"].outcome == "answered"
    assert run.conversation.state.progress["Q2"].outcome == "not_reached"
