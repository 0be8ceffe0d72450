"""A process of the cluster that tests may kill and start again."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class Process:
    """One command, with a log of its own. `first_line`: given to it on its standard input."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        *,
        environ: Mapping[str, str] | None = None,
        first_line: str | None = None,
    ) -> None:
        self.name = name
        self._command = command
        self._environ = environ
        self._first_line = first_line
        self._log_path = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._read_from = 0

    def start(self) -> None:
        self._read_from = len(self.log())
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environ, stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        if self._first_line is not None:
            assert self._process.stdin is not None
            self._process.stdin.write(f"{self._first_line}\n".encode())
            self._process.stdin.flush()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """`kill -9`, as a crash or the kernel would."""
        self._send(signal.SIGKILL)
        self.wait()

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def stop(self) -> None:
        """It stands still, as on a machine that sleeps, until `go_on`."""
        self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        self._send(signal.SIGCONT)

    def end(self) -> None:
        """However it is; safe to call twice."""
        if self.alive:
            self.kill()

    def wait(self, timeout: float = 60.0) -> int:
        """Its exit status."""
        assert self._process is not None
        return self._process.wait(timeout)

    def log(self) -> str:
        return self._log_path.read_text(errors="replace") if self._log_path.exists() else ""

    def said(self, event: str, *parts: str) -> bool:
        """Whether it has logged that event, on a line with those parts, since its last start."""
        wanted = (f'"event": "{event}"', *parts)
        lines = self.log()[self._read_from :].splitlines()
        return any(all(part in line for part in wanted) for line in lines)

    def _send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
