"""The breaker by its own clock."""

from __future__ import annotations

import pytest

from interviewer.breaker import Breaker
from tests.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(threshold=2, cooldown=10.0, longest=30.0, now=clock)


def test_failures_in_a_row_open_it_and_successes_between_them_do_not(breaker: Breaker) -> None:
    for told in (breaker.failed, breaker.succeeded, breaker.failed):
        told()
        assert breaker.allows()
    breaker.failed()
    assert breaker.open
    assert not breaker.allows()


def test_after_the_wait_one_trial_is_let_through_and_closes_it(
    breaker: Breaker, clock: Clock
) -> None:
    breaker.failed()
    breaker.failed()
    clock.now = 9.9
    assert not breaker.allows()
    clock.now = 10.0
    assert [breaker.allows(), breaker.allows()] == [True, False]
    breaker.succeeded()
    assert [breaker.allows(), breaker.allows()] == [True, True]
    assert not breaker.open


def test_trials_that_fail_come_at_growing_intervals_up_to_the_longest(
    breaker: Breaker, clock: Clock
) -> None:
    breaker.failed()
    breaker.failed()
    waits = []
    for _ in range(4):
        began = clock.now
        while not breaker.allows():
            clock.now += 1.0
        waits.append(clock.now - began)
        breaker.failed()
    assert waits == [10.0, 20.0, 30.0, 30.0]


def test_a_trial_that_nobody_tells_of_does_not_keep_it_open_for_good(
    breaker: Breaker, clock: Clock
) -> None:
    breaker.failed()
    breaker.failed()
    clock.now = 10.0
    assert breaker.allows()
    clock.now = 20.0
    assert breaker.allows()
