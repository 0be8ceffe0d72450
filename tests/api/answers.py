"""Every call of the API once, in the order in which an integrator and a candidate would make them.

`python -m tests.api.answers` writes what was answered to `interviewer/api/answers.json`, which the
OpenAPI document shows as examples.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from interviewer.api import answers
from interviewer.api.examples import AISHA, MARCUS, OBJECTIONS, PITCH, SALES_POSTING, THREE
from interviewer.domain.interview import StepState
from interviewer.sessions.ingestions import carry_out
from interviewer.storage.engine import migrate, open_store
from tests.api.conftest import NOW, World, make_world

RESULTS = json.loads(Path(__file__).with_name("guide.json").read_text())["answers"][
    "data_with_resume"
]["data"]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ROWS = 2
"""Lists show no more."""


class Recorder:
    """Notes what was answered, by operation id; the first good answer to each stays."""

    def __init__(self, world: World) -> None:
        self.found: dict[str, Any] = {}
        self._clock = world.clock
        self._operations = [
            (method.upper(), re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), operation)
            for path, methods in sorted(world.app.openapi()["paths"].items())
            for method, operation in methods.items()
        ]

    async def call(
        self, client: httpx.AsyncClient, method: str, path: str, body: Any = None, **more: Any
    ) -> Any:
        """The answer's JSON, None where it has none. Anything but success fails."""
        # Lists are ordered by time, and by chance where that is the same.
        self._clock.now += 1.0
        answer = await client.request(method, path, json=body, **more)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        if answer.headers.get("content-type") != "application/json":
            return None
        self.found.setdefault(self._name(method, path), answer.json())
        return answer.json()

    def _name(self, method: str, path: str) -> str:
        # A path without parameters ("/postings/list") comes before one with ("/postings/{id}").
        fitting = [
            (pattern.pattern.count("[^/]+"), operation["operationId"])
            for verb, pattern, operation in self._operations
            if verb == method and pattern.fullmatch(path.partition("?")[0])
        ]
        return str(min(fitting)[1])


async def record(world: World) -> dict[str, Any]:
    """Operation id → the JSON of a good answer, `"refused"` → of a refusal."""
    recorder = Recorder(world)
    async with world.client(world.key) as api, world.client() as page:
        posting_id = await _postings(recorder, api)
        await api.patch(f"/api/v4/postings/{posting_id}", json={"max_retakes": 1})
        interview_id = await _candidates(recorder, api, world, posting_id)
        await _webhooks(recorder, api, posting_id)
        await _candidate_pages(recorder, page, world, posting_id)
        await _results(recorder, api, world, interview_id)
        for path in ("/postings", "/postings/list", f"/postings/{posting_id}/stats", "/audit"):
            await recorder.call(api, "GET", f"/api/v4{path}")
        refused = await api.post("/api/v4/postings", json=SALES_POSTING | {"title": ""})
        assert refused.status_code == 422
    shown: dict[str, Any] = _presentable(recorder.found | {"refused": refused.json()})
    return shown


async def _postings(recorder: Recorder, api: httpx.AsyncClient) -> str:
    call, base = recorder.call, "/api/v4/postings"
    for path in ("voices", "voices/heart", "schemas/agents", "schemas/question-types"):
        await call(api, "GET", f"/api/v4/{path}")
    await call(api, "GET", "/api/v4/workspaces")
    posting_id: str = (await call(api, "POST", base, SALES_POSTING))["data"]["id"]
    one = f"{base}/{posting_id}"
    await call(api, "GET", one)
    await call(api, "PATCH", one, {"title": "Sales Representative, mid-market"})
    await call(api, "PATCH", f"{one}/workflow/resume", {"config": {"optional": True}})
    asked = (await call(api, "GET", f"{one}/questions?modality=voice"))["data"]
    question = (await call(api, "POST", f"{one}/questions", OBJECTIONS))["data"]["id"]
    await call(api, "GET", f"{one}/questions/{question}")
    await call(api, "PATCH", f"{one}/questions/{asked[1]['id']}", PITCH)
    order = [question, *(q["id"] for q in asked)]
    await call(
        api, "POST", f"{one}/questions/reorder", {"modality": "voice", "question_ids": order}
    )
    await call(api, "DELETE", f"{one}/questions/{question}")
    copy = (await call(api, "POST", f"{one}/clone"))["data"]["id"]
    await call(api, "POST", f"{base}/{copy}/archive")
    await call(api, "POST", f"{base}/{copy}/activate")
    return posting_id


