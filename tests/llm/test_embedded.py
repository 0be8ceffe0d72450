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
from interviewer.llm.opening import Opening
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


async def test_what_prompts_begin_with_is_read_once_into_every_slot(tmp_path: Path) -> None:
    model = tmp_path / SMALL.name
    model.symlink_to(SMALL)
    begin = [Message("system", "You ask short questions. " * 12), Message("user", "Topic: ")]

    async def cached(server: EmbeddedServer, slot: int) -> int:
        """Tokens of such a prompt that need not be read any more."""
        body = {
            "model": server.model_name,
            "messages": [
                {"role": "system", "content": begin[0].content},
                {"role": "user", "content": "Topic: angry customers"},
            ],
            "max_tokens": 1,
            "cache_prompt": True,
            "id_slot": slot,
        }
        headers = {"Authorization": f"Bearer {server.api_key}"}
        async with httpx.AsyncClient(headers=headers, timeout=60, trust_env=False) as client:
            answer = await client.post(f"{server.base_url}/chat/completions", json=body)
        tokens = answer.json()["timings"]["cache_n"]
        assert isinstance(tokens, int)
        return tokens

    written = []
    for _ in range(2):
        opening = Opening(model, begin, (0, 1))
        async with EmbeddedServer(
            model, threads=1, slots=3, context=2048, opening=opening
        ) as server:
            await server.wait_ready()
            await asyncio.wait_for(opening.tried.wait(), 60)
            assert await cached(server, 2) == 0
            assert await cached(server, 0) > 40
            assert await cached(server, 1) > 40
        (kept,) = (tmp_path / "read").iterdir()
        written.append(kept.stat().st_mtime_ns)
    assert written[0] == written[1]


async def test_an_opening_is_kept_elsewhere_where_the_models_are_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    opening = Opening(tmp_path / "none" / SMALL.name, [Message("user", "Topic: ")], (0,))
    again = Opening(tmp_path / "none" / SMALL.name, [Message("user", "Topic: ")], (0,))
    assert opening.folder.is_dir()
    assert not opening.folder.is_relative_to(tmp_path / "none")
    assert again.folder == opening.folder


async def test_a_folder_that_is_somebody_elses_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (tmp_path / f"interviewer-read-{os.getuid()}").symlink_to(theirs)
    with pytest.raises(PermissionError):
        Opening(tmp_path / "none" / SMALL.name, [Message("user", "Topic: ")], (0,))
