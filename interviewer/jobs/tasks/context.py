"""What every task is given, and where tasks keep what must outlive a crash."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from interviewer.domain.errors import NotFound
from interviewer.domain.interview import Interview
from interviewer.domain.plan import PlannedQuestion
from interviewer.domain.transcript import Turn
from interviewer.interfaces import Blobs, LanguageModel, Store, Transcriber


class Verdict(Protocol):
    """How one answer was judged. `spread`: of repeated runs, in points of the score."""

    @property
    def evaluation_score(self) -> int | None: ...
    @property
    def summary(self) -> str: ...
    @property
    def quotes(self) -> Sequence[str]: ...
    @property
    def status(self) -> str: ...
    @property
    def spread(self) -> float | None: ...
    @property
    def flags(self) -> Sequence[str]: ...


class AnswerAssessor(Protocol):
    """Judges one question by its exchange; see `interviewer.llm.assessor`."""

    async def assess(self, question: PlannedQuestion, exchange: Sequence[Turn], /) -> Verdict: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskContext:
    """The outside world of the tasks.

    `recordings`: the service's own, `{recordings}/{interview_id}/{session:04d}.mka`.
    `scratch`: for files of a running step; what a crash leaves there may be deleted at any time.
    `now`: Unix seconds.
    """

    store: Store
    blobs: Blobs
    transcriber: Transcriber
    llm: LanguageModel
    assessor: AnswerAssessor
    recordings: Path
    scratch: Path
    now: Callable[[], float] = field(default=time.time)

    async def interview(self, interview_id: str) -> Interview:
        """Raises NotFound once it was erased."""
        async with self.store.snapshot() as tx:
            return await tx.interview(None, interview_id)

    async def save_work(self, interview_id: str, name: str, value: Any) -> None:
        """Keep a step's result with the interview, where an erasure finds it.

        What candidates said is never kept in the job queue's own tables.
        """
        data = json.dumps(value, separators=(",", ":")).encode()
        key = work_key(interview_id, name)
        await self.blobs.put(key, data, content_type="application/json")

    async def work(self, interview_id: str, name: str) -> Any:
        """What `save_work` kept, or None."""
        try:
            return json.loads(await self.blobs.get(work_key(interview_id, name)))
        except NotFound:
            return None


def work_key(interview_id: str, name: str) -> str:
    return f"interviews/{interview_id}/evaluation/{name}.json"


def video_key(interview_id: str) -> str:
    return f"interviews/{interview_id}/video.mp4"


def audio_key(interview_id: str) -> str:
    return f"interviews/{interview_id}/audio.mp3"
