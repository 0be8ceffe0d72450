"""Creating and changing postings."""

from __future__ import annotations

import calendar
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from interviewer.domain.errors import Conflict, FieldError, Invalid, NotFound
from interviewer.domain.interview import Interview
from interviewer.domain.posting import Posting, PostingStatus, Question, WorkflowStep
from interviewer.interfaces import AuditEntry, Store, Transaction, Workspace
from interviewer.sessions import ids
from interviewer.sessions.drafting import drafted_questions
from interviewer.sessions.drafts import PostingDraft
from interviewer.sessions.preconditions import Precondition, anything

PAGE = 100
MAX_SLUG_ATTEMPTS = 1000


@dataclass(frozen=True, slots=True)
class PostingStats:
    """Counts and averages over the candidates of one posting; scores 0-100."""

    total: int
    completed: int
    average_interview_score: float | None
    average_resume_score: float | None


async def create_posting(
    store: Store,
    workspace: Workspace,
    draft: PostingDraft,
    *,
    voice_ids: Collection[str],
    languages: Collection[str],
    actor: str,
    now: float,
) -> tuple[Posting, Sequence[Question]]:
    """Store a posting with its questions. Raises Invalid for a voice or language that is not
    installed."""
    check_language(draft.fields.get("language"), languages)
    for index, step in enumerate(draft.steps):
        check_voice(step.config, voice_ids, f"workflow.{index}.config.voice_id")
    posting_id = ids.new_posting_id()
    steps = tuple(
        WorkflowStep(id=step.type, type=step.type, order=order, config=dict(step.config))
        for order, step in enumerate(draft.steps, start=1)
    )
    questions = _make_questions(draft, posting_id, now)
    async with store.transaction() as tx:
        fields = {"deadline": one_month_after(now), **draft.fields}
        posting = Posting(
            id=posting_id,
            workspace_id=workspace.id,
            title=draft.title,
            slug=await _free_slug(tx, workspace.id, draft.slug or draft.title, posting_id),
            status="active",
            workflow=steps,
            ingestion_url_key=ids.new_ingestion_key(),
            details=dict(draft.details),
            created_at=now,
            updated_at=now,
            **fields,
        )
        await tx.add_posting(posting, questions)
        await _audit(tx, posting, "posting.created", actor=actor, now=now)
    return posting, questions


async def update_posting(
    store: Store,
    workspace_id: str,
    posting_id: str,
    *,
    fields: Mapping[str, Any],
    details: Mapping[str, Any],
    slug: str | None,
    languages: Collection[str],
    actor: str,
    now: float,
    require: Precondition = anything,
) -> Posting:
    """Change what was given. Plans of interviews that have begun stay as they are."""
    check_language(fields.get("language"), languages)
    async with store.transaction() as tx:
        posting = await tx.posting(workspace_id, posting_id)
        require(posting)
        if slug is not None and slug != posting.slug:
            await _require_free_slug(tx, workspace_id, slug, posting_id)
            posting = replace(posting, slug=slug)
        posting = replace(posting, details={**posting.details, **details}, updated_at=now, **fields)
        posting = await tx.update_posting(posting)
        changed = sorted([*fields, *details, *(["name"] if slug is not None else [])])
        await _audit(
            tx, posting, "posting.updated", actor=actor, now=now, details={"fields": changed}
        )
    return posting


async def update_step(
    store: Store,
    workspace_id: str,
    posting_id: str,
    step_id: str,
    config: Mapping[str, Any],
    *,
    voice_ids: Collection[str],
    actor: str,
    now: float,
    require: Precondition = anything,
) -> Posting:
    """Merge `config` into one step's; a null value removes the key."""
    check_voice(config, voice_ids, "config.voice_id")
    async with store.transaction() as tx:
        posting = await tx.posting(workspace_id, posting_id)
        require(posting)
        step = find_step(posting, step_id)
        merged = {k: v for k, v in {**step.config, **config}.items() if v is not None}
        workflow = tuple(
            replace(s, config=merged) if s.id == step.id else s for s in posting.workflow
        )
        posting = await tx.update_posting(replace(posting, workflow=workflow, updated_at=now))
        await _audit(
            tx, posting, "posting.step_updated", actor=actor, now=now, details={"step": step.id}
        )
    return posting


def find_step(posting: Posting, step_id: str) -> WorkflowStep:
    """By type or 1-based order, as in the v2 API. Raises NotFound."""
    for step in posting.workflow:
        if step_id in (step.id, str(step.order)):
            return step
    raise NotFound("This posting has no such step.", code="step_not_found")


async def archive_posting(
    store: Store, workspace_id: str, posting_id: str, *, actor: str, now: float
) -> Posting:
    """Stop taking candidates; those under way finish. Archiving twice changes nothing."""
    return await _set_status(store, workspace_id, posting_id, "archived", actor=actor, now=now)


async def activate_posting(
    store: Store, workspace_id: str, posting_id: str, *, actor: str, now: float
) -> Posting:
    """Take candidates (again). Raises Conflict when its deadline passed or it asks nothing."""
    return await _set_status(store, workspace_id, posting_id, "active", actor=actor, now=now)


async def _set_status(
    store: Store,
    workspace_id: str,
    posting_id: str,
    status: PostingStatus,
    *,
    actor: str,
    now: float,
) -> Posting:
    async with store.transaction() as tx:
        posting = await tx.posting(workspace_id, posting_id)
        if status == "active":
            if posting.deadline is not None and posting.deadline <= now:
                raise Conflict(
                    "The deadline has passed; set a later one first.", code="deadline_passed"
                )
            voice = await tx.questions(posting_id, modality="voice")
            if posting.step("web_interview") and not voice:
                raise Conflict("The interview has no questions.", code="no_questions")
        if posting.status == status:
            return posting
        posting = await tx.update_posting(replace(posting, status=status, updated_at=now))
        await _audit(tx, posting, f"posting.{status}", actor=actor, now=now)
    return posting


