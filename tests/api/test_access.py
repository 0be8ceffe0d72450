"""Who may call, how often, and what every refusal looks like."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from interviewer.api import examples
from interviewer.api.app import create_app
from interviewer.api.deps import ApiConfig, Services
from interviewer.sessions import keys
from tests.api.bodies import AISHA, created, invited, short_posting
from tests.api.conftest import NOW, ORIGIN, SECRET, World

ENVELOPE = {"type", "code", "message", "param", "doc_url", "errors"}
CSRF = {"X-Requested-With": "interviewer"}


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The error of an answer that must be a refusal in the envelope."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == ENVELOPE
    assert body["error"]["code"] == code
    assert isinstance(body["error"]["errors"], list)
    return dict(body["error"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v4/postings"),
        ("POST", "/api/v4/postings"),
        ("GET", "/api/v4/interviews/0123456789ABCDEF/data"),
        ("GET", "/api/v4/voices"),
        ("GET", "/api/v4/schemas/agents"),
        ("GET", "/api/v4/no-such-thing"),
        ("DELETE", "/api/v4/interviews/0123456789ABCDEF"),
    ],
)
async def test_a_key_is_needed(world: World, method: str, path: str) -> None:
    for key in (None, "", "wrong", "ivk_" + "x" * 43, "\u00e9" * 10):
        headers = {} if key is None else {b"X-API-KEY": key.encode()}
        async with world.client() as client:
            answer = await client.request(method, path, headers=headers, content="{")
            error = refused(answer, 401, "unauthorized")
            assert error["type"] == "authentication_error"


async def test_keys_are_stored_hashed_and_can_be_revoked(world: World) -> None:
    (stored,) = await keys.list_keys(world.store, "ws_cloudmetrics")
    assert world.key not in repr(stored)
    assert stored.sha256 == keys.hash_key(world.key)
    async with world.client(world.key) as client:
        assert (await client.get("/api/v4/postings")).status_code == 200
        await keys.revoke_key(world.store, stored.id, NOW)
        refused(await client.get("/api/v4/postings"), 401, "unauthorized")


async def test_a_key_from_the_settings_is_made_once(world: World) -> None:
    first, secret = await keys.create_key(
        world.store, "ws_rival", "settings", NOW, secret="chosen-by-the-operator"
    )
    second, _ = await keys.create_key(world.store, "ws_rival", "settings", NOW, secret=secret)
    assert first == second
    assert await keys.authenticate(world.store, "chosen-by-the-operator") == first


async def test_tenants_never_see_each_other(api: httpx.AsyncClient, world: World) -> None:
    posting_id = await created(api)
    interview_id = await invited(api, posting_id)
    questions = (await api.get(f"/api/v4/postings/{posting_id}/questions")).json()["data"]
    question = f"/api/v4/postings/{posting_id}/questions/{questions[0]['id']}"
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"/api/v4/postings/{posting_id}", None),
        ("PATCH", f"/api/v4/postings/{posting_id}", {"title": "Mine now"}),
        ("PATCH", f"/api/v4/postings/{posting_id}/workflow/2", {"config": {}}),
        ("GET", f"/api/v4/postings/{posting_id}/stats", None),
        ("GET", f"/api/v4/postings/{posting_id}/questions", None),
        ("GET", question, None),
        ("PATCH", question, {"text": "Mine"}),
        ("DELETE", question, None),
        ("GET", f"/api/v4/postings/{posting_id}/candidates", None),
        ("POST", f"/api/v4/postings/{posting_id}/candidates", AISHA),
        ("POST", f"/api/v4/postings/{posting_id}/candidates/bulk", {"data": [AISHA]}),
        ("GET", f"/api/v4/interviews/{interview_id}/data", None),
        ("GET", f"/api/v4/interviews/{interview_id}/metadata", None),
        ("POST", f"/api/v4/interviews/{interview_id}/metadata", {"metadata": {"a": "b"}}),
        ("DELETE", f"/api/v4/interviews/{interview_id}/metadata", None),
        ("DELETE", f"/api/v4/interviews/{interview_id}", None),
    ]
    calls += [
        ("POST", f"/api/v4/postings/{posting_id}/{verb}", None)
        for verb in ("archive", "activate", "clone")
    ]
    calls += [
        ("POST", f"/api/v4/interviews/{interview_id}/{verb}", None)
        for verb in ("shortlist", "dismiss", "rescore")
    ]
    async with world.client(world.other_key) as other:
        for method, path, body in calls:
            answer = await other.request(method, path, json=body)
            refused(answer, 404, "not_found")
        assert (await other.get("/api/v4/postings")).json()["data"] == []
        after = {"starting_after": posting_id}
        assert (await other.get("/api/v4/postings", params=after)).status_code in (404, 422)
    assert (await api.get(f"/api/v4/interviews/{interview_id}/data")).status_code == 200


async def test_every_refusal_has_the_envelope(api: httpx.AsyncClient) -> None:
    refused(await api.get("/api/v4/postings/FFFFFFFF"), 404, "not_found")
    refused(await api.get("/api/v4/nothing/here"), 404, "not_found")
    refused(await api.put("/api/v4/postings"), 405, "method_not_allowed")
    refused(await api.get("/api/candidate/nothing"), 404, "not_found")
    refused(await api.get("/nothing.txt"), 404, "not_found")
    for path in ("/api", "/api/candidate", "/docs/nothing", "/blobs/a/b?signature=x"):
        answer = await api.get(path)
        assert answer.status_code in (403, 404), path
        assert set(answer.json()["error"]) == ENVELOPE
    unparsed = await api.post("/api/v4/postings", content="title=x")
    error = refused(unparsed, 422, "validation_error")
    assert error["doc_url"] == f"{ORIGIN}/docs"
    assert error["param"] == "body"
    huge = await api.post("/api/v4/postings", content=b"[" + b" " * (4 * 1024 * 1024) + b"]")
    refused(huge, 413, "too_large")

    async def endless() -> Any:
        for _ in range(70):
            yield b" " * 65_536

    refused(await api.post("/api/v4/postings", content=endless()), 413, "too_large")


async def test_a_failure_shows_no_internals(world: World, capsys: Any) -> None:
    async def burst() -> str:
        raise RuntimeError("the password is hunter2")

    world.app.add_api_route("/api/v4/burst", burst)
    # Routes are matched in order, and the pages' come last.
    world.app.router.routes.insert(0, world.app.router.routes.pop())
    async with world.client(world.key) as client:
        answer = await client.get("/api/v4/burst")
    assert refused(answer, 500, "internal_error")["type"] == "api_error"
    assert "hunter2" not in answer.text
    assert "hunter2" not in capsys.readouterr().out


async def test_the_rate_is_limited_by_key(world: World) -> None:
    services: Services = world.app.state.services
    config = ApiConfig(public_url=ORIGIN, session_secret=SECRET.encode(), requests_per_minute=3)
    app = create_app(services, config)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        headers = {"X-API-KEY": world.key}
        for left in (2, 1, 0):
            answer = await client.get("/api/v4/workspaces", headers=headers)
            assert answer.status_code == 200
            assert answer.headers["RateLimit-Limit"] == "3"
            assert answer.headers["RateLimit-Remaining"] == str(left)
            assert 0 <= int(answer.headers["RateLimit-Reset"]) <= 60
        answer = await client.get("/api/v4/workspaces", headers=headers)
        assert refused(answer, 429, "rate_limited")["type"] == "rate_limit_error"
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        other = await client.get("/api/v4/workspaces", headers={"X-API-KEY": world.other_key})
        assert other.status_code == 200
    default = ApiConfig(public_url=ORIGIN, session_secret=SECRET.encode())
    assert default.requests_per_minute == 300


async def test_the_same_post_is_done_once(api: httpx.AsyncClient, world: World) -> None:
    key = {"Idempotency-Key": "order-1"}
    answers = await asyncio.gather(
        *(api.post("/api/v4/postings", json=short_posting(), headers=key) for _ in range(4))
    )
    assert {a.status_code for a in answers} == {201}
    assert len({a.text for a in answers}) == 1
    assert sum("idempotent-replayed" in a.headers for a in answers) == 3
    assert (await api.get("/api/v4/postings")).json()["pagination"]["total_count"] == 1
    other = await api.post("/api/v4/postings", json=short_posting(title="Other"), headers=key)
    refused(other, 409, "idempotency_key_reused")
    async with world.client(world.other_key) as rival:
        theirs = await rival.post("/api/v4/postings", json=short_posting(), headers=key)
        assert theirs.status_code == 201
        assert theirs.text != answers[0].text


async def test_the_same_post_at_two_pods_is_done_once(api: httpx.AsyncClient, world: World) -> None:
    config = ApiConfig(public_url=ORIGIN, session_secret=SECRET.encode())
    twin = httpx.ASGITransport(create_app(world.app.state.services, config))
    headers = {"X-API-KEY": world.key, "Idempotency-Key": "order-1"}
    async with httpx.AsyncClient(transport=twin, base_url=ORIGIN) as pod:
        answers = await asyncio.gather(
            *(
                (api, pod)[number % 2].post(
                    "/api/v4/postings", json=short_posting(), headers=headers
                )
                for number in range(6)
            )
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert (await api.get("/api/v4/postings")).json()["pagination"]["total_count"] == 1


async def test_a_refused_post_leaves_its_idempotency_key_free(api: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "again"}
    bad = await api.post("/api/v4/postings", json=short_posting(title="x"), headers=key)
    assert bad.status_code == 422
    good = await api.post("/api/v4/postings", json=short_posting(), headers=key)
    assert good.status_code == 201
    for unusable in ("", "x" * 256):
        answer = await api.post(
            "/api/v4/postings", json=short_posting(), headers={"Idempotency-Key": unusable}
        )
        assert refused(answer, 422, "validation_error")["param"] == "Idempotency-Key"


async def test_recruiters_log_in_with_a_key(world: World) -> None:
    async with world.client() as browser:
        refused(await browser.get("/api/review/me"), 401, "unauthorized")
        wrong = await browser.post("/api/review/login", json={"api_key": "wrong"})
        refused(wrong, 401, "unauthorized")
        answer = await browser.post("/api/review/login", json={"api_key": world.key})
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert world.key not in cookie
        me = {"workspace": {"id": "ws_cloudmetrics", "slug": "cloudmetrics"}}
        got = (await browser.get("/api/review/me")).json()
        assert me["workspace"].items() <= got["workspace"].items()
        assert (await browser.get("/api/v4/postings")).status_code == 200
        unsafe = await browser.post("/api/v4/postings", json=short_posting())
        refused(unsafe, 403, "csrf")
        safe = await browser.post("/api/v4/postings", json=short_posting(), headers=CSRF)
        assert safe.status_code == 201
        await browser.post("/api/review/logout", headers=CSRF)
        refused(await browser.get("/api/v4/postings"), 401, "unauthorized")


async def test_sessions_end_and_cannot_be_forged(world: World) -> None:
    async with world.client() as browser:
        await browser.post("/api/review/login", json={"api_key": world.key})
        good = browser.cookies["interviewer_session"]
        world.clock.now += 12 * 3600 - 1
        assert (await browser.get("/api/v4/postings")).status_code == 200
        world.clock.now += 2
        refused(await browser.get("/api/v4/postings"), 401, "unauthorized")
        world.clock.now = NOW
        payload, _, signature = good.partition(".")
        for forged in (f"{payload}.x", f".{signature}", f"{payload[:-2]}AA.{signature}", "é"):
            headers = {b"Cookie": f"interviewer_session={forged}".encode()}
            async with world.client() as stranger:
                answer = await stranger.get("/api/v4/postings", headers=headers)
                refused(answer, 401, "unauthorized")
        (key,) = await keys.list_keys(world.store, "ws_cloudmetrics")
        await keys.revoke_key(world.store, key.id, NOW)
        refused(await browser.get("/api/v4/postings"), 401, "unauthorized")
        refused(await browser.get("/api/review/me"), 401, "unauthorized")


async def test_guessing_keys_is_slowed_down(world: World) -> None:
    async with world.client() as browser:
        for _ in range(10):
            wrong = await browser.post("/api/review/login", json={"api_key": "guess"})
            assert wrong.status_code == 401
        answer = await browser.post("/api/review/login", json={"api_key": world.key})
        refused(answer, 429, "rate_limited")


async def test_health_readiness_and_figures(world: World, page: httpx.AsyncClient) -> None:
    health = await page.get("/health")
    assert health.status_code == 200
    assert health.json()["status"] == 200
    assert health.json()["message"]
    assert (await page.get("/ready")).json()["status"] == 200

    async def loading() -> str | None:
        return "The recognizer is loading."

    world.app.state.services = replace(world.app.state.services, readiness=loading)
    answer = await page.get("/ready")
    assert answer.status_code == 503
    assert answer.json() == {"message": "The recognizer is loading.", "status": 503}
    figures = (await page.get("/metrics")).text
    assert 'interviewer_http_requests_total{method="GET",route="/health"' in figures


async def test_the_documentation_works_offline(page: httpx.AsyncClient) -> None:
    document = (await page.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    create = document["paths"]["/api/v4/postings"]["post"]
    example = create["requestBody"]["content"]["application/json"]["examples"]["sales"]["value"]
    assert example["workflow"][1]["questions"][0]["score_weight"] == 3.0
    assert create["security"] == [{"ApiKey": []}]
    assert "HTTPValidationError" not in json.dumps(document)
    docs = await page.get("/docs")
    assert docs.status_code == 200
    assert "http" not in docs.text.replace("http-equiv", "")
    for path in (
        "/docs/static/swagger-ui-bundle.js",
        "/docs/static/swagger-ui.css",
        "/docs/start.js",
    ):
        assert path in docs.text
        assert (await page.get(path)).status_code == 200


async def test_the_documented_examples_are_the_guides_and_accepted(api: httpx.AsyncClient) -> None:
    guide = json.loads(Path(__file__).with_name("guide.json").read_text())["requests"]
    posting_id = await created(api, examples.SALES_POSTING)
    for name, example in (("ingest_marcus", examples.MARCUS), ("ingest_aisha", examples.AISHA)):
        assert example == guide[name]
        await invited(api, posting_id, example)
    base = f"/api/v4/postings/{posting_id}"
    for name, path, example in (
        ("bulk", "candidates/bulk", examples.THREE),
        ("add_question", "questions", examples.OBJECTIONS),
    ):
        assert example == guide[name]
        answer = await api.post(f"{base}/{path}", json=example)
        assert answer.status_code == 201
    assert guide["update_question"] == examples.PITCH
    (first, *_) = (await api.get(f"{base}/questions")).json()["data"]
    changed = await api.patch(f"{base}/questions/{first['id']}", json=examples.PITCH)
    assert changed.status_code == 200
