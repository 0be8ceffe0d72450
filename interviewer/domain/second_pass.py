"""Putting the second transcription in place of the live one. Pure.

The live turns decided the conversation: their ids, speakers, kinds and questions stay. The second
pass gives the candidate's their better text and exact times; nothing that either pass heard is
dropped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from interviewer.domain.transcript import Turn, Word

REACH = 0.3
"""Seconds by which a live turn's edges are softened: VADs and word times differ by as much."""
ENOUGH = 0.5
"""Of the live words; a second pass with fewer has missed something, and the live text stays."""
FEW_WORDS = 6
"""A live turn with fewer words is too short to be judged by their number."""
NEW_TURN_SECONDS = 2.0
"""Words further apart than this, outside any turn, are two turns."""

Gap = tuple[float, float]
"""Start and end of a stretch of the axis that was not recorded, seconds."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """`turns`: by start. `words`: of each candidate turn whose text is the second pass's."""

    turns: tuple[Turn, ...]
    words: Mapping[str, tuple[Word, ...]]


def improve(turns: Sequence[Turn], words: Sequence[Word], gaps: Sequence[Gap] = ()) -> Transcript:
    """The live turns with the second pass's words, in seconds of the interview's axis.

    A word belongs to the live turn it falls into; else to the nearest of the question that was
    open, unless the interviewer spoke in between; else it founds a turn of its own. Typed turns
    stay as typed. Doing it again on its own result changes nothing.
    """
    ordered = sorted(turns, key=lambda t: (t.start, t.end))
    heard: dict[str, list[Word]] = defaultdict(list)
    strays: list[Word] = []
    for word in sorted(words, key=lambda w: w.start):
        home = _home(ordered, word)
        if home is None:
            strays.append(word)
        else:
            heard[home.turn_id].append(word)
    founded = _found_turns(ordered, strays)
    for turn, its_words in founded:
        heard[turn.turn_id] = list(its_words)
    result, kept = [], {}
    for turn in [*ordered, *(turn for turn, _ in founded)]:
        its = heard.get(turn.turn_id, [])
        if its and not _is_lossy(turn, its, gaps):
            kept[turn.turn_id] = tuple(its)
            turn = _with_words(turn, its)  # noqa: PLW2901 - the better one from here on
        result.append(turn)
    result.sort(key=lambda t: (t.start, t.end))
    return Transcript(turns=tuple(result), words=kept)


def question_at(turns: Sequence[Turn], at: float) -> str | None:
    """The main question that was open: the last one begun, or None before the first.

    `turns`: by start.
    """
    asked = [t for t in turns if t.kind in ("question", "follow_up") and t.start <= at]
    return asked[-1].question_id if asked else None


def _home(turns: Sequence[Turn], word: Word) -> Turn | None:
    middle = (word.start + word.end) / 2
    spoken = [t for t in turns if t.speaker == "Candidate" and not t.typed]
    inside = [t for t in spoken if t.start - REACH <= middle <= t.end + REACH]
    if inside:
        return min(inside, key=lambda t: _distance(t, middle))
    open_question = question_at(turns, middle)
    near = [t for t in spoken if t.question_id == open_question and not _parted(turns, t, middle)]
    return min(near, key=lambda t: _distance(t, middle)) if near else None


def _distance(turn: Turn, at: float) -> float:
    return max(turn.start - at, at - turn.end, 0.0)


def _parted(turns: Sequence[Turn], turn: Turn, at: float) -> bool:
    """Whether something else was said between the turn and the moment."""
    low, high = (turn.end, at) if at > turn.end else (at, turn.start)
    return any(
        low <= (t.start + t.end) / 2 <= high and not t.start <= at <= t.end
        for t in turns
        if t is not turn
    )


def _found_turns(
    turns: Sequence[Turn], strays: Sequence[Word]
) -> list[tuple[Turn, tuple[Word, ...]]]:
    groups: list[list[Word]] = []
    for word in strays:
        together = groups and word.start - groups[-1][-1].end <= NEW_TURN_SECONDS
        if together and _same_place(turns, groups[-1][-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    founded = []
    for group in groups:
        question_id = question_at(turns, group[0].start)
        turn = Turn(
            turn_id=f"w{round(group[0].start * 1000):07d}",
            speaker="Candidate",
            text="",
            start=group[0].start,
            end=group[-1].end,
            # Before the first question nothing can be an answer.
            kind="answer" if question_id else "aside",
            question_id=question_id,
        )
        founded.append((turn, tuple(group)))
    return founded


def _same_place(turns: Sequence[Turn], before: Word, after: Word) -> bool:
    return not any(before.end <= (t.start + t.end) / 2 <= after.start for t in turns)


def _is_lossy(turn: Turn, words: Sequence[Word], gaps: Sequence[Gap]) -> bool:
    live = len(turn.text.split())
    if any(min(turn.end, end) - max(turn.start, start) > REACH for start, end in gaps):
        return len(words) < live
    return live >= FEW_WORDS and len(words) < ENOUGH * live


def _with_words(turn: Turn, words: Sequence[Word]) -> Turn:
    return replace(
        turn,
        text=" ".join(w.text.strip() for w in words),
        start=words[0].start,
        end=max(words[0].start, *(w.end for w in words)),
    )
