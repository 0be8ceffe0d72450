"""Inviting candidates that were handed in for later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interviewer.jobs.queue import JobContext
from interviewer.jobs.tasks.context import TaskContext
from interviewer.sessions.ingestions import carry_out


async def ingest_candidates(context: TaskContext, job: JobContext, args: Mapping[str, Any]) -> None:
    """`args`: `{"ingestion_id"}`. Who they are stays in the store, never in the queue's tables."""
    ingestion_id = str(args["ingestion_id"])

    async def invite() -> dict[str, Any]:
        over = await carry_out(context.store, ingestion_id, context.now())
        return {"status": over.status, "interviews": len(over.interview_ids)}

    await job.step("invite", invite)
