"""A whole cluster on loopback: two API processes, two agents, a worker, and what they stand on."""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from interviewer import settings
from interviewer.settings import PREFIX
from tests.balancer import balanced
from tests.cluster import outside
from tests.cluster.outside import Bucket, LanguageModel, LiveKit
from tests.cluster.process import Process
from tests.ports import free_port
from tests.postgres import PostgresServer

API_KEY = "cluster-tests-0123456789abcdef"
RECOGNISER_KEY = "cluster-tests-recogniser"
START_SECONDS = 300.0


@dataclass
class Cluster:
    """`apis` and `agents` by their number; `urls` of the APIs in the same order, `url` of whichever
    is there; `recogniser`: whom agents and worker ask first; `ops_urls`: where probes and
    Prometheus ask the agents, then the worker."""

    livekit: LiveKit
    postgres: PostgresServer
    bucket: Bucket
    llm: LanguageModel
    url: str
    urls: list[str]
    apis: list[Process]
    agents: list[Process]
    worker: Process
    recogniser: Process
    recogniser_url: str
    ops_urls: list[str]

    def processes(self) -> list[Process]:
        return [*self.apis, *self.agents, self.worker, self.recogniser]

    def api(self, number: int) -> httpx.Client:
        """As a recruiter's system calls it."""
        headers = {"X-API-KEY": API_KEY}
        return httpx.Client(base_url=f"{self.urls[number]}/api/v4", headers=headers, timeout=30.0)

    def create_posting(self, *questions: str, follow_ups: int = 0) -> str:
        """A posting with just so many follow-ups to a question; without any, the time that a
        test takes is its own."""
        bounds = {"min_follow_ups": follow_ups, "max_follow_ups": follow_ups}
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

    def register_webhook(self, posting_id: str, event_type: str) -> str:
        """Its id. Nobody is there to take what it is told."""
        body = {
            "posting_id": posting_id,
            "event_type": event_type,
            "webhook_url": "https://hooks.example.com/interviews",
        }
        with self.api(0) as api:
            answer = api.post("/webhooks", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["webhook_id"])

    def deliveries(self, webhook_id: str) -> list[dict[str, Any]]:
        with self.api(0) as api:
            answer = api.get(f"/webhooks/{webhook_id}/deliveries")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["data"])

    def data(self, interview_id: str, number: int = 0) -> dict[str, Any]:
        with self.api(number) as api:
            answer = api.get(f"/interviews/{interview_id}/data")
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def wait_until_ready(self) -> None:
        """Until every process serves and every agent has registered with LiveKit."""
        for url in (*self.urls, *self.ops_urls, self.recogniser_url):
            self.wait_until(partial(is_ready, url))

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
        return max(self._taken(interview_id), key=lambda taken: taken[0])[1]

    def times_taken(self, interview_id: str) -> int:
        """How often an agent took it up."""
        return len(self._taken(interview_id))

    def _taken(self, interview_id: str) -> list[tuple[str, Process]]:
        return [
            (str(json.loads(line)["timestamp"]), agent)
            for agent in self.agents
            for line in agent.log().splitlines()
            if "agent.job.taken" in line and interview_id in line
        ]


@contextmanager
def running_cluster(folder: Path, postgres: PostgresServer) -> Iterator[Cluster]:
    """Everything started and ready; everything ended afterwards."""
    with ExitStack() as stack:
        livekit = stack.enter_context(outside.livekit(folder))
        bucket = stack.enter_context(outside.bucket())
        llm = stack.enter_context(outside.language_model(folder))
        database = postgres.create(durable=True)
        stack.callback(postgres.drop, database)
        common = {
            "MEDIA": "livekit",
            "DATABASE_URL": database,
            **bucket.variables,
            **llm.variables,
            "API_KEY": API_KEY,
            "SECRET": "cluster-tests-sign-with-this-secret",
            "STT_MODEL": "whisper-tiny.en",
            "STT_THREADS": "1",
            "SERVE_JOBS": "false",
            "DEMO": "false",
            "LOG_FORMAT": "json",
        }
        apis, agents, worker, recogniser = _processes(folder, common, livekit)
        ports = [int(url.rsplit(":", 1)[1]) for _, url in apis]
        cluster = Cluster(
            url=f"http://127.0.0.1:{stack.enter_context(balanced(*ports))}",
            livekit=livekit,
            postgres=postgres,
            bucket=bucket,
            llm=llm,
            apis=[api for api, _ in apis],
            urls=[url for _, url in apis],
            agents=[agent for agent, _ in agents],
            worker=worker[0],
            recogniser=recogniser[0],
            recogniser_url=recogniser[1],
            ops_urls=[url for _, url in (*agents, worker)],
        )
        for process in cluster.processes():
            stack.callback(process.end)
        # One after the other: each start migrates, and two cores have models to load.
        for process, url in zip(cluster.apis, cluster.urls, strict=True):
            process.start()
            cluster.wait_until(partial(is_ready, url))
        for process in (cluster.recogniser, *cluster.agents, cluster.worker):
            process.start()
        cluster.wait_until_ready()
        yield cluster


Reached = tuple[Process, str]
"""A process, and where it answers probes."""


def _processes(
    folder: Path, common: dict[str, str], livekit: LiveKit
) -> tuple[list[Reached], list[Reached], Reached, Reached]:
    """Two APIs, two agents, one worker, one recogniser service that those ask first."""
    recogniser_port = free_port()
    common = {**common, "STT_API_KEY": RECOGNISER_KEY}
    service = f"http://127.0.0.1:{recogniser_port}/v1"

    def process(name: str, command: str, port_is: str, asks: str = "") -> Reached:
        port = recogniser_port if command == "recognize" else free_port()
        own = {**common, "DATA_DIR": str(folder / name), port_is: str(port)}
        if asks:
            own["STT_BASE_URL"] = asks
        environ = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        environ |= {PREFIX + key: value for key, value in own.items()}
        environ[f"{PREFIX}MODEL_DIR"] = str(settings.load().model_dir)
        environ |= livekit.variables
        full = [sys.executable, "-m", "interviewer", command]
        return Process(name, full, folder, environ=environ), f"http://127.0.0.1:{port}"

    return (
        [process(f"api-{n}", "serve", "PORT") for n in range(2)],
        [process(f"agent-{n}", "agent", "OPS_PORT", service) for n in range(2)],
        process("worker", "work", "OPS_PORT", service),
        process("recogniser", "recognize", "PORT"),
    )


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready", timeout=5.0).status_code == 200
    except httpx.TransportError:
        return False
