"""The small model that tests load, and one server of it for all that only ask it things."""

from __future__ import annotations

import os
from pathlib import Path

MODELS = Path(
    os.environ.get("INTERVIEWER_MODEL_DIR", str(Path.home() / ".cache" / "interviewer" / "models"))
)
SMALL = MODELS / "llm" / "smollm2-135m-instruct-q4_1.gguf"
ASSESSING = MODELS / "llm" / "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
