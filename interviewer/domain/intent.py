"""What a candidate's turn was meant as."""

from __future__ import annotations

from typing import Literal

Intent = Literal[
    "answer",
    "repeat",
    "clarify",
    "company_question",
    "wait",
    "skip",
    "human",
    "stop",
    "silence",
]
