"""Beginning and ending the spoken part, on a real store."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from interviewer.domain.errors import Conflict, Forbidden
from interviewer.interfaces import Workspace
from interviewer.sessions import candidates, decisions, postings, questions
from interviewer.sessions.consent import consent_texts, give_consent
from interviewer.sessions.decisions import Decision
from interviewer.sessions.drafts import CandidateDraft, PostingDraft, QuestionDraft, StepDraft
from interviewer.sessions.start import begin_interview, check_can_connect, finish_interview
from interviewer.storage.engine import SqlStore
from tests.fakes.jobs import FakeJobQueue

NOW = 1_800_000_000.0
WORKSPACE = Workspace(id="ws", slug="acme", name="Acme", created_at=NOW)


async def invited(store: SqlStore, steps: Sequence[StepDraft]) -> tuple[str, str]:
    """(posting id, interview id) of one candidate in a new workspace."""
    async with store.transaction() as tx:
        await tx.add_workspace(WORKSPACE)
    draft = PostingDraft(title="Barista", steps=tuple(steps))
    posting, _ = await postings.create_posting(
        store, WORKSPACE, draft, voice_ids=(), languages=("en",), actor="test", now=NOW
    )
    person = CandidateDraft(name="Jo Doe", email="jo@example.com")
    (interview,) = await candidates.ingest(
        store, WORKSPACE.id, posting.id, [person], actor="test", now=NOW
    )
    return posting.id, interview.id


async def agree(store: SqlStore, interview_id: str) -> None:
    await give_consent(store, interview_id, recording=True, ai_assessment=True, now=NOW)


async def test_the_plan_is_fixed_when_the_interview_begins(sqlite_store: SqlStore) -> None:
    store = sqlite_store
    asked = QuestionDraft(modality="voice", text="Why coffee?", min_follow_ups=1)
    posting_id, interview_id = await invited(
        store, [StepDraft(type="web_interview", questions=(asked,))]
    )
    with pytest.raises(Forbidden):
        await begin_interview(store, interview_id, NOW)
    await agree(store, interview_id)
    begun, plan = await begin_interview(store, interview_id, NOW + 1)
    assert (begun.status, begun.started_at) == ("in_progress", NOW + 1)
    assert begun.steps[0].status == "in_progress"
    assert [(q.text, q.min_follow_ups) for q in plan.questions] == [("Why coffee?", 1)]
    added = QuestionDraft(modality="voice", text="Why now?")
    await questions.add_question(store, WORKSPACE.id, posting_id, added, actor="test", now=NOW + 2)
    again, same = await begin_interview(store, interview_id, NOW + 3)
    assert same == plan
    assert again.started_at == NOW + 1


async def test_two_connections_at_once_fix_one_plan(sqlite_store: SqlStore) -> None:
    _, interview_id = await invited(sqlite_store, [StepDraft(type="web_interview")])
    await agree(sqlite_store, interview_id)
    results = await asyncio.gather(
        *(begin_interview(sqlite_store, interview_id, NOW + i) for i in range(4))
    )
    assert len({interview.started_at for interview, _ in results}) == 1
    assert all(plan == results[0][1] for _, plan in results)


async def test_an_end_is_evaluated_once(sqlite_store: SqlStore) -> None:
    jobs = FakeJobQueue()
    _, interview_id = await invited(sqlite_store, [StepDraft(type="web_interview")])
    await agree(sqlite_store, interview_id)
    await begin_interview(sqlite_store, interview_id, NOW)
    for later in (900.0, 901.0):
        ended = await finish_interview(
            sqlite_store, jobs, interview_id, reason="completed", now=NOW + later
        )
        assert (ended.status, ended.ended_at) == ("evaluating", NOW + 900)
        assert ended.end_reason == "completed"
    assert list(jobs.queued) == [f"finalize_interview:{interview_id}:1"]
    with pytest.raises(Conflict) as refusal:
        await check_can_connect(sqlite_store, interview_id, NOW + 1000)
    assert refusal.value.code == "interview_over"


async def test_consent_tells_what_this_posting_does(sqlite_store: SqlStore) -> None:
    posting_id, _ = await invited(sqlite_store, [StepDraft(type="web_interview")])
    async with sqlite_store.snapshot() as tx:
        posting = await tx.posting(None, posting_id)
    texts = consent_texts(posting, WORKSPACE, retention_days=30, contact="jobs@acme.test")
    assert "camera" not in texts.recording
    assert "resume" not in texts.recording.lower()
    assert "30 days" in texts.recording
    assert "jobs@acme.test" in texts.recording
    assert "Acme" in texts.assessment
    with pytest.raises(Forbidden):
        await give_consent(sqlite_store, "any", recording=True, ai_assessment=False, now=NOW)


async def test_progress_does_not_overrule_a_recruiter(sqlite_store: SqlStore) -> None:
    jobs = FakeJobQueue()
    _, interview_id = await invited(sqlite_store, [StepDraft(type="web_interview")])
    await agree(sqlite_store, interview_id)

    async def decide(decision: Decision) -> None:
        await decisions.decide(
            sqlite_store, WORKSPACE.id, interview_id, decision, actor="key:1", now=NOW
        )

    await decide("shortlisted")
    begun, _ = await begin_interview(sqlite_store, interview_id, NOW)
    assert begun.status == "shortlisted"
    await decide("dismissed")
    with pytest.raises(Conflict):
        await check_can_connect(sqlite_store, interview_id, NOW)
    ended = await finish_interview(
        sqlite_store, jobs, interview_id, reason="candidate_left", now=NOW + 9
    )
    assert (ended.status, ended.ended_at) == ("dismissed", NOW + 9)
