"""Benchmark by hand: word error rates, live and second pass, and how late final text comes.

    python -m tests.load.words --eval FOLDER [--models FOLDER] [--realtime N]

`--eval`: a folder with `speech.tsv` (columns file, transcript, ref_kind) and its recordings.
The baseline beside it is faster-whisper on the same weights, beam 5, defaults.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path

import jiwer
import numpy as np
from faster_whisper import WhisperModel
from whisper_normalizer.english import EnglishTextNormalizer

from interviewer.interfaces import Pcm
from interviewer.speech.transcriber import WhisperTranscriber
from interviewer.speech.whisper import WhisperEngine
from tests.load.hearing import RATE, FinalsOnly, listen, percentile, read_audio, rows

Hear = Callable[[Pcm], Awaitable[str]]
Clip = tuple[str, Pcm, str]


def clips(folder: Path) -> list[Clip]:
    """(source, audio, reference) of the rows whose reference is the words that were said."""
    return [
        (row["file"].split("/")[1], read_audio(folder / row["file"]), row["transcript"])
        for row in rows(folder / "speech.tsv")
        if "not verbatim" not in row["ref_kind"]
    ]


async def word_errors(name: str, hear: Hear, data: list[Clip]) -> None:
    """Print one line: error rate in percent by source, CPU seconds a minute of audio."""
    normal = EnglishTextNormalizer()
    texts: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    seconds, begin = 0.0, time.process_time()
    for source, pcm, reference in data:
        heard = await hear(pcm)
        seconds += len(pcm) / RATE
        for key in (source, "all"):
            texts[key][0].append(normal(reference))
            texts[key][1].append(normal(heard))
    cost = (time.process_time() - begin) / seconds * 60
    rates = "  ".join(f"{k} {100 * jiwer.wer(r, h):.1f}" for k, (r, h) in sorted(texts.items()))
    print(f"{name:16} {rates}  cpu {cost:.1f} s/min", flush=True)


async def lateness(engine: WhisperEngine, data: list[Clip]) -> None:
    """Print when text came after the last word, and how often interims came, in real time."""
    finals: list[float] = []
    drafts: list[float] = []
    gaps: list[float] = []
    for _, pcm, _ in data:
        heard = await listen(engine, pcm, realtime=True)
        if heard.drafts and heard.ended:
            drafts.append(heard.drafts[-1][0] - heard.ended[-1])
            finals.append(heard.finals_at[-1] - heard.ended[-1])
        gaps.extend(np.diff(heard.interims_at))
    for name, values in (("draft", drafts), ("final", finals), ("interim gap", gaps)):
        p50, p95 = percentile(values, 0.5), percentile(values, 0.95)
        print(f"{name:16} p50 {p50:.2f} s  p95 {p95:.2f} s  n {len(values)}", flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=Path.home() / ".cache/interviewer/models")
    parser.add_argument("--realtime", type=int, default=16, help="clips to play in real time")
    options = parser.parse_args()
    weights = options.models / "whisper-base"
    data = clips(options.eval)
    engine = WhisperEngine(weights)

    async def live(pcm: Pcm) -> str:
        return (await listen(engine, pcm, realtime=False)).text

    if options.realtime:
        await lateness(engine, data[:: max(1, len(data) // options.realtime)])
    engine.close()
    engine = FinalsOnly(weights)
    await word_errors("live", live, data)
    engine.close()
    transcriber = WhisperTranscriber(weights)
    baseline = WhisperModel(str(weights), device="cpu", compute_type="int8", cpu_threads=1)

    async def second_pass(pcm: Pcm) -> str:
        words = await asyncio.to_thread(transcriber.transcribe, pcm)
        return " ".join(w.text for w in words)

    async def stock(pcm: Pcm) -> str:
        audio = pcm.astype(np.float32) / 32768.0
        segments, _ = baseline.transcribe(audio, language="en", beam_size=5)
        return " ".join(s.text for s in segments)

    await word_errors("second pass", second_pass, data)
    await word_errors("faster-whisper", stock, data)


if __name__ == "__main__":
    asyncio.run(main())
