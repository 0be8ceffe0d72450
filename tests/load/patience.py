"""Benchmark by hand: turns taken in pauses against delay at true ends, as a curve.

    python -m tests.load.patience --eval FOLDER [--models FOLDER] [--evidence FILE] [--picture SVG]

The live recogniser hears each answer; in each pause the text that it had by then goes to
`endpointing.hold_seconds`. A turn is taken in a pause that lasts longer than the hold. At the true
end the delay is the hold, or the time until the text was there. `--evidence` keeps what was heard
(JSON), so that holds can be tuned without listening again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from interviewer.speech.endpointing import Expected, TurnEvidence, hold_seconds
from interviewer.speech.whisper import WhisperEngine
from tests.load.curve import Curve, Point, drawn
from tests.load.hearing import FinalsOnly, listen, percentile, read_audio, rows

# Text of the last word is there this long after it on an idle machine (`words.py`).
_TEXT_SECONDS = 0.5
_MIN_PAUSE = 0.3
_SCALES = (0.5, 0.6, 0.7, 0.85, 1.0, 1.15, 1.3, 1.6)


@dataclass(slots=True)
class Stop:
    """The voice stopped at `at`; `pause` seconds later it went on (None: the true end)."""

    source: str
    file: str
    kind: str
    at: float
    text: str
    spoken: float
    pause: float | None
    own: list[float] = field(default_factory=list)

    def hold(self, scale: float) -> float:
        evidence = TurnEvidence(
            text=self.text,
            words=len(self.text.split()),
            seconds_spoken=self.spoken,
            own_pauses=self.own,
            expected=Expected.SHORT if self.source == "alphanumeric" else Expected.OPEN,
        )
        return max(_TEXT_SECONDS, hold_seconds(evidence) * scale)


async def stops(engine: WhisperEngine, folder: Path, table: str, column: str) -> list[Stop]:
    """Listen to every row of the table that has pauses."""
    found: list[Stop] = []
    for row in rows(folder / table):
        column = next(name for name in row if name.startswith(column))
        if not row[column].strip():
            continue
        print(row["file"], flush=True)
        heard = await listen(engine, read_audio(folder / row["file"]), realtime=False)
        kinds = json.loads(row[column]) if table == "pauses.tsv" else []
        own: list[float] = []
        for index, (last, text) in enumerate(heard.at_pauses):
            nxt = next((t for t in heard.started if t > last + 0.05), None)
            final = index == len(heard.at_pauses) - 1 or last >= float(row["turn_end_s"]) - 0.3
            pause = None if final or nxt is None else nxt - last
            kind = next((k for a, b, k in kinds if a - 0.4 < last < b), "") if kinds else ""
            source = "pauses" if table == "pauses.tsv" else row["file"].split("/")[1]
            spoken = last - heard.started[0] - sum(own)
            found.append(Stop(source, row["file"], kind, last, text, spoken, pause, list(own)))
            if pause is None:
                break
            own.append(pause)
    return found


def curves(found: Sequence[Stop]) -> list[Curve]:
    """By source, for holds shorter and longer than ours: delay at true ends against pauses taken.

    A point's `delay` is the median in seconds, its `taken` a share.
    """
    result = []
    for source in sorted({s.source for s in found}):
        inner = [s for s in found if s.source == source and (s.pause or 0) >= _MIN_PAUSE]
        ends = [s for s in found if s.source == source and s.pause is None]
        points = []
        for scale in _SCALES:
            taken = sum(s.hold(scale) < (s.pause or 0) for s in inner)
            delays = [s.hold(scale) for s in ends]
            p50, p95 = percentile(delays, 0.5), percentile(delays, 0.95)
            points.append(Point(scale, p50, p95, taken / max(1, len(inner))))
        name = f"{source}: {len(inner)} pauses, {len(ends)} ends"
        result.append(Curve(name, points))
    return result


def report(found: Sequence[Stop]) -> None:
    """Print the curve for each source: share of pauses taken, delay at true ends."""
    for curve in curves(found):
        print(curve.name)
        for point in curve.points:
            print(
                f"  x{point.scale:<5} taken {100 * point.taken:5.1f} %"
                f"  delay p50 {point.delay:.2f} p95 {point.late:.2f}"
            )


async def hear(models: Path, folder: Path) -> list[Stop]:
    """Every stop of both tables."""
    engine = FinalsOnly(models / "whisper-base")
    found = await stops(engine, folder, "pauses.tsv", "pauses_s")
    found += await stops(engine, folder, "speech.tsv", "inner_pauses_s")
    engine.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=Path.home() / ".cache/interviewer/models")
    parser.add_argument("--evidence", type=Path)
    parser.add_argument("--picture", type=Path, help="draw the curves there (SVG)")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    kept: Path | None = options.evidence
    if kept is not None and kept.exists():
        found = [Stop(**item) for item in json.loads(kept.read_text())]
    else:
        found = asyncio.run(hear(options.models, options.eval))
        if kept is not None:
            kept.write_text(json.dumps([asdict(s) for s in found]))
    if options.verbose:
        for s in found:
            print(f"{s.source} {s.kind:7} pause {s.pause or 0:.2f} hold {s.hold(1):.2f} {s.text}")
    report(found)
    if options.picture is not None:
        options.picture.write_text(drawn(curves(found)))


if __name__ == "__main__":
    main()
