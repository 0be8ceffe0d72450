"""Inviting candidates and reading their results over HTTP."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from interviewer.domain.interview import Interview
from tests.api.bodies import AISHA, consented, created, invited, posting, short_posting
from tests.api.conftest import NOW, ORIGIN, World

REPORT: dict[str, Any] = {
    "match_score": 76,
    "highlights": ["Natural storyteller with high energy"],
    "lowlights": ["No B2B sales experience"],
    "speech_score": 90.0,
    "speech": {"words_per_minute": 140.0, "pause_share": 0.2},
    "tags": ["high-energy", "coachable"],
    "summary": "A strong start.",
    "scorecard": [
        {
            "question_id": "Q001",
            "question": "Walk me through a deal you closed...",
            "evaluation_score": 3,
            "evaluation_summary": "Described convincing a client to book a venue.",
            "score_weight": 3.0,
            "rank": 1,
            "not_scored": False,
            "status": "answered",
            "evidence": [{"quote": "I rang them", "start": 12.5, "end": 14.0}],
        },
        {
            "question_id": "Q002",
            "question": "Give me your pitch...",
            "evaluation_score": 5,
            "evaluation_summary": "Led with a relatable pain point.",
            "score_weight": 2.0,
            "rank": 2,
            "not_scored": False,
            "status": "answered",
            "evidence": [],
        },
    ],
    "transcript": [
        {
            "turn_id": "t1",
            "question_id": "Q001",
            "speaker": "Interviewer",
            "text": "Walk me through a deal you closed.",
            "start": 3.0,
            "end": 6.0,
        }
    ],
    "model": {"name": "test", "prompt_version": "1"},
    "media": {"video": True, "note": None},
}
RESUME: dict[str, Any] = {
    "overall_score": 4.5,
    "is_eligible": True,
    "eligibility_criteria": [
        {
            "criteria_id": "rec_001",
            "criteria_text": "Has B2B sales experience",
            "passed": True,
            "confidence": 0.97,
            "reasons": ["4 years as Account Executive"],
        }
    ],
    "score_criteria": [],
}


async def stored(world: World, interview_id: str, **changes: Any) -> Interview:
    """The interview as a job would leave it."""
    async with world.store.transaction() as tx:
        record = await tx.interview(None, interview_id)
        return await tx.update_interview(replace(record, **changes))


async def completed(world: World, interview_id: str) -> None:
    async with world.store.snapshot() as tx:
        steps = (await tx.interview(None, interview_id)).steps
    folder = f"interviews/{interview_id}"
    await stored(
        world,
        interview_id,
        status="completed",
        score=76.0,
        report=REPORT,
        resume=RESUME,
        resume_blob=f"{folder}/resume/resume.pdf",
        recording={"video": f"{folder}/video.mp4", "audio": f"{folder}/audio.mp3"},
        steps=tuple(replace(step, status="complete") for step in steps),
        started_at=NOW,
        ended_at=NOW + 900,
        end_reason="completed",
    )


async def test_a_candidate_is_invited_as_the_guide_shows(api: httpx.AsyncClient) -> None:
    posting_id = await created(api)
    answer = await api.post(f"/api/v4/postings/{posting_id}/candidates", json=AISHA)
    assert answer.status_code == 201
    interview_id = answer.json()["data"]["interview_id"]
    assert re.fullmatch(r"[0-9A-F]{16}", interview_id)
    assert answer.json() == {
        "object": "candidate",
        "data": {
            "object": "candidate",
            "interview_id": interview_id,
            "interview_url": f"{ORIGIN}/cloudmetrics/i/{interview_id}",
            "posting_id": posting_id,
        },
    }


async def test_a_known_address_keeps_its_interview(api: httpx.AsyncClient) -> None:
    posting_id = await created(api)
    first = await invited(api, posting_id)
    again = {
        "name": "Aisha W. Williams",
        "email": "AISHA.W@email.com",
        "metadata": {"source": "referral"},
    }
    assert await invited(api, posting_id, again) == first
    (row,) = (await api.get(f"/api/v4/postings/{posting_id}/candidates")).json()["data"]
    assert row["name"] == "Aisha W. Williams"
    assert row["phone_number"] == "+13105557654"
    assert row["metadata"] == {"source": "referral"}
    other = await created(api, short_posting())
    assert await invited(api, other) != first
    (elsewhere,) = (await api.get(f"/api/v4/postings/{other}/candidates")).json()["data"]
    assert elsewhere["candidate_id"] == row["candidate_id"]


REFUSED: list[tuple[str, Any]] = [
    ("name", ""),
    ("name", None),
    ("name", " \u200b "),
    ("name", "x" * 201),
    ("name", 5),
    ("name", "A\x00B"),
    ("name", "A\nB"),
    ("name", "\u202eevil"),
    ("name", "\udfff"),
    ("email", ""),
    ("email", None),
    ("email", "no-at-sign"),
    ("email", "two@@example.com"),
    ("email", "a@b"),
    ("email", "a b@example.com"),
    ("email", "a@example.com\nBcc: x@y.com"),
    ("email", "x" * 65 + "@example.com"),
    ("email", "a@" + "x" * 260 + ".com"),
    ("email", ["a@example.com"]),
    ("email", "<script>@example.com"),
    ("phone_number", "555-1234"),
    ("phone_number", "+0123456789"),
    ("phone_number", "+1310555765412345"),
    ("phone_number", 13105557654),
    ("phone_number", "+١٢٣٤٥٦٧٨٩"),
    ("metadata", {"k" * 41: "v"}),
    ("metadata", {"": "v"}),
    ("metadata", {"k": "v" * 501}),
    ("metadata", {"k": 1}),
    ("metadata", {"k": None}),
    ("metadata", {"k": "\x00"}),
    ("metadata", {"k\x00": "v"}),
    ("metadata", {f"k{i}": "v" for i in range(51)}),
    ("metadata", "k=v"),
    ("data", [1]),
    ("data", {"deep": "\x00"}),
    ("data", {"\ud800": 1}),
    ("data", {"big": 10**30}),
    ("data", {"long": "x" * 70_000}),
    ("resume", "x"),
    ("interview_id", "0123456789ABCDEF"),
]


async def test_unusable_fields_are_named(api: httpx.AsyncClient) -> None:
    posting_id = await created(api, short_posting())
    wrong = []
    for param, value in REFUSED:
        for path, body, where in (
            ("candidates", AISHA | {param: value}, param),
            (
                "candidates/bulk",
                {"data": [AISHA | {"email": "b@example.com"}, AISHA | {param: value}]},
                f"data.1.{param}",
            ),
        ):
            answer = await api.post(
                f"/api/v4/postings/{posting_id}/{path}",
                content=json.dumps(body),
                headers={"Content-Type": "application/json"},
            )
            named = [e["param"] for e in answer.json().get("error", {}).get("errors", [])]
            if answer.status_code != 422 or not any(n.startswith(where) for n in named):
                wrong.append((path, param, str(value)[:40], answer.status_code, named))
    assert not wrong
    listed = await api.get(f"/api/v4/postings/{posting_id}/candidates")
    assert listed.json()["pagination"]["total_count"] == 0


@pytest.mark.parametrize(
    "name",
    ["José Ñíguez", "李小龍", "محمد", "O'Brien-Smith Jr.", "می‌خواهم", "X Æ A-12", "A"],
)
async def test_names_of_all_scripts_are_taken(api: httpx.AsyncClient, name: str) -> None:
    posting_id = await created(api, short_posting())
    person = {"name": name, "email": "someone@exämple.com"}
    interview_id = await invited(api, posting_id, person)
    data = (await api.get(f"/api/v4/interviews/{interview_id}/data")).json()["data"]
    assert data["name"] == name


async def test_bulk_is_all_or_nothing(api: httpx.AsyncClient) -> None:
    posting_id = await created(api, short_posting())
    url = f"/api/v4/postings/{posting_id}/candidates"
    people = [{"name": f"P {i}", "email": f"p{i}@example.com"} for i in range(4)]
    bad = [dict(p) for p in people]
    bad[1]["email"] = "nowhere"
    del bad[3]["name"]
    error = (await api.post(f"{url}/bulk", json={"data": bad})).json()["error"]
    assert [e["param"] for e in error["errors"]] == ["data.1.email", "data.3.name"]
    bad.append({"name": "P 0", "email": " P0@example.com"})
    error = (await api.post(f"{url}/bulk", json={"data": bad})).json()["error"]
    assert [(e["param"], e["code"]) for e in error["errors"]] == [
        ("data.1.email", "invalid_email"),
        ("data.3.name", "missing_param"),
        ("data.4.email", "duplicate"),
    ]
    twice = await api.post(f"{url}/bulk", json={"data": [*people, people[2]]})
    assert twice.json()["error"]["param"] == "data.4.email"
    assert (await api.get(url)).json()["pagination"]["total_count"] == 0
    answer = await api.post(f"{url}/bulk", json={"data": people})
    assert answer.status_code == 201
    rows = answer.json()["data"]
    assert len({row["interview_id"] for row in rows}) == 4
    for row in rows:
        assert {"interview_id", "interview_url", "posting_id"} <= set(row)
    empty: list[dict[str, Any]] = [{"data": []}, {"data": None}, {}, {"data": {}}]
    for body in empty:
        assert (await api.post(f"{url}/bulk", json=body)).status_code == 422


async def test_candidates_are_filtered_and_paged(api: httpx.AsyncClient, world: World) -> None:
    posting_id = await created(api, short_posting())
    url = f"/api/v4/postings/{posting_id}/candidates"
    ids = []
    for i in range(4):
        world.clock.now = NOW + i
        ids.append(await invited(api, posting_id, {"name": f"P {i}", "email": f"p{i}@example.com"}))
    await stored(world, ids[2], status="dismissed")
    first = (await api.get(url, params={"limit": 3})).json()
    assert [r["interview_id"] for r in first["data"]] == [ids[3], ids[2], ids[1]]
    assert first["pagination"] == {"has_more": True, "total_count": 4, "url": url}
    rest = (await api.get(url, params={"starting_after": ids[1]})).json()
    assert [r["interview_id"] for r in rest["data"]] == [ids[0]]

    async def found(**params: Any) -> list[str]:
        answer = await api.get(url, params=params)
        assert answer.status_code == 200, answer.text
        return [row["interview_id"] for row in answer.json()["data"]]

    assert await found(status="dismissed") == [ids[2]]
    assert await found(search="P1@EXAMPLE") == [ids[1]]
    assert await found(created_after=NOW + 2) == [ids[3], ids[2]]
    assert await found(created_before="2027-01-15T08:00:01Z") == [ids[1], ids[0]]
    assert await found(created_before="2027-01-15T08:00:01+00:00") == [ids[1], ids[0]]
    for param, value in (
        ("status", "hired"),
        ("created_after", "yesterday"),
        ("created_before", "nan"),
        ("limit", "0"),
    ):
        answer = await api.get(url, params={param: value})
        assert answer.status_code == 422
        assert answer.json()["error"]["param"] == param


async def test_data_of_a_new_interview(api: httpx.AsyncClient) -> None:
    posting_id = await created(api)
    interview_id = await invited(api, posting_id)
    body = (await api.get(f"/api/v4/interviews/{interview_id}/data")).json()
    assert body["object"] == "interview_data"
    expected = {
        "object": "interview_data",
        "interview_id": interview_id,
        "posting_id": posting_id,
        "name": "Aisha Williams",
        "email": "aisha.w@email.com",
        "score": None,
        "status": "pending",
        "workflow": {
            "steps": [
                {
                    "id": name,
                    "order": order,
                    "status": "not_started",
                    "started": False,
                    "completed": False,
                }
                for order, name in enumerate(("resume", "web_interview"), start=1)
            ],
            "all_complete": False,
        },
        "resume": None,
        "web_interview": None,
        "metadata": AISHA["metadata"],
    }
    assert expected.items() <= body["data"].items()


async def test_data_of_a_completed_interview(api: httpx.AsyncClient, world: World) -> None:
    posting_id = await created(api)
    interview_id = await invited(api, posting_id)
    await completed(world, interview_id)
    data = (await api.get(f"/api/v4/interviews/{interview_id}/data")).json()["data"]
    assert data["score"] == 76.0
    assert isinstance(data["score"], float)
    assert data["status"] == "completed"
    assert data["workflow"]["all_complete"] is True
    web = data["web_interview"]
    assert web["object"] == "web_interview_result"
    assert web["interview_id"] == interview_id
    assert isinstance(web["match_score"], int)
    assert REPORT.items() <= web.items()
    assert (web["human_requested"], web["integrity"]) == (False, [])
    assert f"interviews/{interview_id}/video.mp4" in web["video_recording_url"]
    assert f"interviews/{interview_id}/audio.mp3" in web["audio_recording_url"]
    resume = data["resume"]
    assert resume["object"] == "resume_result"
    assert resume["overall_score"] == 4.5
    assert resume["eligibility_criteria"] == RESUME["eligibility_criteria"]
    assert f"interviews/{interview_id}/resume/resume.pdf" in resume["resume_url"]
    (row,) = (await api.get(f"/api/v4/postings/{posting_id}/candidates")).json()["data"]
    assert row["score"] == 76.0
    assert row["agent_summary"]["web_interview"]["score"] == 76
    assert row["agent_summary"]["resume"]["resume_score"] == 4.5
    stats = (await api.get(f"/api/v4/postings/{posting_id}/stats")).json()["data"]
    assert stats["completed_interviews"] == 1
    assert stats["average_interview_score"] == 76.0
    assert stats["average_resume_score"] == 90.0


async def test_metadata_is_merged_and_bounded(api: httpx.AsyncClient) -> None:
    interview_id = await invited(api, await created(api))
    url = f"/api/v4/interviews/{interview_id}/metadata"
    merged = await api.post(url, json={"metadata": {"source": "ats", "stage": "2"}})
    expected = {"source": "ats", "stage": "2", "notes": "Great energy"}
    assert merged.json() == {
        "object": "metadata",
        "data": {"object": "metadata", "metadata": expected},
    }
    assert (await api.get(url)).json() == merged.json()
    many = {"metadata": {f"k{i}": "v" for i in range(48)}}
    assert (await api.post(url, json=many)).status_code == 422
    assert (await api.post(url, json={})).status_code == 422
    assert (await api.delete(url)).json()["data"]["metadata"] == {}
    assert (await api.get(url)).json()["data"]["metadata"] == {}


async def test_recruiters_decide(api: httpx.AsyncClient, world: World) -> None:
    interview_id = await invited(api, await created(api))
    await completed(world, interview_id)
    url = f"/api/v4/interviews/{interview_id}"
    assert (await api.post(f"{url}/shortlist")).json()["data"]["status"] == "shortlisted"
    assert (await api.post(f"{url}/shortlist")).status_code == 200
    assert (await api.post(f"{url}/dismiss")).json()["data"]["status"] == "dismissed"
    async with world.store.snapshot() as tx:
        trail = await tx.audit_entries("ws_cloudmetrics", interview_id)
    assert [entry.action for entry in trail][-2:] == [
        "interview.shortlisted",
        "interview.dismissed",
    ]


async def test_an_override_stands_beside_the_ais_score(
    api: httpx.AsyncClient, world: World
) -> None:
    interview_id = await invited(api, await created(api))
    url = f"/api/v4/interviews/{interview_id}/review"
    body = {"question_id": "Q001", "score": 5, "reason": "The venue deal was a real sale."}
    assert (await api.post(url, json=body)).json()["error"]["code"] == "no_report"
    await completed(world, interview_id)
    data = (await api.post(url, json=body)).json()["data"]
    web = data["web_interview"]
    row = web["scorecard"][0]
    assert row["evaluation_score"] == 3
    assert row["override"]["score"] == 5
    assert row["override"]["reason"] == body["reason"]
    assert row["override"]["by"].startswith("key:")
    assert (web["match_score"], web["ai_match_score"], data["score"]) == (100, 76, 100.0)
    again = (await api.post(url, json=body | {"score": 1})).json()["data"]["web_interview"]
    # (3 * 1 + 2 * 5) / (5 * 5) = 52 %
    assert (again["match_score"], again["ai_match_score"]) == (52, 76)
    for wrong in (
        {"score": 0},
        {"score": 6},
        {"score": 4.5},
        {"score": "5"},
        {"reason": ""},
        {"reason": " "},
        {"question_id": None},
    ):
        assert (await api.post(url, json=body | wrong)).status_code == 422
    assert (await api.post(url, json=body | {"question_id": "Q9"})).status_code == 404


async def test_an_interview_is_scored_again(api: httpx.AsyncClient, world: World) -> None:
    interview_id = await invited(api, await created(api))
    url = f"/api/v4/interviews/{interview_id}/rescore"
    early = await api.post(url)
    assert (early.status_code, early.json()["error"]["code"]) == (409, "not_ready")
    await completed(world, interview_id)
    answer = await api.post(url)
    assert answer.status_code == 202
    data = answer.json()["data"]
    assert data["status"] == "evaluating"
    assert data["web_interview"]["match_score"] == 76
    assert list(world.jobs.queued.values()) == [
        ("finalize_interview", {"interview_id": interview_id})
    ]
    assert (await api.post(url)).status_code == 409


async def test_erasure_leaves_nothing(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    posting_id = await created(api, posting())
    interview_id = await invited(api, posting_id)
    await consented(page, interview_id)
    await world.blobs.put(f"interviews/{interview_id}/audio.mp3", b"voice")
    answer = await api.delete(f"/api/v4/interviews/{interview_id}")
    assert answer.status_code == 204
    assert answer.content == b""
    assert world.live.stopped == [(interview_id, "erased")]
    assert not world.blobs.stored
    assert (await api.get(f"/api/v4/interviews/{interview_id}/data")).status_code in (404, 410)
    assert (await page.get(f"/api/candidate/interviews/{interview_id}")).status_code in (404, 410)
    assert (await api.get(f"/api/v4/postings/{posting_id}/candidates")).json()["data"] == []
    assert await invited(api, posting_id) != interview_id
