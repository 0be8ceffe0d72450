"""Figures count what they say, without a word about anybody."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Message
from interviewer.llm.client import ChatModel
from tests.api.conftest import World


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_the_jobs_of_all_workers_are_told_by_state(world: World) -> None:
    await world.jobs.enqueue("finalize_interview", {}, job_id="a")
    await world.jobs.enqueue("finalize_interview", {}, job_id="b")
    async with world.client() as client:
        lines = (await client.get("/metrics")).text.splitlines()
    assert 'interviewer_jobs_open{state="queued"} 2.0' in lines
    assert 'interviewer_jobs_open{state="running"} 0.0' in lines


@pytest.mark.parametrize(("llama_cpp", "backend"), [(True, "llama.cpp"), (False, "openai")])
async def test_a_model_that_fails_is_counted_by_its_backend(llama_cpp: bool, backend: str) -> None:
    labels = {"model": "language", "backend": backend}
    before = value("interviewer_model_failures_total", **labels)
    model = ChatModel(name="none", base_url="http://127.0.0.1:9/v1", llama_cpp=llama_cpp)
    with pytest.raises(Unavailable):
        await model.complete([Message("user", "Hello?")], max_tokens=1)
    await model.aclose()
    assert value("interviewer_model_failures_total", **labels) == before + 1
