"""Who saw and took out what; candidates as a table, as JSON and as a document."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest

from interviewer.domain.errors import Unavailable
from interviewer.sessions import scorecard
from tests.api.bodies import AISHA, created, invited, short_posting
from tests.api.conftest import World

GUIDE = json.loads(Path(__file__).with_name("guide.json").read_text())
RESULTS = GUIDE["answers"]["data_with_resume"]["data"]
MARKUP = '#panic("no") *bold* $x$ `raw` \\ [link](x) <script>alert(1)</script>'


async def log(api: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await api.get("/api/v4/audit", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


async def with_results(world: World, interview_id: str, **report: Any) -> None:
    async with world.store.transaction() as tx:
        interview = await tx.interview(None, interview_id)
        await tx.update_interview(
            replace(
                interview,
                status="completed",
                resume=RESULTS["resume"],
                report=RESULTS["web_interview"] | report,
                score=88.0,
                ended_at=world.clock(),
            )
        )


async def test_the_log_tells_who_saw_changed_took_out_and_erased(
    api: httpx.AsyncClient, world: World
) -> None:
    posting_id = await created(api)
    (question, *_) = (await api.get(f"/api/v4/postings/{posting_id}/questions")).json()["data"]
    question_url = f"/api/v4/postings/{posting_id}/questions/{question['id']}"
    await api.patch(question_url, json={"text": "Sells things"})
    await api.delete(question_url)
    interview_id = await invited(api, posting_id)
    url = f"/api/v4/interviews/{interview_id}"
    for _ in range(3):
        await api.get(f"{url}/data")
    world.clock.now += 3601
    await api.get(f"{url}/data")
    await api.post(f"{url}/metadata", json={"metadata": {"stage": "onsite"}})
    await with_results(world, interview_id)
    assert (await api.get(f"{url}/scorecard.pdf")).status_code == 200
    await api.get(f"/api/v4/postings/{posting_id}/export")
    await api.get(f"/api/v4/postings/{posting_id}/candidates")
    await api.delete(url)

    assert [entry["action"] for entry in await log(api, object_id=interview_id)] == [
        "interview.erased",
        "interview.exported",
        "interview.metadata_changed",
        "interview.viewed",
        "interview.viewed",
        "interview.created",
    ]
    assert {entry["action"] for entry in await log(api, object_id=posting_id)} == {
        "posting.created",
        "posting.exported",
        "candidates.listed",
    }
    changed = await log(api, object_id=question["id"])
    assert [entry["action"] for entry in changed] == ["question.deleted", "question.updated"]
    assert changed[1]["details"] == {"posting_id": posting_id, "fields": ["text"]}
    whole = await log(api, limit=100)
    assert all(entry["actor"].startswith("key:key_") for entry in whole)
    assert AISHA["email"] not in json.dumps(whole)
    assert AISHA["name"] not in json.dumps(whole)


async def test_the_log_is_paged_filtered_and_its_tenants_own(
    api: httpx.AsyncClient, world: World
) -> None:
    for _ in range(3):
        await created(api, short_posting())
    first = (await api.get("/api/v4/audit", params={"limit": 2})).json()
    assert first["pagination"] == {"has_more": True, "total_count": 3, "url": "/api/v4/audit"}
    rest = await log(api, starting_after=first["data"][-1]["id"])
    assert len({entry["id"] for entry in [*first["data"], *rest]}) == 3
    assert await log(api, created_after=world.clock() + 1) == []
    assert len(await log(api, action="posting.created", actor=rest[0]["actor"])) == 3
    for query in (
        {"starting_after": "-1"},
        {"starting_after": "²"},
        {"created_after": "soon"},
        {"actor": "x" * 101},
        {"limit": 0},
    ):
        answer = await api.get("/api/v4/audit", params=query)
        assert answer.status_code == 422, query
        assert answer.json()["error"]["param"] == next(iter(query))
    async with world.client(world.other_key) as rival:
        assert await log(rival) == []


async def test_an_exported_table_runs_nothing_in_a_spreadsheet(
    api: httpx.AsyncClient, world: World
) -> None:
    posting_id = await created(api)
    evil = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", '"quoted", and more']
    for number, name in enumerate(evil):
        body = {"name": name, "email": f"n{number}@example.com", "metadata": {"k": "=x"}}
        await invited(api, posting_id, body | {"phone_number": "+13105557654"})
    scored = await invited(api, posting_id)
    await with_results(world, scored, summary="=cmd|' /C calc'!A0")

    answer = await api.get(f"/api/v4/postings/{posting_id}/export")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    slug = "sales-representative-mid-market"
    assert answer.headers["content-disposition"] == f'attachment; filename="{slug}.csv"'
    assert answer.text.startswith("\ufeffinterview_id,")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    names = {row["name"] for row in rows if row["interview_id"] != scored}
    assert names == {*(f"'{name}" for name in evil[:5]), evil[5]}
    for row in rows:
        assert not any(str(cell).startswith(("=", "+", "-", "@", "＝")) for cell in row.values())
    (mine,) = [row for row in rows if row["interview_id"] == scored]
    assert (mine["score"], mine["resume_score"], mine["status"]) == ("88.0", "4.5", "completed")
    assert mine["interviewed_at"] == "2027-01-15T08:00:00+00:00"


async def test_exported_json_is_what_the_data_call_gives_and_leaves_nobody_out(
    api: httpx.AsyncClient, world: World
) -> None:
    posting_id = await created(api)
    assert (await api.get(f"/api/v4/postings/{posting_id}/export?format=json")).json() == []
    rows = [{"name": f"N {n}", "email": f"n{n}@example.com"} for n in range(205)]
    bulk = await api.post(f"/api/v4/postings/{posting_id}/candidates/bulk", json={"data": rows})
    ids = [row["interview_id"] for row in bulk.json()["data"]]
    exported = (await api.get(f"/api/v4/postings/{posting_id}/export?format=json")).json()
    assert sorted(row["interview_id"] for row in exported) == sorted(ids)
    data = (await api.get(f"/api/v4/interviews/{ids[7]}/data")).json()["data"]
    assert data in exported
    assert (await api.get(f"/api/v4/postings/{posting_id}/export?format=xls")).status_code == 422
    async with world.client(world.other_key) as rival:
        answer = await rival.get(f"/api/v4/postings/{posting_id}/export")
        assert answer.status_code == 404


async def test_a_scorecard_is_a_document_in_which_words_are_only_words(
    api: httpx.AsyncClient, world: World
) -> None:
    interview_id = await invited(api, await created(api), AISHA | {"name": f"Aisha {MARKUP}"})
    url = f"/api/v4/interviews/{interview_id}/scorecard.pdf"
    early = await api.get(url)
    assert (early.status_code, early.json()["error"]["code"]) == (409, "no_report")
    rows = [
        row | {"evidence": [{"quote": f"said {MARKUP}", "start": 75.2, "end": 80.0}]}
        for row in RESULTS["web_interview"]["scorecard"]
    ]
    rows[0]["override"] = {"score": 2, "reason": "Heard otherwise: #sys.inputs", "by": "key:k"}
    await with_results(world, interview_id, scorecard=rows, summary=MARKUP, ai_match_score=91)
    answer = await api.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert f"scorecard-{interview_id}.pdf" in answer.headers["content-disposition"]
    text = "".join(
        page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(answer.content)
    )
    words = " ".join(text.split())
    for shown in (
        '#panic("no") *bold* $x$ `raw`',
        "<script>alert(1)</script>",
        "88 of 100",
        "91 by the AI alone",
        "A person gave 2 instead of the AI’s 5: Heard otherwise: #sys.inputs",
        "1:15",
        "Meets the requirements.",
    ):
        assert shown in words, words
    async with world.client(world.other_key) as rival:
        assert (await rival.get(url)).status_code == 404


async def test_a_typesetter_that_hangs_is_our_fault_and_told(
    api: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    interview_id = await invited(api, await created(api))
    await with_results(world, interview_id)
    monkeypatch.setattr(scorecard, "TYPESETTER", "this")
    answer = await api.get(f"/api/v4/interviews/{interview_id}/scorecard.pdf")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "not_typeset")
    monkeypatch.setattr(scorecard, "WALL_SECONDS", 0.0)
    async with world.store.snapshot() as tx:
        interview = await tx.interview(None, interview_id)
        posting = await tx.posting(None, interview.posting_id)
    with pytest.raises(Unavailable):
        await scorecard.scorecard_pdf(interview, posting, "CloudMetrics")
