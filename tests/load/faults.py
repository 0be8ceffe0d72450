"""Kills at random moments of spoken interviews on a whole cluster, and what became of them.

`python -m tests.load.bench faults [--kills 20] [--fault agent …]`: each kill has an interview of
its own, two questions long. It counts as whole when it ended in good order with both answers,
every question scored, no turn twice and one recording as long as it was.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from interviewer import settings
from interviewer.rehearsal.client import Received
from interviewer.rehearsal.persona import Persona
from interviewer.rehearsal.voice import CandidateVoice
from interviewer.speech.synthesizer import Synthesizer, Voices
from tests.cluster.candidate import PATIENCE, Candidate
from tests.cluster.cluster import Cluster, running_cluster
from tests.cluster.faults import FAULTS
from tests.cluster.report import (
    LINES,
    QUESTIONS,
    assert_complete,
    assert_one_recording,
    report,
)
from tests.load.hearing import percentile
from tests.postgres import running_postgres

# From its first question on an interview of these two, each with a short answer, takes longer.
LATEST = 20.0
SEED = 5


@dataclass(frozen=True, slots=True)
class Kill:
    """`at`: seconds after the first question; `resumed_after`: seconds from the kill until the
    interviewer was back, None if nothing more came; `wrong`: what was in the end, if anything."""

    at: float
    resumed_after: float | None
    wrong: str


def measure(names: Sequence[str], kills: int) -> dict[str, list[dict[str, Any]]]:
    """Each fault `kills` times, on one cluster that is mended after each."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_postgres() as postgres,
        running_cluster(Path(folder), postgres) as cluster,
    ):
        return asyncio.run(_measure(cluster, Path(folder), names or list(FAULTS), kills))


async def _measure(
    cluster: Cluster, folder: Path, names: Sequence[str], kills: int
) -> dict[str, list[dict[str, Any]]]:
    synthesizer = Synthesizer(Voices.embedded(settings.load().model_dir))
    voice = CandidateVoice(synthesizer, "joe")
    moments = random.Random(SEED)
    figures: dict[str, list[dict[str, Any]]] = {}
    try:
        for name in names:
            figures[name] = []
            for _ in range(kills):
                at = moments.uniform(1.0, LATEST)
                kill = await _kill(cluster, folder, voice, name, at)
                print(f"{name}: {kill}", file=sys.stderr, flush=True)
                figures[name].append(asdict(kill))
    finally:
        synthesizer.close()
    return figures


async def _kill(
    cluster: Cluster, folder: Path, voice: CandidateVoice, name: str, at: float
) -> Kill:
    interview_id = cluster.create_candidate(cluster.create_posting(*QUESTIONS))
    person = Persona(name="aisha", answers=["…"], follow_ups=["…"])
    candidate = Candidate(cluster.url, interview_id, voice, person)
    killed_at, wrong = 0.0, ""
    try:
        await candidate.join()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(candidate.hold(LINES))
            # Looked for and not taken from what `hold` reads: it answers this question, too.
            await candidate.client.wait_for(_is_question, timeout=PATIENCE)
            await asyncio.sleep(at)
            killed_at = asyncio.get_running_loop().time()
            mend = await asyncio.to_thread(FAULTS[name], cluster, interview_id)
            await asyncio.sleep(1.0)
            await asyncio.to_thread(mend)
        result = (await report(cluster, interview_id))["web_interview"]
        assert_complete(result)
        assert_one_recording(result, folder)
    except (Exception, ExceptionGroup) as error:
        wrong = _reason(error)
    finally:
        await candidate.client.close()
    back = resumed(candidate.client.messages, candidate.connected_at, killed_at)
    return Kill(round(at, 1), back, wrong)


def _is_question(message: Mapping[str, Any]) -> bool:
    return bool(message["type"] == "question")


def resumed(
    messages: Sequence[Received] | Any, connected_at: Sequence[float], killed_at: float
) -> float | None:
    """Seconds from the kill until the interviewer was there again.

    That is the first sign of one after the page's last new connection, or after the last notice
    that it was lost, if there was any such.
    """
    since = max([killed_at, *(at for at in connected_at if at > killed_at)])
    for received in messages:
        if received.at > since and received.message.get("code") == "interrupted":
            since = received.at
    for received in messages:
        if received.at > since and _is_there(received.message):
            return round(received.at - killed_at, 2)
    return None


def _is_there(message: Mapping[str, Any]) -> bool:
    return message["type"] in ("transcript", "ended") or message.get("state") in (
        "listening",
        "thinking",
        "speaking",
    )


def _reason(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    where = traceback.extract_tb(error.__traceback__)[-1]
    words = str(error).partition("\n")[0][:120] or where.line
    return f"{type(error).__name__} in {where.name}: {words}"


def table(figures: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Markdown: a row for each fault."""
    lines = [
        "| killed | times | seconds to resume, p50 | p95 | interviews whole |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, kills in figures.items():
        back = sorted(k["resumed_after"] for k in kills if k["resumed_after"] is not None)
        middle, late = (f"{percentile(back, p):.1f}" if back else "–" for p in (0.5, 0.95))
        whole = sum(not k["wrong"] for k in kills)
        lines.append(f"| {name} | {len(kills)} | {middle} | {late} | {whole} of {len(kills)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    began = time.monotonic()
    print(table(measure(sys.argv[1:], 1)))
    print(f"{time.monotonic() - began:.0f} s")
