"""What the cluster stands on: a bucket, a language model, LiveKit in two nodes with Redis."""

from __future__ import annotations

import json
import secrets
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from moto.server import ThreadedMotoServer

from interviewer import settings
from interviewer.media.sfu import room_name
from tests.balancer import balanced
from tests.cluster.process import Process
from tests.livekit.server import KEY, SECRET, livekit_command
from tests.ports import free_port
from tests.redis import RedisServer, running_redis

MODEL = "smollm2-135m-instruct-q4_1"
START_SECONDS = 60.0


@dataclass(frozen=True)
class LanguageModel:
    """One small model for all of them. `variables`: how it is reached, without the prefix."""

    process: Process
    variables: dict[str, str]

    def start(self) -> None:
        """Returns once it answers."""
        self.process.start()
        port = int(self.variables["LLM_BASE_URL"].rsplit(":", 1)[1].partition("/")[0])
        _wait_until_listening(port, self.process)


@contextmanager
def language_model(folder: Path) -> Iterator[LanguageModel]:
    model = settings.load().model_dir / "llm" / f"{MODEL}.gguf"
    if not model.exists():
        pytest.fail(f"No {model.name}; `make test-deps` fetches it", pytrace=False)
    port, key = free_port(), secrets.token_hex(16)
    command = [sys.executable, "-m", "interviewer.llm.server", "--model", str(model)]
    command += ["--port", str(port), "--threads", "1"]
    served = LanguageModel(
        Process("llm", command, folder, first_line=key),
        {
            "LLM_BASE_URL": f"http://127.0.0.1:{port}/v1",
            "LLM_MODEL": MODEL,
            "LLM_API_KEY": key,
            "LLM_SERVER": "llama.cpp",
        },
    )
    try:
        served.start()
        yield served
    finally:
        served.process.end()


@dataclass(frozen=True)
class LiveKit:
    """Two nodes behind one address. `node_ids` are Redis's, so they change at a restart."""

    url: str
    nodes: list[Process]
    ports: list[int]
    redis: RedisServer

    @property
    def variables(self) -> dict[str, str]:
        return {
            "LIVEKIT_URL": self.url,
            "LIVEKIT_API_KEY": KEY,
            "LIVEKIT_API_SECRET": SECRET,
        }

    def start(self, node: Process) -> None:
        """Returns once it answers."""
        node.start()
        _wait_until_listening(self.ports[self.nodes.index(node)], node)

    def node_of(self, interview_id: str) -> Process:
        """The node that the interview's room is on."""
        node_id = self.redis.ask("HGET", "room_node_map", room_name(interview_id))
        assert node_id is not None
        for node in self.nodes:
            if f'"nodeID": {json.dumps(node_id)}' in node.log():
                return node
        raise AssertionError(f"no node is {node_id}")


@contextmanager
def livekit(folder: Path) -> Iterator[LiveKit]:
    with ExitStack() as stack:
        redis = stack.enter_context(running_redis(folder))
        ports = [free_port(), free_port()]
        balancer = stack.enter_context(balanced(*ports))
        nodes = [
            Process(f"livekit-{n}", livekit_command(port, redis=redis.address), folder)
            for n, port in enumerate(ports)
        ]
        running = LiveKit(f"ws://127.0.0.1:{balancer}", nodes, ports, redis)
        for node in nodes:
            stack.callback(node.end)
            running.start(node)
        yield running


class Bucket:
    """An S3 server of the tests' own, which may be away for a while."""

    def __init__(self) -> None:
        self._port = free_port()
        self.start()
        # The server loads all it knows of S3 for its first request, which takes seconds.
        httpx.put(f"{self._endpoint}/interviews", timeout=60.0).raise_for_status()

    @property
    def variables(self) -> dict[str, str]:
        return {
            "BLOB_URL": "s3://interviews/cluster",
            "S3_ENDPOINT": self._endpoint,
            "S3_ACCESS_KEY": "key",
            "S3_SECRET_KEY": "secret",
        }

    @property
    def _endpoint(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._server = ThreadedMotoServer("127.0.0.1", self._port, verbose=False)
        self._server.start()

    def stop(self) -> None:
        self._server.stop()


@contextmanager
def bucket() -> Iterator[Bucket]:
    made = Bucket()
    try:
        yield made
    finally:
        made.stop()


def _wait_until_listening(port: int, process: Process) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.alive:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1.0):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"{process.name} did not start:\n{process.log()[-2000:]}", pytrace=False)
