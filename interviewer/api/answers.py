"""Answers that the OpenAPI document shows: what our own service answered to the guide's calls.

`answers.json` is written by `python -m tests.api.answers`; a test calls everything again
and compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ANSWERS: dict[str, Any] = json.loads(
    Path(__file__).with_name("answers.json").read_text(encoding="utf-8")
)
"""Operation id → the JSON of one good answer; `"refused"` → of a refusal."""


def install(operations: Iterable[dict[str, Any]]) -> None:
    """Give each JSON answer of each OpenAPI operation object its example, in place."""
    for operation in operations:
        for status, response in operation["responses"].items():
            name = operation["operationId"] if status.startswith("2") else "refused"
            shown = response.get("content", {}).get("application/json")
            if shown is not None and name in ANSWERS:
                shown["example"] = ANSWERS[name]
