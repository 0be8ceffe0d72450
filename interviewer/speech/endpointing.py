"""How long to hold after the voice stops before taking the turn. Pure: evidence in, seconds out.

No single cue tells a thinking pause from an end (measured on `docs/benchmarks.md`' sets: an
acoustic end-of-turn model is near chance on thinking pauses; how much has been said is the best
single cue). So each cue moves the hold a little: how complete the last clause is, how much of an
answer this question wants and has had, how this speaker has paused before, what they asked for.
In doubt it holds longer: an answer late by a second costs less than an answer cut off.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Expected(Enum):
    """What the question wants, as seconds of hold for a complete clause and as words.

    `words`: from there on a complete clause may well be the end. Answers to open interview
    questions run to 40-150 words; to a short follow-up, to one or two sentences.
    """

    OPEN = "open"
    SHORT = "short"

    @property
    def words(self) -> int:
        return 40 if self is Expected.OPEN else 16


class Shape(Enum):
    """How the text so far ends."""

    EMPTY = "empty"  # nothing recognised yet
    OPEN = "open"  # a conjunction, preposition, article, auxiliary, filler: more must come
    LISTING = "listing"  # digits, letters or names being told one by one
    TRAILING = "trailing"  # a comma, dots, a subject without its verb: more may come
    COMPLETE = "complete"  # a whole clause
    QUESTION = "question"  # the candidate asks something and waits
    CLOSING = "closing"  # "that's it", "I think that's all"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEvidence:
    """What is known in a pause.

    `text`: the turn so far, with the draft of its last words (its tail is enough, then `words`
    tells how many there were). `seconds_spoken`: with voice, pauses left out. `own_pauses`:
    seconds of this speaker's earlier pauses inside turns. `asked_for_time`: "give me a moment",
    by word or button. `end_probability`: an end-of-turn model's ear, if one is used.
    """

    text: str
    words: int
    seconds_spoken: float
    own_pauses: Sequence[float] = ()
    expected: Expected = Expected.OPEN
    asked_for_time: bool = False
    end_probability: float | None = None


ASKED_FOR_TIME_SECONDS = 30.0
MIN_HOLD, MAX_HOLD = 0.45, 3.0


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OPEN_WORDS = _words(
    """
    a an the this these those my your his her its our their some any every each no and but or
    nor so because cause since although though while whereas if unless until when whenever
    where which who whom whose that than as like whether of to in on at by for from with
    without into onto over under about after before between through during against among
    towards upon via per is are was were am be been being have has had do does did will would
    shall should can could may might must i'm you're we're they're he's she's it's i've we've
    they've i'd we'd i'll we'll um uh er erm hmm mm well basically actually also then plus
    very really quite more most such not just even only i we they he she it you there
    """
)
_FILLERS = _words("um uh er erm hmm mm uhm")
# A clause may well end in these, if there is a full stop behind it...
_ENDS_WELL = _words("it you that this there then those these them him me her too more well though")
# ...or in these, though it seldom does.
_MAY_END = _words(
    """
    so some any like do did does is are was have has had can could will would on in over about
    before through to for of with by at also actually really basically not under after
    """
)
_SUBJECTS = _words("i we they he she who which")
_CLOSERS = re.compile(
    r"(\b(that's|that is|that was|that would be|and that's) "
    r"(it|all|about it|pretty much it|my answer|everything|basically it|how i did it)"
    r"|\b(nothing else|nothing more|i'm done|i am done|end of story|hope that (helps|answers).*"
    r"|does that (help|answer).*|thank you( very much)?|thanks))$"
)
_TOO_SHORT = 3
_NUMBER = re.compile(r"^[\d,.\-–/]+$")
_SPELLED = re.compile(r"^(\w-){2,}\w?$")
_NUMBER_WORDS = _words(
    """
    zero oh one two three four five six seven eight nine ten double triple hundred
    """
)
_EDGES = re.compile(r"^[^\w']+|[^\w']+$")

# Seconds from the last voiced sample, fitted on thinking pauses and true ends by
# `tests/load/patience.py`. (enough said, nothing said yet): in between by the share of the
# expected words.
_HOLDS: dict[Shape, tuple[float, float]] = {
    Shape.EMPTY: (2.4, 2.4),
    Shape.OPEN: (2.2, 2.6),
    Shape.LISTING: (1.2, 1.7),
    Shape.TRAILING: (1.5, 2.2),
    Shape.COMPLETE: (1.0, 1.95),
    Shape.QUESTION: (0.7, 0.7),
    Shape.CLOSING: (0.55, 0.8),
}
# Behind a whole clause listeners answer within half a second; behind half a clause later, as
# the speaker is only looking for a word (Stivers et al. 2009: gaps between turns, mode 0-200 ms).
_BACKCHANNELS: dict[Shape, float] = {
    Shape.COMPLETE: 0.4,
    Shape.CLOSING: 0.4,
    Shape.TRAILING: 0.7,
    Shape.OPEN: 1.1,
}
_BACKCHANNEL_UNSEEN = 0.45
_MOST_OF_IT = 0.8
_OWN_PAUSE_SHARE = 0.8
_OWN_PAUSE_MARGIN = 0.1
_MODEL_WEIGHT = 0.5


def shape(text: str) -> Shape:
    """How a text ends. Whisper's full stops alone prove little: it puts one at every pause."""
    raw = text.rstrip().split()
    words = [w for w in (_EDGES.sub("", r.lower()) for r in raw) if w]
    if not words:
        return Shape.EMPTY
    last, mark = words[-1], raw[-1][-1]
    if _CLOSERS.search(" ".join(words)):
        return Shape.CLOSING
    if last in _FILLERS or raw[-1].endswith(("...", "…", "-", "—")):
        return Shape.OPEN
    if mark == "?":
        return Shape.QUESTION
    if _is_listing(words):
        return Shape.LISTING
    if last in _OPEN_WORDS and not (last in _ENDS_WELL and mark in ".!"):
        return Shape.TRAILING if last in _MAY_END and mark in ".!" else Shape.OPEN
    if mark == ",":
        return Shape.TRAILING
    return Shape.TRAILING if _is_fragment(raw, words) else Shape.COMPLETE


