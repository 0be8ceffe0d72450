"""`interviewer serve` as a process that tests start, kill and start again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from interviewer.settings import PREFIX
from tests.ports import free_port

API_KEY = "functional-tests-0123456789abcdef"
START_SECONDS = 180.0
REPORT_SECONDS = 8 * 60.0


class ServiceProcess:
    """One data folder and one port; the process on it may come and go."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = folder / "service.log"
        self._process: subprocess.Popen[bytes] | None = None
        own = {
            "PORT": str(self.port),
            "DATA_DIR": str(folder / "data"),
            "API_KEY": API_KEY,
            "LOG_FORMAT": "json",
            **settings,
        }
        clean = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        if model_dir := os.environ.get(f"{PREFIX}MODEL_DIR"):
            own["MODEL_DIR"] = model_dir
        self._environ = {**clean, **{PREFIX + name: value for name, value in own.items()}}
        self.api = httpx.Client(
            base_url=f"{self.url}/api/v4", headers={"X-API-KEY": API_KEY}, timeout=30.0
        )

    @property
    def pid(self) -> int:
        """Of the process that serves; its children descend from it."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until interviews can be held."""
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "interviewer", "serve"],
                env=self._environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/ready", timeout=5.0).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"the service did not get ready:\n{self.log_tail()}")

    def kill(self) -> None:
        """`kill -9`, as a crash or the kernel would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """Ask it to stop; its exit status."""
        if self._process is None or self._process.poll() is not None:
            return 0
        self._process.terminate()
        try:
            return self._process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            raise

    def log_tail(self, lines: int = 60) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    # --- as a recruiter's system --------------------------------------------------------------

    def create_posting(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._data(self.api.post("/postings", json=body), 201)

    def create_candidate(self, posting_id: str, name: str, email: str) -> dict[str, Any]:
        body = {"name": name, "email": email}
        return self._data(self.api.post(f"/postings/{posting_id}/candidates", json=body), 201)

    def interview_data(self, interview_id: str) -> dict[str, Any]:
        return self._data(self.api.get(f"/interviews/{interview_id}/data"), 200)

    def wait_for_report(self, interview_id: str) -> dict[str, Any]:
        """The interview's data once it is evaluated; within the contract's 8 minutes."""
        deadline = time.monotonic() + REPORT_SECONDS
        while time.monotonic() < deadline:
            data = self.interview_data(interview_id)
            if data["status"] == "completed":
                return data
            time.sleep(1.0)
        raise AssertionError(f"still {data['status']} after 8 minutes:\n{self.log_tail()}")

    def _data(self, answer: httpx.Response, status: int) -> dict[str, Any]:
        assert answer.status_code == status, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data
