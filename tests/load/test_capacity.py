"""The formulas that docs/capacity.md counts with, against arrivals that are played out."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from tests.load import capacity
from tests.load.capacity import (
    Draw,
    erlang_b,
    erlang_c,
    exponential,
    lognormal,
    mean_wait,
    places_for,
    simulate_growing,
    simulate_lost,
    simulate_waiting,
)

LENGTH = 1500.0
SLOTS = 3
ARRIVALS = 60_000


def test_erlang_b_is_what_its_sum_says() -> None:
    """By definition: load^n / n! over the sum of load^k / k!."""
    for load, places in ((0.5, 1), (3.0, 4), (20.0, 25)):
        terms = [load**k / math.factorial(k) for k in range(places + 1)]
        assert erlang_b(load, places) == pytest.approx(terms[-1] / sum(terms))
    assert erlang_b(10.0, 0) == 1.0


@pytest.mark.parametrize("length", [exponential(LENGTH), lognormal(LENGTH, 0.5)])
@pytest.mark.parametrize(("load", "places"), [(4.0, 6), (40.0, 48), (40.0, 40)])
def test_refusals_are_those_of_erlang_b_whatever_the_lengths(
    length: Draw, load: float, places: int
) -> None:
    played = simulate_lost(
        rate=load / LENGTH, length=length, places=places, arrivals=ARRIVALS, seed=1, warm=2_000
    )
    expected = erlang_b(load, places)
    assert played.share == pytest.approx(expected, abs=_error(expected))


@pytest.mark.parametrize(("load", "places"), [(4.0, 6), (30.0, 34)])
def test_waits_are_those_of_erlang_c(load: float, places: int) -> None:
    played = simulate_waiting(
        rate=load / LENGTH,
        length=exponential(LENGTH),
        places=places,
        arrivals=4 * ARRIVALS,
        seed=2,
        warm=2_000,
    )
    expected = erlang_c(load, places)
    assert played.share == pytest.approx(expected, abs=3 * _error(expected))
    assert played.wait == pytest.approx(mean_wait(load, places, LENGTH), rel=0.1)


def _error(share: float) -> float:
    """Five standard errors, times two: refusals come in bunches, so they tell less than coins."""
    return 10 * math.sqrt(share * (1 - share) / ARRIVALS)


def test_one_server_waits_as_the_textbook_says() -> None:
    """M/M/1: a share of rho waits, rho / (1 - rho) lengths on average."""
    assert erlang_c(0.8, 1) == pytest.approx(0.8)
    assert mean_wait(0.8, 1, 10.0) == pytest.approx(40.0)
    assert erlang_c(2.0, 2) == 1.0
    assert mean_wait(2.0, 2, 10.0) == math.inf


def test_places_are_the_fewest_that_do() -> None:
    for load in (1.0, 100.0, 1_000.0):
        places = places_for(load, 0.001)
        assert erlang_b(load, places) <= 0.001 < erlang_b(load, places - 1)


def test_large_groups_need_less_reserve_than_small_ones() -> None:
    shares = [places_for(load, 0.001) / load for load in (10.0, 100.0, 1_000.0, 10_000.0)]
    assert shares == sorted(shares, reverse=True)


def test_more_free_places_refuse_fewer_while_agents_start() -> None:
    refused = [
        simulate_growing(
            rate=100 / LENGTH,
            length=lognormal(LENGTH, 0.5),
            slots=3,
            spare=spare,
            start_seconds=60.0,
            arrivals=ARRIVALS,
            seed=3,
            warm=400,
        ).share
        for spare in (1, 4, 16)
    ]
    assert refused == sorted(refused, reverse=True)
    assert refused[0] > 0.01
    assert refused[-1] < 0.001


def test_the_document_has_the_numbers_that_are_counted_here() -> None:
    text = (Path(__file__).parents[2] / "docs" / "capacity.md").read_text()
    for load in capacity.SIZES:
        one, tenth = places_for(load, 0.01), places_for(load, 0.001)
        assert re.search(rf"^\| {load:,} \| {one:,} \| {tenth:,} \|", text, re.MULTILINE), load
    cells = [max(1, load // 1_000) for load in capacity.SIZES]
    inside = [load // n for load, n in zip(capacity.SIZES, cells, strict=True)]
    agents = [
        n * math.ceil(places_for(load, 0.001) / SLOTS)
        for load, n in zip(inside, cells, strict=True)
    ]
    assert _row("agents, at 0.1 % refused", agents) in text
    workers = [n * capacity.workers_for(load) for load, n in zip(inside, cells, strict=True)]
    assert _row("workers", workers) in text
    assert f"{capacity.INTERVIEW_SECONDS / 60:.0f} minutes" in text


def _row(name: str, numbers: list[int]) -> str:
    return f"| {name} | " + " | ".join(f"{number:,}" for number in numbers) + " |"
