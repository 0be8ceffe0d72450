"""What the candidate's page calls: consent, resume, camera, one's own data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from interviewer.sessions.resume import after_screening
from interviewer.sessions.start import finish_interview
from tests.api.bodies import AISHA, consented, created, invited, posting, short_posting
from tests.api.conftest import NOW, ORIGIN, World

PDF = b"%PDF-1.7 a resume"
CAMERA = "camera-0001"
MP4 = {"Content-Type": "video/mp4;codecs=avc1,opus"}


def url(interview_id: str, rest: str = "") -> str:
    return f"/api/candidate/interviews/{interview_id}{rest}"


async def upload(
    page: httpx.AsyncClient, interview_id: str, data: bytes, name: str = "cv.pdf"
) -> httpx.Response:
    return await page.post(url(interview_id, "/resume"), files={"file": (name, data)})


async def test_the_page_gets_all_that_it_shows(
    api: httpx.AsyncClient, page: httpx.AsyncClient
) -> None:
    posting_id = await created(api)
    interview_id = await invited(api, posting_id)
    answer = await page.get(url(interview_id))
    assert answer.status_code == 200
    body = answer.json()
    assert body["object"] == "candidate_interview"
    data = body["data"]
    consent = data.pop("consent")
    limits = data.pop("limits")
    deadline = data["posting"].pop("deadline")
    assert deadline > NOW
    assert data == {
        "interview_id": interview_id,
        "status": "pending",
        "candidate": {"first_name": "Aisha", "name": "Aisha Williams"},
        "posting": {
            "id": posting_id,
            "title": "Sales Representative - Mid Market",
            "company": "CloudMetrics",
            "company_overview": posting()["company_overview"],
            "job_overview": posting()["job_overview"],
            "language": "en",
            "redirect_url": None,
        },
        "interviewer": {"name": "Rachel", "voice_id": None},
        "steps": [
            {
                "id": name,
                "type": name,
                "order": order,
                "status": "not_started",
                "optional": name == "resume",
            }
            for order, name in enumerate(("resume", "web_interview"), start=1)
        ],
        "current_step": "resume",
        "options": {
            "video": True,
            "typed_answers": True,
            "retention_days": 180,
            "contact": None,
        },
        "progress": {
            "started": False,
            "ended": False,
            "question_index": 0,
            "question_total": 5,
            "live": False,
            "end_reason": None,
        },
        "attempt": 1,
        "retake": None,
    }
    assert limits["question_count"] == 5
    assert limits["resume_max_bytes"] == 10 * 1024 * 1024
    assert 5 <= limits["expected_minutes"] <= 45
    assert (consent["required"], consent["given"]) == (True, False)
    told = (consent["recording_text"] + consent["assessment_text"]).lower()
    for word in ("voice", "camera", "180 days", "rachel", "cloudmetrics", "resume", "erased"):
        assert word in told
    for never in ("face", "accent", "emotion"):
        assert never in told
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("interviewer_browser=")
    assert "HttpOnly" in cookie
    assert "set-cookie" not in (await page.get(url(interview_id))).headers


async def test_silent_texts_stay_off_the_page(
    api: httpx.AsyncClient, page: httpx.AsyncClient
) -> None:
    modes = {
        "company_overview_delivery_mode": "reference_only",
        "job_overview_delivery_mode": "silent_reference",
    }
    interview_id = await invited(api, await created(api, posting(**modes)))
    shown = (await page.get(url(interview_id))).json()["data"]["posting"]
    assert (shown["company_overview"], shown["job_overview"]) == (None, None)


async def test_an_unknown_interview(page: httpx.AsyncClient) -> None:
    for bad in ("0123456789ABCDEF", "x", "%00", "a" * 500):
        answer = await page.get(url(bad))
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"recording": True},
        {"recording": True, "ai_assessment": False},
        {"recording": False, "ai_assessment": True},
        {"recording": "true", "ai_assessment": True},
        {"recording": 1, "ai_assessment": 1},
        {"recording": True, "ai_assessment": None},
        {"recording": True, "ai_assessment": True, "marketing": True},
    ],
)
async def test_consent_is_two_true_booleans(
    api: httpx.AsyncClient, page: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    interview_id = await invited(api, await created(api))
    answer = await page.post(url(interview_id, "/consent"), json=body)
    assert answer.status_code == 422
    assert (await page.get(url(interview_id))).json()["data"]["consent"]["given"] is False


async def test_consent_is_kept_with_its_text(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    interview_id = await invited(api, await created(api))
    await consented(page, interview_id)
    world.clock.now += 60
    await consented(page, interview_id)
    async with world.store.snapshot() as tx:
        consent = (await tx.interview(None, interview_id)).consent
    assert consent is not None
    shown = (await page.get(url(interview_id))).json()["data"]["consent"]
    assert (consent.text_version, consent.at) == (shown["text_version"], NOW)
    assert shown["given"] is True


async def test_nothing_is_taken_without_consent(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    interview_id = await invited(api, await created(api))
    answers = [
        await upload(page, interview_id, PDF),
        await page.post(url(interview_id, "/resume/skip")),
        await page.post(url(interview_id, "/connect")),
        await page.put(url(interview_id, f"/camera/{CAMERA}/0"), content=b"x", headers=MP4),
        await page.post(url(interview_id, f"/camera/{CAMERA}/finish")),
    ]
    for answer in answers:
        assert answer.status_code == 403, answer.text
        assert answer.json()["error"]["code"] == "consent_required"
    assert not world.blobs.stored
    assert not world.live.calls


async def test_a_resume_is_read_at_once(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    interview_id = await invited(api, await created(api))
    await consented(page, interview_id)
    unreadable = await upload(page, interview_id, b"MZ not a resume", "../../cv.exe")
    assert unreadable.status_code == 422
    assert unreadable.json()["error"]["code"] == "unreadable_resume"
    assert (await page.get(url(interview_id))).json()["data"]["current_step"] == "resume"
    assert not world.blobs.stored
    taken = await upload(page, interview_id, PDF, "..\\..\\Aïsha's cv.pdf")
    assert taken.status_code == 200
    assert taken.json()["data"]["current_step"] == "web_interview"
    assert taken.json()["data"]["steps"][0]["status"] == "complete"
    assert world.blobs.stored == {
        f"interviews/{interview_id}/resume/resume.pdf": (PDF, "application/pdf")
    }
    assert world.jobs.queued == {
        f"screen_resume:{interview_id}:1": ("screen_resume", {"interview_id": interview_id})
    }
    twice = await upload(page, interview_id, PDF)
    assert twice.status_code == 409
    assert twice.json()["error"]["code"] == "step_done"


async def test_uploads_that_are_no_resume(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    interview_id = await invited(api, await created(api))
    await consented(page, interview_id)
    path = url(interview_id, "/resume")
    limit = 10 * 1024 * 1024
    assert (await upload(page, interview_id, PDF + b"x" * limit)).status_code == 413
    assert (await upload(page, interview_id, PDF + b"x" * (limit + 10**6))).status_code == 413

    async def endless() -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(300):
            yield b"x" * 65_536

    multipart = {"Content-Type": "multipart/form-data; boundary=b"}
    streamed = await page.post(path, content=endless(), headers=multipart)
    assert streamed.status_code == 413
    for body in (
        {"json": {"file": "x"}},
        {"data": {"file": "text"}},
        {"files": {"cv": ("cv.pdf", PDF)}},
        {"content": b"", "headers": multipart},
        {"content": b"--b\r\ngarbage", "headers": multipart},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
    ):
        answer = await page.post(path, **body)
        assert answer.status_code in (400, 422), (body, answer.text)
        assert answer.json()["error"]["message"]
    two = [("file", ("a.pdf", PDF)), ("file", ("b.pdf", PDF))]
    assert (await page.post(path, files=two)).status_code in (400, 422)
    assert not world.blobs.stored


async def test_skipping_where_it_is_optional(
    api: httpx.AsyncClient, page: httpx.AsyncClient
) -> None:
    interview_id = await invited(api, await created(api))
    await consented(page, interview_id)
    early = await page.post(url(interview_id, "/connect"))
    assert early.status_code == 403
    assert early.json()["error"]["code"] == "step_not_open"
    skipped = (await page.post(url(interview_id, "/resume/skip"))).json()["data"]
    assert skipped["steps"][0]["status"] == "skipped"
    assert skipped["current_step"] == "web_interview"
    data = (await api.get(f"/api/v4/interviews/{interview_id}/data")).json()["data"]
    step = {"id": "resume", "order": 1, "status": "skipped", "started": False, "completed": False}
    assert data["workflow"]["steps"][0] == step
    body = posting()
    del body["workflow"][0]["config"]
    required = await invited(api, await created(api, body))
    await consented(page, required)
    refused = await page.post(url(required, "/resume/skip"))
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "step_required"


async def test_a_resume_that_decides_is_waited_for(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    body = posting()
    body["workflow"][0]["config"] = {"optional": False, "knockout_enabled": True}
    interview_id = await invited(api, await created(api, body))
    told = (await page.get(url(interview_id))).json()["data"]["consent"]["assessment_text"]
    assert "if your resume does not meet the requirements" in told
    await consented(page, interview_id)
    waiting = (await upload(page, interview_id, PDF)).json()["data"]
    assert (waiting["steps"][0]["status"], waiting["current_step"]) == ("in_progress", "resume")
    twice = await upload(page, interview_id, PDF)
    assert (twice.status_code, twice.json()["error"]["code"]) == (409, "resume_being_read")
    early = await page.post(url(interview_id, "/connect"))
    assert (early.status_code, early.json()["error"]["code"]) == (403, "step_not_open")

    async with world.store.transaction() as tx:
        interview = await tx.interview(None, interview_id)
        result = {"is_eligible": False, "overall_score": 1.0}
        await tx.update_interview(after_screening(interview, result, NOW))
    seen = (await page.get(url(interview_id))).json()["data"]
    assert (seen["status"], seen["current_step"]) == ("knocked_out", None)
    data = (await api.get(f"/api/v4/interviews/{interview_id}/data")).json()["data"]
    assert data["status"] == "knocked_out"
    assert data["workflow"]["steps"][0] == {
        "id": "resume",
        "order": 1,
        "status": "knocked_out",
        "started": True,
        "completed": True,
    }
    late = await page.post(url(interview_id, "/connect"))
    assert (late.status_code, late.json()["error"]["code"]) == (409, "interview_over")


@pytest.mark.parametrize(
    "config",
    [{"optional": True, "knockout_enabled": True}, {"optional": False}, {"mandatory": True}],
)
async def test_a_resume_that_does_not_decide_is_not_waited_for(
    api: httpx.AsyncClient, page: httpx.AsyncClient, config: dict[str, Any]
) -> None:
    body = posting()
    body["workflow"][0]["config"] = config
    interview_id = await invited(api, await created(api, body))
    await consented(page, interview_id)
    taken = (await upload(page, interview_id, PDF)).json()["data"]
    assert (taken["steps"][0]["status"], taken["current_step"]) == ("complete", "web_interview")


async def test_a_posting_without_resume_has_no_such_step(
    api: httpx.AsyncClient, page: httpx.AsyncClient
) -> None:
    interview_id = await invited(api, await created(api, short_posting()))
    await consented(page, interview_id)
    assert (await upload(page, interview_id, PDF)).status_code == 409
    assert (await page.post(url(interview_id, "/resume/skip"))).status_code == 409


async def ready_for_camera(api: httpx.AsyncClient, page: httpx.AsyncClient) -> str:
    interview_id = await invited(api, await created(api))
    await consented(page, interview_id)
    await page.post(url(interview_id, "/resume/skip"))
    return interview_id


async def test_camera_chunks_come_in_order_and_again(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    interview_id = await ready_for_camera(api, page)
    path = url(interview_id, f"/camera/{CAMERA}")
    first = await page.put(f"{path}/0", content=b"chunk 0", headers=MP4 | {"X-Started-At": "1.25"})
    assert (first.status_code, first.json()) == (200, {"received": 1})
    gap = await page.put(f"{path}/2", content=b"chunk 2", headers=MP4)
    assert gap.status_code == 409
    assert gap.json()["received"] == 1
    assert gap.json()["error"]["code"] == "chunk_gap"
    assert (await page.put(f"{path}/1", content=b"chunk 1", headers=MP4)).json() == {"received": 2}
    again = await page.put(f"{path}/0", content=b"chunk 0", headers=MP4)
    assert again.json() == {"received": 2}
    finished = await page.post(f"{path}/finish")
    assert (finished.status_code, finished.json()) == (200, {"received": 2})
    late = await page.put(f"{path}/2", content=b"chunk 2", headers=MP4)
    assert late.json()["error"]["code"] == "camera_finished"
    async with world.store.snapshot() as tx:
        (camera,) = await tx.cameras(interview_id)
    assert (camera.received, camera.bytes, camera.finished) == (2, 14, True)
    assert (camera.mime_type, camera.started_at) == (MP4["Content-Type"], 1.25)
    folder = f"interviews/{interview_id}/camera/{CAMERA}"
    assert {k: v[0] for k, v in world.blobs.stored.items()} == {
        f"{folder}/000000": b"chunk 0",
        f"{folder}/000001": b"chunk 1",
    }


async def test_unusable_chunks(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    interview_id = await ready_for_camera(api, page)
    path = url(interview_id, "/camera")
    for camera, seq, content, headers, status in (
        ("short", "0", b"x", MP4, 422),
        ("has_underscore", "0", b"x", MP4, 422),
        ("x" * 41, "0", b"x", MP4, 422),
        (CAMERA, "-1", b"x", MP4, 422),
        (CAMERA, "one", b"x", MP4, 422),
        (CAMERA, "9" * 30, b"x", MP4, 422),
        (CAMERA, "0", b"", MP4, 422),
        (CAMERA, "0", b"x", {"Content-Type": "text/html"}, 422),
        (CAMERA, "0", b"x", {}, 422),
        (CAMERA, "0", b"x", MP4 | {"X-Started-At": "soon"}, 422),
        (CAMERA, "0", b"x" * (8 * 1024 * 1024 + 1), MP4, 413),
    ):
        answer = await page.put(f"{path}/{camera}/{seq}", content=content, headers=headers)
        assert answer.status_code == status, (camera, seq, answer.text)
    assert not world.blobs.stored
    await page.put(f"{path}/{CAMERA}/0", content=b"x", headers=MP4)
    changed = await page.put(
        f"{path}/{CAMERA}/1", content=b"x", headers={"Content-Type": "video/webm"}
    )
    assert changed.json()["error"]["code"] == "mime_type_changed"


async def test_uploads_close_half_an_hour_after_the_end(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    interview_id = await ready_for_camera(api, page)
    path = url(interview_id, f"/camera/{CAMERA}")
    await finish_interview(
        world.store, world.jobs, interview_id, reason="completed", now=world.clock.now
    )
    world.clock.now += 1799
    assert (await page.put(f"{path}/0", content=b"x", headers=MP4)).status_code == 200
    world.clock.now += 2
    assert (await page.put(f"{path}/1", content=b"x", headers=MP4)).status_code == 410


async def test_audio_only_interviews_take_no_camera(
    api: httpx.AsyncClient, page: httpx.AsyncClient
) -> None:
    interview_id = await invited(api, await created(api, short_posting()))
    await consented(page, interview_id)
    answer = await page.put(url(interview_id, f"/camera/{CAMERA}/0"), content=b"x", headers=MP4)
    assert answer.json()["error"]["code"] == "no_video"


async def test_candidates_see_what_is_stored(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    interview_id = await invited(api, await created(api))
    mine = (await page.get(url(interview_id, "/mine"))).json()["data"]
    assert mine["phone_number"] == f"•••{AISHA['phone_number'][-4:]}"  # the link proves nothing yet
    await consented(page, interview_id)
    mine = (await page.get(url(interview_id, "/mine"))).json()["data"]
    assert mine["email"] == AISHA["email"]
    assert mine["phone_number"] == AISHA["phone_number"]
    assert mine["consent"]["recording"] is True
    assert mine["transcript"] == []
    assert mine["erasure_requested"] is False
    assert "score" not in str(mine)
    for _ in range(2):
        assert (await page.post(url(interview_id, "/erase-request"))).status_code == 202
    mine = (await page.get(url(interview_id, "/mine"))).json()["data"]
    assert mine["erasure_requested"] is True
    async with world.store.snapshot() as tx:
        trail = await tx.audit_entries("ws_cloudmetrics", interview_id)
    assert [e.action for e in trail].count("erasure.requested") == 1


async def test_anyone_can_join_from_the_public_page(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    posting_id = await created(api)
    path = "/api/candidate/postings/cloudmetrics/sales-representative-mid-market"
    shown = (await page.get(path)).json()["data"]
    assert shown["id"] == posting_id
    assert shown["company"] == "CloudMetrics"
    assert shown["interviewer"] == {"name": "Rachel"}
    assert shown["limits"]["question_count"] == 5
    assert shown["open"] is True
    person = {"name": "Jo Doe", "email": "jo@example.com"}
    first = await page.post(f"{path}/interviews", json=person)
    assert first.status_code == 201
    data = first.json()["data"]
    assert data["interview_url"] == f"{ORIGIN}/cloudmetrics/i/{data['interview_id']}"
    stolen = await page.post(f"{path}/interviews", json=person | {"name": "Not Jo"})
    assert stolen.json()["data"] == data
    stored = (await api.get(f"/api/v4/interviews/{data['interview_id']}/data")).json()["data"]
    assert stored["name"] == "Jo Doe"
    assert (await page.post(f"{path}/interviews", json={"name": "Jo"})).status_code == 422
    for wrong in ("rival/sales-representative-mid-market", "cloudmetrics/nothing", "x/y"):
        assert (await page.get(f"/api/candidate/postings/{wrong}")).status_code == 404
        answer = await page.post(f"/api/candidate/postings/{wrong}/interviews", json=person)
        assert answer.status_code == 404
    world.clock.now += 40 * 86_400
    assert (await page.get(path)).json()["data"]["open"] is False
    late = await page.post(f"{path}/interviews", json={"name": "Al", "email": "al@example.com"})
    assert late.status_code == 409


async def test_an_address_alone_opens_no_interview_that_has_begun(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    await created(api, short_posting())
    path = "/api/candidate/postings/cloudmetrics/barista/interviews"
    person = {"name": "Jo Doe", "email": "jo@example.com"}
    mine = (await page.post(path, json=person)).json()["data"]["interview_id"]
    await consented(page, mine)
    async with world.client() as stranger:
        for cookie in ("", "0" * 64, "é"):
            headers = {b"Cookie": f"interviewer_joined={cookie}".encode()}
            refused = await stranger.post(path, json=person, headers=headers)
            assert refused.status_code == 409
            assert refused.json()["error"]["code"] == "already_begun"
            assert mine not in refused.text
    again = await page.post(path, json=person)
    assert again.json()["data"]["interview_id"] == mine


async def test_joining_is_limited(api: httpx.AsyncClient, page: httpx.AsyncClient) -> None:
    await created(api, short_posting())
    path = "/api/candidate/postings/cloudmetrics/barista/interviews"
    statuses = []
    for i in range(31):
        person = {"name": "Bot", "email": f"bot{i}@example.com"}
        statuses.append((await page.post(path, json=person)).status_code)
    assert statuses == [201] * 30 + [429]


async def test_what_comes_too_late(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    posting_id = await created(api, short_posting())
    late = await invited(api, posting_id)
    begun = await invited(api, posting_id, {"name": "Bo", "email": "bo@example.com"})
    over = await invited(api, posting_id, {"name": "Cy", "email": "cy@example.com"})
    for interview_id in (late, begun, over):
        await consented(page, interview_id)
    async with world.store.transaction() as tx:
        record = await tx.interview(None, begun)
        await tx.update_interview(replace(record, started_at=NOW, status="in_progress"))
    await finish_interview(world.store, world.jobs, over, reason="completed", now=NOW)
    world.clock.now += 40 * 86_400
    closed = await page.post(url(late, "/connect"))
    assert (closed.status_code, closed.json()["error"]["code"]) == (410, "posting_closed")
    assert (await page.post(url(begun, "/connect"))).status_code == 200
    done = await page.post(url(over, "/connect"))
    assert (done.status_code, done.json()["error"]["code"]) == (409, "interview_over")
