"""Candidates handed in for later: checked at once, invited by a job, told of at an address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from interviewer.domain.errors import Unavailable
from interviewer.sessions.ingestions import carry_out
from tests.api.bodies import AISHA, created
from tests.api.conftest import ORIGIN, World

THREE = {"data": [{"name": f"N {n}", "email": f"n{n}@example.com"} for n in range(3)]}


async def handed_in(api: httpx.AsyncClient, path: str, body: Mapping[str, Any]) -> str:
    answer = await api.post(path, json=body)
    assert answer.status_code == 202, answer.text
    assert answer.json()["object"] == "ingestion"
    receipt = answer.json()["data"]
    assert set(receipt) == {"object", "ingestion_id", "status", "status_url"}
    assert receipt["status"] == "queued"
    assert re.fullmatch(r"intake_[0-9a-f]{24}", receipt["ingestion_id"])
    assert receipt["status_url"] == f"{ORIGIN}/api/v4/ingestions/{receipt['ingestion_id']}"
    assert answer.headers["location"] == receipt["status_url"]
    return str(receipt["ingestion_id"])


async def state(api: httpx.AsyncClient, ingestion_id: str) -> dict[str, Any]:
    answer = await api.get(f"/api/v4/ingestions/{ingestion_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


@pytest.mark.parametrize(("path", "body", "count"), [("", AISHA, 1), ("/bulk", THREE, 3)])
async def test_candidates_are_invited_by_a_job(
    api: httpx.AsyncClient, world: World, path: str, body: dict[str, Any], count: int
) -> None:
    posting_id = await created(api)
    base = f"/api/v4/postings/{posting_id}/candidates"
    ingestion_id = await handed_in(api, f"{base}{path}/async", body)
    assert world.jobs.queued == {
        f"ingest:{ingestion_id}": ("ingest_candidates", {"ingestion_id": ingestion_id})
    }
    waiting = await state(api, ingestion_id)
    assert (waiting["status"], waiting["total"], waiting["candidates"]) == ("queued", count, [])
    assert (await api.get(base)).json()["data"] == []

    for _ in range(2):
        await carry_out(world.store, ingestion_id, world.clock())
    done = await state(api, ingestion_id)
    assert (done["status"], done["error"]) == ("done", None)
    listed = (await api.get(base)).json()["data"]
    assert {row["interview_id"] for row in listed} == {
        row["interview_id"] for row in done["candidates"]
    }
    assert len(listed) == count
    assert all(set(row) >= {"interview_id", "interview_url"} for row in done["candidates"])
    async with world.store.snapshot() as tx:
        assert (await tx.ingestion(None, ingestion_id)).rows == ()


async def test_what_is_unusable_is_refused_at_once(api: httpx.AsyncClient, world: World) -> None:
    base = f"/api/v4/postings/{await created(api)}/candidates"
    bad = await api.post(f"{base}/async", json=AISHA | {"email": "nobody"})
    assert (bad.status_code, bad.json()["error"]["param"]) == (422, "email")
    rows = [*THREE["data"], {"name": "", "email": "x"}, {"name": "Y"}, THREE["data"][0]]
    many = await api.post(f"{base}/bulk/async", json={"data": rows})
    assert many.status_code == 422
    named = {error["param"].rpartition(".")[0] for error in many.json()["error"]["errors"]}
    assert named == {"data.3", "data.4", "data.5"}
    again = await api.post(f"{base}/bulk/async", json={"data": [*rows[:3], rows[5]]})
    assert again.json()["error"]["errors"][0]["param"] == "data.3.email"
    assert world.jobs.queued == {}


async def test_an_ingestion_is_its_tenants_own(api: httpx.AsyncClient, world: World) -> None:
    base = f"/api/v4/postings/{await created(api)}/candidates"
    ingestion_id = await handed_in(api, f"{base}/async", AISHA)
    async with world.client(world.other_key) as rival:
        assert (await rival.get(f"/api/v4/ingestions/{ingestion_id}")).status_code == 404
        assert (await rival.post(f"{base}/async", json=AISHA)).status_code == 404
    assert (await api.get("/api/v4/ingestions/intake_0")).status_code == 404


async def test_a_closed_posting_takes_none_and_one_closed_meanwhile_fails_it(
    api: httpx.AsyncClient, world: World
) -> None:
    posting_id = await created(api)
    base = f"/api/v4/postings/{posting_id}/candidates"
    ingestion_id = await handed_in(api, f"{base}/async", AISHA)
    await api.post(f"/api/v4/postings/{posting_id}/archive")
    assert (await api.post(f"{base}/async", json=AISHA)).status_code == 409
    await carry_out(world.store, ingestion_id, world.clock())
    failed = await state(api, ingestion_id)
    assert (failed["status"], failed["candidates"]) == ("failed", [])
    assert failed["error"]["code"] == "posting_not_active"


async def test_a_database_that_is_away_leaves_it_to_be_done_again(
    api: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = f"/api/v4/postings/{await created(api)}/candidates"
    ingestion_id = await handed_in(api, f"{base}/async", AISHA)

    async def away(*_: Any, **__: Any) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr("interviewer.sessions.ingestions.ingest", away)
        with pytest.raises(Unavailable):
            await carry_out(world.store, ingestion_id, world.clock())
    assert (await state(api, ingestion_id))["status"] == "running"
    assert (await carry_out(world.store, ingestion_id, world.clock())).status == "done"
