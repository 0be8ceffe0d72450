"""Judging one answer: evidence first, then the score, then a summary of the evidence.

Evidence: the answer is cut into parts and the model names the telling ones by number, so a quote
is the candidate's own words by construction; it is verified against the turns all the same. The
score is an expected value over the probabilities of the digits, once asked for plainly and
once strictly, each brought to people's scale (`llm.calibration`) and then averaged; how far the
two lie apart is the spread. All calls on a question share their prompt up to the end of the
answer, which the server reads once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import structlog

from interviewer.domain.errors import Unavailable
from interviewer.domain.plan import PlannedQuestion
from interviewer.domain.scoring import AnswerStatus, expected_value, score_for, to_score
from interviewer.domain.transcript import Turn
from interviewer.interfaces import LanguageModel, Message
from interviewer.llm import checks, prompts
from interviewer.llm.calibration import PLAIN_KNOTS, STRICT_KNOTS, calibrated
from interviewer.llm.injection import without_instructions

log = structlog.get_logger()

_DIGITS = ("1", "2", "3", "4", "5")
_RUNS = ((prompts.ASSESS_PLAIN, PLAIN_KNOTS), (prompts.ASSESS_STRICT, STRICT_KNOTS))
_OPENING_WORDS = 6  # of a part, by which the model is told which one a number means
_MOST_QUOTES = 3
_MOST_PARTS = 40
_PART_WORDS = 30  # longer sentences are cut: a quote should be heard in ten seconds
_MOST_CHARACTERS = 4500  # of an answer: about 1,000 tokens, a quarter of an hour's talk no more
_TIMEOUT = 60.0  # seconds a call, several times what it takes on two idle cores

NO_ANSWER = "The question was asked, but the candidate gave no answer to it."

_NOTHING = re.compile(
    r"^(?:(?:um+|uh+|er+|well|so|sorry|honestly|actually|hmm+|oh|yeah|no|nope|okay|but|and|just|really|"
    r"i|i'm|am|afraid|think|guess|have|had|i've|got|to|say|that|it|this|about|on|for|answer|idea|ideas|"
    r"don't|dont|do|not|can't|cannot|know|sure|no|nothing|clue|comment|remember|skip|pass|the|a|an|any|"
    r"question|here|right|now|of|think|much|really|one|none|anything|unfortunately|tell|you)\b[\s,.!?…-]*)*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """How one question was answered.

    `evaluation_score`: 1 to 5, None where nothing could be assessed; `expected`: before rounding;
    `spread`: between the runs, in points of the score; `evidence`: (quote, turn_id), each quote
    verbatim in that turn; `flags`: `instructions_in_answer` where the answer talked to the
    grader (those sentences were not shown to it), `wide_spread` where the runs disagree.
    """

    status: AnswerStatus
    evaluation_score: int | None
    expected: float | None = None
    spread: float | None = None
    summary: str
    evidence: tuple[tuple[str, str], ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def quotes(self) -> tuple[str, ...]:
        return tuple(quote for quote, _ in self.evidence)


@dataclass(frozen=True, slots=True)
class _Part:
    """A numbered piece of the answer, or (without a turn) what the interviewer asked between."""

    text: str
    turn_id: str | None


class Assessor:
    """Assesses answers. Keeps nothing between calls; one model call runs at a time."""

    def __init__(self, llm: LanguageModel, *, timeout: float = _TIMEOUT) -> None:
        self._llm = llm
        self._timeout = timeout

    async def assess(self, question: PlannedQuestion, turns: Sequence[Turn]) -> Assessment:
        """Judge what was said to `question`.

        `turns`: of this question, in order; candidate turns of kind `answer` count, the
        interviewer's follow-ups are shown for context. Raises `Unavailable` where the model gives
        no score; evidence and summary have their own fallbacks.
        """
        parts, flagged = _parts(turns)
        flags = ["instructions_in_answer"] if flagged else []
        answer = " ".join(p.text for p in parts if p.turn_id)
        if _NOTHING.match(answer):
            return Assessment(
                status="not_answered",
                evaluation_score=score_for("not_answered", None),
                summary=NO_ANSWER,
                flags=tuple(flags),
            )
        prefix = _prefix(question, parts)
        evidence = verified(await self._evidence(prefix, parts), turns)
        expected, spread = await self._score(prefix)
        if spread > 1.0:
            flags.append("wide_spread")
        return Assessment(
            status="answered",
            evaluation_score=to_score(expected),
            expected=round(expected, 2),
            spread=round(spread, 2),
            summary=await self._summary(question, prefix, answer, evidence),
            evidence=evidence,
            flags=tuple(flags),
        )

    async def score(self, question: PlannedQuestion, turns: Sequence[Turn]) -> tuple[float, float]:
        """Only the expected value (1 to 5) and the spread, for measuring the scorer.

        Raises `Unavailable`.
        """
        parts, _ = _parts(turns)
        return await self._score(_prefix(question, parts))

    async def _evidence(self, prefix: str, parts: Sequence[_Part]) -> list[tuple[str, str]]:
        """The parts that the model names, else the ones with most in them."""
        said = [(p.text, p.turn_id) for p in parts if p.turn_id]
        if len(said) <= 1:
            return said
        try:
            named = await self._llm.complete(
                _messages(prefix, prompts.ASSESS_QUOTES.format(openings=_openings(said))),
                max_tokens=12,
                timeout=self._timeout,
            )
        except Unavailable as error:
            log.info("llm.assessor.no_evidence", reason=error.message)
            named = ""
        numbers = dict.fromkeys(int(n) for n in re.findall(r"\d+", named))
        chosen = sorted(n for n in list(numbers)[:_MOST_QUOTES] if 1 <= n <= len(said))
        if not chosen:
            by_weight = sorted(range(len(said)), key=lambda i: -_weight(said[i][0]))
            chosen = sorted(i + 1 for i in by_weight[: _MOST_QUOTES - 1])
        return [said[n - 1] for n in chosen]

    async def _score(self, prefix: str) -> tuple[float, float]:
        """(calibrated expected value, spread between the runs)."""
        runs = []
        for task, knots in _RUNS:
            odds = await self._llm.choice_probabilities(
                _messages(prefix, task, prompts.ASSESS_REPLY), _DIGITS, timeout=self._timeout
            )
            runs.append(calibrated(expected_value(odds), knots))
        return sum(runs) / len(runs), max(runs) - min(runs)

    async def _summary(
        self,
        question: PlannedQuestion,
        prefix: str,
        answer: str,
        evidence: Sequence[tuple[str, str]],
    ) -> str:
        """The model's, where all of it is grounded; else the evidence itself."""
        asked = f"{question.text} {question.evaluation_criteria} {question.score_of_5}"
        try:
            raw = await self._llm.complete(
                _messages(prefix, prompts.ASSESS_SUMMARY),
                max_tokens=60,
                stop=("\n\n",),
                timeout=self._timeout,
            )
        except Unavailable as error:
            log.info("llm.assessor.no_summary", reason=error.message)
            raw = ""
        kept = _grounded(raw, answer, asked)
        if kept:
            return kept
        quotes = " ".join(f"“{quote.rstrip('.')}.”" for quote, _ in evidence[:2])
        return f"The candidate said: {quotes}"


