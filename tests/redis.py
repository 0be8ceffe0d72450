"""A Redis server of the tests' own, on a free port of loopback; it keeps nothing."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.ports import free_port

START_SECONDS = 30.0


@dataclass
class RedisServer:
    """May be stopped and started again, empty, on the same port."""

    folder: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"redis://{self.address}"

    def start(self) -> None:
        binary = shutil.which("redis-server")
        if binary is None:
            pytest.fail("The tests need Redis: apt-get install redis-server", pytrace=False)
        command = [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--dir", str(self.folder)], stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if self.ask("PING") == "PONG":
                    return
            except OSError:
                time.sleep(0.05)
        pytest.fail(f"Redis did not start; see {self.folder / 'redis.log'}", pytrace=False)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=30)

    def ask(self, *command: str) -> str | None:
        """The answer to a command whose answer is a string, in Redis's own protocol (RESP2).

        Raises `OSError` while it is away.
        """
        with socket.create_connection(("127.0.0.1", self.port), timeout=5.0) as connection:
            parts = "".join(f"${len(part.encode())}\r\n{part}\r\n" for part in command)
            connection.sendall(f"*{len(command)}\r\n{parts}".encode())
            with connection.makefile("rb") as answer:
                head = answer.readline().decode().strip()
                if not head.startswith("$"):
                    return head[1:]
                size = int(head[1:])
                return None if size < 0 else answer.read(size).decode()


@contextmanager
def running_redis(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
