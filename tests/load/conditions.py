"""Interviews over a bad line: noise, echo, a telephone's band, lost and late packets.

    python -m tests.load.bench conditions

The strong persona answers the same two questions on each line. `heard` is the word error rate of
the transcript that is scored against the words that were synthesized for the candidate.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import aiohttp
import jiwer
import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt
from whisper_normalizer.english import EnglishTextNormalizer

from interviewer import settings
from interviewer.media.frames import OPUS_FRAME, OPUS_RATE, Expander, Pcm
from interviewer.rehearsal.command import completed, create_candidate
from interviewer.rehearsal.persona import Persona, load_persona
from interviewer.rehearsal.run import RehearsalReport, rehearse
from interviewer.speech.synthesizer import Synthesizer, Voices
from tests.functional.service import API_KEY, REPORT_SECONDS, ServiceProcess
from tests.functional.test_rehearsals import POSTING
from tests.load.response import latencies, pair, served
from tests.relay import RelayedPeer, UdpRelay

Figures = dict[str, Any]
Signal = NDArray[np.float64]

PERSONA = "strong"
# Of a voice at a normal distance, relative to full scale; noise and echo are measured by it.
VOICE_LEVEL: Final = 0.06
ECHO_FRAMES: Final = 6
"""Loudspeaker, room and microphone: 120 ms."""
_MU: Final = 255.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What is wrong with a line. `noise`, `echo`: dB below the voice; `loss`: share of packets,
    both ways; `jitter`: each packet to the service comes up to so many seconds late."""

    name: str
    noise: float | None = None
    echo: float | None = None
    phone: bool = False
    loss: float = 0.0
    jitter: float = 0.0


CONDITIONS: Final = (
    Condition(name="a good line"),
    Condition(name="noise, 10 dB below the voice", noise=10.0),
    Condition(name="echo, 12 dB below the voice", echo=12.0),
    Condition(name="telephone: 300-3400 Hz, 8 bits", phone=True),
    Condition(name="5 % of the packets lost, both ways", loss=0.05),
    Condition(name="up to 200 ms of jitter", jitter=0.2),
)


class BadLine(RelayedPeer):
    """A candidate's end of the call with that wrong; each time it loses the same packets."""

    def __init__(self, condition: Condition, **options: Any) -> None:
        super().__init__(UdpRelay(loss=condition.loss, jitter=condition.jitter), **options)
        self._condition = condition
        self._noise = _Noise(condition.name)
        self._phone = _Phone()
        self._loudspeaker: deque[Pcm] = deque(maxlen=ECHO_FRAMES + 50)
        self._expander = Expander()

    async def offer(self) -> str:
        await self._relay.open()
        return await super().offer()

    async def close(self) -> None:
        await super().close()
        self._relay.close()

    def microphone(self, pcm: Pcm | None) -> Pcm | None:
        condition = self._condition
        if condition.noise is None and condition.echo is None and not condition.phone:
            return pcm
        sound = np.zeros(OPUS_FRAME) if pcm is None else pcm.astype(np.float64)
        if condition.echo is not None:
            sound += self._echo() * 10 ** (-condition.echo / 20)
        if condition.noise is not None:
            level = VOICE_LEVEL * 10 ** (-condition.noise / 20)
            sound += self._noise.next() * level * 32_768
        if condition.phone:
            sound = self._phone.process(sound)
        return np.clip(np.rint(sound), -32_768, 32_767).astype(np.int16)

    def _hear(self, parts: list[Pcm]) -> None:
        super()._hear(parts)
        if self._condition.echo is not None:
            for part in parts:
                for start in range(0, len(part) - 319, 320):
                    self._loudspeaker.append(self._expander.process(part[start : start + 320]))

    def _echo(self) -> Signal:
        """20 ms of what the loudspeaker played a little while ago."""
        if len(self._loudspeaker) <= ECHO_FRAMES:
            return np.zeros(OPUS_FRAME)
        return self._loudspeaker.popleft().astype(np.float64)


