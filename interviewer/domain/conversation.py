"""The conversation of one interview: events and the time in, commands out.

Decides alone what is said next, within the bounds of the posting; models only word it. No I/O,
no clock: every event carries `at`, in seconds on the interview's time axis.

What holds after any sequence of events (see `tests/domain/test_conversation.py`):

* main questions are asked once each, in order;
* follow-ups of a question that was answered and left behind lie within its `min..max`, unless
  the candidate skipped it;
* repeating, clarifying, waiting, silence and reconnecting change no count;
* the interview ends.
"""

from __future__ import annotations

from typing import Any

from interviewer.domain import script
from interviewer.domain.moves import (
    Ask,
    CandidateTurn,
    Command,
    Connected,
    ConversationState,
    DecideFollowUp,
    End,
    EndReason,
    Event,
    FollowUpReady,
    LeavePressed,
    Listen,
    MoreTimePressed,
    NotRecognised,
    QuestionProgress,
    RepeatPressed,
    Reply,
    ReplyReady,
    SaidAll,
    Say,
    Silence,
    SkipPressed,
)
from interviewer.domain.plan import InterviewPlan, PlannedQuestion

WAIT_SECONDS = 30.0
SILENCES_BEFORE_MOVING_ON = 3
ASIDES_BEFORE_MOVING_ON = 12
CLOSING_RESERVE_SECONDS = 20.0


