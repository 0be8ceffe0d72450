"""What a turn was meant as, by what it means: a sentence encoder under a small trained head.

`python -m tests.load.train_intents` trains the head from the committed utterances and writes
`intents.npz`; it is a logistic regression over the encoder's features and what the rules say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import numpy as np
import structlog

from interviewer.domain.intent import Intent, read_by_rules
from interviewer.llm.sentences import FEATURES, FOLDER, Array, SentenceEncoder

log = structlog.get_logger()

HEAD = Path(__file__).parent / "intents.npz"
# What the head tells apart; silence is the rules' to tell.
INTENTS: tuple[Intent, ...] = tuple(i for i in get_args(Intent) if i != "silence")
HINTS = len(INTENTS) + 3
_SURE = 0.8
_LONG = 25  # words
_SHORT = 3  # words
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'"})


class Meaning:
    """Tells intents by meaning. Immutable, so threads and interviews share one.

    Reading takes one thread 10 to 30 ms; call it off the event loop. Raises `OSError` or
    `ValueError` where the encoder's files or the head are missing or broken.
    """

    def __init__(self, encoder: SentenceEncoder, head: Path = HEAD) -> None:
        self._encoder = encoder
        try:
            with np.load(head, allow_pickle=False) as parts:
                self._weights: Array = parts["weights"].astype(np.float32)
                self._bias: Array = parts["bias"].astype(np.float32)
        except (KeyError, EOFError, ValueError) as error:
            raise ValueError(f"{head.name} cannot be read: {error!r}") from error
        if self._weights.shape != (FEATURES + HINTS, len(INTENTS)):
            raise ValueError(f"{head.name} was trained for other features")

    def odds(self, utterance: str) -> Mapping[Intent, float]:
        """Probability of each intent but `silence`, of any text; they sum to 1."""
        scores = inputs(self._encoder, utterance) @ self._weights + self._bias
        odds = np.exp(scores - scores.max())
        odds /= odds.sum()
        return dict(zip(INTENTS, odds.tolist(), strict=True))


def load_meaning(model_dir: Path) -> Meaning | None:
    """Ready to read, or None, logged, where the model is not there: the rules then read alone."""
    try:
        return Meaning(SentenceEncoder(model_dir / FOLDER))
    except (OSError, ValueError) as error:
        log.warning("llm.meaning.unavailable", reason=str(error))
        return None


def inputs(encoder: SentenceEncoder, utterance: str) -> Array:
    """`float32[FEATURES + HINTS]`: what the head looks at."""
    return np.concatenate([encoder.features(plain(utterance)), _hints(utterance)])


def plain(utterance: str) -> str:
    """Lower case, words only: recognisers differ in commas, and those who type in all of it."""
    text = utterance.lower().translate(_APOSTROPHES)
    return " ".join(re.sub(r"[^\w\s'%€$£]", " ", text).split())


def _hints(utterance: str) -> Array:
    """What the rules take it for (1 if they are sure, else a half), and how long it is."""
    read = read_by_rules(utterance)
    words = len(utterance.split())
    hints = [0.0] * len(INTENTS)
    if read.intent in INTENTS:
        hints[INTENTS.index(read.intent)] = 1.0 if read.confidence >= _SURE else 0.5
    hints += [math.log1p(words), float(words > _LONG), float(words <= _SHORT)]
    return np.array(hints, np.float32)
