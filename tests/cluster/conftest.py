"""One cluster for all tests that leave it as they found it, and a candidate's voice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from interviewer import settings
from interviewer.rehearsal.persona import Persona
from interviewer.rehearsal.voice import CandidateVoice
from interviewer.speech.synthesizer import Synthesizer, Voices
from tests.cluster.candidate import Candidate
from tests.cluster.cluster import Cluster, running_cluster
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


@pytest.fixture
async def candidate(cluster: Cluster, voice: CandidateVoice) -> AsyncIterator[Candidate]:
    """Invited to a posting of two questions, not connected yet."""
    posting = cluster.create_posting("Tell me about a deal you closed.", "Why do you like sales?")
    interview_id = cluster.create_candidate(posting)
    person = Persona(name="aisha", answers=["…"], follow_ups=["…"])
    candidate = Candidate(cluster.urls[0], interview_id, voice, person)
    yield candidate
    await candidate.client.close()
