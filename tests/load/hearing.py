"""What the speech benchmarks share: reading recordings, and letting the live recogniser listen."""

from __future__ import annotations

import asyncio
import csv
import json
import time
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from livekit import rtc

from interviewer.interfaces import Pcm
from interviewer.speech.decode_queue import Kind
from interviewer.speech.hypothesis import Hypothesis
from interviewer.speech.listeners import Listeners, Utterance
from interviewer.speech.recognizer import WhisperStream, WhisperSTT
from interviewer.speech.whisper import WhisperEngine

RATE = 16_000
FRAME = 320


def read_audio(path: Path) -> Pcm:
    """Any audio file as `int16[n]`, 16 kHz mono."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    parts: list[Pcm] = []
    with av.open(str(path)) as container:
        for frame in [*container.decode(audio=0), None]:
            parts.extend(f.to_ndarray()[0] for f in resampler.resample(frame))
    return np.concatenate(parts)


def rows(table: Path) -> Iterator[dict[str, str]]:
    """The rows of a tab-separated table with a header."""
    with table.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file, delimiter="\t")


def pauses(cell: str) -> list[tuple[float, float]]:
    """`[[start, end, …], …]` as pairs of seconds."""
    return [(float(p[0]), float(p[1])) for p in json.loads(cell)] if cell.strip() else []


class FinalsOnly(WhisperEngine):
    """An engine that spends nothing on interims, where only drafts and finals are of interest."""

    async def decode(
        self, pcm: Pcm, *, kind: Kind, prompt: str = "", language: str = "", stream: Hashable = None
    ) -> Hypothesis | None:
        if kind == "interim":
            return None
        return await super().decode(pcm, kind=kind, prompt=prompt, language=language, stream=stream)


@dataclass(slots=True)
class Heard:
    """One listening. Wall times are seconds from the moment when sample 0 was heard."""

    finals: list[Utterance] = field(default_factory=list)
    drafts: list[tuple[float, Utterance]] = field(default_factory=list)
    finals_at: list[float] = field(default_factory=list)
    interims_at: list[float] = field(default_factory=list)
    started: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    # The text as known in each pause: (second of the last voice, the turn so far).
    at_pauses: list[tuple[float, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(u.text for u in self.finals)


async def listen(
    engine: WhisperEngine, pcm: Pcm, *, realtime: bool, tail_seconds: float = 1.5
) -> Heard:
    """Let a stream hear `pcm` in 20 ms frames, then silence.

    Not `realtime`: as fast as the recogniser goes, with every decode given the time that it
    has in real life on an idle machine (time stands still while it works).
    """
    heard = Heard()
    begin = time.perf_counter()

    def drafted(utterance: Utterance) -> None:
        heard.drafts.append((time.perf_counter() - begin, utterance))
        so_far = [u.text for u in heard.finals if u.end < utterance.start] + [utterance.text]
        heard.at_pauses.append((utterance.end, " ".join(so_far)))

    def finished(utterance: Utterance) -> None:
        heard.finals.append(utterance)
        heard.finals_at.append(time.perf_counter() - begin)

    listeners = Listeners(
        speech_started=heard.started.append,
        speech_ended=heard.ended.append,
        drafted=drafted,
        finished=finished,
    )
    recogniser = WhisperSTT(engine, listeners=listeners)
    stream = recogniser.stream()

    async def count_interims() -> None:
        async for event in stream:
            if event.type.value == "interim_transcript":
                heard.interims_at.append(time.perf_counter() - begin)

    counting = asyncio.create_task(count_interims())
    audio = np.concatenate((pcm, np.zeros(int(tail_seconds * RATE), np.int16)))
    for start in range(0, len(audio) - FRAME + 1, FRAME):
        if realtime:
            await asyncio.sleep(max(0.0, begin + (start + FRAME) / RATE - time.perf_counter()))
        stream.push_frame(rtc.AudioFrame(audio[start : start + FRAME].tobytes(), RATE, 1, FRAME))
        if not realtime:
            await _caught_up(engine, stream, start + FRAME)
    stream.end_input()
    await counting
    return heard


async def _caught_up(engine: WhisperEngine, stream: WhisperStream, samples: int) -> None:
    while stream.samples_heard < samples or not engine.idle:
        await asyncio.sleep(0.001)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share lies; nan of nothing."""
    return float(np.percentile(values, share * 100)) if len(values) else float("nan")
