"""The guide's calls, in its order and with its bodies to the letter, on both databases.

`guide.json` holds the guide's requests and answers; the posting is the demo's. Answers are
compared with it field by field: every field that it shows is there and of its type.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

import interviewer
from interviewer.domain.interview import StepState
from interviewer.storage.engine import SqlStore, open_store
from tests.api.conftest import NOW, ORIGIN, World, make_world

GUIDE = json.loads(Path(__file__).with_name("guide.json").read_text())
REQUESTS, ANSWERS = GUIDE["requests"], GUIDE["answers"]
POSTING = json.loads((Path(interviewer.__file__).parent / "demo.json").read_text())


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[SqlStore]:
    """Of each kind in turn, where this folder's other tests have SQLite only."""
    store = open_store(database_url)
    yield store
    await store.close()


@pytest.fixture
async def world(store: SqlStore, tmp_path: Path) -> World:
    return await make_world(store, tmp_path)


def differences(shown: Any, got: Any, path: str = "") -> list[str]:
    """Where `got` lacks what `shown` has, or has it as another type. More is allowed."""
    if isinstance(shown, dict):
        if not isinstance(got, dict):
            return [f"{path}: no object"]
        missing = [f"{path}.{name}: missing" for name in shown if name not in got]
        both = [name for name in shown if name in got]
        return missing + [d for n in both for d in differences(shown[n], got[n], f"{path}.{n}")]
    if isinstance(shown, list):
        if not isinstance(got, list) or not got:
            return [f"{path}: no rows"]
        return [d for i, row in enumerate(got) for d in differences(shown[0], row, f"{path}.{i}")]
    return [] if type(shown) is type(got) else [f"{path}: {type(got).__name__}"]


async def call(
    api: httpx.AsyncClient, method: str, path: str, status: int, body: Any = None
) -> Any:
    """The answer's JSON. Bodies go out as the guide writes them, not re-encoded by the client."""
    headers = {} if body is None else {"Content-Type": "application/json"}
    content = None if body is None else json.dumps(body, indent=2, ensure_ascii=False).encode()
    answer = await api.request(method, f"/api/v4{path}", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


async def finish(world: World, interview_id: str, results: dict[str, Any]) -> None:
    """As if the candidate had been through everything: what the guide shows came of it."""
    resume = results["resume"]
    steps = tuple(
        StepState(id=step["id"], order=step["order"], status=step["status"])
        for step in results["workflow"]["steps"]
    )
    blob = None if resume is None else f"interviews/{interview_id}/resume/resume.pdf"
    recording = {kind: f"interviews/{interview_id}/{kind}" for kind in ("video", "audio")}
    async with world.store.transaction() as tx:
        interview = await tx.interview(None, interview_id)
        await tx.update_interview(
            replace(
                interview,
                status="completed",
                steps=steps,
                resume=resume,
                resume_blob=blob,
                report=results["web_interview"],
                recording=recording,
                score=results["score"],
                started_at=NOW,
                ended_at=NOW + 900,
            )
        )


async def test_the_whole_guide(api: httpx.AsyncClient, world: World) -> None:
    made = await call(api, "POST", "/postings", 201, POSTING)
    assert differences(ANSWERS["created_posting"], made) == []
    posting_id = made["data"]["id"]
    assert made["data"]["status"] == "active"

    voice = await _questions(api, posting_id, "voice")
    asked = POSTING["workflow"][1]["questions"]
    assert [{k: q[k] for k in asked[0]} for q in voice] == asked
    criteria = await _questions(api, posting_id, "resume_scoring")
    wanted = [q for q in POSTING["workflow"][0]["questions"] if q["modality"] == "resume_scoring"]
    assert [(q["text"], q["score_weight"]) for q in criteria] == [
        (q["text"], q["weight"]) for q in wanted
    ]

    path = f"/postings/{posting_id}/questions"
    added = await call(api, "POST", path, 201, REQUESTS["add_question"])
    assert added["object"] == "question"
    assert {k: added["data"][k] for k in REQUESTS["add_question"]} == REQUESTS["add_question"]
    pitch = voice[1]["id"]
    changed = await call(api, "PATCH", f"{path}/{pitch}", 200, REQUESTS["update_question"])
    assert changed["data"] == voice[1] | REQUESTS["update_question"] | {
        "updated_at": changed["data"]["updated_at"]
    }
    by_number = {f"Q{rank:03}": question["id"] for rank, question in enumerate(voice, start=1)}
    order = [by_number[name] for name in REQUESTS["reorder"]["question_ids"]]
    body = REQUESTS["reorder"] | {"question_ids": [*order, added["data"]["id"]]}
    moved = await call(api, "POST", f"{path}/reorder", 200, body)
    assert [q["id"] for q in moved["data"]] == body["question_ids"]
    listed = await _questions(api, posting_id, "voice")
    assert [q["id"] for q in listed] == body["question_ids"]
    assert [q["rank"] for q in listed] == [1, 2, 3, 4, 5, 6]

    await _candidates(api, world, posting_id)


async def _questions(api: httpx.AsyncClient, posting_id: str, modality: str) -> Any:
    answer = await call(api, "GET", f"/postings/{posting_id}/questions?modality={modality}", 200)
    assert set(answer) == {"data", "pagination"}
    assert [question["rank"] for question in answer["data"]] == list(
        range(1, len(answer["data"]) + 1)
    )
    return answer["data"]


async def _candidates(api: httpx.AsyncClient, world: World, posting_id: str) -> None:
    path = f"/postings/{posting_id}/candidates"
    ids = []
    for name in ("ingest_marcus", "ingest_aisha"):
        receipt = await call(api, "POST", path, 201, REQUESTS[name])
        assert differences(ANSWERS["ingested"], receipt) == []
        assert set(receipt["data"]) == set(ANSWERS["ingested"]["data"])
        ids.append(receipt["data"]["interview_id"])
        url = f"{ORIGIN}/cloudmetrics/i/{ids[-1]}"
        assert (receipt["data"]["interview_url"], receipt["data"]["posting_id"]) == (
            url,
            posting_id,
        )
    bulk = await call(api, "POST", f"{path}/bulk", 201, REQUESTS["bulk"])
    assert [set(row) for row in bulk["data"]] == [set(ANSWERS["ingested"]["data"])] * 3
    ids += [row["interview_id"] for row in bulk["data"]]

    listed = await call(api, "GET", path, 200)
    assert {row["interview_id"] for row in listed["data"]} == set(ids)
    assert listed["pagination"] == {
        "has_more": False,
        "total_count": 5,
        "url": f"/api/v4{path}",
    }
    sent = [REQUESTS["ingest_marcus"], REQUESTS["ingest_aisha"], *REQUESTS["bulk"]["data"]]
    rows = {row["email"]: row for row in listed["data"]}
    for person in sent:
        assert {k: rows[person["email"]][k] for k in person} == person

    new = (await call(api, "GET", f"/interviews/{ids[0]}/data", 200))["data"]
    assert set(ANSWERS["data_with_resume"]["data"]) <= set(new)
    assert (new["status"], new["score"], new["resume"], new["web_interview"]) == (
        "pending",
        None,
        None,
        None,
    )
    for interview_id, name in zip(ids, ("data_with_resume", "data_without_resume"), strict=False):
        await finish(world, interview_id, ANSWERS[name]["data"])
        done = await call(api, "GET", f"/interviews/{interview_id}/data", 200)
        assert differences(ANSWERS[name], done) == []
        assert done["data"]["score"] == ANSWERS[name]["data"]["score"]
        assert done["data"]["workflow"] == ANSWERS[name]["data"]["workflow"]
