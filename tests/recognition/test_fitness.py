"""A recogniser whose model fails time after time says so, and takes work again when it works."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest

from interviewer.domain.errors import Unavailable
from interviewer.recognition.fitness import LOST_SECONDS, MOMENT, SICK_AFTER, Fitness
from interviewer.recognition.service import Pass, RecogniserService
from interviewer.speech.decode_queue import MODEL_FAILED
from interviewer.speech.hearing import Heard
from tests.clock import Clock
from tests.recognition.server import Scribe, scripted
from tests.recognition.test_transcriptions import client_of, post

SOUND = np.zeros(16_000, np.int16)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(scribe: Scribe, clock: Clock) -> Iterator[RecogniserService]:
    service = scripted(scribe)
    service.fitness = Fitness(clock)
    yield service
    service.close()


@pytest.fixture
def scribe() -> Scribe:
    return Scribe()


async def fall_sick(service: RecogniserService, clock: Clock) -> None:
    for _ in range(SICK_AFTER):
        clock.now += MOMENT
        with pytest.raises(Unavailable):
            await service.decode(SOUND, kind="final")


def test_it_is_sick_after_failures_in_a_row_and_lost_after_minutes_of_them(clock: Clock) -> None:
    fitness = Fitness(clock)

    def fail(times: int, apart: float = MOMENT) -> None:
        for _ in range(times):
            clock.now += apart
            fitness.failed()

    fail(SICK_AFTER - 1)
    fitness.worked()
    fail(1)
    assert not fitness.sick
    fail(SICK_AFTER)
    assert (fitness.sick, fitness.lost) == (True, False)
    fail(int(LOST_SECONDS / 5), apart=5.0)
    assert fitness.lost
    fitness.worked()
    assert not fitness.lost


def test_one_moment_counts_once_and_failures_long_ago_lose_nothing(clock: Clock) -> None:
    fitness = Fitness(clock)
    for _ in range(16):
        fitness.failed()
    assert not fitness.sick
    for _ in range(SICK_AFTER - 1):
        clock.now += 1000.0
        fitness.failed()
    assert (fitness.sick, fitness.lost) == (True, False)
    clock.now += LOST_SECONDS
    assert not fitness.lost  # nothing was tried meanwhile


async def test_a_gpu_that_is_gone_takes_it_out_of_service_until_it_works_again(
    service: RecogniserService, scribe: Scribe, clock: Clock
) -> None:
    scribe.failing, scribe.code = True, MODEL_FAILED
    async with client_of(service) as client:
        await fall_sick(service, clock)
        answer = await client.get("/ready")
        assert (answer.status_code, answer.json()["message"]) == (503, "the model fails")
        assert (await client.get("/health")).status_code == 200
        scribe.failing = False
        assert (await client.get("/ready")).status_code == 200


async def test_a_gpu_that_stays_away_asks_for_a_new_process(
    service: RecogniserService, scribe: Scribe, clock: Clock
) -> None:
    scribe.failing, scribe.code = True, MODEL_FAILED
    async with client_of(service) as client:
        await fall_sick(service, clock)
        clock.now += LOST_SECONDS
        assert (await client.get("/health")).status_code == 503
        scribe.failing = False
        assert (await client.get("/health")).status_code == 200


async def test_a_model_that_hangs_is_sick_too(
    service: RecogniserService,
    scribe: Scribe,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("interviewer.recognition.service._HUNG_SECONDS", 0.05)
    monkeypatch.setattr("interviewer.recognition.service._TRIAL_TIMEOUT", 0.05)
    scribe.delay = 30.0
    for _ in range(SICK_AFTER):
        clock.now += MOMENT
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(service.decode(SOUND, kind="final"), 0.1)
    assert await service.unready() == "the model fails"


async def test_a_full_queue_is_no_sickness(
    service: RecogniserService, scribe: Scribe, clock: Clock
) -> None:
    scribe.failing = True
    await fall_sick(service, clock)
    assert await service.unready() == ""


@pytest.mark.parametrize("error", [MemoryError(), Unavailable("gone", code=MODEL_FAILED)])
async def test_careful_decodes_that_fail_count_too(clock: Clock, error: Exception) -> None:
    def fail(_: Pass) -> Heard:
        raise error

    service = scripted(Scribe(), fail)
    service.fitness = Fitness(clock)
    async with client_of(service) as client:
        for _ in range(SICK_AFTER):
            clock.now += MOMENT
            assert (await post(client)).status_code == 503
    assert service.fitness.sick
    service.close()
