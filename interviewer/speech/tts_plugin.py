"""Our synthesizer as the framework hears it: audio frames, and a LiveKit Agents TTS."""

from __future__ import annotations

from collections.abc import AsyncIterator

from livekit import rtc
from livekit.agents import tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions
from livekit.agents.utils import shortuuid

from interviewer.interfaces import SpeechSynthesizer, Voice

_FRAME_SECONDS = 0.02


async def frames(
    synthesizer: SpeechSynthesizer, text: str, voice: Voice
) -> AsyncIterator[rtc.AudioFrame]:
    """The text as 20 ms frames at the voice's rate, for `session.say(text, audio=...)`.

    The last frame may be shorter.
    """
    size = int(voice.sample_rate * _FRAME_SECONDS)
    rest = b""
    async for chunk in synthesizer.stream(text, voice.id):
        data = rest + chunk.tobytes()
        whole = len(data) - len(data) % (2 * size)
        for start in range(0, whole, 2 * size):
            yield rtc.AudioFrame(data[start : start + 2 * size], voice.sample_rate, 1, size)
        rest = data[whole:]
    if rest:
        yield rtc.AudioFrame(rest, voice.sample_rate, 1, len(rest) // 2)


class SynthesizerTTS(tts.TTS[str]):
    """A `SpeechSynthesizer` with one voice as a LiveKit Agents plugin."""

    def __init__(self, synthesizer: SpeechSynthesizer, voice: Voice) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False),
            sample_rate=voice.sample_rate,
            num_channels=1,
        )
        self.synthesizer = synthesizer
        self.voice = voice

    @property
    def model(self) -> str:
        return self.voice.id

    @property
    def provider(self) -> str:
        return self.voice.engine

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Synthesis(owner=self, text=text, conn_options=conn_options)


class _Synthesis(tts.ChunkedStream):
    def __init__(
        self, *, owner: SynthesizerTTS, text: str, conn_options: APIConnectOptions
    ) -> None:
        super().__init__(tts=owner, input_text=text, conn_options=conn_options)
        self._owner = owner

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        owner = self._owner
        output_emitter.initialize(
            request_id=shortuuid(),
            sample_rate=owner.voice.sample_rate,
            num_channels=1,
            mime_type="audio/pcm",
            frame_size_ms=20,
        )
        async for chunk in owner.synthesizer.stream(self.input_text, owner.voice.id):
            output_emitter.push(chunk.tobytes())
        output_emitter.flush()
