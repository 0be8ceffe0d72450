"""The interviewer's lines on their way out: said, given way with, and written down as far as heard.

What the candidate does meanwhile is told to the caller, who decides what comes of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from interviewer.agent.feed import PageFeed
from interviewer.agent.floor import Floor, Heard, Press, is_backchannel, is_echo
from interviewer.agent.line import Line
from interviewer.agent.scribe import Scribe
from interviewer.agent.voice import Voice
from interviewer.agent.wording import Wording
from interviewer.domain.conversation import Conversation
from interviewer.domain.moves import Ask
from interviewer.domain.transcript import Turn, TurnKind
from interviewer.observability import metrics

# A pause of the voice after speech without words behind it lasts at most so long.
FALSE_ALARM_SECONDS = 0.5
# What is said into the greeting is over when nothing more comes for so long.
ASIDE_SECONDS = 3.0
# These presses are about an answer, and none is being given.
NOT_INTO_A_LINE = ("done_speaking", "more_time")


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The candidate has spoken words into the line, or before it had begun, and it gave way."""


class Delivery:
    """One interview's, used by its one task; says one line at a time.

    `answered_at`: the end of the answer that the next line responds to, for the metrics.
    """

    def __init__(
        self,
        *,
        conversation: Conversation,
        voice: Voice,
        floor: Floor,
        scribe: Scribe,
        feed: PageFeed,
        now: Callable[[], float],
        on_asked: Callable[[str], None],
    ) -> None:
        """`on_asked`: called with the question's id once it is begun and announced."""
        self._conversation = conversation
        self._voice = voice
        self._floor = floor
        self._scribe = scribe
        self._feed = feed
        self._now = now
        self._on_asked = on_asked
        self._under_way: Line | None = None
        self.answered_at: float | None = None

    async def deliver(
        self,
        text: str,
        kind: TurnKind,
        question_id: str | None,
        *,
        yields: bool,
        ask: Ask | None = None,
    ) -> Press | Interrupted | None:
        """Say it; None once it is out, else what it gave way to: a press, which nothing was done
        about yet, or the candidate's words.

        `yields`: it stops for good when the candidate speaks; otherwise it waits and goes on.
        """
        begun: list[Turn] = []
        line = await self._line(text)
        # Of one that was handed over the first words are out; what was said into them counts.
        handed_over = line.started

        def started() -> None:
            if not handed_over:
                self._begun_to_speak()
            if ask is not None:
                self._scribe.announce(ask)
                self._on_asked(ask.question_id)
            begun.append(self._scribe.begin(text, kind, question_id))
            if not self._conversation.may_take_back:
                self.take_floor(from_mark=handed_over)

        line.when_started(started)
        try:
            outcome = await self._while_speaking(line, yields=yields, kind=kind)
            spoken = await line.spoken
        except asyncio.CancelledError:
            for turn in begun:
                self._scribe.broken_off(turn)
            raise
        finally:
            await line.close()
        if not begun and spoken.complete and outcome is None:
            # The voice failed: the page shows what could not be said.
            started()
        if spoken.complete and kind in ("greeting", "overview"):
            self._conversation.opening_said()
        for turn in begun:
            await self._scribe.spoken(turn, spoken)
        is_over = spoken.complete and outcome is None and not self._floor.speaking
        if is_over and not self._conversation.may_take_back:
            self.take_floor()
        return outcome

    def begin(self, wording: Wording) -> Callable[[], bool]:
        """Say what is worded already; `deliver` with the whole text goes on with it.

        Until then nothing of it is stored or announced. Answers with what tells whether the
        candidate goes on; it pauses the voice while they may.
        """
        self._under_way = line = Line(self._voice, wording)
        line.when_started(self._begun_to_speak)

        def goes_on() -> bool:
            if not line.started:
                return self._floor.speaking
            if self._floor.speaking:
                self._voice.pause()
            heard = self._floor.new_text()
            # A cough or their own voice come back does not break it off.
            return not (is_backchannel(heard) or is_echo(heard, wording.so_far))

        return goes_on

    async def break_off(self) -> None:
        """Nothing is to come of the line under way; what was heard of it stands."""
        line, self._under_way = self._under_way, None
        if line is None:
            return
        self._voice.stop()
        spoken = await line.spoken
        await line.close()
        if spoken.heard:
            begun = self._scribe.begin(spoken.heard, "acknowledgement", self._scribe.question_id())
            await self._scribe.spoken(begun, spoken)

    def take_floor(self, *, from_mark: bool = False) -> None:
        """The candidate's turn is over for good; see `Floor.take`."""
        self._floor.take(from_mark=from_mark)
        self._scribe.next_turn()

    async def close(self) -> None:
        """Stop what is under way."""
        if self._under_way is not None:
            await self._under_way.close()

    def _begun_to_speak(self) -> None:
        """The first sample of a move is out."""
        self._feed.set_state("speaking")
        self._floor.mark()
        if self.answered_at is not None:
            metrics.TURN_STAGE.labels("response").observe(self._now() - self.answered_at)
            self.answered_at = None

    async def _line(self, text: str) -> Line:
        """The line that says this text: the one under way, or a new one."""
        line = self._under_way
        if line is not None and line.text == text:
            self._under_way = None
            return line
        await self.break_off()
        return Line(self._voice, text)

    async def _while_speaking(
        self, line: Line, *, yields: bool, kind: TurnKind
    ) -> Press | Interrupted | None:
        speaking = line.spoken
        paused = self._voice.paused  # in a line that was handed over
        passed_over = ""
        while not speaking.done():
            change = asyncio.create_task(self._floor.changed(0.1 if paused else None))
            await asyncio.wait({speaking, change}, return_when=asyncio.FIRST_COMPLETED)
            change.cancel()
            press = self._floor.pressed()
            if press is not None and press.kind not in NOT_INTO_A_LINE:
                self._give_way(line)
                return press
            heard = self._floor.new_text()
            # Words may come when the voice that said them has ended.
            spoken_into = self._floor.speaking or (line.started and heard != passed_over)
            if spoken_into and not paused and kind != "closing":
                self._voice.pause()
                paused = True
            if not paused:
                continue
            if not is_backchannel(heard) and not is_echo(heard, line.text):
                if yields or self._conversation.may_take_back:
                    self._give_way(line)
                    return Interrupted()
                if press := await self._hear_aside():
                    self._give_way(line)
                    return press
            elif not self._false_alarm():
                continue
            passed_over = self._floor.new_text()
            self._voice.resume()
            paused = False
        return None

    def _give_way(self, line: Line) -> None:
        line.give_way()
        self._voice.stop()

    def _false_alarm(self) -> bool:
        """Whether the voice that was heard has gone without leaving words."""
        quiet = self._now() - self._floor.last_voice
        return not self._floor.speaking and quiet > FALSE_ALARM_SECONDS

    async def _hear_aside(self) -> Press | None:
        """The candidate spoke into the greeting: hear them out, keep it, then go on."""
        heard = await self._floor.listen(prompt_after=ASIDE_SECONDS)
        if isinstance(heard, Press):
            return None if heard.kind in NOT_INTO_A_LINE else heard
        if isinstance(heard, Heard) and heard.text:
            await self._scribe.heard(heard, "aside")
        self.take_floor()
        return None
