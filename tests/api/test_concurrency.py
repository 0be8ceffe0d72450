"""Fifty callers at once, on both databases: nothing is lost and nothing is done twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from interviewer.api.app import create_app
from interviewer.api.deps import ApiConfig
from interviewer.storage.engine import SqlStore, open_store
from tests.api.bodies import AISHA, created, invited, short_posting
from tests.api.conftest import ORIGIN, SECRET, World, make_world

WRITERS = 50


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[SqlStore]:
    """Of each kind in turn, where this folder's other tests have SQLite only."""
    store = open_store(database_url)
    yield store
    await store.close()


@pytest.fixture
async def world(store: SqlStore, tmp_path: Path) -> World:
    return await make_world(store, tmp_path)


@pytest.fixture
async def pods(world: World) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Two services on the same database."""
    config = ApiConfig(public_url=ORIGIN, session_secret=SECRET.encode())
    twin = httpx.ASGITransport(create_app(world.app.state.services, config))
    headers = {"X-API-KEY": world.key}
    async with (
        world.client(world.key) as one,
        httpx.AsyncClient(transport=twin, base_url=ORIGIN, headers=headers) as other,
    ):
        yield [one, other]


async def sent(pod: httpx.AsyncClient, url: str, body: Any) -> httpx.Response:
    """Sent again after a 503, as clients are told to: a starved machine may take so long that
    the last of fifty writers is sent away from the database's queue."""
    while (answer := await pod.post(url, json=body)).status_code == 503:
        assert "retry-after" in answer.headers
    return answer


async def test_fifty_changes_of_one_record_all_count(pods: list[httpx.AsyncClient]) -> None:
    api = pods[0]
    posting_id = await created(api, short_posting())
    interview_id = await invited(api, posting_id)
    metadata_url = f"/api/v4/interviews/{interview_id}/metadata"
    questions_url = f"/api/v4/postings/{posting_id}/questions"

    async def write(number: int) -> list[int]:
        pod = pods[number % 2]
        merged = await sent(pod, metadata_url, {"metadata": {f"w{number % 45}": str(number)}})
        body = {"modality": "voice_tags", "text": f"Tag {number}"}
        added = await sent(pod, questions_url, body)
        return [merged.status_code, added.status_code]

    statuses = await asyncio.gather(*(write(number) for number in range(WRITERS)))
    assert statuses == [[200, 201]] * WRITERS
    metadata = (await api.get(metadata_url)).json()["data"]["metadata"]
    assert set(metadata) == {"source", "notes", *(f"w{n}" for n in range(45))}
    tags = await api.get(questions_url, params={"modality": "voice_tags", "limit": 100})
    rows = tags.json()["data"]
    assert [row["rank"] for row in rows] == list(range(1, WRITERS + 1))
    assert {row["text"] for row in rows} == {f"Tag {number}" for number in range(WRITERS)}


async def test_of_fifty_who_read_the_same_state_one_changes_it(
    pods: list[httpx.AsyncClient],
) -> None:
    url = f"/api/v4/postings/{await created(pods[0], short_posting())}"
    seen = {"If-Match": (await pods[0].get(url)).headers["etag"]}
    answers = await asyncio.gather(
        *(
            pods[number % 2].patch(url, json={"title": f"Title {number}"}, headers=seen)
            for number in range(WRITERS)
        )
    )
    assert sorted(a.status_code for a in answers) == [200] + [412] * (WRITERS - 1)
    (winner,) = [a for a in answers if a.status_code == 200]
    assert (await pods[0].get(url)).json() == winner.json()


async def test_fifty_times_the_same_candidate_is_one_interview(
    pods: list[httpx.AsyncClient],
) -> None:
    url = f"/api/v4/postings/{await created(pods[0])}/candidates"
    answers = await asyncio.gather(
        *(sent(pods[number % 2], url, AISHA) for number in range(WRITERS))
    )
    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["data"]["interview_id"] for a in answers}) == 1
    assert (await pods[0].get(url)).json()["pagination"]["total_count"] == 1
