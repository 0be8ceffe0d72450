"""Whether a follow-up that a model wrote may be spoken. Pure: text in, text or a refusal out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MAX_WORDS = 25
_MIN_WORDS = 4


def _phrases(alternatives: str) -> re.Pattern[str]:
    """Whole words or phrases, parted by `|`; line breaks are only for the reader."""
    joined = "|".join(line.strip().strip("|") for line in alternatives.splitlines() if line.strip())
    return re.compile(rf"\b(?:{joined})\b", re.IGNORECASE)


_LABEL = re.compile(
    r"^\s*(?:[-*•\d.)]+\s*)?"
    r"(?:(?:your |my |one )*(?:follow[- ]?up(?: question)?|question|interviewer)\s*:)?\s*",
    re.IGNORECASE,
)
_QUOTES = "\"'“”‘’`*_ "
_SENTENCE = re.compile(r"[^.!?\n]*(?:\.(?=\S)[^.!?\n]*)*[.!?\n]?")
_WORD = re.compile(r"[a-z0-9][a-z0-9'’$%.]*", re.IGNORECASE)

_OPEN = (
    r"(?:what|how|which|why|who|whom|whose|when|where|in what|in which|at what|to what|for what)"
)
_INVITATION = (
    r"(?:(?:can|could|would|will) you (?:please )?(?:also |briefly )?(?:tell|describe|walk|explain|"
    r"share|give|elaborate|talk|say more|expand|go into|take me|help me|break down|outline|name|"
    r"show))"
)
_LEAD_IN = (
    r"(?:(?:and|so|when|after|before|since|if|during|for|in|on|with|at|of|you) [^?]{3,90}?,\s*)?"
)
_OPENING = re.compile(rf"^{_LEAD_IN}(?:{_OPEN}|{_INVITATION})\b", re.IGNORECASE)
_YES_NO_TAIL = re.compile(
    rf"^(?!what|how|which|why|who)[^?]*,\s*(?!{_INVITATION})(?:did|do|does|is|are|was|were|have|"
    r"has|had|can|could|would|will|should)\b",
    re.IGNORECASE,
)
_FIRST_WORDS = re.compile(
    rf"^(?:{_OPEN}|{_INVITATION}|when|after|before|since|in|on|with|you)\b", re.IGNORECASE
)
_CLAIM = re.compile(
    r"^(?:when |since |if )?you (?:said|mentioned|talked about|spoke of|told me)(?: that)? "
    r"([^,]+),",
    re.IGNORECASE,
)
_ADDRESSED = _phrases("you|your|that|this|it|there|they|those|these")
_SECOND = re.compile(
    rf",?\s+(?:and|or|also)\s+"
    rf"(?:{_OPEN}|did|do|does|is|are|was|were|have|could|can|would)\b.*$",
    re.IGNORECASE,
)

_JUDGES = _phrases(
    r"""
    great|excellent|impressive|impressed|well done|perfect|wonderful|fantastic|awesome|amazing
    brilliant|incorrect|unfortunately|congrat\w*|insightful|disappoint\w*|strong answer|weak answer
    good (?:answer|job|point|example|question|work)|nice (?:answer|job|point|work)|i (?:love|like)
    """
)
_LEAKS = _phrases(
    r"""
    scor(?:e|es|ed|ing)|rubric|criteri(?:a|on)|evaluat\w+|assess\w*|rating|listen(?:ing)? for
    full answer|anchor
    """
)
_PROMISES = _phrases(
    r"""
    hired|hire you|hiring you|offer you|job offer|guarantee|promise|next round|welcome aboard
    we(?:'ll| will) (?:call|contact|pay|get back)|you(?:'ll| will) (?:get|be hired|hear)
    """
)
_MACHINERY = _phrases(
    r"""
    as an ai|language model|instructions?|system prompt|prompt|ignore|i(?:'m| am) sorry|https?
    i can(?:not|'t)|assistant|unknown|candidate
    """
)
_MARKUP = re.compile(r"[<>{}\[\]|=]")
# Topics an interviewer may not raise: Title VII, ADA, ADEA and their like (EEOC, "Prohibited
# Employment Policies/Practices", pre-employment inquiries).
_PROTECTED = _phrases(
    r"""
    how old|your age|birthday|date of birth|married|marital|husband|wife|spouse|pregnan\w*
    children|kids|childcare|family plan\w*|religio\w*|church|pray\w*|nationality|citizenship
    native language|born in|ethnic\w*|race|skin colou?r|disabilit\w*|disabled|illness|medical
    health condition|sexual\w*|gender|pronouns|politic\w*|vote|union member|where are you from
    criminal record|arrested
    """
)
_FORBIDDEN = (
    ("judges", _JUDGES),
    ("leaks_rubric", _LEAKS),
    ("promises", _PROMISES),
    ("machinery", _MACHINERY),
    ("machinery", _MARKUP),
    ("protected_topic", _PROTECTED),
)

_COMMON = frozenset(
    """
    a an and any are as at be been but by can could did do does for from had has have how i if
    in into is it its just me more most my of on one or other our out over own say said she so
    some such tell than that the their them then there these they thing things this those time
    to up us use used very was way we well went were what when where which who why will with
    would you your yours about after again also because before being describe did example
    explain give given specific specifically walk kind part role
    """.split()
)


def words(text: str) -> list[str]:
    """Lower-case words and numbers."""
    return [w.lower().strip(".'’") for w in _WORD.findall(text)]


def content_stems(text: str) -> set[str]:
    """Crude stems of the words that carry meaning."""
    return {_stem(w) for w in words(text) if w not in _COMMON and len(w) > 1}


def tidy(text: str) -> str:
    """The one question in what a model wrote, or empty if there is none.

    Labels, quotation marks, praise before it and a second question behind it are cut off.
    """
    text = text.strip().split("\n\n")[0]
    for found in _SENTENCE.findall(text.replace("\n", " ")):
        sentence = _LABEL.sub("", found.strip(_QUOTES)).strip(_QUOTES)
        if not sentence.endswith("?"):
            continue
        first = _SECOND.sub("", sentence[:-1]).rstrip(" ,;:-—")
        if len(first.split()) >= _MIN_WORDS:
            return f"{first[0].upper()}{first[1:]}?"
    return ""


def refusal(
    question: str,
    *,
    asked: Iterable[str],
    said: Sequence[str],
    rubric: str,
    known: str = "",
) -> str | None:
    """Why `question` may not be spoken, or None where it may.

    `asked`: all questions so far, the main one included; `said`: the candidate's words;
    `known`: other text it may draw on (company, role). The rubric may guide it, never be quoted.
    """
    count = len(question.split())
    if not question.endswith("?") or question.count("?") != 1:
        return "not_one_question"
    if not _MIN_WORDS <= count <= MAX_WORDS:
        return "length"
    if not _OPENING.match(question) or _YES_NO_TAIL.match(question):
        return "yes_no"
    for reason, pattern in _FORBIDDEN:
        if pattern.search(question):
            return reason
    if not _ADDRESSED.search(question) and not content_stems(question) & content_stems(
        " ".join([*asked, *said])
    ):
        return "off_topic"
    if (claim := _CLAIM.match(question)) and not content_stems(claim[1]) <= _heard(said):
        return "invented"
    if any(_alike(question, old) for old in asked):
        return "repeated"
    spoken = " ".join([*asked, *said, known])
    if _quotes_rubric(question, rubric, spoken):
        return "leaks_rubric"
    if _invents(question, spoken):
        return "invented"
    return None


def clause_refusal(clause: str) -> str | None:
    """Why a first clause may not be spoken before the rest of its question is known."""
    for reason, pattern in _FORBIDDEN:
        if pattern.search(clause):
            return reason
    if not _FIRST_WORDS.match(clause):
        return "yes_no"
    return None


def _stem(word: str) -> str:
    for ending in (
        "ations",
        "ation",
        "ingly",
        "ings",
        "ing",
        "edly",
        "ied",
        "ies",
        "ed",
        "es",
        "s",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word.removesuffix("e") if len(word) > 4 else word


def _heard(said: Sequence[str]) -> set[str]:
    return content_stems(" ".join(said))


def _alike(new: str, old: str) -> bool:
    a, b = content_stems(new), content_stems(old)
    if not a or not b:
        return words(new) == words(old)
    shared = len(a & b)
    return shared / len(a | b) >= 0.55 or (shared >= 3 and shared / len(a) >= 0.8)


def _quotes_rubric(question: str, rubric: str, spoken: str) -> bool:
    """Whether four words in a row are the rubric's and nobody has said them."""

    def runs(text: str) -> set[tuple[str, ...]]:
        tokens = words(text)
        return {tuple(tokens[i : i + 4]) for i in range(len(tokens) - 3)}

    leaked = (runs(question) & runs(rubric)) - runs(spoken)
    return any(any(w not in _COMMON for w in run) for run in leaked)


def _invents(question: str, spoken: str) -> bool:
    """Whether it names a number or a proper name that was never said."""
    heard = set(words(spoken))
    tokens = question.rstrip("?").split()
    for position, token in enumerate(tokens):
        bare = token.strip(",;:'\"“”").removesuffix("'s").removesuffix("’s")
        is_number = any(c.isdigit() for c in bare)
        is_name = position > 0 and bare[:1].isupper() and bare not in ("I", "I'm", "I'd")
        if (is_number or is_name) and not set(words(bare)) <= heard:
            return True
    return False


def aside_refusal(text: str) -> str | None:
    """Why an interviewer's statement may not be spoken, or None where it may."""
    for reason, pattern in _FORBIDDEN:
        if reason != "judges" and pattern.search(text):
            return reason
    return None


def invented_words(text: str, facts: str) -> set[str]:
    """The words with a meaning in `text` that `facts` do not have."""
    plain = _FILLING | content_stems(facts)
    return {s for s in content_stems(text) if s not in plain}


_FILLING = content_stems(
    "yes no not role position job company team work works working involves includes include "
    "including based focus focuses means mean looking currently between around about full "
    "called offer offers provides provide help helps need needs require required responsible "
    "will expect expected per year annual people person someone located"
)


def grounded_summary(raw: str, known: str) -> str:
    """The sentences of a summary that keep to what is known; empty where none is left.

    Each begins with "The candidate" or continues one that does, names no number that was not
    said, and takes its words from `known` for the most part. Scores, rubric talk, protected
    traits and guesses at character are dropped.
    """
    kept: list[str] = []
    heard = set(words(known))
    stems = content_stems(known) | _SUMMARY_WORDS
    for sentence in re.split(r"(?<=[.!?])\s+", " ".join(raw.split()).strip(_QUOTES)):
        if not sentence.endswith(".") or not (kept or sentence.startswith("The candidate")):
            continue
        if any(p.search(sentence) for p in _UNSUMMARISED):
            continue
        own = content_stems(sentence)
        numbers = {w for w in words(sentence) if any(c.isdigit() for c in w)}
        if numbers <= heard and len(own & stems) >= _GROUNDED * len(own):
            kept.append(sentence)
    return " ".join(kept[:3])


_GROUNDED = 0.6  # of the meaningful words; the rest is paraphrase
_SUMMARY_WORDS = content_stems(
    """
    candidate described gave provides provided mentioned named stated said says did does not
    lacks missing missed without clear concrete detail details specific specifics answer response
    example examples explained shows showed demonstrates demonstrated only vague general mention
    includes including however but also
    """
)
_UNSUMMARISED = (
    _LEAKS,
    _PROTECTED,
    _MARKUP,
    _phrases(
        r"""
        confident\w*|nervous\w*|enthusiastic\w*|passionate\w*|accent|tone|voice|fluent\w*|shy
        likeable|personality|attractive|young|old|he|she|his|her|instructions?|language model
        as an ai
        """
    ),
)
