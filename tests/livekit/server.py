"""A LiveKit server of the tests' own, on loopback ports of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.ports import free_port

KEY = "test-key"
SECRET = "test-secret-of-at-least-thirty-two-characters"
START_SECONDS = 30.0
BUILD = Path(__file__).parents[2] / "scripts" / "livekit-server"


@dataclass(frozen=True)
class LiveKitServer:
    """Where it listens, and with which key. `process` may be held up by signals."""

    url: str
    process: subprocess.Popen[bytes]
    api_key: str = KEY
    api_secret: str = SECRET


@contextmanager
def running_livekit(folder: Path) -> Iterator[LiveKitServer]:
    """Start one, stop it afterwards; its log stands in `folder`."""
    port = free_port()
    path = folder / "livekit.log"
    with path.open("wb") as log:
        process = subprocess.Popen(livekit_command(port), stdout=log, stderr=log)
    try:
        _wait_until_ready(port, process, path)
        yield LiveKitServer(f"ws://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.wait(timeout=30)


def livekit_command(port: int, *, redis: str | None = None) -> list[str]:
    """A server on `port` of loopback; with `redis` (host:port), a node of several."""
    tcp, udp = free_port(), free_port(socket.SOCK_DGRAM)
    config = {
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "rtc": {
            "tcp_port": tcp,
            "udp_port": udp,
            "use_external_ip": False,
            "node_ip": "127.0.0.1",
            "enable_loopback_candidate": True,
        },
        "keys": {KEY: SECRET},
        "logging": {"level": "info"},
    }
    if redis is not None:
        config["redis"] = {"address": redis}
    return [livekit_binary(), "--config-body", json.dumps(config)]


def livekit_binary() -> str:
    built = subprocess.run([BUILD], stdout=subprocess.PIPE, text=True, check=False)
    if built.returncode != 0:
        pytest.fail("scripts/livekit-server could not build the LiveKit server", pytrace=False)
    return built.stdout.strip()


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/", timeout=1.0).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail(f"LiveKit did not start:\n{log.read_text(errors='replace')}", pytrace=False)
