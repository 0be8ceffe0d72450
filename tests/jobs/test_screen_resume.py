"""Screening: only what a person would see in the file is assessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from interviewer.domain.errors import NotFound, Unavailable
from interviewer.domain.interview import StepState
from interviewer.domain.posting import Question
from interviewer.jobs.queue import JobFailed
from interviewer.jobs.tasks import make_tasks
from tests.jobs.office import INTERVIEW_ID, Job, Office, a_plan
from tests.sessions.test_resume_text import GOOD, TRICK, pdf, show

ARGS = {"interview_id": INTERVIEW_ID}


@dataclass
class Screener:
    texts: list[str] = field(default_factory=list)
    is_eligible: bool | None = True

    async def screen(
        self, text: str, eligibility: Sequence[Question], scoring: Sequence[Question]
    ) -> Mapping[str, Any]:
        self.texts.append(text)
        return {"overall_score": 4.5, "is_eligible": self.is_eligible}


WAITING: dict[str, Any] = {
    "status": "in_progress",
    "ended_at": None,
    "steps": (
        StepState(id="resume", order=1, status="in_progress"),
        StepState(id="web_interview", order=2),
    ),
}


async def hand_in(office: Office, data: bytes, **more: Any) -> None:
    key = f"interviews/{INTERVIEW_ID}/resume/resume.pdf"
    await office.hold(a_plan(), [])
    await office.context.blobs.put(key, data)
    async with office.context.store.transaction() as tx:
        interview = await tx.interview(None, INTERVIEW_ID)
        await tx.update_interview(replace(interview, resume_blob=key, **more))


async def test_hidden_words_are_flagged_and_never_reach_the_model(office: Office) -> None:
    await hand_in(office, pdf(show(GOOD) + show(TRICK, y=650, before="1 1 1 rg")))
    screener, job = Screener(), Job()

    await make_tasks(office.context, screener)["screen_resume"](job, ARGS)

    assert job.ran == ["read", "screen"]
    assert screener.texts == [GOOD]
    assert (await office.interview()).resume == {
        "overall_score": 4.5,
        "is_eligible": True,
        "flags": ["hidden_text"],
        "hidden_text": [TRICK],
    }
    assert TRICK not in str(job.kept)


async def test_an_erased_candidates_resume_is_not_screened(office: Office) -> None:
    await hand_in(office, pdf(show(GOOD)))
    async with office.context.store.transaction() as tx:
        await tx.erase_interview(INTERVIEW_ID)
    screener = Screener()

    class Failing(Job):
        async def step(self, name: str, function: Any) -> Any:
            try:
                return await super().step(name, function)
            except NotFound as error:
                raise JobFailed(str(error)) from error

    await make_tasks(office.context, screener)["screen_resume"](Failing(), ARGS)

    assert screener.texts == []
    assert await office.context.blobs.list(f"interviews/{INTERVIEW_ID}/") == []


async def test_an_interview_without_a_resume_fails_the_job(office: Office) -> None:
    await office.hold(a_plan(), [])

    with pytest.raises(NotFound):
        await make_tasks(office.context, Screener())["screen_resume"](Job(), ARGS)


@pytest.mark.parametrize(
    ("eligible", "step", "status"),
    [
        (True, "complete", "in_progress"),
        (None, "complete", "in_progress"),
        (False, "knocked_out", "knocked_out"),
    ],
)
async def test_who_waits_for_the_screening_goes_on_or_is_knocked_out(
    office: Office, eligible: bool | None, step: str, status: str
) -> None:
    await hand_in(office, pdf(show(GOOD)), **WAITING)

    tasks = make_tasks(office.context, Screener(is_eligible=eligible))
    await tasks["screen_resume"](Job(), ARGS)

    settled = await office.interview()
    assert (settled.steps[0].status, settled.status) == (step, status)
    assert (settled.resume or {})["is_eligible"] is eligible


async def test_nobody_is_knocked_out_who_has_gone_on_or_was_decided_on(office: Office) -> None:
    steps = (StepState(id="resume", order=1, status="complete"), WAITING["steps"][1])
    await hand_in(office, pdf(show(GOOD)), **WAITING | {"steps": steps})
    tasks = make_tasks(office.context, Screener(is_eligible=False))

    await tasks["screen_resume"](Job(), ARGS)
    gone_on = await office.interview()
    assert (gone_on.steps, gone_on.status) == (steps, "in_progress")

    shortlisted = replace(gone_on, status="shortlisted", steps=WAITING["steps"])
    async with office.context.store.transaction() as tx:
        await tx.update_interview(shortlisted)
    await tasks["screen_resume"](Job(), ARGS)
    assert (await office.interview()).status == "shortlisted"


async def test_a_screening_that_fails_for_good_lets_the_candidate_go_on(office: Office) -> None:
    class Away(Screener):
        async def screen(self, *_: Any) -> Mapping[str, Any]:
            raise Unavailable("away")

    await hand_in(office, pdf(show(GOOD)), **WAITING)
    with pytest.raises(JobFailed):
        await make_tasks(office.context, Away())["screen_resume"](Job(), ARGS)
    settled = await office.interview()
    assert (settled.steps[0].status, settled.resume) == ("complete", None)
