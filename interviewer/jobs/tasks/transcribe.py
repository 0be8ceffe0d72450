"""The second pass over the candidate's voice: what is scored and shown."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from interviewer.domain.plan import InterviewPlan
from interviewer.domain.second_pass import improve
from interviewer.domain.transcript import Turn, Word
from interviewer.interfaces import Pcm
from interviewer.jobs.tasks.context import TaskContext
from interviewer.jobs.tasks.media import candidate_voice

log = structlog.get_logger()

RATE = 16_000
HINT_TERMS = 40
VOICE_FRAME = RATE // 50
QUIET = 200.0
"""RMS (of 32768) below which nobody speaks into a microphone."""
ABOVE_NOISE = 3.0
"""A frame holds a voice when its RMS is this many times the room's noise."""

StoredWords = dict[str, list[tuple[str, float, float, float]]]


async def transcribe(
    context: TaskContext, interview_id: str, gaps: Sequence[Sequence[float]]
) -> dict[str, Any]:
    """Replace the interview's turns by the second pass; keep word times and voice activity.

    `gaps`: what was not recorded. Returns numbers only. Running it again changes nothing.
    """
    interview = await context.interview(interview_id)
    plan = InterviewPlan.from_dict(interview.plan or {"questions": ()})
    async with context.store.snapshot() as tx:
        turns = await tx.turns(interview_id)
    context.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=context.scratch, prefix="voice-") as folder:
        path = Path(folder) / "candidate.s16"
        seconds = await candidate_voice(context, interview, path)
        pcm: Pcm = np.fromfile(path, np.int16) if seconds else np.zeros(0, np.int16)
        words = await asyncio.to_thread(_recognise, context, plan, pcm)
        voiced = await asyncio.to_thread(voiced_seconds, pcm, _stretches(plan, turns, seconds))
    missing = [(float(a), float(b)) for a, b in gaps] + [(seconds, float("inf"))]
    better = improve(turns, words, missing)
    await context.save_work(interview_id, "words", {k: _plain(w) for k, w in better.words.items()})
    await context.save_work(interview_id, "voiced", voiced)
    async with context.store.transaction() as tx:
        await tx.replace_turns(interview_id, better.turns)
    log.info(
        "transcribe.done",
        interview_id=interview_id,
        words=len(words),
        turns=len(better.turns),
        improved=len(better.words),
    )
    return {"words": len(words), "seconds": seconds}


def _recognise(context: TaskContext, plan: InterviewPlan, pcm: Pcm) -> list[Word]:
    if not len(pcm):
        return []
    return context.transcriber.transcribe(pcm, language=plan.language, hint=_hint(plan))


async def stored_words(context: TaskContext, interview_id: str) -> Mapping[str, Sequence[Word]]:
    """Word times by turn id, of the turns that have them."""
    stored: StoredWords = await context.work(interview_id, "words") or {}
    return {turn_id: tuple(Word(*w) for w in words) for turn_id, words in stored.items()}


def voiced_seconds(pcm: Pcm, stretches: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """How long a voice was on the candidate's channel in each stretch (name: start, end).

    By energy against the room's own noise: it only tells "something was said that nobody could
    make out" from silence, which is a different score.
    """
    n = len(pcm) // VOICE_FRAME
    if n == 0:
        return dict.fromkeys(stretches, 0.0)
    rms = np.empty(n, np.float32)
    for at in range(0, n, 50_000):
        block = pcm[at * VOICE_FRAME : min(n, at + 50_000) * VOICE_FRAME].astype(np.float32)
        rms[at : at + 50_000] = np.sqrt(np.square(block.reshape(-1, VOICE_FRAME)).mean(1))
    loud = rms > max(QUIET, ABOVE_NOISE * float(np.percentile(rms, 20)))
    per_second = RATE / VOICE_FRAME
    return {
        name: round(float(loud[int(a * per_second) : int(b * per_second)].sum()) / per_second, 2)
        for name, (a, b) in stretches.items()
    }


def _stretches(
    plan: InterviewPlan, turns: Sequence[Turn], end: float
) -> dict[str, tuple[float, float]]:
    """From the end of each main question to the beginning of the next."""
    asked = [t for t in turns if t.kind == "question" and t.question_id]
    stretches = {}
    for question in plan.questions:
        own = next((t for t in asked if t.question_id == question.question_id), None)
        if own is not None:
            later = [t.start for t in asked if t.start > own.start]
            stretches[question.question_id] = (own.end, min(later, default=end))
    return stretches


def _hint(plan: InterviewPlan) -> str:
    """Names that the candidate may say: the company's, the interviewer's, the role's terms."""
    text = " ".join([plan.job_title, *(q.text for q in plan.questions), plan.facts()])
    terms = dict.fromkeys([plan.company, plan.candidate_first_name, plan.interviewer_name])
    for word in text.replace("(", " ").replace(")", " ").split():
        term = word.strip(".,;:!?\"'")
        if any(c.isupper() for c in term[1:]):
            terms[term] = None
    return ", ".join([t for t in terms if t][:HINT_TERMS])


def _plain(words: Sequence[Word]) -> list[tuple[str, float, float, float]]:
    return [(w.text, round(w.start, 3), round(w.end, 3), round(w.probability, 3)) for w in words]
