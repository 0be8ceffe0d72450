"""One media session on LiveKit Agents' `AgentSession`, without a room.

The framework runs the loop of recognition and playout; turns are ours to take
(`turn_detection="manual"`), so that patience and barge-in are decided in one place, the floor.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
from livekit import rtc
from livekit.agents import Agent, AgentSession, ModelSettings, stt
from livekit.agents.voice.io import AudioInput, AudioOutput

from interviewer.agent.floor import Floor
from interviewer.agent.voice import SessionVoice
from interviewer.interfaces import SpeechSynthesizer
from interviewer.speech.decoding import Decoder
from interviewer.speech.listeners import Listeners
from interviewer.speech.recognizer import WhisperSTT

log = structlog.get_logger()

CLOSE_TIMEOUT = 5.0


class _InterviewAgent(Agent):
    """Passes what is recognised to the floor; it never answers by itself."""

    def __init__(self, floor: Floor) -> None:
        super().__init__(instructions="")
        self._floor = floor

    async def stt_node(
        self, audio: AsyncIterable[rtc.AudioFrame], model_settings: ModelSettings
    ) -> AsyncIterator[stt.SpeechEvent]:
        async for event in Agent.default.stt_node(self, audio, model_settings):
            if not isinstance(event, stt.SpeechEvent):
                continue
            if event.type == stt.SpeechEventType.INTERIM_TRANSCRIPT and event.alternatives:
                self._floor.interim(event.alternatives[0].text)
            yield event


@asynccontextmanager
async def voice_session(
    *,
    audio_input: AudioInput,
    audio_output: AudioOutput,
    engine: Decoder,
    synthesizer: SpeechSynthesizer,
    voice_id: str,
    language: str,
    now: Callable[[], float],
    silent_for: Callable[[], float],
) -> AsyncIterator[tuple[SessionVoice, Floor]]:
    """The interviewer's voice and the candidate's floor on a pair of audio ends.

    `silent_for`: see `AudioLine`.
    """
    recogniser = WhisperSTT(engine, language=language)
    floor = Floor(recogniser, now, silent_for=silent_for)
    recogniser.listeners = Listeners(
        speech_started=floor.speech_started,
        speech_ended=floor.speech_ended,
        drafted=floor.drafted,
        finished=floor.finished,
    )
    session: AgentSession[None] = AgentSession(
        stt=recogniser, vad=None, turn_handling={"turn_detection": "manual"}
    )
    session.input.audio = audio_input
    session.output.audio = audio_output
    voice = SessionVoice(session, synthesizer, voice_id=voice_id, now=now)
    starting = asyncio.create_task(session.start(_InterviewAgent(floor)), name="agent.start")
    try:
        await asyncio.shield(starting)
        yield voice, floor
    finally:
        # The framework cannot close what has begun only in part, and would leave it running.
        await asyncio.wait({starting})
        await voice.close()
        try:
            await asyncio.wait_for(session.aclose(), CLOSE_TIMEOUT)
        except TimeoutError:
            log.warning("agent.session.close_timeout", seconds=CLOSE_TIMEOUT)
