"""Where in the recording a quote was said. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from interviewer.domain.transcript import Turn, Word


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verbatim quote of the candidate. Seconds on the interview's axis."""

    quote: str
    start: float
    end: float


def locate(
    quote: str, turns: Sequence[Turn], words: Mapping[str, Sequence[Word]]
) -> Evidence | None:
    """The first place at which the candidate says `quote`, or None where nobody does.

    Case, punctuation and spacing do not count. `words`: of each turn whose words have times; in
    others the place is reckoned from how far into the text the quote stands, and a typed turn is
    its own place.
    """
    wanted = _tokens(quote)
    if not wanted:
        return None
    for turn in turns:
        if turn.speaker != "Candidate":
            continue
        times = _word_times(turn, words.get(turn.turn_id, ()))
        tokens = [token for token, _, _ in times]
        for at in range(len(tokens) - len(wanted) + 1):
            if tokens[at : at + len(wanted)] == wanted:
                end = times[at + len(wanted) - 1][2]
                return Evidence(quote, round(times[at][1], 3), round(end, 3))
    return None


def _tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower().replace("'", "").replace("’", ""))


def _word_times(turn: Turn, words: Sequence[Word]) -> list[tuple[str, float, float]]:
    if words:
        return [(token, w.start, w.end) for w in words for token in _tokens(w.text)]
    tokens = _tokens(turn.text)
    if turn.typed:
        return [(token, turn.start, turn.end) for token in tokens]
    step = (turn.end - turn.start) / max(1, len(tokens))
    return [
        (token, turn.start + i * step, turn.start + (i + 1) * step)
        for i, token in enumerate(tokens)
    ]