class Conversation:
    """One interview's conversation. `handle` is the only way to change it."""

    def __init__(self, plan: InterviewPlan, state: ConversationState | None = None) -> None:
        self.plan = plan
        self.state = state or ConversationState()
        for question in plan.questions:
            self.state.progress.setdefault(question.question_id, QuestionProgress())
        self._before_turn: dict[str, Any] | None = None

    @property
    def ended(self) -> bool:
        return self.state.phase == "ended"

    @property
    def current(self) -> PlannedQuestion | None:
        """The main question that is open, if any."""
        if 0 <= self.state.index < len(self.plan.questions):
            return self.plan.questions[self.state.index]
        return None

    def handle(self, event: Event) -> list[Command]:
        """The commands for one event, in the order in which to carry them out.

        Events that make no sense now (a late model answer, a second press) yield nothing.
        """
        if self.ended:
            return []
        match event:
            case Connected():
                return self._connected(event)
            case SaidAll():
                if self.state.phase == "asking":
                    self.state.phase = "listening"
                return []
            case LeavePressed():
                return self._end("candidate_left")
            case FollowUpReady():
                return self._follow_up_ready(event)
            case ReplyReady():
                return self._reply_ready(event)
        if self.state.phase == "new" or self.current is None:
            return []
        if self.is_unheard and isinstance(event, CandidateTurn | SkipPressed | RepeatPressed):
            return self._ask_what_was_not_heard(event.at)
        if isinstance(event, CandidateTurn):
            return self._turn(event)
        self._before_turn = None
        if self._is_over(event.at):
            return self._end("out_of_time")
        return self._on_the_floor(event)

    def announced(self) -> None:
        """The current question was begun to be said; from now on it counts as a repeat."""
        self.state.announced = True
        self._before_turn = None

    @property
    def is_unheard(self) -> bool:
        """Whether the open main question was not begun to be said yet: nothing can answer it."""
        state = self.state
        return state.phase == "asking" and not state.announced and not state.prompt_is_follow_up

    def _ask_what_was_not_heard(self, at: float) -> list[Command]:
        self._before_turn = None
        question = self.current
        if question is None or self._is_over(at):
            return self._end("out_of_time")
        return [self._current_ask(question), Listen()]

    def opening_said(self) -> None:
        """One more part of the opening was said in full; a reconnect does not repeat it."""
        self.state.opening_said += 1

    @property
    def may_take_back(self) -> bool:
        """Whether the candidate may still go on with the turn that was taken last."""
        if self._before_turn is None:
            return False
        not_begun = self.state.phase == "asking" and not self.state.announced
        return self.state.phase in ("deciding", "replying") or not_begun

    def take_back(self) -> bool:
        """Undo the last turn: the candidate went on before the next move was begun.

        Returns whether there was something to undo; the answer then goes on as one answer.
        """
        if self._before_turn is None or not self.may_take_back:
            return False
        self.state = ConversationState.from_dict(self._before_turn)
        self._before_turn = None
        return True

    def _on_the_floor(self, event: Event) -> list[Command]:
        """Buttons and silence; a press counts even while the next move is being worded."""
        match event:
            case NotRecognised():
                return [Say(script.NOTHING_RECOGNISED, "prompt", self._question_id()), Listen()]
            case Silence():
                return self._silence(event.at)
            case SkipPressed():
                return self._skip(event.at)
            case RepeatPressed():
                return self._repeat()
            case MoreTimePressed():
                return [Listen(prompt_after=WAIT_SECONDS)]
        return []

    def _connected(self, event: Connected) -> list[Command]:
        self._before_turn = None
        question = self.current
        if self.state.phase == "new":
            return [*self._opening(), *self._next(event.at)]
        if question is None:
            return self._next(event.at)
        if self.state.index == 0 and not self.state.announced:
            rest = self._opening()[self.state.opening_said :]
            return [*rest, self._current_ask(question), Listen()]
        back: list[Command] = [Say(script.WELCOME_BACK, "notice", question.question_id)]
        if self.state.phase == "deciding":
            return [*back, self._decide(question)]
        if event.partial:
            back.append(Say(script.GO_ON, "notice", question.question_id))
        self.state.phase = "asking"
        return [*back, self._current_ask(question, repeat=self.state.announced), Listen()]

    def _opening(self) -> list[Command]:
        plan = self.plan
        commands: list[Command] = [Say(script.greeting(plan), "greeting")]
        for overview in (plan.company_overview, plan.job_overview, plan.process_overview):
            if overview.is_spoken:
                summarise = overview.mode == "summarized_delivery"
                commands.append(Say(overview.text, "overview", summarise=summarise))
        return commands

    def _turn(self, event: CandidateTurn) -> list[Command]:
        if self.state.phase not in ("listening", "asking", "confirming_stop"):
            return []
        self._before_turn = self.state.to_dict()
        self._before_turn["phase"] = "listening"
        self.state.turn += 1
        if self.state.phase == "confirming_stop":
            return self._stop_answered(event)
        if event.intent == "answer":
            return self._answer(event.at)
        if self._is_over(event.at):
            return self._end("out_of_time")
        self.state.asides += 1
        if self.state.asides > ASIDES_BEFORE_MOVING_ON:
            return self._leave_question(event.at, script.UNANSWERED)
        return self._aside(event)

    def _aside(self, event: CandidateTurn) -> list[Command]:
        match event.intent:
            case "repeat":
                return self._repeat()
            case "clarify" | "company_question":
                self.state.phase = "replying"
                return [Reply(self._question_id(), event.text, event.intent)]
            case "wait":
                wait = Say(script.WAIT, "prompt", self._question_id())
                return [wait, Listen(prompt_after=WAIT_SECONDS)]
            case "skip":
                return self._skip(event.at)
            case "human":
                self.state.human_requested = True
                return [Say(script.HUMAN, "reply", self._question_id()), Listen(WAIT_SECONDS)]
            case "stop":
                self.state.phase = "confirming_stop"
                return [Say(script.CONFIRM_STOP, "prompt", self._question_id()), Listen()]
        return [Listen()]

    def _stop_answered(self, event: CandidateTurn) -> list[Command]:
        self.state.phase = "listening"
        first = event.text.lower().lstrip(" ,.").split(maxsplit=1)
        agreed = bool(first) and first[0].strip(",.!") in ("yes", "yeah", "yep", "yup", "sure")
        if event.intent == "stop" or (agreed and len(event.text.split()) <= 8):
            return self._end("candidate_left")
        if event.intent == "answer" and len(event.text.split()) > 3:
            return self._answer(event.at)
        return self._repeat()

    def _answer(self, at: float) -> list[Command]:
        question = self.current
        if question is None:
            return self._next(at)
        progress = self._progress(question)
        progress.outcome = "answered"
        progress.answers += 1
        self.state.silences = self.state.asides = 0
        if self._is_over(at):
            return self._end("completed" if self._is_last_word(question) else "out_of_time")
        if self._owes(question):
            return [self._decide(question)]
        if progress.follow_ups < question.max_follow_ups and not self._is_late(at):
            return [self._decide(question)]
        return self._next(at, script.acknowledgement(self.state.turn))

    def _decide(self, question: PlannedQuestion) -> DecideFollowUp:
        self.state.phase = "deciding"
        return DecideFollowUp(question.question_id, required=self._owes(question))

    def _follow_up_ready(self, event: FollowUpReady) -> list[Command]:
        question = self.current
        if self.state.phase != "deciding" or question is None:
            return []
        progress = self._progress(question)
        text = event.text
        if progress.follow_ups >= question.max_follow_ups:
            text = None
        elif text is None and self._owes(question):
            text = script.scripted_follow_up(progress.follow_ups, question.rank)
        if text is None:
            return self._next(event.at, script.acknowledgement(self.state.turn))
        return self._ask_follow_up(question, text)

    def _ask_follow_up(self, question: PlannedQuestion, text: str) -> list[Command]:
        self._progress(question).follow_ups += 1
        self.state.phase = "asking"
        self.state.prompt, self.state.prompt_is_follow_up = text, True
        self.state.announced = False
        self.state.silences = self.state.asides = 0
        return [self._current_ask(question), Listen()]

    def _reply_ready(self, event: ReplyReady) -> list[Command]:
        if self.state.phase != "replying":
            return []
        self.state.phase = "asking"
        commands: list[Command] = [Say(event.text, "reply", self._question_id())]
        if self.current is not None:
            back = f"{script.BACK_TO_QUESTION} {self.state.prompt}"
            commands.append(Say(back, "repeat", self._question_id()))
        return [*commands, Listen()]

    def _silence(self, at: float) -> list[Command]:
        if self.state.phase == "confirming_stop":
            self.state.phase = "listening"
            return self._repeat()
        self.state.silences += 1
        if self.state.silences >= SILENCES_BEFORE_MOVING_ON:
            return self._leave_question(at, script.UNANSWERED)
        if self.state.silences == 1:
            return [Say(script.SILENCE_FIRST, "prompt", self._question_id()), Listen()]
        text = f"{script.SILENCE_SECOND} {self.state.prompt}"
        return [Say(text, "prompt", self._question_id()), Listen()]

    def _repeat(self) -> list[Command]:
        sure = script.REPEAT[self.state.turn % len(script.REPEAT)]
        text = f"{sure} {self.state.prompt}"
        self.state.silences = 0
        self.state.phase = "asking"
        return [Say(text, "repeat", self._question_id()), Listen()]

    def _skip(self, at: float) -> list[Command]:
        question = self.current
        if question is not None:
            progress = self._progress(question)
            progress.cut_short = True
            if progress.answers == 0:
                progress.outcome = "skipped"
        return self._next(at, script.SKIPPED[self.state.turn % len(script.SKIPPED)])

    def _leave_question(self, at: float, words: str) -> list[Command]:
        """Go on without an answer to the current prompt; owed follow-ups are still asked."""
        question = self.current
        if question is None:
            return self._next(at)
        progress = self._progress(question)
        if progress.answers == 0:
            progress.outcome = "unanswered"
        elif self._owes(question):
            return [self._decide(question)]
        return self._next(at, words)

    def _next(self, at: float, words: str | None = None) -> list[Command]:
        state = self.state
        if state.index + 1 >= len(self.plan.questions):
            return self._end("completed")
        if self._is_over(at):
            return self._end("out_of_time")
        commands: list[Command] = []
        if words is not None:
            commands.append(Say(words, "acknowledgement", self._question_id()))
        state.index += 1
        state.silences = state.asides = 0
        question = self.plan.questions[state.index]
        self._progress(question).outcome = "asked"
        state.prompt, state.prompt_is_follow_up = question.text, False
        state.announced = False
        state.phase = "asking"
        return [*commands, self._current_ask(question), Listen()]

    def _end(self, reason: EndReason) -> list[Command]:
        self.state.phase = "ended"
        self.state.end_reason = reason
        closing = {
            "completed": [Say(script.closing(self.plan), "closing")],
            "out_of_time": [Say(script.OUT_OF_TIME, "closing")],
        }
        return [*closing.get(reason, []), End(reason)]

    def _current_ask(self, question: PlannedQuestion, *, repeat: bool = False) -> Ask:
        return Ask(
            self.state.prompt,
            question.question_id,
            self.state.index + 1,
            len(self.plan.questions),
            follow_up=self.state.prompt_is_follow_up,
            repeat=repeat,
        )

    def _progress(self, question: PlannedQuestion) -> QuestionProgress:
        return self.state.progress[question.question_id]

    def _owes(self, question: PlannedQuestion) -> bool:
        least = min(question.min_follow_ups, question.max_follow_ups)
        return self._progress(question).follow_ups < least

    def _is_last_word(self, question: PlannedQuestion) -> bool:
        """Whether nothing is left to ask after an answer to the current prompt."""
        return not self._owes(question) and self.state.index + 1 >= len(self.plan.questions)

    def _question_id(self) -> str | None:
        return self.current.question_id if self.current else None

    def _is_late(self, at: float) -> bool:
        """Whether optional follow-ups would take the time that open questions need."""
        left = self.plan.max_duration_seconds - at
        return left < CLOSING_RESERVE_SECONDS + 60.0 * (
            len(self.plan.questions) - 1 - self.state.index
        )

    def _is_over(self, at: float) -> bool:
        return at >= self.plan.max_duration_seconds - CLOSING_RESERVE_SECONDS
