"""All measurements: `python -m tests.load.bench [--eval DIR] [PART …]`; `make bench` runs it.

Parts: `response`, `flame`, `conditions`, `crowd`, `intents`, `api`, `walks` and `faults` need
nothing but the models, PostgreSQL and, for `faults`, Redis and the LiveKit server; 20 kills of each
fault take hours, see `--kills`. `words`, `patience` and `scoring` need `--eval`, a folder of
recordings and human-scored answers (see the modules of those names). Without names all parts run.
Figures go to
`build/bench.json`, tables to `docs/benchmarks.md`, each between its own marks, with the rest of the
document left alone.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from interviewer import settings
from interviewer.bootstrap import EMBEDDED_MODEL
from tests.cluster.faults import FAULTS
from tests.load import api, conditions, crowd, faults, flame, response

ROOT = Path(__file__).parents[2]
FIGURES = ROOT / "build" / "bench.json"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
FLAMES = DOCUMENT.with_name("turn.svg")
CURVE = DOCUMENT.with_name("patience.svg")
TITLES = {
    "response": "Response and cost",
    "flame": "One turn",
    "conditions": "Bad lines",
    "crowd": "Interviews at once",
    "api": "API and resumes",
    "faults": "Kills",
    "intents": "Intents",
    "walks": "Walks through the API",
    "words": "Words",
    "patience": "Patience",
    "scoring": "Scoring",
}
"""The parts, and their headings where the document has none yet."""

WALKS = 300
NEED_EVAL = ("words", "patience", "scoring")

Measured = tuple[Any, str]
"""Figures for JSON, and Markdown for the document."""


def main() -> int:
    options = _options()
    parts = options.part or list(TITLES)
    left_out = [part for part in parts if part in NEED_EVAL and options.eval is None]
    if left_out:
        print(f"Left out for want of --eval: {', '.join(left_out)}.")
    run: dict[str, Callable[[], Measured]] = {
        "response": lambda: _response(options),
        "flame": _flame,
        "conditions": _conditions,
        "crowd": _crowd,
        "api": _api,
        "faults": lambda: _faults(options),
        "intents": _intents,
        "walks": _walks,
        "words": lambda: _printed("words", options),
        "patience": lambda: _patience(options),
        "scoring": lambda: _scoring(options),
    }
    for part in parts:
        if part not in left_out:
            circumstances = _circumstances()
            figures, markdown = run[part]()
            keep(FIGURES, part, figures)
            publish(DOCUMENT, part, f"{circumstances}\n\n{markdown}")
            print(markdown, flush=True)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="*", metavar="PART", help="all by default")
    parser.add_argument("--eval", type=Path, help="folder of recordings and scored answers")
    parser.add_argument("--persona", action="append", choices=response.PERSONAS)
    parser.add_argument("--no-demo", action="store_true", help="without the whole demo interview")
    parser.add_argument("--kills", type=int, default=20, help="of each fault")
    parser.add_argument("--fault", action="append", choices=list(FAULTS))
    options = parser.parse_args()
    for unknown in set(options.part) - set(TITLES):
        parser.error(f"there is no part {unknown}; there are {', '.join(TITLES)}")
    return options


def _response(options: argparse.Namespace) -> Measured:
    personas = options.persona or response.PERSONAS
    figures = response.measure(personas, demo=not options.no_demo)
    return figures, response.table(figures)


def _flame() -> Measured:
    flame.measure(FLAMES)
    picture = f"[![Flame graph of one turn]({FLAMES.name})]({FLAMES.name})"
    return {"picture": FLAMES.name}, picture


def _conditions() -> Measured:
    figures = conditions.measure()
    return figures, conditions.table(figures)


def _crowd() -> Measured:
    figures = crowd.measure()
    return figures, crowd.table(figures)


def _api() -> Measured:
    figures = api.measure()
    return figures, api.table(figures)


def _faults(options: argparse.Namespace) -> Measured:
    figures = faults.measure(options.fault or (), options.kills)
    return figures, faults.table(figures)


def _intents() -> Measured:
    table = _run("tests.load.intents", "--half", "held").strip()
    return table.splitlines(), table


def _walks() -> Measured:
    table = _run("tests.api.walks", "--walks", WALKS).strip()
    return table.splitlines(), table


def _patience(options: argparse.Namespace) -> Measured:
    lines, markdown = _printed("patience", options, "--picture", CURVE)
    return lines, f"![Delay against pauses taken]({CURVE.name})\n\n{markdown}"


def _printed(part: str, options: argparse.Namespace, *more: object) -> Measured:
    """A module that prints its curve or rates: the lines as they are, without its progress."""
    models = settings.load().model_dir
    text = _run(f"tests.load.{part}", "--eval", options.eval, "--models", models, *more)
    lines = [line for line in text.splitlines() if not re.fullmatch(r"\S+\.\w{2,4}", line)]
    return lines, "\n".join(["```text", *lines, "```"])


def _scoring(options: argparse.Namespace) -> Measured:
    model = settings.load().model_dir / EMBEDDED_MODEL
    figures = json.loads(_run("tests.load.scoring", "--eval", options.eval, "--model", model))
    agreement: Mapping[str, Mapping[str, float]] = figures["agreement"]
    names = list(next(iter(agreement.values()), {}))
    lines = [f"| source | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    for source, values in agreement.items():
        lines.append(f"| {source} | {' | '.join(str(values[name]) for name in names)} |")
    return figures, "\n".join(lines)


def _run(module: str, *arguments: object) -> str:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def _circumstances() -> str:
    """The machine, and how busy others kept it: figures from a busy one are no good."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    today = datetime.now(UTC).date().isoformat()
    busy = f"a load of {os.getloadavg()[0]:.1f} before"
    return f"Measured on {today}: {os.cpu_count()} cores, {memory:.0f} GB of memory, {busy}."


def keep(path: Path, part: str, figures: object) -> None:
    """Write one part's figures beside those of the others."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    kept[part] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "figures": figures}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n")


def publish(path: Path, part: str, markdown: str) -> None:
    """Put it between the part's marks; a document without them gets a section at its end."""
    begin, end = f"<!-- bench:{part} -->", "<!-- /bench -->"
    block = f"{begin}\n{markdown}\n{end}"
    text = path.read_text() if path.exists() else "# Benchmarks\n"
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if marked.search(text):
        text = marked.sub(lambda _: block, text, count=1)
    else:
        text = f"{text.rstrip()}\n\n## {TITLES[part]}\n\n{block}\n"
    path.write_text(text)


if __name__ == "__main__":
    sys.exit(main())
