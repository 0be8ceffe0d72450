"""What the candidate of the functional tests says to the demo posting's questions."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import interviewer

ANSWERS = {
    "deal you closed": "Last year I closed a deal with a logistics company for three hundred "
    "thousand dollars. I worked with six people there, and I won because I ran a pilot.",
    "sixty second pitch": "Your analysts lose a day each week copying numbers. With CloudMetrics "
    "they have live answers in seconds. Let me show you that on Thursday.",
    "lost a deal": "I lost a hospital deal because I had only one contact. That was my own "
    "mistake. Since then I always build three contacts.",
    "build pipeline": "Every Monday I choose thirty accounts. Then I make twenty five calls and "
    "send fifteen personal messages a day.",
    "analytics product": "I like analytics because the value can be proved with a number.",
}
FOLLOW_UPS = (
    "The finance director was against it, so I ran the pilot on his own data for a month.",
    "I planned it myself, and I told my manager about it every week.",
    "It worked because we measured the result before and after.",
)


def demo_posting() -> dict[str, Any]:
    """The posting that an empty service starts with."""
    text = (Path(interviewer.__file__).parent / "demo.json").read_text()
    posting: dict[str, Any] = json.loads(text)
    return posting


def answer_to(question: dict[str, Any], follow_ups_answered: int) -> str:
    """The line for a `question` message."""
    if question["follow_up"]:
        return FOLLOW_UPS[follow_ups_answered % len(FOLLOW_UPS)]
    text = question["text"].replace("60-second", "sixty second")
    return next((line for words, line in ANSWERS.items() if words in text), FOLLOW_UPS[1])


def content_words(text: str) -> set[str]:
    """Words that carry meaning, for telling whether something was understood."""
    return {word for word in re.findall(r"[a-z]+", text.lower()) if len(word) > 4}