async def _candidates(
    recorder: Recorder, api: httpx.AsyncClient, world: World, posting_id: str
) -> str:
    call, base = recorder.call, f"/api/v4/postings/{posting_id}/candidates"
    interview_id: str = (await call(api, "POST", base, MARCUS))["data"]["interview_id"]
    await call(api, "POST", f"{base}/bulk", THREE)
    later = (await call(api, "POST", f"{base}/async", AISHA))["data"]["ingestion_id"]
    more = {"data": [person | {"email": f"2.{person['email']}"} for person in THREE["data"]]}
    await call(api, "POST", f"{base}/bulk/async", more)
    await carry_out(world.store, later, world.clock())
    await call(api, "GET", f"/api/v4/ingestions/{later}")
    one = f"/api/v4/interviews/{interview_id}"
    await call(api, "POST", f"{one}/metadata", {"metadata": {"stage": "onsite"}})
    await call(api, "GET", f"{one}/metadata")
    return interview_id


async def _results(
    recorder: Recorder, api: httpx.AsyncClient, world: World, interview_id: str
) -> None:
    """As if the candidate had been through everything and was evaluated."""
    folder = f"interviews/{interview_id}"
    async with world.store.transaction() as tx:
        interview = await tx.interview(None, interview_id)
        steps = tuple(
            StepState(id=step["id"], order=step["order"], status=step["status"])
            for step in RESULTS["workflow"]["steps"]
        )
        await tx.update_interview(
            replace(
                interview,
                status="completed",
                steps=steps,
                resume=RESULTS["resume"],
                resume_blob=f"{folder}/resume/resume.pdf",
                report=_report(),
                recording={kind: f"{folder}/{kind}" for kind in ("video", "audio")},
                score=RESULTS["score"],
                started_at=NOW,
                ended_at=world.clock(),
            )
        )
    call, one = recorder.call, f"/api/v4/interviews/{interview_id}"
    data = (await call(api, "GET", f"{one}/data"))["data"]
    await call(api, "GET", f"/api/v4/postings/{interview.posting_id}/candidates")
    await call(api, "GET", f"/api/v4/postings/{interview.posting_id}/export?format=json")
    await call(api, "POST", f"/api/candidate/interviews/{interview_id}/retake")
    await call(api, "POST", f"{one}/shortlist")
    await call(api, "POST", f"{one}/dismiss")
    question = data["web_interview"]["scorecard"][0]["question_id"]
    await call(
        api,
        "POST",
        f"{one}/review",
        {"question_id": question, "score": 5, "reason": "She named the size and the outcome."},
    )
    await call(api, "POST", f"{one}/rescore")
    await call(api, "DELETE", f"{one}/metadata")


def _report() -> dict[str, Any]:
    """The guide's results, with what it leaves to us: the transcript, and where a score is from."""
    told = "We closed a $350K deal with six stakeholders in four months."
    turns = (
        ("turn_1", "Interviewer", "Walk me through a deal you are most proud of.", 4.2, 7.9),
        ("turn_2", "Candidate", told, 9.3, 15.1),
    )
    results: dict[str, Any] = RESULTS["web_interview"]
    evidence = {"Q001": [{"quote": told, "start": 9.3, "end": 15.1}]}
    return results | {
        "scorecard": [
            row
            | {
                "evidence": evidence.get(row["question_id"], []),
                "not_scored": False,
                "status": "answered",
            }
            for row in results["scorecard"]
        ],
        "transcript": [
            {
                "turn_id": turn_id,
                "question_id": "Q001",
                "speaker": speaker,
                "text": text,
                "start": start,
                "end": end,
            }
            for turn_id, speaker, text, start, end in turns
        ],
    }


