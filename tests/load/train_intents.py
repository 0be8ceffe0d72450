"""Train the head that tells asides from answers (`interviewer/llm/intents.npz`), or judge it.

    python -m tests.load.train_intents            # train on all writers, write the head
    python -m tests.load.train_intents --judge    # before, leave a quarter of them out in turn

Both print figures for thresholds on turns whose writer the head has not learnt from. `dev` is
never learnt from; `held` is never read, but to drop lines that stand in it from the training. The
same head comes out of the same utterances, up to rounding; it takes half an hour and 6 GB.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from interviewer import settings
from interviewer.llm.meaning import (
    HEAD,
    HINTS,
    INPUTS,
    INTENTS,
    Meaning,
    hints_of,
    load_encoders,
    plain,
    quick_inputs,
    softmax,
)
from interviewer.llm.sentences import Array, SentenceEncoder
from tests.load.intents import WRITERS, Row, utterances

FOLDS = 4
# Turns that go through an encoder at once, of like lengths: thrice as quick as one by one.
BATCH = 32
THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
# Strong: there are more inputs than lines. By leaving writers out.
REGULARISATION = 0.001


def lines(writers: Iterable[str]) -> list[tuple[str, Row]]:
    """(writer, row) of all that may be learnt from: nothing that stands in `dev` or `held`."""
    kept = {plain(said) for half in ("dev", "held") for _, _, said in utterances(half)}
    return [(w, row) for w in writers for row in utterances(w) if plain(row[2]) not in kept]


def looked_at(encoders: Sequence[SentenceEncoder], rows: Sequence[Row]) -> Array:
    """`float32[rows, INPUTS]`, as `Meaning` joins them."""
    texts = [plain(said) for _, _, said in rows]
    by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    out = np.empty((len(rows), INPUTS), np.float32)
    for begin in range(0, len(rows), BATCH):
        batch = by_length[begin : begin + BATCH]
        some = [texts[i] for i in batch]
        out[batch, :-HINTS] = np.hstack([e.features_of(some) for e in encoders])
    out[:, -HINTS:] = [hints_of(said) for _, _, said in rows]
    return out


def labels(rows: Sequence[Row]) -> NDArray[np.int64]:
    return np.array([INTENTS.index(intent) for intent, _, _ in rows])


def fit(x: Array, y: NDArray[np.int64]) -> tuple[Array, Array]:
    """Weights and bias of the head, for inputs as they come."""
    mean, spread = x.mean(axis=0), x.std(axis=0) + np.float32(1e-3)
    model = LogisticRegression(C=REGULARISATION, max_iter=300, tol=1e-4)
    model.fit((x - mean) / spread, y)
    weights = (model.coef_ / spread).T.astype(np.float16)
    bias = (model.intercept_ - mean @ weights.astype(np.float64)).astype(np.float32)
    return weights, bias


def odds(x: Array, weights: Array, bias: Array) -> Array:
    return softmax(x, {"weights": weights.astype(np.float32), "bias": bias})


def table(read: Array, y: NDArray[np.int64]) -> list[str]:
    """By threshold: asides read right, asides not taken for answers, answers taken for asides."""
    is_aside = y > 0
    likely, best = 1 - read[:, 0], read[:, 1:].argmax(axis=1) + 1
    out = []
    for threshold in THRESHOLDS:
        said = likely >= threshold
        right = (said & (best == y))[is_aside].mean()
        noticed, false = said[is_aside].mean(), said[~is_aside].mean()
        out.append(f"{threshold:.2f}  {right:6.1%} right {noticed:6.1%} noticed {false:6.2%} false")
    return out


def judge(x: Array, y: NDArray[np.int64], writers: NDArray[np.str_]) -> None:
    everyone = np.zeros((len(y), len(INTENTS)), np.float32)
    for fold in range(FOLDS):
        left_out = WRITERS[fold::FOLDS]
        other = np.isin(writers, left_out)
        everyone[other] = odds(x[other], *fit(x[~other], y[~other]))
        print(f"\n{', '.join(left_out)}, learnt from the others:")
        print(*table(everyone[other], y[other]), sep="\n")
    print("\nall of these:", *table(everyone, y), sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judge", action="store_true")
    parser.add_argument("--to", type=Path, default=HEAD)
    options = parser.parse_args()
    encoders = load_encoders(settings.load().model_dir)
    data = lines(WRITERS)
    rows = [row for _, row in data]
    x, y = looked_at(encoders, rows), labels(rows)
    if options.judge:
        judge(x, y, np.array([writer for writer, _ in data]))
    weights, bias = fit(x, y)
    quick_weights, quick_bias = fit(quick_inputs(x), y)
    np.savez_compressed(
        options.to,
        weights=weights,
        bias=bias,
        quick_weights=quick_weights,
        quick_bias=quick_bias,
    )
    dev = utterances("dev")
    print("\ndev:", *table(odds(looked_at(encoders, dev), weights, bias), labels(dev)), sep="\n")
    Meaning(encoders, options.to)


if __name__ == "__main__":
    main()
