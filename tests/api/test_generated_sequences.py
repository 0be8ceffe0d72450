"""Sequences of calls along the links of the OpenAPI document (see `walks`)."""

from __future__ import annotations

from tests.api.conftest import World
from tests.api.walks import walk_through

WALKS = 8
REACHED = {
    "archive_posting",
    "clone_posting",
    "create_question",
    "get_data",
    "get_interview",
    "get_posting",
    "get_question",
    "ingest_candidates",
    "post_consent",
    "queue_candidate",
    "shortlist",
    "update_posting",
}


async def test_walks_find_every_answer_as_documented(world: World) -> None:
    walked = await walk_through(world, walks=WALKS)
    # Walks that are refused at every door would find nothing wrong.
    missing = REACHED - walked.reached
    assert len(missing) <= 2, f"walks hardly get anywhere: {walked.answers}"
