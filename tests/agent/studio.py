"""An interview's runner on a real `AgentSession` and a real playout, with scripted models.

The candidate is played by the test: voice and words are put on the floor by hand, and what the
interviewer plays out is taken frame by frame, as a transport does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from livekit.agents import Agent, AgentSession

from interviewer.agent.feed import PageFeed
from interviewer.agent.floor import Floor
from interviewer.agent.interview import InterviewRunner
from interviewer.agent.journal import Journal
from interviewer.agent.thinking import Thinking
from interviewer.agent.voice import SessionVoice
from interviewer.domain.conversation import Conversation
from interviewer.domain.moves import ConversationState
from interviewer.domain.plan import InterviewPlan, PlannedQuestion
from interviewer.domain.transcript import Turn
from interviewer.interfaces import Pcm
from interviewer.llm.asides import AsideWriter
from interviewer.llm.followups import FollowUpWriter
from interviewer.llm.intents import IntentReader
from interviewer.media.voice_io import InterviewerVoice
from interviewer.speech.listeners import Utterance
from interviewer.speech.recognizer import WhisperSTT
from interviewer.storage.engine import SqlStore
from tests.fakes.llm import FakeLanguageModel
from tests.fakes.voices import FakeSynthesizer

FRAME_SECONDS = 0.02


class Recogniser:
    """Gives the finals that it was told, at once."""

    def __init__(self) -> None:
        self.finals: list[Utterance] = []

    async def settled(self, upto: float) -> Sequence[Utterance]:
        return self.finals

    def said(self, since: float, upto: float = float("inf")) -> list[Utterance]:
        return [u for u in self.finals if since <= u.start < upto]


class Tone(FakeSynthesizer):
    """Every word is a tenth of a second of tone."""

    async def stream(self, text: str, voice_id: str) -> AsyncIterator[Pcm]:
        seconds = 0.1 * len(text.split())
        times = np.arange(int(16_000 * seconds)) / 16_000
        yield (8_000 * np.sin(2 * np.pi * 440 * times)).astype(np.int16)


@dataclass
class Studio:
    """`told`: every message to the page, with its second; `played`: seconds of tone heard."""

    conversation: Conversation
    floor: Floor
    stt: Recogniser
    journal: Journal
    output: InterviewerVoice
    voice: SessionVoice
    now: Callable[[], float]
    told: list[tuple[float, Mapping[str, Any]]] = field(default_factory=list)
    heard_at: list[float] = field(default_factory=list)
    prerendered: list[tuple[str, str]] = field(default_factory=list)

    async def speak(self, text: str) -> None:
        """The candidate says it, in no time; the voice ends now."""
        start = self.now()
        self.floor.speech_started(start)
        await asyncio.sleep(0.1)
        end = self.now()
        self.recognise(text, start, end)
        self.floor.speech_ended(end)

    def recognise(self, text: str, start: float, end: float) -> None:
        """The recogniser's final of what was said then."""
        utterance = Utterance(text=text, start=start, end=end)
        self.stt.finals.append(utterance)
        self.floor.finished(utterance)

    def messages(self, **wanted: Any) -> list[Mapping[str, Any]]:
        return [message for _, message in self.told if wanted.items() <= message.items()]

    async def until(self, true: Callable[[], object], seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.01)

    def turns(self, kind: str) -> list[Turn]:
        return [turn for turn in self.journal.turns if turn.kind == kind]


def plan(*, least: int, most: int) -> InterviewPlan:
    """One question that wants so many follow-ups, and one without."""
    return InterviewPlan(
        interviewer_name="Rachel",
        company="CloudMetrics",
        job_title="Sales",
        candidate_first_name="Aisha",
        questions=(
            PlannedQuestion(
                question_id="q1",
                text="Tell me about a deal that you closed.",
                rank=1,
                min_follow_ups=least,
                max_follow_ups=most,
            ),
            PlannedQuestion(
                question_id="q2", text="Why do you want to work here?", rank=2, max_follow_ups=0
            ),
        ),
    )


def listening() -> ConversationState:
    """The first question was asked, and the candidate has the floor."""
    state = ConversationState(phase="listening", index=0, announced=True, opening_said=1)
    state.prompt = "Tell me about a deal that you closed."
    return state


@asynccontextmanager
async def studio(
    store: SqlStore, interview_id: str, model: FakeLanguageModel, *, least: int = 1, most: int = 1
) -> AsyncIterator[Studio]:
    """A runner that has just come back to the first question and listens."""
    began = time.monotonic()

    def now() -> float:
        return time.monotonic() - began

    output = InterviewerVoice()
    session: AgentSession[None] = AgentSession()
    session.output.audio = output
    await session.start(Agent(instructions=""))
    stt = Recogniser()
    floor = Floor(cast(WhisperSTT, stt), now)
    feed = PageFeed(now)
    conversation = Conversation(plan(least=least, most=most), listening())
    journal = Journal(store, interview_id, [])
    tone = Tone()
    voice = SessionVoice(session, tone, voice_id="heart", now=now)
    scene = Studio(conversation, floor, stt, journal, output, voice, now)
    scene.prerendered = tone.prerendered
    runner = InterviewRunner(
        conversation=conversation,
        journal=journal,
        feed=feed,
        voice=voice,
        floor=floor,
        thinking=Thinking(
            conversation.plan, IntentReader(model), FollowUpWriter(model), AsideWriter(model)
        ),
        now=now,
        offset=0.0,
        sessions=[],
    )

    async def read() -> None:
        async with feed.subscribe() as messages:
            async for message in messages:
                scene.told.append((now(), message))

    async def play() -> None:
        while True:
            if (pcm := output.pull(now())) is not None and np.abs(pcm).max() > 1_000:
                scene.heard_at.append(now())
            await asyncio.sleep(FRAME_SECONDS)

    holding = asyncio.create_task(runner.run())
    around = [asyncio.create_task(work) for work in (read(), play())]
    try:
        await scene.until(lambda: scene.messages(type="state", state="listening"))
        scene.told.clear()
        scene.heard_at.clear()
        yield scene
    finally:
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)
        await session.aclose()
        for task in around:
            task.cancel()
        await asyncio.gather(*around, return_exceptions=True)
