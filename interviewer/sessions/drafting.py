"""Questions for a step that came without any, drafted from the posting's own words.

What the description asks for and what it says the work is become questions and criteria; a
structured interview that every job can use fills up the rest. All are marked `drafted`, so that a
recruiter sees that they are ours. No model is asked: a posting is answered at once, and the same
description gives the same questions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from interviewer.sessions.drafts import QuestionDraft, StepDraft

DEFAULT_QUESTIONS = 5
STANDARD_AROUND = 2
"""So many standard questions there are in any case, the first of them at the beginning."""
MOST_CRITERIA = 4
MOST_READ = 20_000
SHORTEST, LONGEST = 15, 220
"""Characters of a sentence that can be asked about in one breath."""

_WORK = re.compile(r"(?:in this role,? )?you(?:\u2019ll|'ll| will) (?P<what>.+)", re.IGNORECASE)
_WANTED = re.compile(
    r"\b(experience[ds]?|years?|skill\w*|knowledge|able|ability|familiar\w*|proven|expert\w*"
    r"|degree|certif\w+|fluent|understanding|passion\w*|background|track record)\b",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"(?:own|lead|build|design|develop|manage|run|drive|support|write|sell|plan|maintain|deliver"
    r"|create|coordinate|analy[sz]e|improve|work|handle|operate|train|coach|care|serve|teach)\b.+",
    re.IGNORECASE,
)
_BESIDE_THE_POINT = re.compile(
    r"\b(salary|compensation|OTE|benefits?|perks?|equity|insurance|holidays?|equal opportunity"
    r"|apply|application|we offer|cookies?|per (?:hour|year))\b|https?://|@",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Point:
    """Something the description says of the work (`is_task`) or asks of the candidate."""

    text: str
    is_task: bool


def points(description: str) -> list[Point]:
    """In the description's order, each once."""
    found: dict[str, Point] = {}
    for sentence in re.split(r"[\n\r•▪]+|(?<=[.!?;])\s+", description[:MOST_READ]):
        text = sentence.strip(" \t-*·–—.;:!?")
        if not SHORTEST <= len(text) <= LONGEST or _BESIDE_THE_POINT.search(text):
            continue
        if match := _WORK.fullmatch(text):
            found.setdefault(text.casefold(), Point(match["what"], is_task=True))
        elif _WANTED.search(text):
            found.setdefault(text.casefold(), Point(text, is_task=False))
        elif _TASK.fullmatch(text):
            found.setdefault(text.casefold(), Point(_uncapitalised(text), is_task=True))
    return list(found.values())


def drafted_questions(step: StepDraft, title: str, description: str) -> tuple[QuestionDraft, ...]:
    """As many as the step's configuration asks for, as far as there is something to ask."""
    said = points(description)
    if step.type == "resume":
        wanted = step.config.get("num_criteria_questions")
        criteria = _resume_criteria(title, said)
        return criteria[: len(criteria) if wanted is None else wanted]
    wanted = step.config.get("num_questions") or DEFAULT_QUESTIONS
    standard = _voice_questions(title)
    own = tuple(map(_asked_about, said))[: max(0, wanted - STANDARD_AROUND)]
    return (standard[0], *own, *standard[1:])[:wanted]


def _asked_about(point: Point) -> QuestionDraft:
    if point.is_task:
        text = (
            f"In this role you will {point.text}. Tell me about a time you did something like it."
            " What was your part, and what came of it?"
        )
    else:
        text = (
            f"For this role we look for the following: {point.text}. Where do you stand on that?"
            " Please take me through one example."
        )
    return QuestionDraft(
        modality="voice",
        text=text,
        evaluation_criteria=f"Own, concrete experience with: {point.text}.",
        score_of_1="No example, or only generalities that would fit any job.",
        score_of_5="A specific example close to this, with one's own part and its result.",
        question_type="open-ended",
        drafted=True,
    )


def _resume_criteria(title: str, said: list[Point]) -> tuple[QuestionDraft, ...]:
    standard = (
        f"Experience relevant to the role of {title}",
        "Concrete results stated with figures or outcomes",
        f"Skills or training that the role of {title} calls for",
    )
    own = [
        f"Has done this or something like it: {point.text}" if point.is_task else point.text
        for point in said[:MOST_CRITERIA]
    ]
    # What the description asks for says more about training than a general criterion would.
    texts = [standard[0], *own, standard[1]] if own else standard
    return tuple(
        QuestionDraft(modality="resume_scoring", text=text, drafted=True) for text in texts
    )


def _uncapitalised(text: str) -> str:
    """Unless its first word is a name of capitals."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def _voice_questions(title: str) -> tuple[QuestionDraft, ...]:
    rows = (
        (
            f"What experience have you had that best prepares you for the role of {title}?",
            "Relevance of the experience and the candidate's own part in it.",
            "Names no relevant experience, or speaks only in generalities.",
            "Describes relevant experience in detail, with their own contribution and its result.",
        ),
        (
            "Tell me about a piece of work you are proud of. What did you do, and what came of it?",
            "Ownership, concreteness and results.",
            "Cannot name a specific piece of work or their own part in it.",
            "Tells a specific story with their own actions and a measurable result.",
        ),
        (
            "Describe a difficult problem you had to solve. How did you go about it?",
            "Structure of the approach, judgement, and what was learned.",
            "No specific problem, or no account of how it was approached.",
            "Explains the problem, the options weighed, the choice and its outcome.",
        ),
        (
            "Tell me about a time you disagreed with a colleague. How was it resolved?",
            "Listening, fairness and the ability to reach a working agreement.",
            "Blames others, or cannot recall an example.",
            "Shows both views fairly, what they did to resolve it, and the outcome.",
        ),
        (
            f"Why are you interested in the role of {title}?",
            "Specific reasons that connect the role with the candidate's own aims.",
            "A reason that would fit any job.",
            "Specific reasons tied to this role and to what they want to do next.",
        ),
        (
            "Tell me about something that did not work out. What did you change afterwards?",
            "Honesty, reflection and change in behaviour.",
            "Cannot name anything, or puts it all on circumstances.",
            "Owns the failure, explains what was learned, and names what they do differently.",
        ),
    )
    return tuple(
        QuestionDraft(
            modality="voice",
            text=text,
            evaluation_criteria=criteria,
            score_of_1=low,
            score_of_5=high,
            question_type="open-ended",
            drafted=True,
        )
        for text, criteria, low, high in rows
    )
