"""Creating, reading and changing postings over HTTP."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from tests.api.bodies import created, posting, short_posting, voice
from tests.api.conftest import NOW, ORIGIN, World


async def test_a_posting_is_answered_as_the_guide_shows(api: httpx.AsyncClient) -> None:
    sent = posting()
    answer = await api.post("/api/v4/postings", json=sent)
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"object", "data"}
    assert body["object"] == "posting"
    data = body["data"]
    assert set(data) == {"object", "id", "status", "urls", "created_at", "posting"}
    assert data["object"] == "posting"
    assert re.fullmatch(r"[0-9A-F]{8}", data["id"])
    assert data["status"] == "active"
    assert data["created_at"] == NOW
    assert isinstance(data["created_at"], float)
    urls = data["urls"]
    assert set(urls) == {"candidate_url", "ingestion_url_key", "review_url"}
    assert urls["candidate_url"] == f"{ORIGIN}/cloudmetrics/sales-representative-mid-market"
    assert re.fullmatch(r"[A-Za-z0-9_-]{38}", urls["ingestion_url_key"])
    assert urls["review_url"].startswith(f"{ORIGIN}/review/")
    stored = data["posting"]
    for name in (
        "title",
        "description",
        "interviewer_name",
        "language",
        "company_overview",
        "job_overview",
    ):
        assert stored[name] == sent[name]
    for order, (step, wanted) in enumerate(
        zip(stored["workflow"], sent["workflow"], strict=True), start=1
    ):
        assert (step["id"], step["type"], step["order"]) == (wanted["type"], wanted["type"], order)
        assert step["config"] == wanted["config"]
        for question, asked in zip(step["questions"], wanted["questions"], strict=True):
            expected = {k: v for k, v in asked.items() if k != "weight"}
            expected.setdefault("score_weight", asked.get("weight", 1.0))
            assert {k: question[k] for k in expected} == expected
            assert question["posting_id"] == data["id"]


async def test_a_posting_reads_back_as_stored(api: httpx.AsyncClient) -> None:
    receipt = (await api.post("/api/v4/postings", json=posting(max_retakes=2))).json()["data"]
    got = (await api.get(f"/api/v4/postings/{receipt['id']}")).json()
    assert got["object"] == "posting"
    whole = dict(receipt["posting"])
    whole["workflow"] = [
        {k: v for k, v in step.items() if k != "questions"} for step in whole["workflow"]
    ]
    assert got["data"] == whole
    assert got["data"]["max_retakes"] == 2


async def test_the_deadline_is_one_month_away_unless_given(api: httpx.AsyncClient) -> None:
    first = (await api.post("/api/v4/postings", json=short_posting())).json()["data"]["posting"]
    assert 28 * 86_400 <= first["deadline"] - NOW <= 31 * 86_400
    body = short_posting(deadline="2031-03-15T00:00:00Z")
    second = (await api.post("/api/v4/postings", json=body)).json()["data"]["posting"]
    assert second["deadline"] == 1_931_299_200.0


async def test_questions_are_listed_by_modality_and_rank(api: httpx.AsyncClient) -> None:
    posting_id = await created(api)
    url = f"/api/v4/postings/{posting_id}/questions"
    voices = (await api.get(url, params={"modality": "voice"})).json()
    assert [q["rank"] for q in voices["data"]] == [1, 2, 3, 4, 5]
    assert [q["score_weight"] for q in voices["data"]] == [3.0, 3.0, 2.0, 2.5, 1.5]
    assert voices["pagination"]["total_count"] == 5
    scoring = (await api.get(url, params={"modality": "resume_scoring"})).json()["data"]
    assert [q["score_weight"] for q in scoring] == [3.0, 2.0, 2.0, 1.0]
    for question in scoring:
        assert {"id", "posting_id", "modality", "text", "rank"} <= set(question)
    assert (await api.get(url)).json()["pagination"]["total_count"] == 10
    refused = await api.get(url, params={"modality": "telepathy"})
    assert refused.status_code == 422
    assert refused.json()["error"]["param"] == "modality"


async def test_own_tags_stay_beside_drafted_questions(api: httpx.AsyncClient) -> None:
    tags = [{"modality": "voice_tags", "text": text} for text in ("closer", "coachable")]
    step = {"type": "web_interview", "questions": tags}
    posting_id = await created(api, {"title": "Sales Representative", "workflow": [step]})
    url = f"/api/v4/postings/{posting_id}/questions"
    asked = (await api.get(url, params={"modality": "voice"})).json()["data"]
    assert asked
    assert all(question["drafted"] for question in asked)
    kept = (await api.get(url, params={"modality": "voice_tags"})).json()["data"]
    assert [(tag["text"], tag["rank"]) for tag in kept] == [("closer", 1), ("coachable", 2)]
    for elsewhere in ("sms", "form"):
        none = (await api.get(url, params={"modality": elsewhere})).json()
        assert (none["data"], none["pagination"]["total_count"]) == ([], 0)


async def test_where_the_end_page_leads_can_be_taken_back(api: httpx.AsyncClient) -> None:
    posting_id = await created(api, short_posting(redirect_url="https://example.com/thanks"))
    url = f"/api/v4/postings/{posting_id}"
    kept = (await api.patch(url, json={"title": "Head barista", "redirect_url": None})).json()
    assert kept["data"]["redirect_url"] == "https://example.com/thanks"
    cleared = (await api.patch(url, json={"redirect_url": ""})).json()
    assert cleared["data"]["redirect_url"] is None


async def test_a_step_without_questions_gets_drafted_ones(api: httpx.AsyncClient) -> None:
    body = {
        "title": "Night Nurse",
        "workflow": [{"type": "web_interview", "config": {"num_questions": 3}}],
    }
    posting_id = await created(api, body)
    rows = (await api.get(f"/api/v4/postings/{posting_id}/questions")).json()["data"]
    assert len(rows) == 3
    assert all(q["drafted"] and q["score_of_1"] and q["score_of_5"] for q in rows)
    assert "Night Nurse" in rows[0]["text"]


async def test_slugs_stay_unique_in_a_workspace(api: httpx.AsyncClient, world: World) -> None:
    urls = []
    for _ in range(2):
        answer = await api.post("/api/v4/postings", json=short_posting(title="Café Ünïcode"))
        urls.append(answer.json()["data"]["urls"]["candidate_url"].rpartition("/")[2])
    assert urls == ["cafe-unicode", "cafe-unicode-2"]
    async with world.client(world.other_key) as other:
        answer = await other.post("/api/v4/postings", json=short_posting(title="Café Ünïcode"))
        assert answer.json()["data"]["urls"]["candidate_url"] == f"{ORIGIN}/rival/cafe-unicode"
    japanese = await api.post("/api/v4/postings", json=short_posting(title="営業担当者"))
    data = japanese.json()["data"]
    assert data["urls"]["candidate_url"].endswith(f"/posting-{data['id'].lower()}")


def _with(path: str, value: Any) -> dict[str, Any]:
    """The posting with one value replaced; `path` as errors name it."""
    body = posting()
    *parents, last = path.split(".")
    target: Any = body
    for part in parents:
        target = target[int(part)] if part.isdecimal() else target[part]
    if isinstance(target, list):
        target[int(last)] = value
    else:
        target[last] = value
    return body


REFUSED: list[tuple[str, Any]] = [
    ("title", "ab"),
    ("title", "  a\u200b "),
    ("title", "x" * 201),
    ("title", 7),
    ("title", None),
    ("title", "Sales\x00Rep"),
    ("title", "Sales\nRep"),
    ("title", "Sales \u202egnitset"),
    ("title", "Sales \ud800"),
    ("description", "x" * 50_001),
    ("description", ["text"]),
    ("interviewer_name", "R" * 101),
    ("interviewer_name", {"first": "Rachel"}),
    ("language", "english!"),
    ("language", ""),
    ("company_overview", "x" * 10_001),
    ("job_overview", 1.5),
    ("company_overview_delivery_mode", "loudly"),
    ("redirect_url", "javascript:alert(1)"),
    ("redirect_url", "//evil.test"),
    ("scheduling_url", "ftp://cal.test"),
    ("deadline", "tomorrow"),
    ("deadline", 1739612400),
    ("deadline", "0001-01-01T00:00:00Z"),
    ("max_retakes", 6),
    ("max_retakes", True),
    ("max_retakes", "1"),
    ("retake_cooldown_days", -0.5),
    ("allow_sms_comms", "yes"),
    ("metadata", ["a"]),
    ("metadata", {f"key{i}": "x" for i in range(51)}),
    ("name", "Not A Slug"),
    ("name", "../etc"),
    ("workflow", []),
    ("workflow", None),
    ("workflow", {"type": "resume"}),
    ("workflow.0.type", "form"),
    ("workflow.0.type", None),
    ("workflow.0.config.optional", "true"),
    ("workflow.0.config.mandatory", 1),
    ("workflow.0.config.surprise", 1),
    ("workflow.1.config.video", "on"),
    ("workflow.1.config.num_questions", 0),
    ("workflow.1.config.num_questions", 26),
    ("workflow.1.config.voice_id", "nobody"),
    ("workflow.1.config.web_interview_config", {"max_duration_seconds": 1}),
    ("workflow.1.questions", "all"),
    ("workflow.1.questions.0.text", ""),
    ("workflow.1.questions.0.text", " \u200b\n"),
    ("workflow.1.questions.0.text", "x" * 2_001),
    ("workflow.1.questions.0.text", None),
    ("workflow.1.questions.0.modality", "resume_scoring"),
    ("workflow.1.questions.0.modality", "smell"),
    ("workflow.1.questions.0.score_weight", -1),
    ("workflow.1.questions.0.score_weight", "3"),
    ("workflow.1.questions.0.score_weight", True),
    ("workflow.1.questions.0.min_follow_ups", 6),
    ("workflow.1.questions.0.min_follow_ups", -1),
    ("workflow.1.questions.0.max_follow_ups", 11),
    ("workflow.1.questions.0.max_follow_ups", 1.5),
    ("workflow.1.questions.0.score_of_1", "x" * 5_001),
    ("workflow.1.questions.0.surprise", "?"),
    ("workflow.1.questions.0.slider_min", 1),
    ("surprise", 1),
    ("title\u0000", 1),
]


async def test_unusable_fields_are_named(api: httpx.AsyncClient) -> None:
    wrong = []
    for param, value in REFUSED:
        answer = await api.post(
            "/api/v4/postings",
            content=json.dumps(_with(param, value)),
            headers={"Content-Type": "application/json"},
        )
        error = answer.json().get("error", {})
        named = [detail["param"] for detail in error.get("errors", [])]
        hit = any(n == param or n.startswith(f"{param}.") for n in named)
        if answer.status_code != 422 or not hit or error["param"] != named[0]:
            wrong.append((param, str(value)[:40], answer.status_code, named))
        elif (error["type"], error["code"]) != ("invalid_request_error", "validation_error"):
            wrong.append((param, str(value)[:40], error["type"], error["code"]))
    assert not wrong
    listed = await api.get("/api/v4/postings")
    assert listed.json()["pagination"]["total_count"] == 0


async def test_all_unusable_fields_are_named_at_once(api: httpx.AsyncClient) -> None:
    body = posting(title="ab", max_retakes=9, unknown=1)
    body["workflow"][1]["questions"][2]["text"] = ""
    error = (await api.post("/api/v4/postings", json=body)).json()["error"]
    assert {detail["param"] for detail in error["errors"]} == {
        "title",
        "max_retakes",
        "unknown",
        "workflow.1.questions.2.text",
    }


async def test_follow_up_bounds_must_not_cross(api: httpx.AsyncClient) -> None:
    body = posting()
    body["workflow"][1]["questions"][0] |= {"min_follow_ups": 2, "max_follow_ups": 1}
    answer = await api.post("/api/v4/postings", json=body)
    assert answer.status_code == 422
    detail = answer.json()["error"]["errors"][0]
    assert detail["param"].startswith("workflow.1.questions.0")
    assert "min_follow_ups" in detail["message"]


@pytest.mark.parametrize(
    ("source", "param"),
    [
        ({}, "workflow"),
        ({"workflow": posting()["workflow"], "interview_template_id": "IT_1"}, "workflow"),
        ({"interview_template_id": "IT_1"}, "interview_template_id"),
    ],
)
async def test_one_source_of_questions(
    api: httpx.AsyncClient, source: dict[str, Any], param: str
) -> None:
    answer = await api.post("/api/v4/postings", json={"title": "Sales"} | source)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["param"] == param
    assert param in error["message"]


async def test_contradictions_are_refused(api: httpx.AsyncClient) -> None:
    body = posting()
    body["workflow"][0]["config"] = {"optional": True, "mandatory": True}
    assert (await api.post("/api/v4/postings", json=body)).status_code == 422
    body = posting()
    body["workflow"].append(body["workflow"][0])
    answer = await api.post("/api/v4/postings", json=body)
    assert answer.json()["error"]["param"] == "workflow.2.type"
    body = posting()
    body["workflow"][0]["questions"][1] |= {"weight": 3.0, "score_weight": 2.0}
    assert (await api.post("/api/v4/postings", json=body)).status_code == 422


@pytest.mark.parametrize(
    "content",
    ["", "{", "null", "[]", '"text"', '{"title": NaN}', "[" * 10_000, '{"title": "\\ud800"}'],
)
async def test_bodies_that_are_no_posting(api: httpx.AsyncClient, content: str) -> None:
    answer = await api.post(
        "/api/v4/postings", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["message"]


async def test_lists_page_without_gaps_while_rows_arrive(
    api: httpx.AsyncClient, world: World
) -> None:
    made = []
    for number in range(5):
        world.clock.now += 1
        made.append(await created(api, short_posting(title=f"Role {number}")))
    first = (await api.get("/api/v4/postings", params={"limit": 2})).json()
    assert [p["id"] for p in first["data"]] == [made[4], made[3]]
    assert first["pagination"] == {
        "has_more": True,
        "total_count": 5,
        "url": "/api/v4/postings",
    }
    world.clock.now += 1
    await created(api, short_posting(title="Latecomer"))
    second = (
        await api.get("/api/v4/postings/list", params={"limit": 100, "starting_after": made[3]})
    ).json()
    assert [p["id"] for p in second["data"]] == [made[2], made[1], made[0]]
    assert second["data"][0] == {
        "object": "posting_summary",
        "id": made[2],
        "title": "Role 2",
        "name": "role-2",
    }
    assert second["pagination"]["has_more"] is False
    for limit in (0, 101, "x"):
        refused = await api.get("/api/v4/postings", params={"limit": limit})
        assert refused.status_code == 422
        assert refused.json()["error"]["param"] == "limit"


async def test_updating_changes_what_is_given(api: httpx.AsyncClient) -> None:
    posting_id = await created(api)
    url = f"/api/v4/postings/{posting_id}"
    changes = {"title": "Account Executive", "name": "ae", "metadata": {"external_id": "1"}}
    changed = (await api.patch(url, json=changes)).json()["data"]
    assert changed["title"] == "Account Executive"
    assert changed["urls"]["candidate_url"] == f"{ORIGIN}/cloudmetrics/ae"
    assert changed["metadata"] == {"external_id": "1"}
    assert changed["interviewer_name"] == "Rachel"
    refused: list[dict[str, Any]] = [{}, {"workflow": []}, {"title": "x"}, {"status": "archived"}]
    for bad in refused:
        assert (await api.patch(url, json=bad)).status_code == 422
    await created(api, short_posting())
    taken = await api.patch(url, json={"name": "barista"})
    assert taken.status_code == 409
    assert taken.json()["error"]["code"] == "name_taken"


async def test_a_steps_configuration_is_merged(api: httpx.AsyncClient) -> None:
    posting_id = await created(api)
    url = f"/api/v4/postings/{posting_id}/workflow"
    by_order = await api.patch(f"{url}/2", json={"config": {"voice_id": "joe", "video": None}})
    assert by_order.status_code == 200
    config = by_order.json()["data"]["workflow"][1]["config"]
    assert config == {"num_questions": 5, "voice_id": "joe"}
    by_type = await api.patch(f"{url}/resume", json={"config": {"mandatory": True}})
    assert by_type.json()["data"]["workflow"][0]["config"] == {"mandatory": True}
    for step, config, param in (
        ("2", {"voice_id": "nobody"}, "config.voice_id"),
        ("2", {"video": "yes"}, "config.video"),
        ("1", {"video": True}, "config.video"),
    ):
        refused = await api.patch(f"{url}/{step}", json={"config": config})
        assert refused.status_code == 422, refused.text
        assert refused.json()["error"]["param"] == param
    assert (await api.patch(f"{url}/3", json={"config": {}})).status_code == 404


async def test_archived_postings_take_nobody(api: httpx.AsyncClient, world: World) -> None:
    posting_id = await created(api, short_posting())
    url = f"/api/v4/postings/{posting_id}"
    archived = (await api.post(f"{url}/archive")).json()["data"]
    assert (archived["status"], archived["archived"]) == ("archived", True)
    person = {"name": "Jo", "email": "jo@example.com"}
    refused = await api.post(f"{url}/candidates", json=person)
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "posting_not_active"
    assert (await api.post(f"{url}/activate")).json()["data"]["status"] == "active"
    assert (await api.post(f"{url}/candidates", json=person)).status_code == 201
    world.clock.now += 40 * 86_400
    assert (await api.get(url)).json()["data"]["status"] == "expired"
    assert (await api.post(f"{url}/candidates", json=person)).status_code == 409
    again = await api.post(f"{url}/activate")
    assert again.json()["error"]["code"] == "deadline_passed"


async def test_a_clone_has_its_own_questions(api: httpx.AsyncClient) -> None:
    posting_id = await created(api)
    answer = await api.post(f"/api/v4/postings/{posting_id}/clone")
    assert answer.status_code == 201
    clone = answer.json()["data"]
    assert clone["id"] != posting_id
    assert clone["posting"]["title"].endswith("(copy)")
    theirs = (await api.get(f"/api/v4/postings/{clone['id']}/questions")).json()["data"]
    ours = (await api.get(f"/api/v4/postings/{posting_id}/questions")).json()["data"]
    assert [q["text"] for q in theirs] == [q["text"] for q in ours]
    assert not {q["id"] for q in theirs} & {q["id"] for q in ours}


async def test_figures_of_a_new_posting(api: httpx.AsyncClient) -> None:
    posting_id = await created(api)
    data = (await api.get(f"/api/v4/postings/{posting_id}/stats")).json()["data"]
    assert data == {
        "object": "posting_stats",
        "posting_id": posting_id,
        "title": "Sales Representative - Mid Market",
        "name": "sales-representative-mid-market",
        "total_candidates": 0,
        "completed_interviews": 0,
        "average_interview_score": None,
        "average_resume_score": None,
    }


async def test_questions_are_added_changed_ordered_and_deleted(api: httpx.AsyncClient) -> None:
    posting_id = await created(api)
    url = f"/api/v4/postings/{posting_id}/questions"
    added = await api.post(url, json=voice("What is the toughest objection?", 2.0, 1, 1))
    assert added.status_code == 201
    question = added.json()["data"]
    assert question["rank"] == 6
    changed = await api.patch(f"{url}/{question['id']}", json={"text": "And now?"})
    assert changed.json()["data"]["text"] == "And now?"
    crossed = await api.patch(f"{url}/{question['id']}", json={"max_follow_ups": 0})
    assert crossed.status_code == 422
    assert crossed.json()["error"]["param"] == "max_follow_ups"
    ids = [q["id"] for q in (await api.get(url, params={"modality": "voice"})).json()["data"]]
    for field in ("question_ids", "order"):
        ids = [ids[1], ids[0], *ids[2:]]
        moved = await api.post(f"{url}/reorder", json={"modality": "voice", field: ids})
        assert [q["id"] for q in moved.json()["data"]] == ids
        listed = (await api.get(url, params={"modality": "voice"})).json()["data"]
        assert [(q["id"], q["rank"]) for q in listed] == list(zip(ids, range(1, 7), strict=True))
    for wrong in (ids[:-1], [*ids, ids[0]], [*ids[:-1], "FFFFFFFF"], []):
        body = {"modality": "voice", "question_ids": wrong}
        refused = await api.post(f"{url}/reorder", json=body)
        assert refused.status_code == 422, wrong
    deleted = await api.delete(f"{url}/{ids[0]}")
    assert deleted.status_code == 200
    assert (await api.get(f"{url}/{ids[0]}")).status_code == 404
    rest = (await api.get(url, params={"modality": "voice"})).json()["data"]
    assert [(q["id"], q["rank"]) for q in rest] == list(zip(ids[1:], range(1, 6), strict=True))


async def test_the_last_question_stays(api: httpx.AsyncClient) -> None:
    posting_id = await created(api, short_posting())
    url = f"/api/v4/postings/{posting_id}/questions"
    (only,) = (await api.get(url)).json()["data"]
    refused = await api.delete(f"{url}/{only['id']}")
    assert refused.status_code == 409
    misplaced = await api.post(url, json={"modality": "resume_scoring", "text": "Degrees"})
    assert misplaced.status_code == 422
    assert misplaced.json()["error"]["param"] == "modality"


async def test_postings_are_found_by_title_and_status(api: httpx.AsyncClient, world: World) -> None:
    old = await created(api, short_posting(title="Ärztin", deadline="2027-01-20T00:00:00Z"))
    sales = await created(api)
    await api.post(f"/api/v4/postings/{sales}/archive")
    open_one = await created(api, short_posting(title="Barista"))
    world.clock.now += 14 * 86_400
    for path in ("/api/v4/postings", "/api/v4/postings/list"):
        for query, found in (
            ({"search": "ÄRZT"}, [old]),
            ({"search": "%"}, []),
            ({"search": ""}, [open_one, sales, old]),
            ({"status": "archived"}, [sales]),
            ({"status": "expired"}, [old]),
            ({"status": "active"}, [open_one]),
            ({"status": "active", "search": "sales"}, []),
        ):
            answer = (await api.get(path, params=query)).json()
            assert {row["id"] for row in answer["data"]} == set(found), (path, query)
            assert answer["pagination"]["total_count"] == len(found)
    for bad in ({"status": "open"}, {"search": "x" * 101}, {"serach": "sales"}, {"limit": [1, 2]}):
        refused = await api.get("/api/v4/postings", params=bad)
        assert refused.status_code == 422
        assert refused.json()["error"]["param"] == next(iter(bad))


async def test_a_language_that_is_not_installed_is_refused(api: httpx.AsyncClient) -> None:
    posting_id = await created(api, short_posting(language="en-GB"))
    patched = await api.patch(f"/api/v4/postings/{posting_id}", json={"language": "fr"})
    for answer in (
        await api.post("/api/v4/postings", json=short_posting(language="de-AT")),
        patched,
    ):
        assert answer.status_code == 422
        error = answer.json()["error"]
        assert error["param"] == "language"
        assert "installed languages: en." in error["message"]


async def test_a_change_may_ask_that_nothing_was_changed_since(api: httpx.AsyncClient) -> None:
    posting_id = await created(api)
    posting_url = f"/api/v4/postings/{posting_id}"
    (question, *_) = (await api.get(f"{posting_url}/questions?modality=voice")).json()["data"]
    question_url = f"{posting_url}/questions/{question['id']}"
    step_url = f"{posting_url}/workflow/web_interview"
    for read, write, body in (
        (posting_url, posting_url, {"title": "Another title"}),
        (posting_url, step_url, {"config": {"video": False}}),
        (question_url, question_url, {"text": "And why?"}),
    ):
        seen = (await api.get(read)).headers["etag"]
        assert re.fullmatch(r'"[0-9a-f]{24}"', seen)
        first = await api.patch(write, json=body, headers={"If-Match": f'"x", {seen}'})
        assert first.status_code == 200, first.text
        assert first.headers["etag"] == (await api.get(read)).headers["etag"] != seen
        late = await api.patch(write, json=body, headers={"If-Match": seen})
        assert late.status_code == 412
        assert late.json()["error"]["code"] == "precondition_failed"
        assert late.json()["error"]["param"] == "If-Match"
        for unasked in ({}, {"If-Match": "*"}):
            assert (await api.patch(write, json=body, headers=unasked)).status_code == 200