def _is_listing(words: Sequence[str]) -> bool:
    """Numbers or single letters one after the other, at the end."""
    tail = words[-3:]
    told = [w for w in tail if _NUMBER.match(w) or w in _NUMBER_WORDS or len(w) == 1]
    return bool(_SPELLED.match(words[-1])) or (
        len(told) >= 2 and told[-1] == words[-1] and words[-1] not in ("i", "a")
    )


def _is_fragment(raw: Sequence[str], words: Sequence[str]) -> bool:
    """The last sentence is too short to be one, or is all subordinate: "When I started"."""
    start = next(
        (n + 1 for n in range(len(raw) - 2, -1, -1) if raw[n].endswith((".", "!", "?"))), 0
    )
    sentence = words[min(start, len(words) - 1) :]
    subordinate = sentence[0] in {"when", "if", "because", "although", "while", "since", "after"}
    no_full_stop = raw[-1][-1] not in ".!?"
    if len(words) > _TOO_SHORT and len(sentence) < _TOO_SHORT and sentence[0] in _SUBJECTS:
        return True
    return subordinate and (no_full_stop or len(sentence) < 8)


def progress(e: TurnEvidence) -> float:
    """0 to 1: how much of the expected answer has been given. Slow speakers count by seconds."""
    by_words = e.words / e.expected.words
    by_seconds = e.seconds_spoken / (e.expected.words * 0.6)
    return min(1.0, max(by_words, by_seconds))


def hold_seconds(e: TurnEvidence) -> float:
    """Seconds of silence, from the last voiced sample, after which to take the turn.

    Never shorter for longer own pauses; never longer for more words of the same ending or for a
    higher `end_probability`. Between `MIN_HOLD` and `MAX_HOLD`, except when time was asked for.
    """
    if e.asked_for_time:
        return ASKED_FOR_TIME_SECONDS
    ending = shape(e.text)
    enough, nothing = _HOLDS[ending]
    hold = nothing + (enough - nothing) * progress(e)
    if ending not in (Shape.QUESTION, Shape.CLOSING):
        hold = max(hold, _from_own_pauses(e))
    if e.end_probability is not None:
        hold *= 1.0 + _MODEL_WEIGHT * (0.5 - min(1.0, max(0.0, e.end_probability)))
    return min(MAX_HOLD, max(MIN_HOLD, hold))


def likely_over(e: TurnEvidence) -> bool:
    """Whether this may well have been all: a whole clause, and nearly as much as is expected."""
    return shape(e.text) in (Shape.COMPLETE, Shape.CLOSING) and progress(e) >= _MOST_OF_IT


def backchannel_seconds(e: TurnEvidence | None) -> float | None:
    """Seconds of silence after which "mm-hm" tells the candidate that they are heard.

    It takes nothing away: who was not done goes on. `e` None: the last words are not known yet.
    None: it would be in the way, e.g. of an answer to a question that they have just asked, or
    of the silence that they asked for.
    """
    if e is None:
        return _BACKCHANNEL_UNSEEN
    if e.asked_for_time:
        return None
    return _BACKCHANNELS.get(shape(e.text))


def _from_own_pauses(e: TurnEvidence) -> float:
    """Someone who has paused long before will again, less likely so near the expected end."""
    if not e.own_pauses:
        return 0.0
    longest = sorted(e.own_pauses)[-2:][0] if len(e.own_pauses) > 2 else max(e.own_pauses)
    return (longest + _OWN_PAUSE_MARGIN) * (1.0 - (1.0 - _OWN_PAUSE_SHARE) * progress(e))
