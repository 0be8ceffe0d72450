"""A PostgreSQL server of the tests' own: started once, on a socket in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest

_SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


@dataclass
class PostgresServer:
    """Makes databases on demand. `folder` holds its socket."""

    folder: Path
    user: str
    _numbers: Iterator[int] = field(default_factory=count)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it answers."""
        options = [part for setting in _SPEED for part in ("-c", setting)]
        serve: list[str | Path] = [postgres_binaries() / "postgres", "-D", self.folder / "data"]
        serve += ["-k", self.folder, "-c", "listen_addresses=", *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                serve, stdout=log, stderr=log, user=self.user, cwd=self.folder
            )
        _wait_until_ready(self, self._process)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: "fast", it does not wait for its clients; SIGQUIT: as in a crash."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=30)

    def url(self, database: str) -> str:
        return f"postgresql://{self.user}@/{database}?host={self.folder}"

    def create(self, template: str = "template1", *, durable: bool = False) -> str:
        """The URL of a new database that is a copy of `template`.

        `durable`: what was committed is there after a crash of the server.
        """
        name = f"test_{next(self._numbers)}"
        with self._connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
            if durable:
                connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = on')
        return self.url(name)

    def drop(self, url: str) -> None:
        name = url.partition("@/")[2].partition("?")[0]
        with self._connect() as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url("postgres"), autocommit=True)


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start one, stop it afterwards. Fails in one line where PostgreSQL is not installed."""
    binaries = postgres_binaries()
    user = _unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    shutil.chown(folder, user)
    data = folder / "data"
    initdb: list[str | Path] = [
        binaries / "initdb",
        "-D",
        data,
        "-U",
        user,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "-N",
    ]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, user=user, cwd=folder)
    server = PostgresServer(folder, user)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def postgres_binaries() -> Path:
    """Debian keeps them out of PATH, by version."""
    in_path = shutil.which("initdb")
    if in_path:
        return Path(in_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.fail("The tests need PostgreSQL: apt-get install postgresql", pytrace=False)
    return found[-1].parent


def _unprivileged_user() -> str:
    """PostgreSQL does not run as root."""
    me = pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() != 0:
        return me
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _wait_until_ready(server: PostgresServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            psycopg.connect(server.url("postgres")).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    log = (server.folder / "log").read_text(errors="replace")
    pytest.fail(f"PostgreSQL did not start:\n{log}", pytrace=False)
