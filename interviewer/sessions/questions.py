"""Adding, changing, ordering and retiring a posting's questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from interviewer.domain.errors import Conflict, FieldError, Invalid, NotFound
from interviewer.domain.posting import Modality, Posting, Question, StepType
from interviewer.interfaces import AuditEntry, Store, Transaction
from interviewer.sessions.drafts import QuestionDraft
from interviewer.sessions.preconditions import Precondition, anything

STEP_OF: Mapping[Modality, StepType] = {
    "voice": "web_interview",
    "voice_tags": "web_interview",
    "resume_eligibility": "resume",
    "resume_scoring": "resume",
}
MAX_PER_MODALITY = 50


async def add_question(
    store: Store,
    workspace_id: str,
    posting_id: str,
    draft: QuestionDraft,
    *,
    actor: str,
    now: float,
) -> Question:
    """Append it to its modality. Raises Invalid when the posting has no step that asks it."""
    async with store.transaction() as tx:
        posting = await tx.posting(workspace_id, posting_id)
        _require_step(posting, draft.modality)
        present = await tx.questions(posting_id, modality=draft.modality)
        if len(present) >= MAX_PER_MODALITY:
            raise Conflict(
                f"A posting has at most {MAX_PER_MODALITY} of these.", code="too_many_questions"
            )
        rank = max((q.rank for q in present), default=0) + 1
        question = draft.make(posting_id, rank, now)
        await tx.add_question(question)
        await _audit(tx, posting, "question.created", question.id, actor=actor, now=now)
    return question


async def active_question(tx: Transaction, posting_id: str, question_id: str) -> Question:
    """Raises NotFound for an unknown or deleted one."""
    question = await tx.question(posting_id, question_id)
    if not question.active:
        raise NotFound("No such question.")
    return question


async def update_question(
    store: Store,
    workspace_id: str,
    posting_id: str,
    question_id: str,
    changes: Mapping[str, Any],
    *,
    actor: str,
    now: float,
    require: Precondition = anything,
) -> Question:
    """Raises Invalid when the follow-up bounds would cross."""
    async with store.transaction() as tx:
        posting = await tx.posting(workspace_id, posting_id)
        question = await active_question(tx, posting_id, question_id)
        require(question)
        question = replace(question, **changes, drafted=False, updated_at=now)
        if question.min_follow_ups > question.max_follow_ups:
            param = "min_follow_ups" if "min_follow_ups" in changes else "max_follow_ups"
            error = FieldError(
                param, "invalid_param", "min_follow_ups must not exceed max_follow_ups."
            )
            raise Invalid(error.message, errors=[error], param=param)
        await tx.update_question(question)
        await _audit(
            tx,
            posting,
            "question.updated",
            question_id,
            actor=actor,
            now=now,
            details={"fields": sorted(changes)},
        )
    return question


async def delete_question(
    store: Store,
    workspace_id: str,
    posting_id: str,
    question_id: str,
    *,
    actor: str,
    now: float,
) -> Question:
    """Retire it and close the gap in the ranks; results that name it keep it.

    Raises Conflict for the last question of an interview that takes candidates.
    """
    async with store.transaction() as tx:
        posting = await tx.posting(workspace_id, posting_id)
        question = await active_question(tx, posting_id, question_id)
        rest = [
            q
            for q in await tx.questions(posting_id, modality=question.modality)
            if q.id != question_id
        ]
        if question.modality == "voice" and not rest and posting.status == "active":
            raise Conflict("An active posting keeps at least one question.", code="last_question")
        retired = replace(question, active=False, updated_at=now)
        await tx.update_question(retired)
        await _rank(tx, rest, now)
        await _audit(tx, posting, "question.deleted", question_id, actor=actor, now=now)
    return retired


async def reorder_questions(
    store: Store,
    workspace_id: str,
    posting_id: str,
    modality: Modality,
    order: Sequence[str],
    *,
    param: str,
    actor: str,
    now: float,
) -> Sequence[Question]:
    """Raises Invalid unless `order` names every active question exactly once."""
    async with store.transaction() as tx:
        posting = await tx.posting(workspace_id, posting_id)
        present = {q.id: q for q in await tx.questions(posting_id, modality=modality)}
        _require_permutation(order, present, param)
        ranked = await _rank(tx, [present[question_id] for question_id in order], now)
        await tx.audit(
            AuditEntry(
                workspace_id=workspace_id,
                actor=actor,
                action="questions.reordered",
                object_type="posting",
                object_id=posting.id,
                at=now,
                details={"modality": modality},
            )
        )
    return ranked


def _require_permutation(order: Sequence[str], present: Mapping[str, Any], param: str) -> None:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, question_id in enumerate(order):
        if question_id not in present:
            message = "No such active question of this modality."
            errors.append(FieldError(f"{param}.{index}", "unknown_question", message))
        elif question_id in seen:
            errors.append(FieldError(f"{param}.{index}", "duplicate", "Named twice."))
        seen.add(question_id)
    missing = [question_id for question_id in present if question_id not in seen]
    if missing:
        errors.append(FieldError(param, "missing_question", f"Missing: {', '.join(missing)}."))
    if errors:
        raise Invalid(
            "Every active question of the modality must be named exactly once.",
            errors=errors,
            param=param,
        )


async def _rank(tx: Transaction, questions: Sequence[Question], now: float) -> Sequence[Question]:
    ranked: list[Question] = []
    for rank, question in enumerate(questions, start=1):
        moved = question
        if question.rank != rank:
            moved = replace(question, rank=rank, updated_at=now)
            await tx.update_question(moved)
        ranked.append(moved)
    return ranked


def _require_step(posting: Posting, modality: Modality) -> None:
    step = STEP_OF[modality]
    if posting.step(step) is None:
        error = FieldError(
            "modality", "no_such_step", f"The posting has no {step} step, which asks {modality}."
        )
        raise Invalid(error.message, errors=[error], param="modality")


async def _audit(
    tx: Transaction,
    posting: Posting,
    action: str,
    question_id: str,
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
            object_type="question",
            object_id=question_id,
            at=now,
            details={"posting_id": posting.id, **(details or {})},
        )
    )
