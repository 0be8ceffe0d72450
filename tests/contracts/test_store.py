"""The contract of `Store` and `Transaction`, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, StatementError

from interviewer.domain.errors import Conflict, Invalid, NotFound, Unavailable
from interviewer.domain.interview import Consent, StepState
from interviewer.domain.posting import Posting
from interviewer.interfaces import CameraRecording, Page, Store, Transaction
from interviewer.storage.engine import open_store
from tests.contracts.records import (
    a_key,
    a_posting,
    a_question,
    a_turn,
    a_workspace,
    an_interview,
    read,
)


async def test_records_come_back_as_they_were_stored(filled: Store) -> None:
    async with filled.snapshot() as tx:
        assert await tx.workspace("w1") == a_workspace("w1")
        assert await tx.workspace_by_slug("slug-w2") == a_workspace("w2", created_at=2.5)
        assert [w.id for w in await tx.workspaces()] == ["w1", "w2"]
        assert await tx.posting("w1", "0A1B2C3D") == a_posting()
        assert await tx.posting(None, "0A1B2C3D") == a_posting()
        assert await tx.posting_by_slug("w1", "sales-0A1B2C3D") == a_posting()
        assert await tx.question("0A1B2C3D", "q1") == a_question()
        assert await tx.interview("w1", "I1") == an_interview()
        assert await tx.interview(None, "I1") == an_interview()


async def test_an_interview_may_have_nothing_yet(filled: Store) -> None:
    bare = an_interview("I2")
    names = "phone_number data consent plan conversation resume resume_blob report recording score"
    bare = replace(bare, steps=(), metadata={}, **dict.fromkeys(names.split()))  # type: ignore[arg-type]
    async with filled.transaction() as tx:
        await tx.add_interview(bare)
        assert await tx.interview("w1", "I2") == bare


async def test_words_that_no_database_holds_are_stored_without_what_it_refuses(
    filled: Store,
) -> None:
    turn = a_turn("t1", 0.0, text="null \x00 and half a pair \ud83d here 😀")
    async with filled.transaction() as tx:
        await tx.save_progress("I1", turns=[turn], conversation={"said": "\x00 \ud83d 😀"})
    async with filled.snapshot() as tx:
        assert (await tx.turns("I1"))[0].text == "null  and half a pair \ufffd here 😀"
        assert (await tx.interview(None, "I1")).conversation == {"said": "\x00 \ud83d 😀"}


async def test_what_json_has_no_words_for_is_refused(filled: Store) -> None:
    with pytest.raises((StatementError, ValueError), match="JSON"):
        async with filled.transaction() as tx:
            await tx.save_progress("I1", turns=[], conversation={"score": float("nan")})
    assert (await read(filled, lambda tx: tx.interview(None, "I1"))) == an_interview()


async def test_what_is_not_there_is_not_found(filled: Store) -> None:
    getters: list[Callable[[Transaction], Awaitable[Any]]] = [
        lambda tx: tx.workspace("w9"),
        lambda tx: tx.workspace_by_slug("w9"),
        lambda tx: tx.key_by_sha256("none"),
        lambda tx: tx.posting("w1", "FFFFFFFF"),
        lambda tx: tx.posting_by_slug("w1", "none"),
        lambda tx: tx.question("0A1B2C3D", "q9"),
        lambda tx: tx.interview("w1", "I9"),
    ]
    for getter in getters:
        with pytest.raises(NotFound):
            await read(filled, getter)


async def test_another_tenants_things_are_not_found(filled: Store) -> None:
    getters: list[Callable[[Transaction], Awaitable[Any]]] = [
        lambda tx: tx.posting("w2", "0A1B2C3D"),
        lambda tx: tx.posting_by_slug("w2", "sales-0A1B2C3D"),
        lambda tx: tx.interview("w2", "I1"),
        lambda tx: tx.question("OTHER", "q1"),
    ]
    for getter in getters:
        with pytest.raises(NotFound):
            await read(filled, getter)
    assert (await read(filled, lambda tx: tx.postings("w2", limit=10))).total == 0
    assert (await read(filled, lambda tx: tx.interviews("w2", "0A1B2C3D", limit=10))).total == 0


async def test_an_exception_takes_everything_back(filled: Store) -> None:
    async def fail() -> None:
        async with filled.transaction() as tx:
            await tx.add_workspace(a_workspace("w3"))
            assert len(await tx.workspaces()) == 3
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert len(await read(filled, lambda tx: tx.workspaces())) == 2


async def test_a_cancelled_transaction_takes_everything_back_and_frees_the_store(
    filled: Store,
) -> None:
    inside = asyncio.Event()

    async def hang() -> None:
        async with filled.transaction() as tx:
            await tx.add_workspace(a_workspace("w3"))
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(hang())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5), filled.transaction() as tx:
        await tx.add_workspace(a_workspace("w4"))
    assert [w.id for w in await read(filled, lambda tx: tx.workspaces())] == ["w1", "w4", "w2"]


async def test_a_snapshot_sees_one_moment_and_nobody_waits_for_it(filled: Store) -> None:
    async with filled.snapshot() as before:
        assert len(await before.workspaces()) == 2
        async with asyncio.timeout(5), filled.transaction() as tx:
            await tx.add_workspace(a_workspace("w3"))
        assert len(await before.workspaces()) == 2
    assert len(await read(filled, lambda tx: tx.workspaces())) == 3


async def test_a_snapshot_cannot_write(filled: Store) -> None:
    with pytest.raises((Unavailable, DBAPIError)) as refused:
        async with filled.snapshot() as tx:
            await tx.add_workspace(a_workspace("w3"))
    reason = str(refused.value.__cause__ or refused.value)
    assert re.search(r"read-?only", reason, re.IGNORECASE)


async def test_what_is_there_already_is_a_conflict_and_the_transaction_goes_on(
    filled: Store,
) -> None:
    async with filled.transaction() as tx:
        for add in (
            tx.add_workspace(a_workspace("w1", slug="new")),
            tx.add_workspace(a_workspace("w3", slug="slug-w1")),
            tx.add_posting(a_posting("FFFFFFFF", slug="sales-0A1B2C3D"), []),
            tx.add_interview(an_interview("I2", email="I1@EXAMPLE.com")),
        ):
            with pytest.raises(Conflict):
                await add
        await tx.add_posting(a_posting("FFFFFFFF", slug="sales-2"), [])
    assert (await read(filled, lambda tx: tx.posting("w1", "FFFFFFFF"))).slug == "sales-2"


async def test_what_belongs_to_nothing_is_refused(filled: Store) -> None:
    async with filled.transaction() as tx:
        with pytest.raises(NotFound):
            await tx.add_key(a_key(workspace_id="w9"))
        with pytest.raises(NotFound):
            await tx.add_interview(an_interview("I2", posting_id="FFFFFFFF"))
        with pytest.raises(NotFound):
            await tx.save_progress("I9", turns=[a_turn("t", 0)], conversation={})
        with pytest.raises(NotFound):
            await tx.save_camera(CameraRecording(camera_id="c", interview_id="I9", mime_type="v"))
        with pytest.raises(NotFound):
            await tx.update_question(a_question("q9"))


async def test_an_update_raises_the_version_and_refuses_an_older_copy(filled: Store) -> None:
    async with filled.transaction() as tx:
        interview = await tx.update_interview(replace(an_interview(), status="evaluating"))
        posting = await tx.update_posting(replace(a_posting(), title="New"))
    assert (interview.version, posting.version) == (2, 2)
    async with filled.transaction() as tx:
        with pytest.raises(Conflict):
            await tx.update_interview(an_interview())
        with pytest.raises(Conflict):
            await tx.update_posting(a_posting())
        with pytest.raises(NotFound):
            await tx.update_interview(an_interview("I9"))
        assert await tx.interview("w1", "I1") == interview
        assert await tx.posting("w1", "0A1B2C3D") == posting
        assert (await tx.update_interview(interview)).version == 3


async def test_no_older_copy_is_written_over_consent_steps_or_progress(filled: Store) -> None:
    consent = Consent(recording=True, ai_assessment=False, text_version="x", at=1.0)
    steps = [StepState(id="web_interview", order=1, status="complete", updated_at=9.0)]
    changes: list[Callable[[Transaction], Awaitable[None]]] = [
        lambda tx: tx.set_consent("I1", consent),
        lambda tx: tx.set_steps("I1", steps),
        lambda tx: tx.save_progress("I1", turns=[], conversation={"index": 4}),
    ]
    for change in changes:
        old = await read(filled, lambda tx: tx.interview(None, "I1"))
        async with filled.transaction() as tx:
            await change(tx)
            with pytest.raises(Conflict):
                await tx.update_interview(old)
    now = await read(filled, lambda tx: tx.interview(None, "I1"))
    assert (now.consent, now.steps, now.conversation) == (consent, tuple(steps), {"index": 4})


async def test_fifty_writers_at_once_lose_no_update(filled: Store, database_url: str) -> None:
    """Half of them through connections of their own, as another process would."""
    other = open_store(database_url)

    async def write(number: int) -> None:
        async with (filled, other)[number % 2].transaction() as tx:
            interview = await tx.interview(None, "I1")
            posting = await tx.posting("w1", "0A1B2C3D")
            metadata = {**interview.metadata, f"writer-{number}": str(number)}
            await tx.update_interview(replace(interview, metadata=metadata))
            await tx.update_posting(
                replace(posting, details={"n": posting.details.get("n", 0) + 1})
            )

    await asyncio.gather(*(write(number) for number in range(50)))
    await other.close()
    interview = await read(filled, lambda tx: tx.interview(None, "I1"))
    posting = await read(filled, lambda tx: tx.posting("w1", "0A1B2C3D"))
    assert interview.metadata == {"ats": "42", **{f"writer-{n}": str(n) for n in range(50)}}
    assert posting.details == {"n": 50}
    assert (interview.version, posting.version) == (51, 51)


async def test_a_revoked_key_stays_with_the_time_of_its_first_revocation(filled: Store) -> None:
    async with filled.transaction() as tx:
        await tx.add_key(a_key("k1"))
        await tx.add_key(a_key("k2", "w2", created_at=9.0))
        assert [key.id for key in await tx.keys()] == ["k1", "k2"]
        assert [key.id for key in await tx.keys("w2")] == ["k2"]
        await tx.revoke_key("k1", 100.0)
        await tx.revoke_key("k1", 200.0)
        assert await tx.key_by_sha256("sha-k1") == a_key("k1", revoked_at=100.0)
        with pytest.raises(NotFound):
            await tx.revoke_key("k9", 1.0)


async def test_questions_come_by_modality_and_rank(filled: Store) -> None:
    async with filled.transaction() as tx:
        await tx.add_question(a_question("q3", rank=3))
        await tx.add_question(a_question("q2", rank=2, active=False))
        await tx.add_question(a_question("r1", modality="resume_scoring"))
        await tx.update_question(a_question("q1", rank=4, text="Last"))

    async def ids(**filters: Any) -> list[str]:
        found = await read(filled, lambda tx: tx.questions("0A1B2C3D", **filters))
        return [question.id for question in found]

    assert await ids() == ["r1", "q3", "q1"]
    assert await ids(modality="voice") == ["q3", "q1"]
    assert await ids(modality="voice", active_only=False) == ["q2", "q3", "q1"]


async def test_pages_stay_right_while_rows_arrive_and_go(filled: Store) -> None:
    """Many rows of one moment (a bulk upload), newer ones arriving between the pages."""
    async with filled.transaction() as tx:
        await tx.erase_interview("I1")
        for number in range(7):
            await tx.add_interview(an_interview(f"A{number}", created_at=float(number // 3)))
    expected = ["A6", "A3", "A4", "A5", "A0", "A1", "A2"]
    seen: list[str] = []
    more, cursor = True, ""
    while more:
        async with filled.snapshot() as tx:
            page = await tx.interviews("w1", "0A1B2C3D", limit=2, starting_after=cursor or None)
        more, cursor = page.has_more, page.items[-1].id
        seen += [interview.id for interview in page.items]
        async with filled.transaction() as tx:
            await tx.add_interview(an_interview(f"N{len(seen)}", created_at=99.0))
    assert seen == expected
    everything = await read(filled, lambda tx: tx.interviews("w1", "0A1B2C3D", limit=100))
    assert (everything.total, everything.has_more) == (7 + 4, False)


async def test_an_unknown_cursor_is_refused_and_another_tenants_too(filled: Store) -> None:
    async with filled.transaction() as tx:
        await tx.add_posting(a_posting("FFFFFFFF", "w2"), [])
        for cursor in ("none", "FFFFFFFF"):
            with pytest.raises(Invalid) as refused:
                await tx.postings("w1", limit=10, starting_after=cursor)
            assert refused.value.param == "starting_after"
        with pytest.raises(Invalid):
            await tx.interviews("w1", "0A1B2C3D", limit=10, starting_after="FFFFFFFF")


async def test_postings_are_listed_newest_first_by_status(filled: Store) -> None:
    async with filled.transaction() as tx:
        await tx.add_posting(a_posting("00000002", created_at=20.0, status="archived"), [])
        await tx.add_posting(a_posting("00000003", created_at=30.0), [])

    async def ids(**filters: Any) -> tuple[list[str], int]:
        page: Page[Posting] = await read(filled, lambda tx: tx.postings("w1", limit=2, **filters))
        return [posting.id for posting in page.items], page.total

    assert await ids() == (["00000003", "00000002"], 3)
    assert await ids(status="active") == (["00000003", "0A1B2C3D"], 2)
    assert await ids(status="active", starting_after="00000002") == (["0A1B2C3D"], 2)


async def test_postings_are_found_by_title_and_by_their_status_at_a_time(filled: Store) -> None:
    expired = a_posting("00000002", created_at=20.0, title="ÄRZTIN 100%", deadline=500.0)
    async with filled.transaction() as tx:
        await tx.add_posting(expired, [])
        await tx.add_posting(a_posting("00000003", created_at=30.0, deadline=None), [])
        await tx.update_posting(replace(await tx.posting("w1", "00000003"), title="Köchin"))

    async def ids(**filters: Any) -> list[str]:
        page: Page[Posting] = await read(filled, lambda tx: tx.postings("w1", limit=9, **filters))
        return [posting.id for posting in page.items]

    assert await ids(search="ärztin") == ["00000002"]
    assert await ids(search="0%") == ["00000002"]
    assert await ids(search="KÖCH") == ["00000003"]
    assert await ids(search="sales-0A1B") == ["0A1B2C3D"]
    assert await ids(search="_") == []
    assert await ids(status="active", at=500.0) == ["00000003", "0A1B2C3D"]
    assert await ids(status="expired", at=500.0) == ["00000002"]
    assert await ids(status="expired") == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"status": "completed"}, ["I3"]),
        ({"search": "ÅSA"}, ["I3"]),
        ({"search": "i1@EXAMPLE"}, ["I1"]),
        ({"search": "100%"}, ["I2"]),
        ({"search": "_"}, []),
        ({"created_after": 60.0}, ["I3", "I2"]),
        ({"created_before": 60.0}, ["I2", "I1"]),
        ({"created_after": 60.0, "created_before": 60.0}, ["I2"]),
    ],
)
async def test_interviews_are_filtered(
    filled: Store, filters: dict[str, Any], expected: list[str]
) -> None:
    async with filled.transaction() as tx:
        await tx.add_interview(an_interview("I2", name="100% Jo", created_at=60.0))
        third = an_interview("I3", name="åsa Öberg", status="completed", created_at=70.0)
        await tx.add_interview(third)
        page = await tx.interviews("w1", "0A1B2C3D", limit=10, **filters)
    assert [interview.id for interview in page.items] == expected
    assert page.total == len(expected)


async def test_an_email_finds_its_newest_attempt_in_any_case(filled: Store) -> None:
    async with filled.transaction() as tx:
        await tx.add_interview(an_interview("I2", email="i1@Example.COM", attempt=2))
        found = await tx.interview_by_email("0A1B2C3D", " I1@EXAMPLE.com ")
        assert found is not None
        assert found.id == "I2"
        assert await tx.interview_by_email("0A1B2C3D", "i2@example.com") is None
        assert await tx.interview_by_email("FFFFFFFF", "i1@example.com") is None
