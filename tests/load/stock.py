"""The baseline: LiveKit Agents' defaults with the very same models, over the same WebRTC.

Voice detection, faster-whisper on whole segments, the embedded language model streamed into the
voice by sentences, default turn handling. What a team gets that puts the parts together as their
documentation shows. Measured with the same answers as ours, right beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from livekit import rtc
from livekit.agents import Agent, AgentSession, LanguageCode, inference, stt
from livekit.agents.types import NOT_GIVEN, APIConnectOptions, NotGivenOr
from livekit.agents.utils import AudioBuffer
from livekit.plugins import openai

from interviewer.bootstrap import EMBEDDED_MODEL
from interviewer.llm.embedded import EmbeddedServer
from interviewer.media.peer_io import PeerIO
from interviewer.rehearsal.peer import CandidatePeer
from interviewer.rehearsal.persona import Persona
from interviewer.rehearsal.voice import CandidateVoice
from interviewer.settings import Settings
from interviewer.speech.synthesizer import Synthesizer
from interviewer.speech.tts_plugin import SynthesizerTTS

INSTRUCTIONS = (
    "You are Rachel, a voice interviewer. The candidate answers a question. Reply with exactly one "
    "short follow-up question about what was just said, at most 20 words."
)
GIVE_UP = 15.0
QUIET = 1.5


class WholeSegments(stt.STT[str]):
    """faster-whisper as its README uses it: a whole segment in, text out."""

    def __init__(self, model: WhisperModel) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=False, interim_results=False))
        self._model = model
        self.told_at: list[float] = []
        """When each text was there (`loop.time()`)."""
        self._open = 0

    @property
    def idle(self) -> bool:
        return self._open == 0

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        frame = rtc.combine_audio_frames(rtc_frames(buffer))
        pcm = np.frombuffer(frame.data, np.int16).astype(np.float32) / 32_768
        self._open += 1
        try:
            text = await asyncio.to_thread(self._text, pcm)
        finally:
            self._open -= 1
        if text:
            self.told_at.append(asyncio.get_running_loop().time())
        alternative = stt.SpeechData(language=LanguageCode("en"), text=text)
        kind = stt.SpeechEventType.FINAL_TRANSCRIPT
        return stt.SpeechEvent(type=kind, alternatives=[alternative])

    def _text(self, pcm: Any) -> str:
        segments, _ = self._model.transcribe(pcm, language="en")
        return " ".join(segment.text.strip() for segment in segments)


def rtc_frames(buffer: AudioBuffer) -> list[rtc.AudioFrame]:
    """At Whisper's rate."""
    frames = buffer if isinstance(buffer, list) else [buffer]
    if frames[0].sample_rate == 16_000:
        return frames
    resampler = rtc.AudioResampler(frames[0].sample_rate, 16_000)
    made = [out for frame in frames for out in resampler.push(frame)]
    return [*made, *resampler.flush()]


@dataclass(slots=True)
class Replies:
    """`first_sound`: seconds from the last sample of an answer leaving to the first of the reply
    arriving, in ascending order; without those of `cut_in`, answers that it replied into, and of
    `to_a_part`, where the reply was heard before the answer's last words were recognised."""

    answers: int
    first_sound: list[float]
    cut_in: int
    to_a_part: int


async def measure(settings: Settings, persona: Persona, synthesizer: Synthesizer) -> Replies:
    """Say every line of the persona to the stock chain."""
    voice = CandidateVoice(synthesizer, "joe")
    lines = [line for line in persona.lines() if line]
    first_sound: list[float] = []
    cut_in = to_a_part = 0
    async with _talking(settings, synthesizer) as (candidate, recogniser):
        for line in lines:
            pcm = await voice.render(persona, line)
            began = asyncio.get_running_loop().time()
            left_at = await candidate.say(pcm, voice.rate)
            early = candidate.ear.first_voice_after(began + 0.3)
            if early is not None and early < left_at:
                cut_in += 1
                replied_at = None
            else:
                replied_at = await _replied_at(candidate, left_at)
            await candidate.ear.wait_for_silence(left_at, quiet=QUIET, timeout=GIVE_UP)
            while not recogniser.idle:
                await asyncio.sleep(0.05)
            if replied_at is None:
                continue
            if any(told_at > replied_at for told_at in recogniser.told_at):
                to_a_part += 1
            else:
                first_sound.append(replied_at - left_at)
    return Replies(len(lines), sorted(first_sound), cut_in, to_a_part)


async def _replied_at(candidate: CandidatePeer, left_at: float) -> float:
    try:
        return await candidate.ear.wait_for_voice(left_at, GIVE_UP)
    except TimeoutError:
        return left_at + GIVE_UP


@asynccontextmanager
async def _talking(
    settings: Settings, synthesizer: Synthesizer
) -> AsyncIterator[tuple[CandidatePeer, WholeSegments]]:
    async with AsyncExitStack() as stack:
        server = EmbeddedServer(settings.model_dir / EMBEDDED_MODEL, threads=settings.llm_threads)
        await stack.enter_async_context(server)
        await server.wait_ready()
        model = await asyncio.to_thread(
            WhisperModel, str(settings.model_dir / settings.stt_model), compute_type="int8"
        )
        voices: Sequence[Any] = synthesizer.voices()
        heart = next(voice for voice in voices if voice.id == settings.tts_voice)
        peer, candidate = PeerIO(), CandidatePeer()
        stack.push_async_callback(peer.close)
        stack.push_async_callback(candidate.close)
        await candidate.accept(await peer.answer(await candidate.offer()))
        await peer.connected.wait()
        recogniser = WholeSegments(model)
        session: AgentSession[None] = AgentSession(
            vad=inference.VAD(),
            stt=recogniser,
            llm=openai.LLM(
                model=server.model_name, base_url=server.base_url, api_key=server.api_key
            ),
            tts=SynthesizerTTS(synthesizer, heart),
        )
        session.input.audio = peer.audio_input
        session.output.audio = peer.audio_output
        stack.push_async_callback(session.aclose)
        await session.start(Agent(instructions=INSTRUCTIONS))
        yield candidate, recogniser
