"""How an answer was delivered, from pace and structure alone. Pure.

Never from accent, emotion, voice or recognition confidence, and never part of the match score.
The bands are wide on purpose: slow and fast speakers who can be followed get full marks.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from interviewer.domain.transcript import Word

# Conversational English runs at about 110 to 190 words a minute (Yuan, Liberman and Cieri,
# "Towards an integrated understanding of speaking rate in conversation", Interspeech 2006).
_PACE_FULL = (95.0, 195.0)
_PACE_NONE = (30.0, 300.0)
# Share of an answer's time that is silent; pauses up to a third of it are how people talk.
_PAUSE_FULL = 0.35
_PAUSE_NONE = 0.80
# Fillers among the words; spontaneous speech has about 6 in 100 (Bortfeld et al., 2001).
_FILLERS_FULL = 0.06
_FILLERS_NONE = 0.30
_LONG_PAUSE = 0.3  # seconds between two words from which silence counts as a pause
_LEAST_WORDS = 20  # below it there is too little speech to say anything about it
_WEIGHTS = (0.4, 0.3, 0.3)

_FILLERS = frozenset({"um", "umm", "uh", "uhh", "er", "erm", "hmm", "mhm", "mm"})
_EDGE = re.compile(r"[^\w']+")


@dataclass(frozen=True, slots=True)
class SpeechFigures:
    """`score` 0 to 100; `words_per_minute` of the time spoken, pauses included; shares 0 to 1."""

    score: float
    words_per_minute: float
    pause_share: float
    filler_share: float
    words: int


def speech_figures(answers: Sequence[Sequence[Word]]) -> SpeechFigures | None:
    """Figures over all spoken answers, each the words of one turn in order.

    None where there is too little speech: typed interviews, silent ones.
    """
    spoken = [list(words) for words in answers if words]
    count = sum(map(len, spoken))
    seconds = sum(max(0.0, words[-1].end - words[0].start) for words in spoken)
    if count < _LEAST_WORDS or seconds <= 0:
        return None
    silent = sum(_pauses(words) for words in spoken)
    fillers = sum(_EDGE.sub("", w.text.lower()) in _FILLERS for words in spoken for w in words)
    pace = 60 * count / seconds
    pause_share = min(1.0, silent / seconds)
    filler_share = fillers / count
    parts = (
        _pace_part(pace),
        _falling(pause_share, _PAUSE_FULL, _PAUSE_NONE),
        _falling(filler_share, _FILLERS_FULL, _FILLERS_NONE),
    )
    score = 100 * sum(weight * part for weight, part in zip(_WEIGHTS, parts, strict=True))
    return SpeechFigures(
        score=round(score, 1),
        words_per_minute=round(pace, 1),
        pause_share=round(pause_share, 3),
        filler_share=round(filler_share, 3),
        words=count,
    )


def _pauses(words: Sequence[Word]) -> float:
    gaps = (b.start - a.end for a, b in itertools.pairwise(words))
    return sum(gap for gap in gaps if gap >= _LONG_PAUSE)


def _pace_part(pace: float) -> float:
    low, high = _PACE_FULL
    if pace < low:
        return max(0.0, (pace - _PACE_NONE[0]) / (low - _PACE_NONE[0]))
    return _falling(pace, high, _PACE_NONE[1])


def _falling(value: float, full: float, none: float) -> float:
    """1 up to `full`, 0 from `none` on, a straight line between."""
    return max(0.0, min(1.0, (none - value) / (none - full)))
