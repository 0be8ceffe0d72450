"""One interview while it is held: carries out the conversation's commands, one at a time.

The domain decides, the models word, the voice speaks, the floor listens, the scribe writes it
down. Events carry seconds on the interview's axis.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from interviewer.agent.ahead import WorkAhead
from interviewer.agent.delivery import Delivery, Interrupted
from interviewer.agent.feed import PageFeed
from interviewer.agent.floor import Floor, Heard, Press, Silent
from interviewer.agent.journal import Journal
from interviewer.agent.scribe import Scribe
from interviewer.agent.thinking import Thinking
from interviewer.agent.voice import Voice
from interviewer.agent.wording import Wording
from interviewer.domain import script
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
from interviewer.domain.transcript import TurnKind
from interviewer.observability import metrics

log = structlog.get_logger()
T = TypeVar("T")

PARTIAL_TIMEOUT = 2.0
# An answer is understood, and what follows is not there so much later: a sign that it was heard
# comes first.
SIGN_SECONDS = 0.15
# Without sound, silence is no sign: so long may writing an answer take before we ask.
WRITING_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class _Instead:
    """The candidate did something while the model was at work."""

    event: Event


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
        integrity: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self._conversation = conversation
        self._journal = journal
        self._feed = feed
        self._voice = voice
        self._floor = floor
        self._thinking = thinking
        self._now = now
        self._scribe = Scribe(
            conversation=conversation,
            journal=journal,
            feed=feed,
            now=now,
            offset=offset,
            sessions=sessions,
            integrity=integrity,
        )
        self.noticed = self._scribe.noticed
        self._ahead = WorkAhead(conversation, thinking, voice.prerender_soon)
        self._delivery = Delivery(
            conversation=conversation,
            voice=voice,
            floor=floor,
            scribe=self._scribe,
            feed=feed,
            now=now,
            on_asked=self._asked,
        )
        self._partial = self._scribe.unfinished_answer()
        self._backchannels = 0
        floor.on_words = self._words
        floor.on_pause = self._pause
        floor.on_settled = self._settled
        floor.on_backchannel = self._backchannel
        floor.on_voice = voice.hush

    # --- the loop -----------------------------------------------------------------------------

    async def run(self) -> EndReason:
        """Hold the interview until it ends; cancel it when the connection is lost."""
        if self.end_reason is not None:
            return self.end_reason  # it had ended, and a failure kept that from being stored
        saving = asyncio.create_task(self._journal.run(), name="agent.journal")
        try:
            event: Event = Connected(self._scribe.at(), partial=bool(self._partial))
            while True:
                commands = self._conversation.handle(event)
                await self._scribe.save()
                if not commands and self.end_reason is not None:
                    return self.end_reason  # something was pressed into the goodbye
                outcome = await self._carry_out(commands)
                if isinstance(outcome, End):
                    return outcome.reason
                event = outcome
        except asyncio.CancelledError:
            await asyncio.shield(self._suspend())
            raise
        finally:
            self._ahead.close()
            saving.cancel()
            await self._delivery.close()

    @property
    def end_reason(self) -> EndReason | None:
        """Why the interview is over, if it is; the goodbye may still be under way."""
        return self._conversation.state.end_reason

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
                    await self._scribe.save()
                    return command
                case Listen():
                    self._conversation.handle(SaidAll(self._scribe.at()))
                    self._feed.set_state("listening")
                    return await self._listen(command.prompt_after)
            if outcome is not None:
                return outcome
        return await self._listen(Listen().prompt_after)

    async def _suspend(self) -> None:
        """The connection is gone: keep what was said of an unfinished answer."""
        if self._feed.state in ("listening", "thinking"):
            heard = await self._floor.partial(PARTIAL_TIMEOUT)
            if heard is not None:
                self._scribe.hearing(heard)
        await self._scribe.save()

    # --- speaking -----------------------------------------------------------------------------

    async def _say(self, command: Say, *, last: bool) -> Event | None:
        text = self._thinking.summary(command.text) if command.summarise else command.text
        yields = last and command.kind != "closing"
        outcome = await self._delivery.deliver(
            text, command.kind, command.question_id, yields=yields
        )
        return await self._after_line(outcome)

    async def _ask(self, ask: Ask) -> Event | None:
        self._floor.is_follow_up = ask.follow_up
        kind: TurnKind = "follow_up" if ask.follow_up else "question"
        if ask.repeat:
            kind = "repeat"
        outcome = await self._delivery.deliver(
            ask.text, kind, ask.question_id, yields=True, ask=ask
        )
        return await self._after_line(outcome)

    async def _after_line(self, outcome: Press | Interrupted | None) -> Event | None:
        """None: go on."""
        match outcome:
            case Press():
                return await self._pressed(outcome)
            case Interrupted():
                return await self._go_on_listening() if self._take_back() else None
        return None

    async def _give_up(self, work: asyncio.Task[Any]) -> None:
        """The candidate did something else: nothing is to come of the move that is thought out."""
        work.cancel()
        await self._delivery.break_off()

    def _asked(self, question_id: str) -> None:
        self._ahead.warm(question_id, self._scribe.others())

    # --- listening ----------------------------------------------------------------------------

    async def _listen(self, prompt_after: float) -> Event:
        patience = prompt_after > Listen().prompt_after
        if not self._floor.has_sound:
            # Nobody can hear that an answer is being written.
            prompt_after = max(prompt_after, WRITING_SECONDS)
        outcome = await self._floor.listen(prompt_after, patience=patience)
        match outcome:
            case Silent() if self._partial:
                self._partial = ""
                return CandidateTurn(self._scribe.at(), "", "answer")
            case Silent():
                return Silence(self._scribe.at())
            case Press():
                return await self._pressed(outcome)
        return await self._took_turn(outcome)

    def _take_back(self) -> bool:
        """The candidate goes on: put back the move that had not begun."""
        if not self._conversation.take_back():
            return False
        log.info("agent.turn.taken_back")
        metrics.TURNS.labels("taken_back").inc()
        self._ahead.drop()
        return True

    async def _go_on_listening(self) -> Event:
        """Their answer continues as one."""
        if self._feed.state == "speaking":
            self._feed.set_state("listening")
        return await self._listen(Listen().prompt_after)

    async def _took_turn(self, heard: Heard) -> Event:
        if not heard.text:
            self._delivery.take_floor()
            return NotRecognised(self._scribe.at())
        self._feed.set_state("thinking")
        metrics.TURNS.labels("taken").inc()
        self._delivery.answered_at = heard.end
        with metrics.timed("intent"):
            intent = await self._ahead.intent(heard.text)
        if self._partial:
            intent = "answer" if intent == "silence" else intent
            self._partial = ""
        if intent != "answer":
            self._ahead.drop()  # what it led to is not for the answer that is still to come
        await self._scribe.heard(heard, "answer" if intent == "answer" else "aside")
        return CandidateTurn(self._scribe.at(), heard.text, intent)

    async def _pressed(self, press: Press) -> Event:
        at = self._scribe.at()
        match press.kind:
            case "typed_answer":
                return await self._typed(press)
            case "skip":
                self._ahead.drop()
                await self._keep_spoken()
                return SkipPressed(at)
            case "repeat":
                return RepeatPressed(at)
            case "more_time":
                return MoreTimePressed(at)
        await self._keep_spoken()
        return LeavePressed(at)

    async def _typed(self, press: Press) -> Event:
        """A typed answer; words spoken before it in the same turn are kept as well."""
        self._take_back()
        self._ahead.drop()
        if self._conversation.is_unheard:
            await self._keep_spoken()
            await self._scribe.typed(press.text, "aside")
            return CandidateTurn(self._scribe.at(), press.text, "wait")
        spoken = await self._keep_spoken()
        turn = await self._scribe.typed(press.text, "answer")
        self._feed.set_state("thinking")
        intent = await self._thinking.intent(self._conversation.state.prompt, press.text)
        if spoken:
            intent = "answer"
        if intent != "answer":
            await self._scribe.was_no_answer(turn)
        return CandidateTurn(self._scribe.at(), press.text, intent)

    async def _keep_spoken(self) -> bool:
        """Store what was said of the turn so far, and begin another; whether there was any."""
        spoken = await self._floor.partial(PARTIAL_TIMEOUT)
        if spoken is not None:
            await self._scribe.heard(spoken, "answer")
        self._delivery.take_floor()
        return spoken is not None

    # --- thinking -----------------------------------------------------------------------------

    async def _decide(self, command: DecideFollowUp) -> Event:
        self._feed.set_state("thinking")
        deciding = self._ahead.follow_up(command, self._journal.turns)
        work = asyncio.create_task(_timed("follow_up", deciding))
        sign = asyncio.get_running_loop().call_later(SIGN_SECONDS, self._sign_of_life, work)
        try:
            outcome = await self._unless_interrupted(work)
        finally:
            sign.cancel()
        if isinstance(outcome, _Instead):
            return outcome.event
        if isinstance(outcome, Wording):
            return await self._begin_to_ask(outcome)
        return FollowUpReady(self._scribe.at(), outcome)

    async def _begin_to_ask(self, wording: Wording) -> Event:
        """Say what is worded of a follow-up already; the conversation hears of the whole.

        Until then nothing of it is stored or announced, so that a crash, or a candidate who goes
        on, finds the interview before this follow-up.
        """
        goes_on = self._delivery.begin(wording)
        outcome = await self._unless_interrupted(asyncio.create_task(wording.whole()), goes_on)
        if isinstance(outcome, _Instead):
            return outcome.event
        return FollowUpReady(self._scribe.at(), outcome)

    async def _reply(self, command: Reply) -> Event:
        self._feed.set_state("thinking")
        prompt = self._conversation.state.prompt
        replying = self._thinking.reply(prompt, command.utterance, command.intent)
        work = asyncio.create_task(_timed("reply", replying))
        outcome = await self._unless_interrupted(work)
        if isinstance(outcome, _Instead):
            return outcome.event
        return ReplyReady(self._scribe.at(), outcome)

    async def _unless_interrupted(
        self, work: asyncio.Task[T], goes_on: Callable[[], bool] | None = None
    ) -> T | _Instead:
        """The result of `work`, or what the candidate did meanwhile.

        `goes_on`: whether what is heard is the candidate going on; by default any voice is.
        """
        used = False
        try:
            while not work.done():
                change = asyncio.create_task(self._floor.changed())
                await asyncio.wait({work, change}, return_when=asyncio.FIRST_COMPLETED)
                change.cancel()
                press = self._floor.pressed()
                if press is not None and press.kind in ("skip", "leave"):
                    await self._give_up(work)
                    return _Instead(await self._pressed(press))
                if press is not None and press.kind == "typed_answer":
                    if self._conversation.may_take_back:
                        await self._give_up(work)
                        return _Instead(await self._typed(press))
                    await self._scribe.typed(press.text, "answer")
                if (goes_on() if goes_on else self._floor.speaking) and self._take_back():
                    await self._give_up(work)
                    return _Instead(await self._go_on_listening())
            used = True
            return await work
        finally:
            work.cancel()
            if not used:
                await _discard(work)

    def _pause(self, text: str) -> None:
        """A pause with settled words: work ahead, in case this was the end."""
        if text and self._feed.state in ("listening", "thinking"):
            self._ahead.begin(text, self._scribe.others(), self._scribe.at())

    def _settled(self, text: str) -> None:
        """A part of the answer is final: the model may read it while the candidate goes on."""
        question_id = self._scribe.question_id()
        if text and question_id is not None and self._feed.state == "listening":
            self._ahead.read(question_id, text, self._scribe.others(), self._scribe.at())

    def _backchannel(self) -> None:
        """In a pause: let the candidate know that they are heard; it takes nothing away."""
        if self._feed.state == "listening":
            self._murmur()

    def _sign_of_life(self, work: asyncio.Task[Any]) -> None:
        """The answer is taken, and what follows takes time: nobody should wonder whether they were
        heard. However short ago another sign was given, unless it was behind their last word.

        Only behind spoken answers: to a question of theirs "uh-huh" would be a yes. `work`: what
        is waited for; it is over, too, where the candidate did something else.
        """
        is_due = self._delivery.answered_at is not None and not work.done()
        if is_due and not self._floor.speaking and not self._floor.acknowledged and self._murmur():
            self._floor.acknowledge()

    def _murmur(self) -> bool:
        """False: not now."""
        text = script.backchannel(self._backchannels)
        if not self._voice.murmur(text):
            return False
        self._backchannels += 1
        waited = self._now() - self._floor.last_voice
        metrics.TURN_STAGE.labels("backchannel").observe(waited)
        self._scribe.backchannel(text)
        return True

    def _words(self, text: str, start: float, end: float) -> None:
        """The candidate's words grow: show them, and keep what is there."""
        if self._feed.state in ("listening", "thinking"):
            self._scribe.hearing(Heard(text, start, end))


async def _timed(stage: str, work: Awaitable[T]) -> T:
    """Its result; observed as that stage of a turn if it comes to its end."""
    with metrics.timed(stage):
        return await work


async def _discard(work: asyncio.Task[Any]) -> None:
    """Nobody wants its result: a wording that it has begun is stopped."""
    if work.done() and not work.cancelled() and work.exception() is None:
        result = work.result()
        if isinstance(result, Wording):
            await result.aclose()
