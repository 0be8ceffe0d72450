"""Retakes: within the posting's bounds, with earlier attempts kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx

from tests.api.bodies import AISHA, created, invited, short_posting
from tests.api.conftest import World


async def completed(world: World, interview_id: str, **more: Any) -> None:
    """As if it had been held and evaluated now."""
    values: dict[str, Any] = {
        "status": "completed",
        "started_at": world.clock(),
        "ended_at": world.clock(),
    }
    async with world.store.transaction() as tx:
        interview = await tx.interview(None, interview_id)
        await tx.update_interview(replace(interview, **(values | more)))


async def test_retakes_are_counted_wait_and_keep_what_was_before(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    posting_id = await created(api, short_posting(max_retakes=2, retake_cooldown_days=1.5))
    first = await invited(api, posting_id)
    assert await invited(api, posting_id) == first
    await completed(world, first, score=40.0)
    world.clock.now += 1.5 * 86_400 - 1
    assert await invited(api, posting_id) == first
    world.clock.now += 1
    second = await invited(api, posting_id)
    assert second != first
    assert await invited(api, posting_id) == second

    await completed(world, second)
    world.clock.now += 2 * 86_400
    public = "/api/candidate/postings/cloudmetrics/barista/interviews"
    joined = await page.post(public, json={"name": "A. W.", "email": "AISHA.W@email.com"})
    third = joined.json()["data"]["interview_id"]
    assert third not in (first, second)
    mine = (await page.get(f"/api/candidate/interviews/{third}/mine")).json()["data"]
    assert (mine["name"], mine["phone_number"]) == ("A. W.", None)

    await completed(world, third)
    world.clock.now += 2 * 86_400
    assert await invited(api, posting_id) == third
    rows = (await api.get(f"/api/v4/postings/{posting_id}/candidates")).json()["data"]
    assert [(row["interview_id"], row["attempt"]) for row in rows] == [
        (third, 3),
        (second, 2),
        (first, 1),
    ]
    assert rows[2]["score"] == 40.0
    assert {row["candidate_id"] for row in rows} == {rows[0]["candidate_id"]}
    assert all(row["metadata"] == AISHA["metadata"] for row in rows)


async def test_nobody_retakes_what_is_decided_or_still_evaluated(
    api: httpx.AsyncClient, world: World
) -> None:
    posting_id = await created(api, short_posting(max_retakes=5))
    interview_id = await invited(api, posting_id)
    for status in ("evaluating", "shortlisted", "dismissed", "knocked_out"):
        await completed(world, interview_id, status=status)
        assert await invited(api, posting_id) == interview_id


async def test_candidates_take_it_again_from_their_own_page(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    posting_id = await created(api, short_posting(max_retakes=1, retake_cooldown_days=1))
    first = await invited(api, posting_id)
    url = f"/api/candidate/interviews/{first}"

    async def shown(interview_id: str = first) -> Any:
        answer = await page.get(f"/api/candidate/interviews/{interview_id}")
        return answer.json()["data"]["retake"]

    async def refused(code: str) -> None:
        answer = await page.post(f"{url}/retake")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, code)

    assert await shown() is None
    await refused("no_retake")
    await completed(world, first, status="evaluating")
    assert await shown() == {"attempts_left": 1, "available_at": None}
    await refused("no_retake")
    await completed(world, first)
    ended = world.clock()
    assert await shown() == {"attempts_left": 1, "available_at": ended + 86_400}
    await refused("no_retake")
    world.clock.now += 86_400

    made = await page.post(f"{url}/retake")
    assert made.status_code == 201, made.text
    second = made.json()["data"]["interview_id"]
    assert second != first
    assert made.json()["data"]["interview_url"].endswith(f"/cloudmetrics/i/{second}")
    assert (await page.post(f"{url}/retake")).json() == made.json()
    assert await shown() is None
    rows = (await api.get(f"/api/v4/postings/{posting_id}/candidates")).json()["data"]
    assert [(r["interview_id"], r["attempt"], r["phone_number"]) for r in rows] == [
        (second, 2, AISHA["phone_number"]),
        (first, 1, AISHA["phone_number"]),
    ]
    assert rows[0]["metadata"] == AISHA["metadata"]

    await completed(world, second)
    world.clock.now += 86_400
    assert await shown(second) is None
    none_left = await page.post(f"/api/candidate/interviews/{second}/retake")
    assert none_left.json()["error"]["code"] == "no_retake"


async def test_a_closed_posting_offers_no_retake(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    posting_id = await created(api, short_posting(max_retakes=3))
    first = await invited(api, posting_id)
    await completed(world, first)
    await api.post(f"/api/v4/postings/{posting_id}/archive")
    answer = await page.get(f"/api/candidate/interviews/{first}")
    assert answer.json()["data"]["retake"] is None
    again = await page.post(f"/api/candidate/interviews/{first}/retake")
    assert again.json()["error"]["code"] == "posting_not_active"
