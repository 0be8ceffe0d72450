"""What a candidate's turn was meant as, read by rules. Pure.

A turn is cut into clauses, and each clause is an aside (a request to the interviewer), filling
(politeness, hesitation) or content. Content makes an answer: who asks *and* answers has answered.
The rules look at how a clause begins, because what separates "can we skip this?" from "we skipped
the demo" is who is asked to do what. Where words alone cannot tell, the confidence says so, and
`llm.intents` asks the model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from interviewer.domain.asides import ASIDES

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


@dataclass(frozen=True, slots=True)
class Reading:
    """`confidence`: 0 to 1; under 0.8 somebody who understands the words should look."""

    intent: Intent
    confidence: float


# Words of content beside an aside ...
_FEW = 6  # ... that are only its wrapping
_TAIL = 4  # ... that may come behind it ("a bit slower", "something came up")
_SOME = 22  # ... that may be its reason, said before it
_ALWAYS_ANSWER = 45  # words in a turn: nobody asks so long without answering
_PLAIN_ANSWER = 12  # words in a turn without any sign of an aside

_FILLING = (
    r"(?:u+[hm]+|e+r+m*|h+m+|m+h*m+|mm-?hmm?|uh-?huh|ah+|oh+|okay|ok|alright|all right|right|well|"
    r"so|"
    r"yeah|yes|no|and|but|then|now|just|like|sure|sorry|i'?m (?:so |very |really )?sorry|"
    r"my apologies|apologies|i apologi[sz]e|excuse me|pardon(?: me)?|please|thanks|thank you|"
    r"hey|hi|hello|actually|honestly|basically|listen|look|you know what|you know|i mean|"
    r"good question|great question|that'?s a (?:good|great|tough|hard) (?:one|question)|"
    r"i think|i guess|i believe|wow|gosh|man|maybe|perhaps|kindly|real quick|quickly|"
    r"quick question|first|before that|"
    r"before i answer(?: that)?|before we (?:go on|continue|move on))"
)
_LEAD = re.compile(rf"^(?:(?:{_FILLING})\b[\s,.!-]*)+")
_ONLY_FILLING = re.compile(rf"^(?:(?:{_FILLING})\b[\s,.!?…-]*)*$")
_CLAUSES = re.compile(
    r"(?<=[.?!;…])\s+|,\s+|\s+[-–—]+\s+"
    # Recognisers leave commas out: "my dog was barking can you say it again".
    r"|"
    r"(?<!asked)(?<!said)(?<!ask)(?<!say)(?<!like)(?<!them)(?<!him)(?<!her)(?<!if)(?<!what)(?<!how)"
    r"(?<!when)(?<!where)(?<!which)(?<!who)\s+(?=(?:can|could|would) (?:you|we|i) )"
)

_PATTERNS: tuple[tuple[Intent, tuple[re.Pattern[str], ...]], ...] = tuple(ASIDES.items())

# Told of others or of the past: "she said what do you mean", "I asked him to wait a minute".
_REPORTED = re.compile(
    r"^(?:(?:he|she|they|people|customers?|clients?|we(?! (?:can|could|should|skip|move|go))|"
    r"(?:the|my|our) (?!line|audio|sound|connection|question|voice|mic)\w+)\b|"
    r"i (?:told|said|asked|ask|tell|say to|explain|explained|learned|would tell|would ask|wait|"
    r"pass|"
    r"moved|left|end|ended|stopped|skipped|had to|always|usually|never|once|first|also|then)\b)"
)
# Words that turn up in asides: a short turn without any of them is plainly an answer.
_SIGNS = re.compile(
    r"\?|\b(?:again|repeat|question|ask|asking|say|said|mean|means|hear|heard|catch|understand|"
    r"explain|clarify|sorry|pardon|skip|next|pass|move|rather|wait|second|sec|moment|minute|think|"
    r"hold|hang|human|person|someone|somebody|robot|bot|ai|stop|end|quit|leave|leaving|goodbye|bye|"
    r"interview|continue|salary|pay|job|company|confused|lost|what|could you|can you|can we|can i|"
    r"let me|give me|answer)\b"
)


def read_by_rules(utterance: str) -> Reading:
    """What the turn was meant as, and how sure the rules are of it."""
    text = _normal(utterance)
    if _ONLY_FILLING.fullmatch(text) and not re.search(
        r"\b(?:yes|no|yeah|sure|right|okay|ok)\b", text
    ):
        if re.search(r"\b(?:sorry|pardon|excuse me)\b", text):
            return Reading("repeat", 0.9)
        return Reading("silence", 0.9)
    count = len(text.split())
    if count >= _ALWAYS_ANSWER:
        return Reading("answer", 0.99)
    aside, before, after = _asides(text)
    if aside is None:
        if count >= _PLAIN_ANSWER or not _SIGNS.search(text):
            return Reading("answer", 0.95 if count >= _PLAIN_ANSWER or count <= 4 else 0.9)
        return Reading("answer", 0.6)
    content = before + after
    if after > 2 * _FEW or content > _SOME:
        return Reading("answer", 0.9)
    if after > _TAIL:
        return Reading("answer", 0.6)
    return Reading(aside, 0.95 if content <= _FEW else 0.6)


def _asides(text: str) -> tuple[Intent | None, int, int]:
    """The last aside in a turn, and the words of content before and after it."""
    found: Intent | None = None
    before = after = 0
    for clause in _CLAUSES.split(text):
        # "Wait, no, it was 2022": people correct themselves with it more than they ask.
        is_filling = _ONLY_FILLING.fullmatch(clause) or (clause == "wait" and clause != text)
        meant = None if is_filling else _clause(clause)
        if meant is not None:
            found, before, after = meant, before + after, 0
        elif not is_filling:
            after += len(_LEAD.sub("", clause).split())
    return found, before, after


def _clause(clause: str) -> Intent | None:
    bare = clause.strip().rstrip(".!;,… ")
    led = _LEAD.sub("", bare)
    if _REPORTED.match(led):
        return None
    for candidate in dict.fromkeys((led, bare)):
        plain = candidate.rstrip("?").rstrip()
        for intent, patterns in _PATTERNS:
            if any(p.search(candidate) or p.search(plain) for p in patterns):
                return intent
    return None


def _normal(utterance: str) -> str:
    text = utterance.lower().replace("’", "'").replace("“", '"').replace("”", '"')
    return re.sub(r"\s+", " ", text.replace('"', "").replace("...", "…")).strip()
