"""Evaluation from an interview's end to its report, in durable steps."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from interviewer.domain.errors import NotFound
from interviewer.domain.transcript import Word
from interviewer.interfaces import CameraRecording
from interviewer.jobs.tasks import media
from interviewer.jobs.tasks.finalize import finalize_interview
from tests.contracts.records import a_webhook
from tests.jobs.office import (
    INTERVIEW_ID,
    Job,
    Judgement,
    Office,
    a_plan,
    a_planned_question,
    asked,
    spoken,
)
from tests.media.finalize.studio import (
    Recorder,
    beeps_heard,
    flashes_seen,
    interview,
    write_session,
)

ARGS = {"interview_id": INTERVIEW_ID}
STEPS = ["audio", "transcribe", "score:q1", "score:q2", "score:q3", "uploads", "video", "report",
         "tidy"]  # fmt: skip
ANSWER = "We closed a deal of $350,000 with six stakeholders at a bank."


async def hold(office: Office, *, camera: bool = False, **conversation: Any) -> None:
    """Three questions: answered, asked without an answer, never reached; 14 s recorded."""
    plan = a_plan(
        a_planned_question("q1", 1, score_weight=3.0, max_follow_ups=2),
        a_planned_question("q2", 2, score_weight=1.0),
        a_planned_question("q3", 3),
        video=camera,
    )
    room = interview(14.0, [3.0, 11.0])
    room.candidate[int(8.0 * 48_000) : int(10.9 * 48_000)] = 0.0
    room.candidate[int(11.1 * 48_000) :] = 0.0
    await asyncio.to_thread(write_session, office.session_path(), room, 0.0, 14.0)
    if camera:
        path = office.session_path().with_name("camera")
        await asyncio.to_thread(Recorder(start=1.0, end=13.0).record, path, room)
        await upload(office, path.read_bytes(), finished=True)
        path.unlink()
    turns = [
        asked("t1", 0.0, 1.0, "q1"),
        spoken("t2", "we closed a meal of 350", 1.2, 6.0, "q1"),
        asked("t3", 8.0, 9.0, "q2"),
    ]
    progress = {"q1": {"outcome": "answered"}, "q2": {"outcome": "unanswered"}}
    await office.hold(plan, turns, progress=progress, **conversation)
    if camera:
        await record_camera(office, finished=True)
    tokens = ANSWER.split()
    office.scribe.words = [Word(t, 1.5 + 0.4 * i, 1.8 + 0.4 * i) for i, t in enumerate(tokens)]
    office.judge.judgements = {
        "q1": Judgement(4, "Closed a $350,000 deal. Named the stakeholders.",
                        ["six stakeholders at a bank", "never said this"]),
    }  # fmt: skip


async def upload(office: Office, data: bytes, *, finished: bool) -> None:
    chunks = np.array_split(np.frombuffer(data, np.uint8), 3)
    for seq, chunk in enumerate(chunks):
        key = f"interviews/{INTERVIEW_ID}/camera/camera-01/{seq:06d}"
        await office.context.blobs.put(key, chunk.tobytes())


async def record_camera(office: Office, *, finished: bool) -> None:
    async with office.context.store.transaction() as tx:
        await tx.save_camera(
            CameraRecording(
                camera_id="camera-01",
                interview_id=INTERVIEW_ID,
                mime_type="video/mp4",
                received=3,
                finished=finished,
                started_at=1.0,
            )
        )


async def test_an_interview_is_evaluated_from_what_was_really_said(office: Office) -> None:
    noticed = [{"kind": "paste", "at": 4.5}]
    await hold(office, camera=True, human_requested=True, integrity=noticed)
    job = Job()

    await finalize_interview(office.context, job, ARGS)

    assert job.ran == STEPS
    done = await office.interview()
    assert (done.status, done.score) == ("completed", 65.0)
    assert done.report is not None
    assert done.report["match_score"] == 65  # (3*4 + 1*1) / (5*4)
    assert done.report["media"] == {"video": True, "note": None}
    assert 1 <= len(done.report["tags"]) <= 5
    assert done.report["model"]["name"] == "fake-model"
    assert (done.report["human_requested"], done.report["integrity"]) == (True, noticed)
    first, second, third = done.report["scorecard"]
    assert first["evaluation_score"] == 4
    assert first["evidence"] == [{"quote": "six stakeholders at a bank", "start": 4.3, "end": 6.2}]
    assert (second["evaluation_score"], second["status"]) == (1, "not_answered")
    assert "not answered" in second["evaluation_summary"]
    assert (third["evaluation_score"], third["status"]) == (None, "not_reached")
    assert office.judge.asked == ["q1"]
    assert done.report["highlights"] == ["Closed a $350,000 deal."]
    assert done.report["lowlights"] == ["Gave no answer to “Question 2?”"]
    texts = [row["text"] for row in done.report["transcript"]]
    assert texts == ["Question?", ANSWER, "Question?"]
    assert office.scribe.heard_seconds == pytest.approx(14.0, abs=0.1)


async def test_the_recordings_are_stored_and_in_sync(office: Office, tmp_path: Any) -> None:
    await hold(office, camera=True)

    await finalize_interview(office.context, Job(), ARGS)

    done = await office.interview()
    assert done.recording is not None
    video, audio = tmp_path / "v.mp4", tmp_path / "a.mp3"
    await office.context.blobs.download(done.recording["video"], str(video))
    await office.context.blobs.download(done.recording["audio"], str(audio))
    assert np.allclose(flashes_seen(video), [3.0, 11.0], atol=0.08)
    assert np.allclose(beeps_heard(audio), [3.0, 11.0], atol=0.03)
    assert done.recording["duration"] == pytest.approx(14.0, abs=0.1)
    assert not office.session_path().exists()
    kept = await office.context.blobs.list(f"interviews/{INTERVIEW_ID}/audio/")
    assert [blob.key for blob in kept] == [f"interviews/{INTERVIEW_ID}/audio/0000-000000.mka"]


@pytest.mark.parametrize("step", STEPS)
async def test_a_kill_after_any_step_repeats_no_finished_one_and_loses_nothing(
    office: Office, here: None, step: str
) -> None:
    await hold(office)
    job = Job(dies_after=step)

    with pytest.raises(asyncio.CancelledError):
        await finalize_interview(office.context, job, ARGS)
    await finalize_interview(office.context, job, ARGS)

    again = STEPS.index(step)
    assert job.ran == STEPS[: again + 1] + STEPS[again:]
    done = await office.interview()
    assert done.report is not None
    assert (done.status, done.score) == ("completed", 65.0)
    assert [row["text"] for row in done.report["transcript"]][1] == ANSWER
    assert done.report["scorecard"][0]["evidence"][0]["start"] == 4.3


async def test_evaluating_again_works_from_the_kept_recordings_and_keeps_overrides(
    office: Office,
    here: None,
) -> None:
    await hold(office)
    await finalize_interview(office.context, Job(), ARGS)
    override = {"score": 5, "reason": "Knows the bank", "by": "key:1", "at": 1.0}
    async with office.context.store.transaction() as tx:
        interview = await tx.interview(None, INTERVIEW_ID)
        assert interview.report is not None
        interview.report["scorecard"][0]["override"] = override
        await tx.update_interview(interview)

    await finalize_interview(office.context, Job(job_id="rescore"), ARGS)

    done = await office.interview()
    assert done.report is not None
    assert done.report["scorecard"][0]["override"] == override
    assert (done.report["ai_match_score"], done.report["match_score"]) == (65, 80)
    assert done.score == 80.0
    assert [row["text"] for row in done.report["transcript"]][1] == ANSWER


async def test_a_model_that_stays_down_scores_nothing_rather_than_badly(
    office: Office, here: None
) -> None:
    await hold(office)
    office.judge.down = office.model.down = True

    await finalize_interview(office.context, Job(), ARGS)

    done = await office.interview()
    assert done.report is not None
    row = done.report["scorecard"][0]
    assert (row["evaluation_score"], row["status"], row["flags"]) == (
        None, "answered", ["not_assessed"],
    )  # fmt: skip
    assert done.report["match_score"] == 20  # the unanswered question alone
    assert done.status == "completed"
    assert done.report["tags"]


async def test_an_answer_nobody_could_make_out_is_our_failure_and_not_scored(
    office: Office,
    here: None,
) -> None:
    await hold(office)
    office.scribe.words = []
    async with office.context.store.transaction() as tx:
        await tx.replace_turns(INTERVIEW_ID, [asked("t1", 0.0, 1.0, "q1")])

    await finalize_interview(office.context, Job(), ARGS)

    done = await office.interview()
    assert done.report is not None
    row = done.report["scorecard"][0]
    assert (row["status"], row["evaluation_score"]) == ("not_recognised", None)
    assert done.report["match_score"] is None
    assert done.score is None


async def test_no_recording_at_all_still_gives_a_report_from_the_live_turns(
    office: Office,
    here: None,
) -> None:
    await hold(office)
    office.session_path().unlink()

    await finalize_interview(office.context, Job(), ARGS)

    done = await office.interview()
    assert done.report is not None
    assert done.recording == {"video": None, "audio": None, "duration": 0.0}
    assert [row["text"] for row in done.report["transcript"]][1] == "we closed a meal of 350"
    assert done.status == "completed"


async def test_a_camera_that_never_finishes_is_used_as_far_as_it_came(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hold(office, camera=True)
    await record_camera(office, finished=False)
    monkeypatch.setattr("interviewer.jobs.tasks.media.UPLOAD_STALLED", 0.0)

    await finalize_interview(office.context, Job(), ARGS)

    done = await office.interview()
    assert done.report is not None
    assert done.report["media"]["video"] is True
    assert "did not finish" in done.report["media"]["note"]


async def test_a_camera_that_crashes_the_finalizer_costs_only_the_video(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hold(office, camera=True)
    real = media.render

    async def render(request: dict[str, Any]) -> dict[str, Any]:
        broken = {**request, "cameras": [{"path": 1}]} if request.get("cameras") else request
        result: dict[str, Any] = await real(broken)
        return result

    monkeypatch.setattr("interviewer.jobs.tasks.media.render", render)

    await finalize_interview(office.context, Job(), ARGS)

    done = await office.interview()
    assert done.report is not None
    assert done.status == "completed"
    assert done.report["media"] == {
        "video": False,
        "note": "The video could not be put together; the sound is complete.",
    }


async def test_an_interview_erased_meanwhile_leaves_nothing_behind(
    office: Office, here: None
) -> None:
    await hold(office)
    job = Job(dies_after="transcribe")
    with pytest.raises(asyncio.CancelledError):
        await finalize_interview(office.context, job, ARGS)
    async with office.context.store.transaction() as tx:
        await tx.erase_interview(INTERVIEW_ID)

    await finalize_interview(office.context, job, ARGS)

    with pytest.raises(NotFound):
        await office.interview()
    assert not office.session_path().exists()
    assert await office.context.blobs.list(f"interviews/{INTERVIEW_ID}/") == []


async def test_a_report_is_announced_once_for_each_evaluation(office: Office, here: None) -> None:
    await hold(office)
    async with office.context.store.transaction() as tx:
        await tx.add_webhook(a_webhook(event_type="report_available"))
    killed = Job(dies_after="report")
    with pytest.raises(asyncio.CancelledError):
        await finalize_interview(office.context, killed, ARGS)
    await finalize_interview(office.context, killed, ARGS)
    assert killed.ran.count("report") == 2
    await finalize_interview(office.context, Job(f"finalize_interview:{INTERVIEW_ID}:1:5"), ARGS)

    async with office.context.store.snapshot() as tx:
        told = (await tx.deliveries("WH1", limit=10)).items
    assert [d.event_type for d in told] == ["report_available"] * 2
    assert len({d.event_id for d in told}) == 2
