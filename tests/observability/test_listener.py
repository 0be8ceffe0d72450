"""What probes and Prometheus are told by a process that serves no API."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from interviewer.bootstrap.parts import Readiness
from interviewer.observability.listener import ops_listener
from interviewer.settings import PREFIX
from interviewer.storage.engine import migrate, open_store


async def test_health_ready_and_metrics_are_told_while_models_load() -> None:
    missing: list[str] = ["the models are still loading"]

    async def ready() -> str | None:
        return missing[0] if missing else None

    async with (
        ops_listener("127.0.0.1", 0, ready) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        assert (await client.get("/health")).json()["status"] == 200
        loading = await client.get("/ready")
        assert loading.status_code == 503
        assert loading.json() == {"message": missing[0], "status": 503}
        assert loading.headers["retry-after"] == "5"
        missing.clear()
        assert (await client.get("/ready")).status_code == 200
        figures = await client.get("/metrics")
        assert "interviewer_turns_total" in figures.text
        assert figures.headers["content-type"].startswith("text/plain")


async def test_ready_names_what_is_missing_and_a_schema_that_is_behind(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'interviewer.db'}"
    store = open_store(url)
    ready = Readiness(store, {"models": "the models are still loading"})
    try:
        assert "run `interviewer migrate`" in str(await ready())
        migrate(url)
        assert await ready() == "the models are still loading"
        ready.done("models")
        assert await ready() is None
    finally:
        await store.close()


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Of a worker with a port for probes, on a database that nobody migrates for it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    return own | {
        f"{PREFIX}DATA_DIR": str(tmp_path),
        f"{PREFIX}OPS_PORT": str(port),
        f"{PREFIX}PORT": "9",
        f"{PREFIX}LLM_BASE_URL": "http://127.0.0.1:9/v1",
        f"{PREFIX}LLM_MODEL": "none",
        f"{PREFIX}MIGRATE_AT_START": "false",
    }


@pytest.fixture
def worker(environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    assert run("migrate", environ).returncode == 0
    with subprocess.Popen(
        [sys.executable, "-m", "interviewer", "work"],
        env=environ,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def run(command: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "interviewer", command],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def wait_until_ready(url: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/ready", timeout=10).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"the worker did not become ready: {process.poll()}")


@pytest.mark.models
def test_a_worker_is_probed_measured_and_stopped(
    environ: dict[str, str], worker: subprocess.Popen[str]
) -> None:
    url = f"http://127.0.0.1:{environ[PREFIX + 'OPS_PORT']}"
    wait_until_ready(url, worker)
    assert httpx.get(f"{url}/health").status_code == 200
    assert "process_resident_memory_bytes" in httpx.get(f"{url}/metrics").text
    assert run("health", environ).returncode == 0
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    assert run("health", environ).returncode == 1


def test_a_worker_that_may_not_migrate_refuses_a_schema_that_is_behind(
    environ: dict[str, str], tmp_path: Path
) -> None:
    sqlite3.connect(tmp_path / "interviewer.db").close()
    refused = run("work", environ)
    assert refused.returncode == 1
    lines = [line for line in refused.stderr.splitlines() if line.startswith("interviewer:")]
    assert len(lines) == 1, refused.stderr
    assert "run `interviewer migrate`" in lines[0]