async def _webhooks(recorder: Recorder, api: httpx.AsyncClient, posting_id: str) -> None:
    call, base = recorder.call, "/api/v4/webhooks"
    made = await call(
        api,
        "POST",
        base,
        {
            "posting_id": posting_id,
            "webhook_url": "https://ats.example.com/hooks/interviews",
            "event_type": "candidate_ingested",
        },
    )
    one = f"{base}/{made['data']['webhook_id']}"
    newcomer = {"name": "Emma Rodriguez", "email": "emma@email.com"}
    await api.post(f"/api/v4/postings/{posting_id}/candidates", json=newcomer)
    sent = (await call(api, "GET", f"{one}/deliveries"))["data"][0]["id"]
    await call(api, "POST", f"{one}/deliveries/{sent}/replay")
    await call(api, "GET", base)
    await call(api, "GET", one)
    await call(api, "POST", f"{one}/rotate-secret")
    await call(api, "POST", f"{one}/activate")
    await call(api, "DELETE", one)


async def _candidate_pages(
    recorder: Recorder, page: httpx.AsyncClient, world: World, posting_id: str
) -> None:
    call = recorder.call
    async with world.store.snapshot() as tx:
        posting = await tx.posting(None, posting_id)
    public = f"/api/candidate/postings/cloudmetrics/{posting.slug}"
    await call(page, "GET", public)
    joined = await call(
        page,
        "POST",
        f"{public}/interviews",
        {"name": "Priya Raman", "email": "priya@email.com", "phone_number": "+14155550100"},
    )
    one = f"/api/candidate/interviews/{joined['data']['interview_id']}"
    await call(page, "POST", f"{one}/consent", {"recording": True, "ai_assessment": True})
    resume = {"file": ("resume.pdf", b"%PDF-1.7 a resume", "application/pdf")}
    await call(page, "POST", f"{one}/resume", files=resume)
    await call(page, "GET", one)
    other = await call(
        page, "POST", f"{public}/interviews", {"name": "Leo Brandt", "email": "leo@email.com"}
    )
    without = f"/api/candidate/interviews/{other['data']['interview_id']}"
    await call(page, "POST", f"{without}/consent", {"recording": True, "ai_assessment": True})
    await call(page, "POST", f"{without}/resume/skip")
    camera = f"{without}/camera/camera-0001"
    headers = {"Content-Type": "video/mp4", "X-Started-At": "1.25"}
    await call(page, "PUT", f"{camera}/0", content=b"a chunk", headers=headers)
    await call(page, "POST", f"{camera}/finish")
    joined_call = await call(page, "POST", f"{without}/connect")
    await call(page, "DELETE", joined_call["sdp_url"])
    await call(page, "GET", f"{without}/mine")
    await call(page, "POST", f"{without}/erase-request")
    await call(page, "POST", "/api/review/login", {"api_key": world.key})
    await call(page, "GET", "/api/review/me")
    for path in ("/health", "/ready"):
        await call(page, "GET", path)


def _presentable(found: Any) -> Any:
    """The public host in place of the tests', short lists, and no secret that was ever used."""
    if isinstance(found, dict):
        shown = {key: _presentable(value) for key, value in found.items()}
        return shown | ({"secret": SECRET} if isinstance(found.get("secret"), str) else {})
    if isinstance(found, list):
        return [_presentable(item) for item in found[:ROWS]]
    if isinstance(found, str):
        return re.sub(r"\b(\w+)\.test\b", r"\1.example.com", re.sub(r"^(http|ws):", r"\1s:", found))
    return found


async def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/interviewer.db"
        migrate(url)
        store = open_store(url)
        try:
            found = await record(await make_world(store, Path(folder)))
        finally:
            await store.close()
    target = Path(answers.__file__).with_name("answers.json")
    target.write_text(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


if __name__ == "__main__":
    asyncio.run(_main())
