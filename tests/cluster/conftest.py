"""One cluster for all tests that leave it as they found it, and a candidate's voice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Protocol

import pytest

from interviewer import settings
from interviewer.rehearsal.persona import Persona
from interviewer.rehearsal.voice import CandidateVoice
from interviewer.speech.synthesizer import Synthesizer, Voices
from tests.cluster.candidate import Candidate
from tests.cluster.cluster import Cluster, running_cluster
from tests.cluster.report import QUESTIONS
from tests.functional.conftest import browser, speak  # noqa: F401 - fixtures of the page's test
from tests.postgres import PostgresServer


@pytest.fixture(scope="session")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer
) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster"), postgres) as cluster:
        yield cluster


@pytest.fixture
async def voice() -> AsyncIterator[CandidateVoice]:
    """Another voice than the interviewer's."""
    synthesizer = Synthesizer(Voices.embedded(settings.load().model_dir))
    yield CandidateVoice(synthesizer, "joe")
    synthesizer.close()


class Invite(Protocol):
    """Makes a candidate who is not connected yet; two questions where no posting is given."""

    def __call__(self, posting_id: str | None = None) -> Candidate: ...


@pytest.fixture
async def invite(cluster: Cluster, voice: CandidateVoice) -> AsyncIterator[Invite]:
    invited = []
    person = Persona(name="aisha", answers=["…"], follow_ups=["…"])

    def one(posting_id: str | None = None) -> Candidate:
        posting_id = posting_id or cluster.create_posting(*QUESTIONS)
        interview_id = cluster.create_candidate(posting_id)
        invited.append(Candidate(cluster.url, interview_id, voice, person))
        return invited[-1]

    yield one
    for candidate in invited:
        await candidate.client.close()


@pytest.fixture
async def candidate(invite: Invite) -> Candidate:
    return invite()
