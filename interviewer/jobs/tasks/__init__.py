"""What the jobs after an interview do. `make_tasks` is all that the composition root needs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from interviewer.jobs.queue import JobFunction
from interviewer.jobs.tasks.context import AnswerAssessor, TaskContext, Verdict
from interviewer.jobs.tasks.finalize import finalize_interview
from interviewer.jobs.tasks.ingest import ingest_candidates
from interviewer.jobs.tasks.resume import ResumeScreener, screen_resume

__all__ = ["AnswerAssessor", "ResumeScreener", "TaskContext", "Verdict", "make_tasks"]


def make_tasks(context: TaskContext, screener: ResumeScreener) -> Mapping[str, JobFunction]:
    """The worker's tasks by name, as `JobQueue.enqueue` names them."""
    return {
        "finalize_interview": partial(finalize_interview, context),
        "ingest_candidates": partial(ingest_candidates, context),
        "screen_resume": partial(screen_resume, context, screener),
    }