async def clone_posting(
    store: Store, workspace_id: str, posting_id: str, *, actor: str, now: float
) -> tuple[Posting, Sequence[Question]]:
    """A new active posting with the same workflow and questions, and no candidates."""
    async with store.transaction() as tx:
        source = await tx.posting(workspace_id, posting_id)
        new_id = ids.new_posting_id()
        title = f"{source.title[:193]} (copy)"
        posting = replace(
            source,
            id=new_id,
            title=title,
            slug=await _free_slug(tx, workspace_id, title, new_id),
            status="active",
            deadline=one_month_after(now),
            ingestion_url_key=ids.new_ingestion_key(),
            version=1,
            created_at=now,
            updated_at=now,
        )
        questions = [
            replace(q, id=ids.new_question_id(), posting_id=new_id, created_at=now, updated_at=now)
            for q in await tx.questions(posting_id)
        ]
        await tx.add_posting(posting, questions)
        await _audit(
            tx, posting, "posting.cloned", actor=actor, now=now, details={"from": posting_id}
        )
    return posting, questions


async def posting_stats(
    store: Store, workspace_id: str, posting_id: str
) -> tuple[Posting, PostingStats]:
    """Averages over scored candidates; None where nothing was scored."""
    scores: list[float] = []
    resumes: list[float] = []
    completed = 0
    async with store.snapshot() as tx:
        posting = await tx.posting(workspace_id, posting_id)
        cursor: str | None = None
        while True:
            page = await tx.interviews(workspace_id, posting_id, limit=PAGE, starting_after=cursor)
            for interview in page.items:
                completed += _is_completed(interview)
                if interview.score is not None:
                    scores.append(interview.score)
                if interview.resume and interview.resume.get("overall_score") is not None:
                    resumes.append(20.0 * float(interview.resume["overall_score"]))
            if not page.has_more:
                break
            cursor = page.items[-1].id
    return posting, PostingStats(page.total, completed, _mean(scores), _mean(resumes))


def _is_completed(interview: Interview) -> bool:
    return bool(interview.steps) and all(
        step.status in ("complete", "skipped") for step in interview.steps
    )


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 1) if values else None


def check_voice(config: Mapping[str, Any], voice_ids: Collection[str], param: str) -> None:
    """Raises Invalid unless the step's voice, if it names one, exists."""
    voice = config.get("voice_id")
    if voice is not None and voice not in voice_ids:
        known = ", ".join(sorted(voice_ids)) or "none"
        error = FieldError(param, "unknown_voice", f"No such voice; there are: {known}.")
        raise Invalid(f"{param}: {error.message}", errors=[error], param=param)


def check_language(tag: str | None, languages: Collection[str]) -> None:
    """Raises Invalid unless a voice and a recognizer for it are installed. `tag`: BCP 47."""
    if tag is None or tag.partition("-")[0].lower() in languages:
        return
    known = ", ".join(sorted(languages)) or "none"
    error = FieldError(
        "language", "unsupported_language", f"Not installed; installed languages: {known}."
    )
    raise Invalid(f"language: {error.message}", errors=[error], param="language")


def one_month_after(now: float) -> float:
    """One calendar month later, the default deadline of the v2 API."""
    start = datetime.fromtimestamp(now, UTC)
    year, month = (start.year, start.month + 1) if start.month < 12 else (start.year + 1, 1)
    day = min(start.day, calendar.monthrange(year, month)[1])
    return start.replace(year=year, month=month, day=day).timestamp()


def _make_questions(draft: PostingDraft, posting_id: str, now: float) -> list[Question]:
    ranks: dict[str, int] = {}
    questions: list[Question] = []
    described = f"{draft.fields.get('description', '')}\n{draft.fields.get('job_overview', '')}"
    for step in draft.steps:
        drafted = drafted_questions(step, draft.title, described) if step.is_drafted else ()
        for question in (*drafted, *step.questions):
            ranks[question.modality] = ranks.get(question.modality, 0) + 1
            questions.append(question.make(posting_id, ranks[question.modality], now))
    return questions


async def _free_slug(tx: Transaction, workspace_id: str, text: str, posting_id: str) -> str:
    base = ids.slugify(text) or f"posting-{posting_id.lower()}"
    for number in range(1, MAX_SLUG_ATTEMPTS):
        slug = base if number == 1 else f"{base}-{number}"
        try:
            await tx.posting_by_slug(workspace_id, slug)
        except NotFound:
            return slug
    return f"{base}-{posting_id.lower()}"


async def _require_free_slug(
    tx: Transaction, workspace_id: str, slug: str, posting_id: str
) -> None:
    try:
        other = await tx.posting_by_slug(workspace_id, slug)
    except NotFound:
        return
    if other.id != posting_id:
        raise Conflict("Another posting has this name.", code="name_taken", param="name")


async def _audit(
    tx: Transaction,
    posting: Posting,
    action: str,
    *,
    actor: str,
    now: float,
    details: Mapping[str, Any] | None = None,
) -> None:
    await tx.audit(
        AuditEntry(
            workspace_id=posting.workspace_id,
            actor=actor,
            action=action,
            object_type="posting",
            object_id=posting.id,
            at=now,
            details=details or {},
        )
    )
