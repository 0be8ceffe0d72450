"""Screening a resume by a posting's criteria, each reason in the resume's own words.

Lines first, then the verdict: the model names the numbered lines that speak to a criterion and
judges by the odds of its next token. A criterion that no line speaks to is not met, whatever the
odds say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import structlog

from interviewer.domain.posting import Question
from interviewer.domain.scoring import expected_value, one_decimal, resume_score
from interviewer.interfaces import LanguageModel, Message
from interviewer.llm import checks, prompts
from interviewer.llm.injection import without_instructions

log = structlog.get_logger()

NO_REASON = "The resume says nothing about this."

_DIGITS = ("0", "1", "2", "3", "4", "5")
_MOST_CHARACTERS = 5000  # about 1,200 tokens, read once for all criteria
_MOST_LINES = 60
_LINE_WORDS = 40
_MOST_REASONS = 3
_TIMEOUT = 90.0  # seconds a call; the first reads the whole resume


class ResumeScreen:
    """Screens resumes. Keeps nothing between calls; one model call runs at a time."""

    def __init__(self, llm: LanguageModel, *, timeout: float = _TIMEOUT) -> None:
        self._llm = llm
        self._timeout = timeout

    async def screen(
        self, text: str, eligibility: Sequence[Question], scoring: Sequence[Question]
    ) -> dict[str, Any]:
        """The API's `resume_result`, without what belongs to the interview (id, URL).

        `text`: of the resume. `overall_score` 0 to 5, one decimal, None without scored criteria.
        `flags`: `instructions_in_resume` where it talks to the grader; that is not shown to the
        model. Raises `Unavailable`.
        """
        cleaned, flagged = without_instructions(text)
        lines = _lines(prompts.as_data(cleaned, limit=_MOST_CHARACTERS))
        passed = [await self._eligibility(lines, criterion) for criterion in eligibility]
        scored = [await self._score(lines, criterion) for criterion in scoring]
        weights = [criterion.score_weight for criterion in scoring]
        return {
            "object": "resume_result",
            "overall_score": resume_score(
                [(row["score"], weight) for row, weight in zip(scored, weights, strict=True)]
            ),
            "is_eligible": all(row["passed"] for row in passed),
            "eligibility_criteria": passed,
            "score_criteria": scored,
            "flags": ["instructions_in_resume"] if flagged else [],
        }

    async def _eligibility(self, lines: Sequence[str], criterion: Question) -> dict[str, Any]:
        reasons = await self._reasons(lines, criterion)
        odds = await self._llm.choice_probabilities(
            _messages(lines, criterion, prompts.RESUME_PASSES),
            ("yes", "no"),
            timeout=self._timeout,
        )
        passed = bool(reasons) and odds["yes"] >= odds["no"]
        return {
            "criteria_id": criterion.id,
            "criteria_text": criterion.text,
            "passed": passed,
            "confidence": round(odds["yes"] if passed else max(odds["no"], 0.5), 2),
            "reasons": reasons or [NO_REASON],
        }

    async def _score(self, lines: Sequence[str], criterion: Question) -> dict[str, Any]:
        reasons = await self._reasons(lines, criterion)
        odds = await self._llm.choice_probabilities(
            _messages(lines, criterion, prompts.RESUME_SCORE), _DIGITS, timeout=self._timeout
        )
        expected = expected_value(odds) if reasons else 0.0
        near = sum(p for digit, p in odds.items() if abs(int(digit) - expected) <= 1)
        return {
            "criteria_id": criterion.id,
            "criteria_text": criterion.text,
            "score": one_decimal(expected),
            "confidence": round(min(1.0, near), 2),
            "reasons": reasons or [NO_REASON],
        }

    async def _reasons(self, lines: Sequence[str], criterion: Question) -> list[str]:
        """Lines of the resume that speak to the criterion, by the model or by shared words."""
        if not lines:
            return []
        named = await self._llm.complete(
            _messages(lines, criterion, prompts.RESUME_LINES),
            max_tokens=12,
            timeout=self._timeout,
        )
        numbers = dict.fromkeys(int(n) for n in re.findall(r"\d+", named))
        chosen = [n for n in list(numbers)[:_MOST_REASONS] if 1 <= n <= len(lines)]
        if not chosen:
            wanted = checks.content_stems(criterion.text)
            shared = [(len(wanted & checks.content_stems(line)), i) for i, line in enumerate(lines)]
            best = sorted((s for s in shared if s[0] >= 2), key=lambda s: (-s[0], s[1]))
            chosen = [i + 1 for _, i in best[:1]]
        return [lines[n - 1] for n in sorted(chosen)]


def _lines(text: str) -> list[str]:
    """The resume's lines that say something, long ones cut at sentences or by length."""
    found: list[str] = []
    for line in text.splitlines():
        for sentence in re.split(r"(?<=[.!?;])\s+", line.strip(" \t-*•·|")):
            words = sentence.split()
            while words:
                found.append(" ".join(words[:_LINE_WORDS]))
                words = words[_LINE_WORDS:]
    return [line for line in found if checks.content_stems(line)][:_MOST_LINES]


def _messages(lines: Sequence[str], criterion: Question, task: str) -> list[Message]:
    numbered = "\n".join(f"[{i}] {line}" for i, line in enumerate(lines, start=1))
    body = prompts.RESUME_BODY.format(
        resume=numbered, criterion=prompts.as_data(criterion.text, limit=400)
    )
    return [Message("system", prompts.RESUME_SYSTEM), Message("user", body + task)]
