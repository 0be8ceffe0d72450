"""How many places so many interviews need: Erlang's formulas, and arrivals played out beside them.

Interviews come as a Poisson stream, since candidates decide for themselves when to begin. Who
finds every place taken is asked to come back (Erlang B: the service's own refusal), or waits, as
evaluations do in the queue (Erlang C). `python -m tests.load.capacity` prints the tables of
docs/capacity.md; `simulate_lost` and `simulate_waiting` play the same out, with lengths of
interviews as they are and not as a formula wants them.

Formulas: A. K. Erlang, 1917; Erlang B holds for any distribution of lengths with that mean
(insensitivity: B. A. Sevastyanov, 1957), Erlang C for exponential ones.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

Draw = Callable[[random.Random], float]
"""One length in seconds."""


def erlang_b(load: float, places: int) -> float:
    """Share of arrivals that find all `places` taken. `load`: arrivals a second times seconds
    each, in Erlang; interviews at once, if none were refused."""
    blocked = 1.0
    for taken in range(1, places + 1):
        blocked = load * blocked / (taken + load * blocked)
    return blocked


def erlang_c(load: float, places: int) -> float:
    """Share of arrivals that wait at all; 1 where the queue has no end."""
    if load >= places:
        return 1.0
    blocked = erlang_b(load, places)
    return blocked / (1.0 - (load / places) * (1.0 - blocked))


def mean_wait(load: float, places: int, seconds: float) -> float:
    """Seconds that arrivals wait on average, those that need not wait counted in."""
    if load >= places:
        return math.inf
    return erlang_c(load, places) * seconds / (places - load)


def places_for(load: float, refused: float) -> int:
    """The fewest places at which at most that share is refused."""
    blocked, places = 1.0, 0
    while blocked > refused:
        places += 1
        blocked = load * blocked / (places + load * blocked)
    return places


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of the arrivals. `share`: refused, or made to wait; `wait`: seconds, mean."""

    arrivals: int
    share: float
    wait: float = 0.0


def exponential(mean: float) -> Draw:
    return lambda chance: chance.expovariate(1.0 / mean)


def lognormal(mean: float, spread: float) -> Draw:
    """`spread`: standard deviation over mean. Most are near the middle, a few take far longer."""
    sigma = math.sqrt(math.log(1.0 + spread**2))
    return lambda chance: chance.lognormvariate(math.log(mean) - sigma**2 / 2, sigma)


def simulate_lost(
    *, rate: float, length: Draw, places: int, arrivals: int, seed: int, warm: int = 0
) -> Played:
    """Refuse who finds all places taken. `rate`: arrivals a second; the first `warm` of them
    only fill the places."""
    chance = random.Random(seed)
    ends: list[float] = []
    now, refused = 0.0, 0
    for number in range(warm + arrivals):
        now += chance.expovariate(rate)
        while ends and ends[0] <= now:
            heapq.heappop(ends)
        if len(ends) < places:
            heapq.heappush(ends, now + length(chance))
        elif number >= warm:
            refused += 1
    return Played(arrivals=arrivals, share=refused / arrivals)


def simulate_waiting(
    *, rate: float, length: Draw, places: int, arrivals: int, seed: int, warm: int = 0
) -> Played:
    """Let who finds all places taken wait, first come, first served."""
    chance = random.Random(seed)
    free = [0.0] * places
    now, waited, total = 0.0, 0, 0.0
    for number in range(warm + arrivals):
        now += chance.expovariate(rate)
        begins = max(now, free[0])
        heapq.heapreplace(free, begins + length(chance))
        if number >= warm:
            waited += begins > now
            total += begins - now
    return Played(arrivals=arrivals, share=waited / arrivals, wait=total / arrivals)


def simulate_growing(
    *,
    rate: float,
    length: Draw,
    slots: int,
    spare: int,
    start_seconds: float,
    arrivals: int,
    seed: int,
    warm: int = 0,
) -> Played:
    """Agents of `slots` places each are added as soon as fewer than `spare` places are free, and
    take interviews `start_seconds` later; refused is who comes before. One whose places are all
    free goes when there are `slots` more than `spare`."""
    chance = random.Random(seed)
    ends: list[float] = []
    coming: deque[float] = deque()
    now, refused, places = 0.0, 0, slots
    for number in range(warm + arrivals):
        now += chance.expovariate(rate)
        while ends and ends[0] <= now:
            heapq.heappop(ends)
        while coming and coming[0] <= now:
            coming.popleft()
            places += slots
        if len(ends) < places:
            heapq.heappush(ends, now + length(chance))
        elif number >= warm:
            refused += 1
        while places + slots * len(coming) - len(ends) < spare:
            coming.append(now + start_seconds)
        if places - len(ends) >= spare + slots and places > slots and not coming:
            places -= slots
    return Played(arrivals=arrivals, share=refused / arrivals)


INTERVIEW_SECONDS = 25 * 60.0
EVALUATION_SECONDS = 4 * 60.0
SIZES = (100, 1_000, 10_000, 100_000)


def workers_for(load: float) -> int:
    """The fewest workers at which evaluations of so many interviews at once wait for a minute at
    most, on average."""
    jobs = load / INTERVIEW_SECONDS * EVALUATION_SECONDS
    workers = math.ceil(jobs)
    while mean_wait(jobs, workers, EVALUATION_SECONDS) > 60.0:
        workers += 1
    return workers


def main() -> None:
    print("| at once | places, 1 % refused | places, 0.1 % | of the places taken |")
    print("|---:|---:|---:|---:|")
    for load in SIZES:
        one, tenth = places_for(load, 0.01), places_for(load, 0.001)
        print(f"| {load:,} | {one:,} | {tenth:,} | {load / tenth:.0%} |")
    print("\n| at once | free places kept | refused while agents start, simulated |")
    print("|---:|---:|---:|")
    for load in SIZES[:3]:
        rate = load / INTERVIEW_SECONDS
        for spare in sorted({math.ceil(rate * 60 * times) for times in (0.25, 0.5, 1, 2)}):
            played = simulate_growing(
                rate=rate,
                length=lognormal(INTERVIEW_SECONDS, 0.5),
                slots=3,
                spare=spare,
                start_seconds=60.0,
                arrivals=200_000,
                seed=7,
                warm=4 * load,
            )
            print(f"| {load:,} | {spare} | {played.share:.2%} |")
    print("\n| evaluations, minutes each | at once | workers | waiting, minutes |")
    print("|---:|---:|---:|---:|")
    for load in SIZES:
        jobs, workers = load / INTERVIEW_SECONDS * EVALUATION_SECONDS, workers_for(load)
        wait = mean_wait(jobs, workers, EVALUATION_SECONDS) / 60
        print(f"| {EVALUATION_SECONDS / 60:.1f} | {load:,} | {workers:,} | {wait:.1f} |")


if __name__ == "__main__":
    main()
