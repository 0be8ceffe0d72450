"""What a live interview costs the database: transactions and rows a second, by table.

`python -m tests.load.database` starts the cluster of the tests (two API processes, two agents, a
worker, PostgreSQL), counts what it does by itself, then while one interview is held, and prints
both as the server's own statistics tell them.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import psycopg

from interviewer import settings
from interviewer.rehearsal.persona import Persona
from interviewer.rehearsal.voice import CandidateVoice
from interviewer.speech.synthesizer import Synthesizer, Voices
from tests.cluster.candidate import Candidate
from tests.cluster.cluster import Cluster, running_cluster
from tests.postgres import PostgresServer, running_postgres

IDLE_SECONDS = 40.0
ANSWERS = (
    (
        "Last year I closed a deal with a logistics company for three hundred thousand dollars. "
        "I met the warehouse managers first, and found what their old system cost them every week."
    ),
    (
        "I like sales because every customer teaches me something about their business, and "
        "because at the end of a quarter I know exactly what I have done."
    ),
)

Counts = dict[str, float]


def counts(url: str) -> Counts:
    """Since the server started: transactions, and rows by table and what was done."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_stat_clear_snapshot()")
        found: Counts = {}
        for name, inserted, updated, deleted, scanned in connection.execute(
            "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del, "
            "coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables"
        ):
            found[f"{name}.written"] = inserted + updated + deleted
            found[f"{name}.read"] = scanned
        row = connection.execute(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
        assert row is not None
        return {**found, "transactions": row[0]}


def rates(before: Counts, after: Counts, seconds: float) -> Counts:
    """A second, without what stood still."""
    changes = {name: (value - before.get(name, 0)) / seconds for name, value in after.items()}
    return {name: value for name, value in changes.items() if value}


async def measure(cluster: Cluster, url: str) -> tuple[Counts, Counts, float]:
    """(idle, with one interview) a second, and how long it took."""
    posting = cluster.create_posting(*(f"Question {n}?" for n in range(len(ANSWERS))))
    interview_id = cluster.create_candidate(posting)
    await asyncio.sleep(5)
    start, began = counts(url), time.monotonic()
    await asyncio.sleep(IDLE_SECONDS)
    idle = rates(start, counts(url), time.monotonic() - began)
    synthesizer = Synthesizer(Voices.embedded(settings.load().model_dir))
    person = Persona(name="aisha", answers=["…"], follow_ups=["…"])
    voice = CandidateVoice(synthesizer, "joe")
    candidate = Candidate(cluster.urls[0], interview_id, voice, person)
    try:
        start, began = counts(url), time.monotonic()
        await candidate.client.join()
        for answer in ANSWERS:
            await candidate.asked()
            await candidate.listened_to()
            await candidate.say(answer)
        await candidate.told("ended")
        seconds = time.monotonic() - began
        live = rates(start, counts(url), seconds)
    finally:
        await candidate.client.close()
        synthesizer.close()
    return idle, live, seconds


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running_postgres() as server:
        urls: list[str] = []

        class Noting(PostgresServer):
            """Tells which database the cluster was given."""

            def create(self, template: str = "template1", *, durable: bool = False) -> str:
                urls.append(super().create(template, durable=durable))
                return urls[-1]

        with running_cluster(Path(folder), Noting(server.folder, server.user)) as cluster:
            idle, live, seconds = asyncio.run(measure(cluster, urls[0]))
    print(f"One interview of {seconds:.0f} s; a second, idle and with it:")
    for name in sorted(idle.keys() | live.keys()):
        print(f"{name:40} {idle.get(name, 0.0):8.2f} {live.get(name, 0.0):8.2f}")


if __name__ == "__main__":
    main()
