"""What happens after an interview, as durable steps.

audio → second transcription → one score a question → video → report, completed → tidy up. The
video comes late because its upload may: nothing else waits for it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

import structlog

from interviewer.domain.errors import NotFound
from interviewer.domain.plan import InterviewPlan
from interviewer.jobs.queue import JobContext, JobFailed
from interviewer.jobs.tasks.context import TaskContext
from interviewer.jobs.tasks.media import (
    NO_VIDEO,
    await_uploads,
    keep_recordings,
    make_audio,
    make_video,
)
from interviewer.jobs.tasks.report import write_report
from interviewer.jobs.tasks.score import give_up, score_question
from interviewer.jobs.tasks.transcribe import transcribe

log = structlog.get_logger()

NO_AUDIO = "The recording could not be put together; the live transcript was used."


async def finalize_interview(
    context: TaskContext, job: JobContext, args: Mapping[str, Any]
) -> None:
    """`args`: `{"interview_id"}`. A killed worker's finished steps are not run again.

    A part that fails for good is left out and said so; only the report has to succeed. An
    interview that was erased meanwhile ends it quietly.
    """
    interview_id = str(args["interview_id"])
    try:
        await _evaluate(context, job, interview_id)
    except (JobFailed, NotFound):
        if not await _erased(context, interview_id):
            raise
        shutil.rmtree(context.recordings / interview_id, ignore_errors=True)
        await context.blobs.delete_prefix(f"interviews/{interview_id}/")
        log.info("finalize.erased", interview_id=interview_id)


async def _evaluate(context: TaskContext, job: JobContext, interview_id: str) -> None:
    media: dict[str, Any] = {"audio": False, "duration": 0.0, "gaps": [], "note": None}
    try:
        media |= await job.step("audio", lambda: make_audio(context, interview_id))
        await job.step("transcribe", lambda: transcribe(context, interview_id, media["gaps"]))
    except JobFailed as error:
        log.warning("finalize.audio.given_up", interview_id=interview_id, reason=str(error))
        media["note"] = NO_AUDIO
    for question_id in await _questions(context, interview_id):
        await _score(context, job, interview_id, question_id)
    try:
        await job.step("uploads", lambda: await_uploads(context, interview_id))
        video = await job.step("video", lambda: make_video(context, interview_id))
    except JobFailed as error:
        log.warning("finalize.video.given_up", interview_id=interview_id, reason=str(error))
        video = {"video": False, "note": NO_VIDEO}
    notes = [note for note in (media["note"], video["note"]) if note]
    result = {**media, "video": video["video"], "note": " ".join(notes) or None}
    await job.step("report", lambda: write_report(context, job.job_id, interview_id, result))
    await job.step("tidy", lambda: keep_recordings(context, interview_id))


async def _score(
    context: TaskContext, job: JobContext, interview_id: str, question_id: str
) -> None:
    try:
        await job.step(
            f"score:{question_id}", lambda: score_question(context, interview_id, question_id)
        )
    except JobFailed as error:
        log.warning("finalize.score.given_up", interview_id=interview_id, reason=str(error))
        await give_up(context, interview_id, question_id)


async def _questions(context: TaskContext, interview_id: str) -> list[str]:
    """The plan was fixed when the interview began, so a replay sees the same."""
    interview = await context.interview(interview_id)
    plan = InterviewPlan.from_dict(interview.plan or {"questions": ()})
    return [question.question_id for question in plan.questions]


async def _erased(context: TaskContext, interview_id: str) -> bool:
    try:
        await context.interview(interview_id)
    except NotFound:
        return True
    return False