_LACKS = re.compile(
    r"\b(?:not|no|never|nothing|lacks?|lacking|missing|misses|without|fails?|failed|only|\w+n't)\b",
    re.IGNORECASE,
)


def _grounded(raw: str, answer: str, asked: str) -> str:
    """The summary's grounded sentences; empty where none is left.

    What the candidate is said to have told must be in the answer. Only a sentence about what is
    missing may take its words from what was asked: small models turn "what was the deal size?"
    into "mentioned the deal size".
    """
    kept: list[str] = []
    plausible = checks.grounded_summary(raw, f"{answer} {asked}")
    for sentence in re.split(r"(?<=[.!?])\s+", plausible):
        named = re.sub(r"^They\b", "The candidate", sentence)
        known = f"{answer} {asked}" if _LACKS.search(sentence) else answer
        if checks.grounded_summary(named, known):
            kept.append(sentence if kept else named)
    return " ".join(kept)


def verified(
    evidence: Sequence[tuple[str, str]], turns: Sequence[Turn]
) -> tuple[tuple[str, str], ...]:
    """Only quotes that stand in the turn they name, whatever the spaces, case or punctuation."""
    said = {t.turn_id: f" {' '.join(checks.words(t.text))} " for t in turns}
    return tuple(
        (quote, turn_id)
        for quote, turn_id in evidence
        if checks.words(quote) and f" {' '.join(checks.words(quote))} " in said.get(turn_id, "")
    )


