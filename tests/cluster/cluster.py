"""A whole cluster on loopback: two API processes, two agents, a worker, and what they stand on."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from moto.server import ThreadedMotoServer

from interviewer import settings
from interviewer.settings import PREFIX
from tests.livekit.server import LiveKitServer, running_livekit
from tests.postgres import PostgresServer

API_KEY = "cluster-tests-0123456789abcdef"
START_SECONDS = 300.0
MODEL = "smollm2-135m-instruct-q4_1"


class Process:
    """One `interviewer COMMAND`, with a log of its own, that tests may kill and start again."""

    def __init__(self, name: str, command: str, environ: dict[str, str], folder: Path) -> None:
        self.name = name
        self._command = command
        self._environ = environ
        self._log_path = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._read_from = 0

    def start(self) -> None:
        self._read_from = len(self.log())
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "interviewer", self._command],
                env=self._environ,
                stdout=log,
                stderr=log,
            )

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """`kill -9`, as a crash or the kernel would."""
        self._send(signal.SIGKILL)
        self.wait()

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def wait(self, timeout: float = 60.0) -> int:
        """Its exit status."""
        assert self._process is not None
        return self._process.wait(timeout)

    def log(self) -> str:
        return self._log_path.read_text(errors="replace") if self._log_path.exists() else ""

    def said(self, event: str) -> bool:
        """Whether it has logged that event since it was started last."""
        return f'"event": "{event}"' in self.log()[self._read_from :]

    def _send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)


@dataclass
class Cluster:
    """`apis` and `agents` by their number; `urls` of the APIs in the same order."""

    livekit: LiveKitServer
    urls: list[str]
    apis: list[Process]
    agents: list[Process]
    worker: Process

    def processes(self) -> list[Process]:
        return [*self.apis, *self.agents, self.worker]

    def api(self, number: int) -> httpx.Client:
        """As a recruiter's system calls it."""
        headers = {"X-API-KEY": API_KEY}
        return httpx.Client(base_url=f"{self.urls[number]}/api/v4", headers=headers, timeout=30.0)

    def create_posting(self, *questions: str) -> str:
        """A posting without follow-ups, so that the time a test takes is its own."""
        bounds = {"min_follow_ups": 0, "max_follow_ups": 0}
        asked = [{"modality": "voice", "text": text, **bounds} for text in questions]
        body = {
            "title": "Account executive",
            "workflow": [{"type": "web_interview", "questions": asked}],
        }
        with self.api(0) as api:
            answer = api.post("/postings", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def create_candidate(self, posting_id: str) -> str:
        """The interview's id."""
        body = {"name": "Aisha Williams", "email": f"{secrets.token_hex(4)}@example.com"}
        with self.api(0) as api:
            answer = api.post(f"/postings/{posting_id}/candidates", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["interview_id"])

    def data(self, interview_id: str, number: int = 0) -> dict[str, Any]:
        with self.api(number) as api:
            answer = api.get(f"/interviews/{interview_id}/data")
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def wait_until_ready(self) -> None:
        """Until every API process serves and every agent has registered with LiveKit."""
        for url in self.urls:
            self.wait_until(lambda url=url: _is_ready(url))  # type: ignore[misc]
        for agent in self.agents:
            self.wait_until(lambda agent=agent: agent.said("agent.registered"))  # type: ignore[misc]

    def wait_until(self, true: Callable[[], bool], timeout: float = START_SECONDS) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if true():
                return
            time.sleep(0.2)
        raise AssertionError(f"it did not come to that:\n{self.logs()}")

    def logs(self, lines: int = 30) -> str:
        parts = []
        for process in self.processes():
            tail = "\n".join(process.log().splitlines()[-lines:])
            parts.append(f"--- {process.name}\n{tail}")
        return "\n".join(parts)

    def holder(self, interview_id: str) -> Process:
        """The agent that took the interview up last."""
        taken = {
            agent.name: line
            for agent in self.agents
            for line in agent.log().splitlines()
            if "agent.job.taken" in line and interview_id in line
        }
        latest = max(taken, key=lambda name: taken[name])
        return next(agent for agent in self.agents if agent.name == latest)


@contextmanager
def running_cluster(folder: Path, postgres: PostgresServer) -> Iterator[Cluster]:
    """Everything started and ready; everything ended afterwards."""
    with ExitStack() as stack:
        livekit = stack.enter_context(running_livekit(folder))
        database = postgres.create()
        stack.callback(postgres.drop, database)
        common = {
            "MEDIA": "livekit",
            "DATABASE_URL": database,
            **stack.enter_context(_bucket()),
            **stack.enter_context(_language_model(folder)),
            "API_KEY": API_KEY,
            "SECRET": "cluster-tests-sign-with-this-secret",
            "STT_MODEL": "whisper-tiny.en",
            "STT_THREADS": "1",
            "SERVE_JOBS": "false",
            "DEMO": "false",
            "LOG_FORMAT": "json",
        }
        cluster = _processes(folder, common, livekit)
        for process in cluster.processes():
            stack.callback(_end, process)
        # One after the other: each start migrates, and two cores have models to load.
        for process, url in zip(cluster.apis, cluster.urls, strict=True):
            process.start()
            cluster.wait_until(lambda url=url: _is_ready(url))  # type: ignore[misc]
        for process in (*cluster.agents, cluster.worker):
            process.start()
        cluster.wait_until_ready()
        yield cluster


def _processes(folder: Path, common: dict[str, str], livekit: LiveKitServer) -> Cluster:
    ports = [_free_port(), _free_port()]

    def process(name: str, command: str, **more: str) -> Process:
        own = {**common, "DATA_DIR": str(folder / name), **more}
        environ = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        environ |= {PREFIX + key: value for key, value in own.items()}
        environ[f"{PREFIX}MODEL_DIR"] = str(settings.load().model_dir)
        environ |= {
            "LIVEKIT_URL": livekit.url,
            "LIVEKIT_API_KEY": livekit.api_key,
            "LIVEKIT_API_SECRET": livekit.api_secret,
        }
        return Process(name, command, environ, folder)

    return Cluster(
        livekit=livekit,
        urls=[f"http://127.0.0.1:{port}" for port in ports],
        apis=[process(f"api-{n}", "serve", PORT=str(port)) for n, port in enumerate(ports)],
        agents=[process(f"agent-{n}", "agent") for n in range(2)],
        worker=process("worker", "work"),
    )


@contextmanager
def _bucket() -> Iterator[dict[str, str]]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    try:
        httpx.put(f"{endpoint}/interviews").raise_for_status()
        yield {
            "BLOB_URL": "s3://interviews/cluster",
            "S3_ENDPOINT": endpoint,
            "S3_ACCESS_KEY": "key",
            "S3_SECRET_KEY": "secret",
        }
    finally:
        server.stop()


@contextmanager
def _language_model(folder: Path) -> Iterator[dict[str, str]]:
    """One small model for all of them."""
    model = settings.load().model_dir / "llm" / f"{MODEL}.gguf"
    if not model.exists():
        pytest.fail(f"No {model.name}; `make test-deps` fetches it", pytrace=False)
    port, key = _free_port(), secrets.token_hex(16)
    arguments = ["--model", str(model), "--port", str(port), "--threads", "1"]
    with (folder / "llm.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "interviewer.llm.server", *arguments],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
    assert process.stdin is not None
    process.stdin.write(f"{key}\n".encode())
    process.stdin.flush()
    try:
        yield {
            "LLM_BASE_URL": f"http://127.0.0.1:{port}/v1",
            "LLM_MODEL": MODEL,
            "LLM_API_KEY": key,
            "LLM_SERVER": "llama.cpp",
        }
    finally:
        process.kill()
        process.wait()


def _end(process: Process) -> None:
    if process.alive:
        process.kill()


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready", timeout=5.0).status_code == 200
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
