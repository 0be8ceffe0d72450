"""The embedded server: kept alive, private, and gone when the service is."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Message
from interviewer.llm.client import ChatModel
from interviewer.llm.embedded import EmbeddedServer
from tests.llm.conftest import SMALL

ASK = [Message("user", "Say hello.")]

pytestmark = pytest.mark.models


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(SMALL, threads=1, slots=2, context=2048) as started:
        await started.wait_ready()
        yield started


def client(server: EmbeddedServer, *, api_key: str | None = None) -> ChatModel:
    return ChatModel(
        name=server.model_name,
        base_url=server.base_url,
        api_key=api_key or server.api_key,
        llama_cpp=True,
    )


async def test_others_are_kept_out(server: EmbeddedServer) -> None:
    with pytest.raises(Unavailable):
        await client(server, api_key="wrong").complete(ASK, max_tokens=2)


async def test_a_killed_model_is_back_within_seconds_at_the_same_address(
    server: EmbeddedServer,
) -> None:
    address, pid = server.base_url, server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(60):
        while server.pid in (pid, None) or not server.ready:
            await asyncio.sleep(0.05)
    assert server.base_url == address
    assert server.restarts == 1
    assert await client(server).complete(ASK, max_tokens=2, timeout=60)


async def test_it_is_gone_after_stop(server: EmbeddedServer) -> None:
    health = server.base_url.removesuffix("/v1") + "/health"
    await server.stop()
    assert not server.ready
    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(health)


async def test_a_missing_model_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no model file"):
        await EmbeddedServer(tmp_path / "none.gguf").start()


def test_it_dies_with_a_killed_service() -> None:
    script = (
        "import asyncio, sys; from pathlib import Path\n"
        "from interviewer.llm.embedded import EmbeddedServer\n"
        "async def main():\n"
        f"    async with EmbeddedServer(Path({str(SMALL)!r}), threads=1, slots=1) as s:\n"
        "        await s.wait_ready(); print(s.pid, flush=True); await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = next(int(line) for line in parent.stdout if line.strip().isdigit())
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}/status").exists() and time.monotonic() < deadline:
        if "State:\tZ" in Path(f"/proc/{child}/status").read_text():
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{child}").exists()
