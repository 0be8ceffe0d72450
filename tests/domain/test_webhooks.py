"""Events, secrets in rotation, and the schedule: pure decisions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from interviewer.domain.webhooks import (
    FAILING_FOR,
    JITTER,
    RETRIES,
    SECRET_OVERLAP,
    Attempt,
    disabled_by,
    next_attempt_at,
)
from tests.contracts.records import a_webhook, an_event


def test_an_event_has_one_id_however_often_it_is_told_of() -> None:
    event = an_event()
    assert replace(event, at=9.0).id == event.id
    others = [replace(event, occasion="2"), replace(event, type="report_available"), an_event("I2")]
    assert len({event.id, *(other.id for other in others)}) == 4
    assert "I1" not in event.id


def test_the_schedule_is_the_published_one_with_a_little_more() -> None:
    assert (0, 5, 5 * 60, 30 * 60, *(hours * 3600 for hours in (2, 5, 10, 10))) == RETRIES
    for done, pause in enumerate(RETRIES):
        assert next_attempt_at(done, 100.0, 0.0) == 100.0 + pause
        assert next_attempt_at(done, 100.0, 1.0) == pytest.approx(100.0 + pause * (1 + JITTER))
    assert next_attempt_at(len(RETRIES), 100.0, 0.5) is None


def test_a_replaced_secret_signs_for_another_day() -> None:
    webhook = a_webhook(rotated_at=(1_000.0, 2_000.0))
    assert webhook.signing_secrets(2_000.0) == (2, 1, 0)
    assert webhook.signing_secrets(1_000.0 + SECRET_OVERLAP) == (2, 1)
    assert webhook.signing_secrets(2_000.0 + SECRET_OVERLAP) == (2,)
    assert a_webhook(rotated_at=()).signing_secrets(5.0) == (0,)


def test_a_webhook_is_given_up_when_it_says_so_or_has_failed_for_days() -> None:
    webhook = a_webhook(failing_since=50.0)
    gone = Attempt(outcome="refused", at=51.0, response_status=410)
    late = Attempt(outcome="timeout", at=50.0 + FAILING_FOR)
    assert disabled_by(webhook, gone, last=False) == "gone"
    assert disabled_by(webhook, late, last=True) == "failing"
    assert disabled_by(webhook, late, last=False) is None
    assert disabled_by(webhook, replace(late, at=late.at - 1), last=True) is None
    assert disabled_by(replace(webhook, failing_since=None), late, last=True) is None
