"""Webhooks through the API: what is taken, what is refused, what others may see."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from interviewer.domain.webhooks import Attempt
from interviewer.sessions.start import begin_interview, finish_interview
from tests.api.bodies import AISHA, consented, created, invited, short_posting
from tests.api.conftest import NOW, World

URL = "https://ats.example.com/hooks/interviews?source=iv"
EVENTS = ("candidate_ingested", "interview_started", "interview_completed", "report_available")


@pytest.fixture
async def posting_id(api: httpx.AsyncClient) -> str:
    return await created(api, short_posting())


async def hooked(api: httpx.AsyncClient, posting_id: str, **changes: Any) -> dict[str, Any]:
    """The data of a new webhook, with its secret."""
    body = {"posting_id": posting_id, "webhook_url": URL, "event_type": "candidate_ingested"}
    answer = await api.post("/api/v4/webhooks", json=body | changes)
    assert answer.status_code == 201, answer.text
    assert answer.json()["object"] == "webhook"
    data: dict[str, Any] = answer.json()["data"]
    return data


async def deliveries(api: httpx.AsyncClient, webhook_id: str) -> list[dict[str, Any]]:
    where = f"/api/v4/webhooks/{webhook_id}/deliveries"
    answer = await api.get(where, params={"limit": 100})
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


async def attempted(world: World, **result: Any) -> None:
    """One delivery is sent, with that result."""
    async with world.store.transaction() as tx:
        (claimed,) = await tx.claim_deliveries(world.clock(), limit=1, lease_seconds=60.0)
        assert await tx.settle(claimed, Attempt(at=world.clock(), **result), 0.0)


@pytest.mark.parametrize("event", EVENTS)
async def test_a_webhook_is_made_with_its_secret_and_shown_without(
    api: httpx.AsyncClient, posting_id: str, event: str
) -> None:
    made = await hooked(api, posting_id, event_type=event)
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert len(made["webhook_id"]) == 32
    assert made == {
        "object": "webhook",
        "webhook_id": made["webhook_id"],
        "posting_id": posting_id,
        "webhook_url": URL,
        "event_type": event,
        "is_active": True,
        "disabled_reason": None,
        "failing_since": None,
        "created_at": NOW,
        "updated_at": NOW,
    }
    path = f"/api/v4/webhooks/{made['webhook_id']}"
    assert (await api.get(path)).json() == {"object": "webhook", "data": made}
    listed = (await api.get("/api/v4/webhooks")).json()
    assert listed["data"] == [made]
    assert listed["pagination"] == {
        "has_more": False,
        "total_count": 1,
        "url": "/api/v4/webhooks",
    }


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"posting_id": None}, "posting_id"),
        ({"posting_id": 7}, "posting_id"),
        ({"posting_id": ""}, "posting_id"),
        ({"posting_id": "x" * 65}, "posting_id"),
        ({"webhook_url": None}, "webhook_url"),
        ({"webhook_url": ""}, "webhook_url"),
        ({"webhook_url": ["https://example.com"]}, "webhook_url"),
        ({"webhook_url": "example.com"}, "webhook_url"),
        ({"webhook_url": "http://example.com/"}, "webhook_url"),
        ({"webhook_url": "https://127.0.0.1/"}, "webhook_url"),
        ({"webhook_url": "https://[::ffff:10.0.0.1]/"}, "webhook_url"),
        ({"webhook_url": "https://169.254.169.254/latest/meta-data"}, "webhook_url"),
        ({"webhook_url": "https://0x7f.1/"}, "webhook_url"),
        ({"webhook_url": "https://localhost./"}, "webhook_url"),
        ({"webhook_url": "https://user:pass@example.com/"}, "webhook_url"),
        ({"webhook_url": "https://example.com/\u0000"}, "webhook_url"),
        ({"webhook_url": "https://example.com/" + "x" * 2000}, "webhook_url"),
        ({"event_type": None}, "event_type"),
        ({"event_type": "interview_cancelled"}, "event_type"),
        ({"event_type": "INTERVIEW_STARTED"}, "event_type"),
        ({"event_type": ["interview_started"]}, "event_type"),
        ({"secret": "whsec_bXkgb3du"}, "secret"),
    ],
)
async def test_a_bad_field_is_named_and_nothing_is_made(
    api: httpx.AsyncClient, posting_id: str, changes: dict[str, Any], param: str
) -> None:
    body = {"posting_id": posting_id, "webhook_url": URL, "event_type": "interview_started"}
    answer = await api.post("/api/v4/webhooks", json=body | changes)
    assert answer.status_code == 422, answer.text
    assert [error["param"] for error in answer.json()["error"]["errors"]] == [param]
    assert (await api.get("/api/v4/webhooks")).json()["pagination"]["total_count"] == 0


async def test_every_missing_field_is_named(api: httpx.AsyncClient) -> None:
    answer = await api.post("/api/v4/webhooks", json={})
    assert answer.status_code == 422
    named = {error["param"] for error in answer.json()["error"]["errors"]}
    assert named == {"posting_id", "webhook_url", "event_type"}


async def test_of_one_event_there_are_only_so_many(api: httpx.AsyncClient, posting_id: str) -> None:
    for _ in range(20):
        await hooked(api, posting_id)
    body = {"posting_id": posting_id, "webhook_url": URL, "event_type": "candidate_ingested"}
    answer = await api.post("/api/v4/webhooks", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too_many_webhooks")
    await hooked(api, posting_id, event_type="report_available")


async def test_another_tenant_finds_nothing(
    world: World, api: httpx.AsyncClient, posting_id: str
) -> None:
    made = await hooked(api, posting_id)
    await invited(api, posting_id)
    path = f"/api/v4/webhooks/{made['webhook_id']}"
    (delivery,) = await deliveries(api, made["webhook_id"])
    async with world.client(world.other_key) as other:
        body = {"posting_id": posting_id, "webhook_url": URL, "event_type": "interview_started"}
        refused = await other.post("/api/v4/webhooks", json=body)
        assert (refused.status_code, refused.json()["error"]["param"]) == (404, "posting_id")
        for method, where in (
            ("GET", path),
            ("DELETE", path),
            ("POST", f"{path}/rotate-secret"),
            ("POST", f"{path}/activate"),
            ("GET", f"{path}/deliveries"),
            ("POST", f"{path}/deliveries/{delivery['id']}/replay"),
        ):
            answer = await other.request(method, where)
            assert answer.status_code == 404, where
        assert (await other.get("/api/v4/webhooks")).json()["data"] == []
        theirs = await created(other, short_posting())
        own = await hooked(other, theirs)
        crossed = f"/api/v4/webhooks/{own['webhook_id']}/deliveries/{delivery['id']}/replay"
        assert (await other.post(crossed)).status_code == 404
    assert (await api.get(path)).json()["data"]["is_active"]


async def test_a_deleted_webhook_is_gone(api: httpx.AsyncClient, posting_id: str) -> None:
    made = await hooked(api, posting_id)
    await invited(api, posting_id)
    path = f"/api/v4/webhooks/{made['webhook_id']}"
    answer = await api.delete(path)
    assert answer.status_code == 200
    assert answer.json()["data"]["is_active"] is False
    for gone in (path, f"{path}/deliveries"):
        assert (await api.get(gone)).status_code == 404
    assert (await api.delete(path)).status_code == 404
    assert (await api.get("/api/v4/webhooks")).json()["data"] == []


async def test_pages_of_webhooks_and_deliveries(api: httpx.AsyncClient, posting_id: str) -> None:
    webhooks = [(await hooked(api, posting_id))["webhook_id"] for _ in range(3)]
    for n in range(3):
        await invited(api, posting_id, AISHA | {"email": f"a{n}@example.com"})
    for path in ("/api/v4/webhooks", f"/api/v4/webhooks/{webhooks[0]}/deliveries"):
        first = (await api.get(path, params={"limit": 2})).json()
        assert first["pagination"] == {"has_more": True, "total_count": 3, "url": path}
        ids = [row.get("webhook_id" if path.endswith("hooks") else "id") for row in first["data"]]
        rest = (await api.get(path, params={"limit": 2, "starting_after": ids[1]})).json()
        assert (len(rest["data"]), rest["pagination"]["has_more"]) == (1, False)
        assert rest["data"][0] not in first["data"]
        for params in ({"limit": 0}, {"limit": 101}, {"starting_after": "unknown"}):
            assert (await api.get(path, params=params)).status_code == 422


async def test_a_rotated_secret_is_another_one_and_there_are_only_so_many(
    world: World, api: httpx.AsyncClient, posting_id: str
) -> None:
    made = await hooked(api, posting_id)
    path = f"/api/v4/webhooks/{made['webhook_id']}/rotate-secret"
    secrets = {made["secret"]}
    for _ in range(4):
        answer = await api.post(path)
        assert answer.status_code == 200
        secrets.add(answer.json()["data"]["secret"])
    assert len(secrets) == 5
    refused = await api.post(path)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "rotated_too_often")
    world.clock.now += 24 * 3600
    assert (await api.post(path)).status_code == 200


async def test_no_secret_lies_in_the_database_and_an_answer_again_has_none(
    world: World, api: httpx.AsyncClient, posting_id: str
) -> None:
    body = {"posting_id": posting_id, "webhook_url": URL, "event_type": "interview_started"}
    key = {"Idempotency-Key": "once"}
    first = (await api.post("/api/v4/webhooks", json=body, headers=key)).json()["data"]
    again = await api.post("/api/v4/webhooks", json=body, headers=key)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json()["data"] == first | {"secret": None}
    path = f"/api/v4/webhooks/{first['webhook_id']}/rotate-secret"
    second = (await api.post(path, headers={"Idempotency-Key": "twice"})).json()["data"]
    async with world.store.connection() as connection:
        for table in ("webhooks", "idempotent_answers", "audit_log"):
            rows = await connection.exec_driver_sql(f"SELECT * FROM {table}")
            text = str(rows.all())
            assert first["webhook_id"] in text
            for secret in (first["secret"], second["secret"]):
                assert secret.removeprefix("whsec_") not in text


async def test_an_invitation_is_announced_once_with_the_candidate(
    api: httpx.AsyncClient, page: httpx.AsyncClient, posting_id: str
) -> None:
    made = await hooked(api, posting_id)
    other = await created(api, short_posting())
    silent = await hooked(api, other)
    interview_id = await invited(api, posting_id)
    assert await invited(api, posting_id) == interview_id
    bulk = {"data": [{"name": f"N{n}", "email": f"n{n}@example.com"} for n in range(25)]}
    answer = await api.post(f"/api/v4/postings/{posting_id}/candidates/bulk", json=bulk)
    assert answer.status_code == 201
    public = (await api.get(f"/api/v4/postings/{posting_id}")).json()["data"]["urls"]
    slug = public["candidate_url"].rpartition("/")[2]
    where = f"/api/candidate/postings/cloudmetrics/{slug}/interviews"
    for _ in range(2):
        joined = await page.post(where, json={"name": "Jo Doe", "email": "jo@example.com"})
        assert joined.status_code == 201, joined.text

    rows = await deliveries(api, made["webhook_id"])
    assert len(rows) == 27
    assert len({row["event_id"] for row in rows}) == 27
    (row,) = (r for r in rows if r["payload"]["data"]["interview_id"] == interview_id)
    assert row["payload"]["data"]["name"] == AISHA["name"]
    assert row["payload"] == {
        "id": row["event_id"],
        "type": "candidate_ingested",
        "schema_version": 1,
        "timestamp": "2027-01-15T08:00:00.000000Z",
        "created_at": NOW,
        "data": row["payload"]["data"],
    }
    where = f"/api/v4/postings/{posting_id}/candidates"
    listed = (await api.get(where, params={"limit": 100})).json()["data"]
    assert row["payload"]["data"] in listed
    assert await deliveries(api, silent["webhook_id"]) == []


async def test_a_whole_interview_is_told_of_step_by_step(
    world: World, api: httpx.AsyncClient, page: httpx.AsyncClient, posting_id: str
) -> None:
    made = {event: (await hooked(api, posting_id, event_type=event)) for event in EVENTS}
    interview_id = await invited(api, posting_id)
    await consented(page, interview_id)
    for _ in range(2):
        await begin_interview(world.store, interview_id, world.clock())
    for reason in ("completed", "candidate_left"):
        await finish_interview(
            world.store, world.jobs, interview_id, reason=reason, now=world.clock()
        )
    data = (await api.get(f"/api/v4/interviews/{interview_id}/data")).json()["data"]
    for event in EVENTS[1:3]:
        (row,) = await deliveries(api, made[event]["webhook_id"])
        assert row["payload"]["type"] == event
        assert row["payload"]["data"] == data
    assert await deliveries(api, made["report_available"]["webhook_id"]) == []


async def test_what_failed_can_be_seen_and_replayed_under_the_same_id(
    world: World, api: httpx.AsyncClient, posting_id: str
) -> None:
    made = await hooked(api, posting_id)
    await invited(api, posting_id)
    await attempted(world, outcome="refused", response_status=503, response_body="later")
    (row,) = await deliveries(api, made["webhook_id"])
    assert (row["status"], row["attempts"], row["response_status"]) == ("pending", 1, 503)
    assert (row["response_body"], row["next_attempt_at"]) == ("later", NOW + 5)
    path = f"/api/v4/webhooks/{made['webhook_id']}"
    assert (await api.get(path)).json()["data"]["failing_since"] == NOW
    world.clock.now += 60
    answer = await api.post(f"{path}/deliveries/{row['id']}/replay")
    assert answer.status_code == 202
    again = answer.json()["data"]
    assert (again["id"], again["event_id"]) == (row["id"], row["event_id"])
    assert (again["status"], again["attempts"]) == ("pending", 0)
    assert again["next_attempt_at"] == world.clock()
    await attempted(world, outcome="succeeded", response_status=200, response_body="")
    (row,) = await deliveries(api, made["webhook_id"])
    assert (row["status"], row["attempts"]) == ("succeeded", 1)
    assert (await api.get(path)).json()["data"]["failing_since"] is None
    assert (await api.post(f"{path}/deliveries/unknown/replay")).status_code == 404


async def test_a_disabled_webhook_says_so_and_can_be_activated(
    world: World, api: httpx.AsyncClient, posting_id: str
) -> None:
    made = await hooked(api, posting_id)
    await invited(api, posting_id)
    await attempted(world, outcome="refused", response_status=410, response_body="")
    path = f"/api/v4/webhooks/{made['webhook_id']}"
    shown = (await api.get(path)).json()["data"]
    assert (shown["is_active"], shown["disabled_reason"]) == (False, "gone")
    assert (await api.get("/api/v4/webhooks")).json()["data"] == [shown]
    (row,) = await deliveries(api, made["webhook_id"])
    replay = f"{path}/deliveries/{row['id']}/replay"
    refused = await api.post(replay)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "webhook_disabled")
    for _ in range(2):
        answer = await api.post(f"{path}/activate")
        assert answer.status_code == 200
        data = answer.json()["data"]
        assert (data["is_active"], data["disabled_reason"]) == (True, None)
    assert (await api.post(replay)).status_code == 202


async def test_an_erased_candidate_is_in_no_delivery(
    world: World, api: httpx.AsyncClient, posting_id: str
) -> None:
    made = await hooked(api, posting_id)
    interview_id = await invited(api, posting_id)
    await attempted(world, outcome="refused", response_status=400, response_body=AISHA["name"])
    assert (await api.delete(f"/api/v4/interviews/{interview_id}")).status_code == 204
    answer = await api.get(f"/api/v4/webhooks/{made['webhook_id']}/deliveries")
    assert answer.json()["data"] == []
    async with world.store.connection() as connection:
        rows = await connection.exec_driver_sql("SELECT * FROM webhook_deliveries")
        assert rows.all() == []


async def test_the_document_describes_every_event(api: httpx.AsyncClient) -> None:
    document = (await api.get("/openapi.json")).json()
    assert set(document["webhooks"]) == set(EVENTS)
    for event in EVENTS:
        body = document["webhooks"][event]["post"]["requestBody"]["content"]["application/json"]
        name = body["schema"]["$ref"].rpartition("/")[2]
        assert {"id", "type", "timestamp", "data"} <= set(
            document["components"]["schemas"][name]["properties"]
        )


async def test_the_metrics_count_attempts_of_all_processes(
    world: World, api: httpx.AsyncClient, posting_id: str
) -> None:
    await hooked(api, posting_id)
    await invited(api, posting_id)
    await attempted(world, outcome="timeout", error="No answer in 15 s.")
    world.clock.now += 65
    lines = (await api.get("/metrics")).text.splitlines()
    assert 'interviewer_webhook_attempts_total{outcome="timeout"} 1.0' in lines
    assert "interviewer_webhook_deliveries_pending 1.0" in lines
    assert "interviewer_webhook_overdue_seconds 60.0" in lines
