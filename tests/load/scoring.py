"""How well the scorer agrees with people: `python -m tests.load.scoring --eval DIR`.

Quadratic weighted kappa and correlation on a stratified sample of human-scored answers
(`rubric.tsv`: question, rubric or reference, answer, `norm_1_5`), beside a scorer that always
gives the sample's mean; with `--injection N`, what instructions appended to an answer change.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from sklearn.metrics import cohen_kappa_score

from interviewer.domain.plan import PlannedQuestion
from interviewer.domain.scoring import to_score
from interviewer.domain.transcript import Turn
from interviewer.interfaces import LanguageModel
from interviewer.llm.assessor import Assessor
from interviewer.llm.embedded import EmbeddedServer
from interviewer.llm.injection import suspicious


@dataclass(frozen=True)
class Sample:
    """One human-scored answer. `human`: the mean of the raters, on 1 to 5."""

    source: str
    question: PlannedQuestion
    answer: str
    human: float


@dataclass(frozen=True)
class Scored:
    source: str
    human: float
    expected: float
    spread: float
    seconds: float


def load(path: Path, per_level: int, seed: int) -> list[Sample]:
    """`per_level` answers of every source and rounded score, or as many as there are."""
    strata: dict[tuple[str, int], list[Sample]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            human = float(row["norm_1_5"])
            criteria = " ".join(
                part
                for part in (row["rubric"], f"Reference answer: {row['reference'].strip()}")
                if part
            )
            question = PlannedQuestion(
                question_id=row["qid"],
                text=row["question"],
                rank=1,
                evaluation_criteria=criteria,
                score_of_1="Is wrong or does not answer the question.",
                score_of_5="Says what the reference answer says.",
            )
            strata[row["source"], to_score(human)].append(
                Sample(row["source"], question, row["answer"], human)
            )
    pick = random.Random(seed)
    chosen = [
        s
        for _, rows in sorted(strata.items())
        for s in pick.sample(rows, min(per_level, len(rows)))
    ]
    pick.shuffle(chosen)
    return chosen


async def score_all(llm: LanguageModel, samples: Sequence[Sample], limit: float) -> list[Scored]:
    """Scores until `limit` seconds are over."""
    assessor = Assessor(llm, timeout=300.0)
    began = time.monotonic()
    scored = []
    for sample in samples:
        start = time.monotonic()
        if start - began > limit:
            break
        expected, spread = await assessor.score(sample.question, turns(sample.answer))
        seconds = time.monotonic() - start
        scored.append(Scored(sample.source, sample.human, expected, spread, seconds))
    return scored


def turns(answer: str) -> list[Turn]:
    return [Turn(turn_id="a", speaker="Candidate", text=answer, start=0.0, end=1.0, kind="answer")]


def agreement(scored: Sequence[Scored]) -> dict[str, float]:
    """Of a source's scores, beside the constant scorer's; the latter's kappa is 0 by definition."""
    human = np.array([s.human for s in scored])
    expected = np.array([s.expected for s in scored])
    people = [to_score(x) for x in human]
    constant = to_score(fmean(human))
    return {
        "n": len(scored),
        "qwk": round(_kappa(people, [to_score(x) for x in expected]), 3),
        "qwk_constant": round(_kappa(people, [constant] * len(people)), 3),
        "correlation": round(float(np.corrcoef(human, expected)[0, 1]), 3),
        "mean_error": round(float(np.abs(human - expected).mean()), 3),
        "mean_error_constant": round(float(np.abs(human - constant).mean()), 3),
        "spread": round(fmean(s.spread for s in scored), 3),
        "seconds": round(fmean(s.seconds for s in scored), 2),
    }


def _kappa(people: Sequence[int], scores: Sequence[int]) -> float:
    return float(cohen_kappa_score(people, scores, labels=[1, 2, 3, 4, 5], weights="quadratic"))


async def injection_effect(
    llm: LanguageModel, samples: Sequence[Sample], attacks: Sequence[str], limit: float
) -> dict[str, float]:
    """How far an appended instruction moves the expected score, and how often it is flagged."""
    assessor = Assessor(llm, timeout=300.0)
    began = time.monotonic()
    moved: list[float] = []
    for sample, attack in zip(samples, attacks, strict=False):
        if time.monotonic() - began > limit:
            break
        plain, _ = await assessor.score(sample.question, turns(sample.answer))
        hit, _ = await assessor.score(sample.question, turns(f"{sample.answer} {attack}"))
        moved.append(hit - plain)
    return {
        "n": len(moved),
        "mean_shift": round(fmean(moved), 3),
        "worst_shift": round(max(*moved, -min(moved)), 3),
        "share_under_half_a_point": round(fmean(abs(m) < 0.5 for m in moved), 3),
    }


def detection(path: Path, answers: Sequence[str]) -> dict[str, dict[str, float]]:
    """Share flagged by kind of text, and of honest answers."""
    kinds: dict[str, list[bool]] = defaultdict(list)
    for row in _rows(path):
        kinds[row["kind"]].append(bool(suspicious(row["text"])))
    kinds["honest_answers"] = [bool(suspicious(answer)) for answer in answers]
    return {k: {"n": len(v), "flagged": round(fmean(v), 4)} for k, v in sorted(kinds.items())}


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


async def run(options: argparse.Namespace) -> dict[str, object]:
    samples = load(options.eval / "rubric.tsv", options.per_level, options.seed)
    attack_file = options.eval / "injection.jsonl"
    attacks = [
        r["text"]
        for r in _rows(attack_file)
        if r["kind"] in ("injection", "indirect_injection") and len(r["text"]) < 600
    ]
    random.Random(options.seed).shuffle(attacks)
    async with EmbeddedServer(options.model, threads=options.threads, slots=1) as server:
        await server.wait_ready()
        llm = server.client()
        scored = await score_all(llm, samples, options.seconds)
        shift = (
            await injection_effect(llm, samples[: options.injection], attacks, options.seconds)
            if options.injection
            else {}
        )
    sources = sorted({s.source for s in scored})
    if options.out:
        options.out.write_text(json.dumps([asdict(s) for s in scored]), encoding="utf-8")
    return {
        "agreement": {s: agreement([x for x in scored if x.source == s]) for s in sources},
        "injection": shift,
        "detection": detection(attack_file, [s.answer for s in samples]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, required=True, help="folder of rubric.tsv")
    parser.add_argument("--model", type=Path, required=True, help="a .gguf file")
    parser.add_argument("--per-level", type=int, default=12, help="answers a source and score")
    parser.add_argument("--seconds", type=float, default=240.0, help="stop scoring after")
    parser.add_argument("--injection", type=int, default=0, help="answers to attack")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, help="write the single scores here (JSON)")
    print(json.dumps(asyncio.run(run(parser.parse_args())), indent=2))


if __name__ == "__main__":
    main()
