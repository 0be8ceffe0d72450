"""A store with something in it."""

from __future__ import annotations

import pytest

from interviewer.interfaces import Store
from tests.contracts.records import a_posting, a_question, a_workspace, an_interview


@pytest.fixture
async def filled(store: Store) -> Store:
    """A store with two workspaces, a posting of the first, and an interview of that."""
    async with store.transaction() as tx:
        await tx.add_workspace(a_workspace("w1"))
        await tx.add_workspace(a_workspace("w2", created_at=2.5))
        await tx.add_posting(a_posting(), [a_question()])
        await tx.add_interview(an_interview())
    return store