def _parts(turns: Sequence[Turn]) -> tuple[list[_Part], bool]:
    """The answer cut into parts, without what talks to the grader; and whether that was there."""
    parts: list[_Part] = []
    flagged = False
    length = 0
    for turn in turns:
        if turn.speaker == "Interviewer":
            if turn.kind == "follow_up":
                parts.append(_Part(turn.text, None))
            continue
        if turn.kind != "answer":
            continue
        text, found = without_instructions(turn.text)
        flagged = flagged or found
        for piece in _pieces(prompts.as_data(text)):
            length += len(piece)
            if length > _MOST_CHARACTERS or len(parts) >= _MOST_PARTS:
                return parts, flagged
            parts.append(_Part(piece, turn.turn_id))
    return parts, flagged


def _pieces(text: str) -> list[str]:
    """Sentences; endless ones, as recognisers write them, are cut at commas or by length."""
    pieces: list[str] = []
    for sentence in re.split(r"(?<=[.!?])\s+", text.strip()):
        words = sentence.split()
        while len(words) > _PART_WORDS:
            commas = [i for i in range(8, _PART_WORDS) if words[i - 1].endswith((",", ";"))]
            cut = commas[-1] if commas else _PART_WORDS
            pieces.append(" ".join(words[:cut]))
            words = words[cut:]
        if words:
            pieces.append(" ".join(words))
    return pieces


def _weight(text: str) -> int:
    """How much a part tells, roughly: words with a meaning, numbers double."""
    return len(checks.content_stems(text)) + 2 * sum(w[0].isdigit() for w in checks.words(text))


def _openings(said: Sequence[tuple[str, str]]) -> str:
    """The parts, numbered, as far as it takes to know them again."""
    return "\n".join(
        f"{number}. {' '.join(text.split()[:_OPENING_WORDS])}"
        for number, (text, _) in enumerate(said, start=1)
    )


def _prefix(question: PlannedQuestion, parts: Sequence[_Part]) -> str:
    """The prompt up to the end of the answer; what was asked in between on lines of its own."""
    lines = []
    for asked, run in groupby(parts, key=lambda part: part.turn_id is None):
        text = " ".join(part.text for part in run)
        lines.append(f"(Interviewer: {text})" if asked else text)
    return prompts.ASSESS_BODY.format(
        question=question.text,
        criteria=question.evaluation_criteria or prompts.DEFAULT_CRITERIA,
        low=question.score_of_1 or prompts.DEFAULT_LOW,
        high=question.score_of_5 or prompts.DEFAULT_HIGH,
        answer="\n".join(lines),
    )


def _messages(prefix: str, task: str, beginning: str = "") -> list[Message]:
    """`beginning`: of the reply, which the model goes on from."""
    asked = [Message("system", prompts.ASSESS_SYSTEM), Message("user", prefix + task)]
    return [*asked, Message("assistant", beginning)] if beginning else asked
