"""What a turn was meant as, by what it means: two sentence encoders under a small trained head.

`python -m tests.load.train_intents` trains the head from the committed utterances and writes
`intents.npz`; it is a logistic regression over the encoders' features and what the rules say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
import structlog

from interviewer.domain.intent import Intent, read_by_rules
from interviewer.llm.sentences import MINILM, MPNET, Array, SentenceEncoder

log = structlog.get_logger()

HEAD = Path(__file__).parent / "intents.npz"
# What the head tells apart; silence is the rules' to tell.
INTENTS: tuple[Intent, ...] = tuple(i for i in get_args(Intent) if i != "silence")
NETWORKS = (MINILM, MPNET)
HINTS = len(INTENTS) + 3
INPUTS = sum(network.features for network in NETWORKS) + HINTS
QUICK_INPUTS = MINILM.features + HINTS
PARTS = ("weights", "bias", "quick_weights", "quick_bias")
# What the quick network alone takes for an answer from here on is one. On `dev` no aside is lost
# by that, down to .8, and most of real answers need not be read twice.
PLAINLY = 0.95
_SURE = 0.8
_LONG = 25  # words
_SHORT = 3  # words
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'"})


@dataclass(frozen=True, slots=True)
class Glance:
    """What the quick network makes of a turn. `odds`: of each intent but `silence`; they sum to 1.

    `quick`: its features; `hints`: the rules'.
    """

    utterance: str
    odds: Mapping[Intent, float]
    quick: Array
    hints: Array

    @property
    def plainly_an_answer(self) -> bool:
        return self.odds["answer"] >= PLAINLY


class Meaning:
    """Tells intents by meaning. Immutable, so threads and interviews share one.

    Reading blocks; call it off the event loop. `encoders`: of `NETWORKS`, in that order, or
    the first of them alone. Raises `OSError` or `ValueError` where the head is missing or broken.
    """

    def __init__(self, encoders: Sequence[SentenceEncoder], head: Path = HEAD) -> None:
        self._quick = encoders[0]
        self._fine = encoders[1] if len(encoders) > 1 else None
        try:
            with np.load(head, allow_pickle=False) as parts:
                self._head = {name: parts[name].astype(np.float32) for name in PARTS}
        except (KeyError, EOFError, ValueError) as error:
            raise ValueError(f"{head.name} cannot be read: {error!r}") from error
        sizes = (len(self._head["weights"]), len(self._head["quick_weights"]))
        if sizes != (INPUTS, QUICK_INPUTS):
            raise ValueError(f"{head.name} was trained for other features")

    def glance(self, utterance: str) -> Glance:
        """Read any text by the quick network alone; 20 ms."""
        quick, hints = self._quick.features(plain(utterance)), hints_of(utterance)
        odds = softmax(np.concatenate([quick, hints]), self._head, "quick_")
        return Glance(utterance, _named(odds), quick, hints)

    def look(self, glance: Glance) -> Mapping[Intent, float]:
        """The odds when both networks have read it; 0.1 to 0.3 s. The quick one's, at once, if it
        is alone or the turn is plainly an answer."""
        if self._fine is None or glance.plainly_an_answer:
            return glance.odds
        fine = self._fine.features(plain(glance.utterance))
        return _named(softmax(np.concatenate([glance.quick, fine, glance.hints]), self._head))


def _named(odds: Array) -> Mapping[Intent, float]:
    return dict(zip(INTENTS, odds.tolist(), strict=True))


def softmax(x: Array, head: Mapping[str, Array], part: str = "") -> Array:
    """The odds, in the order of `INTENTS`, by one part of the head: of one input, or of rows."""
    scores = x @ head[f"{part}weights"] + head[f"{part}bias"]
    odds: Array = np.exp(scores - scores.max(axis=-1, keepdims=True))
    odds /= odds.sum(axis=-1, keepdims=True)
    return odds


def load_meaning(model_dir: Path) -> Meaning | None:
    """Ready to read by the networks that are there; None without the first: the rules then read.

    What is missing is logged.
    """
    encoders: list[SentenceEncoder] = []
    for network in NETWORKS:
        try:
            encoders.append(SentenceEncoder(network, model_dir))
        except (OSError, ValueError) as error:
            log.warning("llm.meaning.unavailable", reading_with=len(encoders), reason=str(error))
            break
    if not encoders:
        return None
    try:
        meaning = Meaning(encoders)
    except (OSError, ValueError) as error:
        log.warning("llm.meaning.unavailable", reading_with=0, reason=str(error))
        return None
    try:
        # The first reading brings the weights into memory, which takes a second.
        meaning.look(meaning.glance("Could you say that again, please?"))
    except Exception:
        log.exception("llm.meaning.failed")
    return meaning


def load_encoders(model_dir: Path) -> tuple[SentenceEncoder, ...]:
    """Of `NETWORKS`. Raises `OSError` or `ValueError` where files are missing or broken."""
    return tuple(SentenceEncoder(network, model_dir) for network in NETWORKS)


def quick_inputs(x: Array) -> Array:
    """`float32[..., QUICK_INPUTS]`: what is left without the slow network's, of the features of all
    `NETWORKS` with the hints behind them."""
    return np.concatenate([x[..., : MINILM.features], x[..., -HINTS:]], axis=-1)


def plain(utterance: str) -> str:
    """Lower case, words only: recognisers differ in commas, and those who type in all of it."""
    text = utterance.lower().translate(_APOSTROPHES)
    return " ".join(re.sub(r"[^\w\s'%€$£]", " ", text).split())


def hints_of(utterance: str) -> Array:
    """What the rules take it for (1 if they are sure, else a half), and how long it is."""
    read = read_by_rules(utterance)
    words = len(utterance.split())
    hints = [0.0] * len(INTENTS)
    if read.intent in INTENTS:
        hints[INTENTS.index(read.intent)] = 1.0 if read.confidence >= _SURE else 0.5
    hints += [math.log1p(words), float(words > _LONG), float(words <= _SHORT)]
    return np.array(hints, np.float32)
