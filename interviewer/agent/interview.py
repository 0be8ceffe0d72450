"""One interview while it is held: carries out the conversation's commands, one at a time.

The domain decides, the models word, the voice speaks, the floor listens. Times given to the
domain and stored in turns are on the interview's axis: session seconds plus the session's offset.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import structlog

from interviewer.agent.ahead import WorkAhead
from interviewer.agent.feed import PageFeed
from interviewer.agent.floor import Floor, Heard, Press, Silent, is_backchannel, is_echo
from interviewer.agent.journal import Journal
from interviewer.agent.thinking import Thinking
from interviewer.agent.voice import Spoken, Voice
from interviewer.domain.conversation import Conversation
from interviewer.domain.moves import (
    Ask,
    CandidateTurn,
    Command,
    Connected,
    DecideFollowUp,
    End,
    EndReason,
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
from interviewer.domain.transcript import Speaker, Turn, TurnKind

log = structlog.get_logger()
T = TypeVar("T")

# A pause of the voice after speech without words behind it lasts at most so long.
FALSE_ALARM_SECONDS = 0.5
PARTIAL_TIMEOUT = 2.0


class InterviewRunner:
    """Runs from one connection to its loss, or to the end of the interview."""

    def __init__(
        self,
        *,
        conversation: Conversation,
        journal: Journal,
        feed: PageFeed,
        voice: Voice,
        floor: Floor,
        thinking: Thinking,
        now: Callable[[], float],
        offset: float,
        sessions: Sequence[Mapping[str, Any]],
    ) -> None:
        self._conversation = conversation
        self._journal = journal
        self._feed = feed
        self._voice = voice
        self._floor = floor
        self._thinking = thinking
        self._now = now
        self._offset = offset
        self._sessions = list(sessions)
        self._turn_id: str | None = None
        self._partial = self._stored_partial()
        self._ahead = WorkAhead(conversation, thinking, voice.prerender_soon)
        floor.on_words = self._words
        floor.on_pause = self._pause

    # --- the loop -----------------------------------------------------------------------------

    async def run(self) -> EndReason:
        """Hold the interview until it ends; cancel it when the connection is lost."""
        saving = asyncio.create_task(self._journal.run(), name="agent.journal")
        try:
            event: Event = Connected(self._at(), partial=bool(self._partial))
            while True:
                commands = self._conversation.handle(event)
                await self._save()
                outcome = await self._carry_out(commands)
                if isinstance(outcome, End):
                    return outcome.reason
                event = outcome
        except asyncio.CancelledError:
            await asyncio.shield(self._suspend())
            raise
        finally:
            self._ahead.drop()
            saving.cancel()

    async def _carry_out(self, commands: Sequence[Command]) -> Event | End:
        for i, command in enumerate(commands):
            last = not any(isinstance(c, Say | Ask) for c in commands[i + 1 :])
            outcome: Event | None = None
            match command:
                case Say():
                    outcome = await self._say(command, last=last)
                case Ask():
                    outcome = await self._ask(command)
                case DecideFollowUp():
                    return await self._decide(command)
                case Reply():
                    return await self._reply(command)
                case End():
                    await self._save()
                    return command
                case Listen():
                    self._conversation.handle(SaidAll(self._at()))
                    self._feed.set_state("listening", again=True)
                    return await self._listen(command.prompt_after)
            if outcome is not None:
                return outcome
        return await self._listen(Listen().prompt_after)

    # --- speaking -----------------------------------------------------------------------------

    async def _say(self, command: Say, *, last: bool) -> Event | None:
        text = self._thinking.summary(command.text) if command.summarise else command.text
        return await self._speak(text, command.kind, command.question_id, yields=last)

    async def _ask(self, ask: Ask) -> Event | None:
        def begun() -> None:
            self._conversation.announced()
            self._journal.remember(self._state())
            self._feed.question(
                {
                    "type": "question",
                    "question_id": ask.question_id,
                    "index": ask.index,
                    "total": ask.total,
                    "follow_up": ask.follow_up,
                    "text": ask.text,
                    "repeat": ask.repeat,
                }
            )

        self._floor.question, self._floor.is_follow_up = ask.text, ask.follow_up
        kind: TurnKind = "follow_up" if ask.follow_up else "question"
        if ask.repeat:
            kind = "repeat"
        return await self._speak(ask.text, kind, ask.question_id, yields=True, begun=begun)

    async def _speak(
        self,
        text: str,
        kind: TurnKind,
        question_id: str | None,
        *,
        yields: bool,
        begun: Callable[[], None] | None = None,
    ) -> Event | None:
        """Say it; None once it is out or gave way to the candidate, an event for a press.

        `yields`: it stops for good when the candidate speaks; otherwise it waits and goes on.
        """
        turn = self._new_turn("Interviewer", text, kind, question_id)

        def started() -> None:
            self._feed.set_state("speaking")
            if begun is not None:
                begun()
            self._show(replace(turn, start=self._at(), end=self._at()), final=False)
            self._journal.note(replace(turn, start=self._at(), end=self._at()))

        speaking = asyncio.create_task(self._voice.say(text, started), name="agent.say")
        try:
            event = await self._while_speaking(speaking, text, yields=yields, kind=kind)
            spoken = await speaking
        finally:
            speaking.cancel()
        said = replace(
            turn,
            text=spoken.heard,
            start=spoken.start + self._offset,
            end=spoken.end + self._offset,
        )
        if said.text:
            self._show(said, final=True)
        await self._journal.save(said, state=self._state())
        if spoken.complete and not self._floor.speaking:
            self._take_floor()
        return event

    async def _while_speaking(
        self, speaking: asyncio.Task[Spoken], text: str, *, yields: bool, kind: TurnKind
    ) -> Event | None:
        paused = False
        while not speaking.done():
            change = asyncio.create_task(self._floor.changed(0.1 if paused else None))
            await asyncio.wait({speaking, change}, return_when=asyncio.FIRST_COMPLETED)
            change.cancel()
            press = self._floor.pressed()
            if press is not None and (event := await self._press_while_speaking(press)):
                self._voice.stop()
                return event
            if self._floor.speaking and not paused and kind != "closing":
                self._voice.pause()
                paused = True
            if not paused:
                continue
            heard = self._floor.text()
            if not is_backchannel(heard) and not is_echo(heard, text):
                if self._conversation.take_back():
                    self._voice.stop()
                    return await self._go_on_listening()
                if yields:
                    self._voice.stop()
                    return None
                if event := await self._hear_aside():
                    self._voice.stop()
                    return event
                self._voice.resume()
                paused = False
            elif self._false_alarm():
                self._voice.resume()
                paused = False
                self._take_floor()
        return None

    def _false_alarm(self) -> bool:
        """Whether the voice that was heard has gone without leaving words."""
        quiet = self._now() - self._floor.last_voice
        return not self._floor.speaking and quiet > FALSE_ALARM_SECONDS

    async def _hear_aside(self) -> Event | None:
        """The candidate spoke into the greeting: hear them out, keep it, then go on."""
        heard = await self._floor.listen(prompt_after=3.0)
        if isinstance(heard, Press):
            return await self._press_while_speaking(heard)
        if isinstance(heard, Heard) and heard.text:
            turn = self._candidate_turn(heard, kind="aside")
            self._show(turn, final=True)
            await self._journal.save(turn, state=self._state())
        self._take_floor()
        return None

    async def _press_while_speaking(self, press: Press) -> Event | None:
        """What a press does while the voice speaks; None: nothing."""
        match press.kind:
            case "typed_answer":
                return await self._typed(press)
            case "done_speaking" | "more_time":
                return None
        return self._pressed(press)

    # --- listening ----------------------------------------------------------------------------

    async def _listen(self, prompt_after: float) -> Event:
        patience = prompt_after > Listen().prompt_after
        outcome = await self._floor.listen(prompt_after, patience=patience)
        match outcome:
            case Silent():
                if self._partial:
                    self._partial = ""
                    return CandidateTurn(self._at(), "", "answer")
                return Silence(self._at())
            case Press(kind="typed_answer"):
                return await self._typed(outcome)
            case Press():
                return self._pressed(outcome)
        return await self._took_turn(outcome)

    async def _go_on_listening(self) -> Event:
        """The candidate went on: their answer continues as one."""
        log.info("agent.turn.taken_back")
        self._ahead.drop()
        if self._feed.state == "speaking":
            self._feed.set_state("listening")
        return await self._listen(Listen().prompt_after)

    async def _took_turn(self, heard: Heard) -> Event:
        if not heard.text:
            self._take_floor()
            return NotRecognised(self._at())
        self._feed.set_state("thinking")
        intent = await self._ahead.intent(heard.text)
        if self._partial:
            intent = "answer" if intent == "silence" else intent
            self._partial = ""
        kind: TurnKind = "answer" if intent == "answer" else "aside"
        turn = self._candidate_turn(heard, kind=kind)
        self._show(turn, final=True)
        await self._journal.save(turn, state=self._state())
        return CandidateTurn(self._at(), heard.text, intent)

    async def _typed(self, press: Press) -> Event:
        """A typed answer; words spoken before it in the same turn are kept as well."""
        spoken = await self._floor.partial(PARTIAL_TIMEOUT)
        if spoken is not None:
            turn = self._candidate_turn(spoken, kind="answer")
            self._show(turn, final=True)
            await self._journal.save(turn, state=self._state())
        self._take_floor()
        self._feed.set_state("thinking")
        intent = await self._thinking.intent(self._prompt(), press.text)
        at = self._at()
        turn = self._new_turn(
            "Candidate",
            press.text,
            "answer" if intent == "answer" else "aside",
            self._question_id(),
        )
        turn = replace(turn, start=at, end=at, typed=True)
        self._show(turn, final=True)
        await self._journal.save(turn, state=self._state())
        return CandidateTurn(at, press.text, "answer" if spoken is not None else intent)

    def _pressed(self, press: Press) -> Event:
        at = self._at()
        match press.kind:
            case "skip":
                self._take_floor()
                return SkipPressed(at)
            case "repeat":
                return RepeatPressed(at)
            case "more_time":
                return MoreTimePressed(at)
        return LeavePressed(at)

    # --- thinking -----------------------------------------------------------------------------

    async def _decide(self, command: DecideFollowUp) -> Event:
        self._feed.set_state("thinking")
        work = asyncio.create_task(self._ahead.follow_up(command, self._journal.turns))
        outcome = await self._unless_interrupted(work)
        if isinstance(outcome, _Instead):
            return outcome.event
        return FollowUpReady(self._at(), outcome)

    async def _reply(self, command: Reply) -> Event:
        self._feed.set_state("thinking")
        work = asyncio.create_task(
            self._thinking.reply(self._prompt(), command.utterance, command.intent)
        )
        outcome = await self._unless_interrupted(work)
        if isinstance(outcome, _Instead):
            return outcome.event
        return ReplyReady(self._at(), outcome or "")

    async def _unless_interrupted(self, work: asyncio.Task[T]) -> T | _Instead:
        """The result of `work`, or an `_Instead` where the candidate did something meanwhile."""
        try:
            while not work.done():
                change = asyncio.create_task(self._floor.changed())
                await asyncio.wait({work, change}, return_when=asyncio.FIRST_COMPLETED)
                change.cancel()
                press = self._floor.pressed()
                if press is not None and press.kind in ("skip", "leave"):
                    return _Instead(self._pressed(press))
                if self._floor.speaking and self._conversation.take_back():
                    return _Instead(await self._go_on_listening())
            return await work
        finally:
            work.cancel()

    def _pause(self, text: str) -> None:
        """A pause with settled words: work ahead, in case this was the end."""
        if text and self._feed.state in ("listening", "thinking"):
            others = [t for t in self._journal.turns if t.turn_id != self._turn_id]
            self._ahead.begin(text, others, self._at())

    # --- keeping ------------------------------------------------------------------------------

    def _words(self, text: str, start: float, end: float) -> None:
        """The candidate's words grow: show them, and keep what is there."""
        if self._feed.state not in ("listening", "thinking"):
            return
        turn = self._candidate_turn(Heard(text, start, end), kind="answer")
        self._show(turn, final=False)
        self._journal.note(turn)

    def _candidate_turn(self, heard: Heard, *, kind: TurnKind) -> Turn:
        if self._turn_id is None:
            self._turn_id = self._journal.new_id()
        return Turn(
            turn_id=self._turn_id,
            speaker="Candidate",
            text=heard.text,
            start=heard.start + self._offset,
            end=heard.end + self._offset,
            kind=kind,
            question_id=self._question_id(),
        )

    def _take_floor(self) -> None:
        self._floor.take()
        self._turn_id = None

    def _new_turn(
        self, speaker: Speaker, text: str, kind: TurnKind, question_id: str | None
    ) -> Turn:
        at = self._at()
        return Turn(
            turn_id=self._journal.new_id(),
            speaker=speaker,
            text=text,
            start=at,
            end=at,
            kind=kind,
            question_id=question_id,
        )

    def _show(self, turn: Turn, *, final: bool) -> None:
        self._feed.transcript(
            {
                "type": "transcript",
                "turn_id": turn.turn_id,
                "speaker": turn.speaker,
                "text": turn.text,
                "final": final,
                "start": round(turn.start, 3),
                "end": round(turn.end, 3),
            }
        )

    async def _suspend(self) -> None:
        """The connection is gone: keep what was said of an unfinished answer."""
        if self._feed.state in ("listening", "thinking"):
            heard = await self._floor.partial(PARTIAL_TIMEOUT)
            if heard is not None:
                self._journal.note(self._candidate_turn(heard, kind="answer"))
        await self._save()

    async def _save(self) -> None:
        await self._journal.save(state=self._state())

    def _state(self) -> dict[str, Any]:
        return {**self._conversation.state.to_dict(), "sessions": self._sessions}

    def _stored_partial(self) -> str:
        """Words of an answer that an earlier session was cut off in."""
        said = [t for t in self._journal.turns if t.kind in ("answer", "question", "follow_up")]
        state = self._conversation.state
        if said and said[-1].kind == "answer" and state.phase in ("listening", "asking"):
            return said[-1].text if said[-1].question_id == self._question_id() else ""
        return ""

    def _prompt(self) -> str:
        return self._conversation.state.prompt

    def _question_id(self) -> str | None:
        question = self._conversation.current
        return question.question_id if question is not None else None

    def _at(self) -> float:
        return self._now() + self._offset


@dataclass(frozen=True, slots=True)
class _Instead:
    """An event in place of a result."""

    event: Event
