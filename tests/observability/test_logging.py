"""What is logged holds nothing that a candidate said, whatever went wrong."""

from __future__ import annotations

import subprocess
import sys

import pytest

FAILING = """
import structlog
from interviewer.observability.logging import configure

configure(level="info", format={format!r})
log = structlog.get_logger()

def save(words: str, api_key: str) -> None:
    raise OSError("disk full")

try:
    save("I was fired from my last job", "sk-secret")
except OSError:
    log.exception("agent.journal.failed", turns=2, **{{"pii.text": "I was fired"}})
"""


@pytest.mark.parametrize("format", ["text", "json"])
def test_a_traceback_shows_no_local_variable(format: str) -> None:
    script = FAILING.format(format=format)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "agent.journal.failed" in done.stderr
    assert "disk full" in done.stderr
    assert "in save" in done.stderr
    assert "I was fired" not in done.stderr
    assert "sk-secret" not in done.stderr
