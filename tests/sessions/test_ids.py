"""Ids and slugs."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from interviewer.sessions import ids


def test_ids_are_as_the_contract_writes_them() -> None:
    assert re.fullmatch(r"[0-9A-F]{8}", ids.new_posting_id())
    assert re.fullmatch(r"[0-9A-F]{8}", ids.new_question_id())
    assert re.fullmatch(r"[0-9A-F]{16}", ids.new_interview_id())
    assert len({ids.new_interview_id() for _ in range(1000)}) == 1000


@given(st.text(max_size=300))
def test_slugs_are_safe_in_a_path(text: str) -> None:
    slug = ids.slugify(text)
    assert slug == "" or re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= ids.MAX_SLUG_LENGTH
    assert ids.slugify(slug) == slug


def test_one_person_has_one_id_in_a_workspace() -> None:
    first = ids.candidate_id("ws", "Jo@Example.com")
    assert first == ids.candidate_id("ws", "jo@example.com")
    assert first != ids.candidate_id("other", "jo@example.com")
