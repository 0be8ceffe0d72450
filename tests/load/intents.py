"""Benchmark: how well what is no answer is told from answers, on utterances nobody tuned for.

    python -m tests.load.intents [--half dev|held|a|b|…|p] [--rules] [--model FILE.gguf]

`tests/llm/data/utterances.tsv` has 300 asides and 300 answers, wide and nasty, by a writer who
had seen no code. Look at the half `dev` as much as you like; `held` is for counting only. The
writers `a` to `p` (there is no `i`) added 20,200 more, which the head was trained on; those of `a`
to `d` come without questions. With `--rules` what is read is what is left without the encoder: the
rules alone, their doubts counted as they guess, or with `--model` that language model asked where
they are in doubt.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from interviewer import settings
from interviewer.domain.intent import Intent, read_by_rules
from interviewer.interfaces import LanguageModel
from interviewer.llm.embedded import EmbeddedServer
from interviewer.llm.intents import IntentReader
from interviewer.llm.meaning import Meaning, load_encoders
from tests.fakes.llm import FakeLanguageModel
from tests.load.hearing import rows

UTTERANCES = Path(__file__).parents[1] / "llm" / "data" / "utterances.tsv"

WRITERS = tuple("abcdefghjklmnop")
"""Who wrote what may be learnt from."""

Row = tuple[str, str, str]
"""(intent, question, utterance)"""
Read = Callable[[str, str], Awaitable[Intent]]


def utterances(half: str) -> list[Row]:
    """The rows of that half."""
    found = rows(UTTERANCES)
    return [(r["intent"], r["question"], r["utterance"]) for r in found if r["half"] == half]


async def by_rules(question: str, utterance: str) -> Intent:
    return read_by_rules(utterance).intent


async def count(read: Read, data: Sequence[Row]) -> list[str]:
    """Lines of a table: by intent, how many were read so, and how many at least as no answer."""
    right: Counter[str] = Counter()
    noticed: Counter[str] = Counter()
    number: Counter[str] = Counter()
    for intent, question, utterance in data:
        meant = await read(question, utterance)
        number[intent] += 1
        right[intent] += meant == intent
        noticed[intent] += meant != "answer"
    lines = ["| said | n | read so | not taken for an answer |", "|---|---:|---:|---:|"]
    asides = [intent for intent in number if intent != "answer"]
    lines += [
        f"| {intent} | {number[intent]} | {right[intent]} | {noticed[intent]} |"
        for intent in (*sorted(asides), "answer")
    ]
    total = sum(number[i] for i in asides)
    share = 100 * sum(right[i] for i in asides) / total
    false = 100 * noticed["answer"] / number["answer"]
    return [
        *lines,
        "",
        f"Asides read right: {share:.0f} %; answers taken for asides: {false:.1f} %.",
    ]


def by_meaning() -> Read:
    """As interviews read. Raises where the model is not there: a benchmark must not fall back."""
    meaning = Meaning(load_encoders(settings.load().model_dir))
    nobody: LanguageModel = FakeLanguageModel(down=True)
    return partial(IntentReader(nobody, meaning).read, timeout=60.0)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("dev", "held", *WRITERS), default="dev")
    parser.add_argument("--rules", action="store_true")
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    data = utterances(options.half)
    if options.model is None:
        print("\n".join(await count(by_rules if options.rules else by_meaning(), data)))
        return
    async with EmbeddedServer(options.model) as server:
        await server.wait_ready()
        model = server.client()
        print("\n".join(await count(IntentReader(model).read, data)))
        await model.aclose()


if __name__ == "__main__":
    asyncio.run(main())
