"""Postings and their questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update

from interviewer.domain.errors import NotFound
from interviewer.domain.posting import Modality, Posting, Question
from interviewer.interfaces import Page
from interviewer.storage.records import fold, from_row, to_row
from interviewer.storage.repositories.base import Repository
from interviewer.storage.tables import postings, questions


def _row(posting: Posting) -> dict[str, Any]:
    return {**to_row(posting), "search_text": fold(posting.title, posting.slug)}


def _has_status(status: str, at: float | None) -> ColumnElement[bool]:
    stored, deadline = postings.c.status, postings.c.deadline
    match status:
        case "expired" if at is not None:
            return or_(stored == "expired", and_(stored == "active", deadline <= at))
        case "active" if at is not None:
            return and_(stored == "active", or_(deadline.is_(None), deadline > at))
    return stored == status


class Postings(Repository):
    """See `interfaces.Transaction`."""

    async def add_posting(self, posting: Posting, questions: Sequence[Question]) -> None:
        await self._insert(postings, _row(posting))
        for question in questions:
            await self.add_question(question)

    async def posting(self, workspace_id: str | None, posting_id: str) -> Posting:
        query = select(postings).where(postings.c.id == posting_id)
        if workspace_id is not None:
            query = query.where(postings.c.workspace_id == workspace_id)
        return from_row(Posting, await self._one(self._locked(query), "No such posting."))

    async def posting_by_slug(self, workspace_id: str, slug: str) -> Posting:
        query = select(postings).where(
            postings.c.workspace_id == workspace_id, postings.c.slug == slug
        )
        return from_row(Posting, await self._one(self._locked(query), "No such posting."))

    async def postings(
        self,
        workspace_id: str,
        *,
        limit: int,
        starting_after: str | None = None,
        status: str | None = None,
        at: float | None = None,
        search: str | None = None,
    ) -> Page[Posting]:
        scope = postings.c.workspace_id == workspace_id
        where: list[ColumnElement[bool]] = [scope]
        if status is not None:
            where.append(_has_status(status, at))
        if search:
            where.append(postings.c.search_text.contains(fold(search), autoescape=True))
        return await self._page(
            Posting, postings, where, limit=limit, starting_after=starting_after, scope=scope
        )

    async def update_posting(self, posting: Posting) -> Posting:
        await self._update_version(postings, posting.id, posting.version, _row(posting))
        return replace(posting, version=posting.version + 1)

    async def questions(
        self, posting_id: str, *, modality: Modality | None = None, active_only: bool = True
    ) -> Sequence[Question]:
        query = select(questions).where(questions.c.posting_id == posting_id)
        if modality is not None:
            query = query.where(questions.c.modality == modality)
        if active_only:
            query = query.where(questions.c.active)
        query = query.order_by(questions.c.modality, questions.c.rank, questions.c.id)
        return [from_row(Question, row) for row in await self._rows(query)]

    async def question(self, posting_id: str, question_id: str) -> Question:
        query = select(questions).where(
            questions.c.posting_id == posting_id, questions.c.id == question_id
        )
        return from_row(Question, await self._one(self._locked(query), "No such question."))

    async def add_question(self, question: Question) -> None:
        await self._insert(questions, to_row(question))

    async def update_question(self, question: Question) -> None:
        changed = await self._connection.execute(
            update(questions)
            .where(questions.c.id == question.id, questions.c.posting_id == question.posting_id)
            .values(to_row(question))
        )
        if not changed.rowcount:
            raise NotFound("No such question.")