class _Noise:
    """A street: noise that falls by about 3 dB an octave, of level 1, the same for a seed."""

    def __init__(self, seed: str) -> None:
        chance = np.random.default_rng(random.Random(seed).getrandbits(32))
        size = 10 * OPUS_RATE
        spectrum = np.fft.rfft(chance.standard_normal(size))
        frequencies = np.fft.rfftfreq(size, 1 / OPUS_RATE)
        spectrum /= np.sqrt(np.maximum(frequencies, 50.0))
        sound = np.fft.irfft(spectrum, size)
        self._sound = sound / np.sqrt(np.mean(sound**2))
        self._at = 0

    def next(self) -> Signal:
        begin = self._at
        self._at = (begin + OPUS_FRAME) % len(self._sound)
        part: Signal = self._sound[begin : begin + OPUS_FRAME]
        return part


class _Phone:
    """The band and the eight bits of a telephone (ITU-T G.711, mu-law), streaming at 48 kHz."""

    def __init__(self) -> None:
        self._band = butter(6, (300, 3_400), "bandpass", fs=OPUS_RATE, output="sos")
        self._smooth = butter(8, 3_600, "lowpass", fs=OPUS_RATE, output="sos")
        self._band_state = np.zeros((len(self._band), 2))
        self._smooth_state = np.zeros((len(self._smooth), 2))

    def process(self, sound: Signal) -> Signal:
        banded, self._band_state = sosfilt(self._band, sound, zi=self._band_state)
        held = np.repeat(_eight_bits(banded[::6] / 32_768), 6) * 32_768
        smooth, self._smooth_state = sosfilt(self._smooth, held, zi=self._smooth_state)
        result: Signal = smooth
        return result


def _eight_bits(sound: Signal) -> Signal:
    """Through mu-law and back."""
    clipped = np.clip(sound, -1.0, 1.0)
    coded = np.sign(clipped) * np.log1p(_MU * np.abs(clipped)) / np.log1p(_MU)
    coded = np.round(coded * 127) / 127
    decoded: Signal = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(_MU)) / _MU
    return decoded


def measure(conditions: tuple[Condition, ...] = CONDITIONS) -> list[Figures]:
    """Figures a condition; seconds, unless a name says otherwise."""
    with served() as service:
        return asyncio.run(_interviews(service, conditions))


async def _interviews(service: ServiceProcess, conditions: tuple[Condition, ...]) -> list[Figures]:
    synthesizer = Synthesizer(Voices.embedded(settings.load().model_dir))
    persona = load_persona(PERSONA)
    figures = []
    try:
        async with aiohttp.ClientSession(headers={"X-API-KEY": API_KEY}) as http:
            for condition in conditions:
                print(f"conditions: {condition.name} …", flush=True)
                posting_id = service.create_posting(POSTING)["id"]
                interview_id = await create_candidate(http, service.url, posting_id, persona.name)
                report = await rehearse(
                    service.url,
                    interview_id,
                    persona,
                    synthesizer=synthesizer,
                    new_peer=partial(BadLine, condition),
                )
                data = await completed(http, service.url, interview_id, REPORT_SECONDS)
                if data is None:
                    raise TimeoutError(f"no report of {condition.name}:\n{service.log_tail()}")
                figures.append(
                    {
                        "condition": condition.name,
                        **latencies([report]),
                        "word_errors": round(word_errors(persona, report, data), 3),
                        "end_reason": report.end_reason,
                    }
                )
    finally:
        synthesizer.close()
    return figures


def word_errors(persona: Persona, report: RehearsalReport, data: Any) -> float:
    """Share of wrong words in the stored transcript of all that the candidate said."""
    normal = EnglishTextNormalizer()
    said = " ".join(
        part for turn in report.turns for part in persona.parts(turn.said) if isinstance(part, str)
    )
    turns = data["web_interview"]["transcript"]
    heard = " ".join(turn["text"] for turn in turns if turn["speaker"] == "Candidate")
    return float(jiwer.wer(normal(said), normal(heard)))


def table(figures: list[Figures]) -> str:
    """For `docs/benchmarks.md`; times as p50 / p95."""
    lines = [
        "| line | turns | first sound | to the move | cut in | nudged | words wrong | ended |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    for one in figures:
        cells = (
            one["condition"],
            one["turns"],
            pair(one, "first_sound"),
            pair(one, "to_move"),
            one["cut_in"],
            one["nudged"],
            f"{100 * one['word_errors']:.1f} %",
            one["end_reason"],
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)
