"""Text as it is said: what is written for the eye, rewritten for the ear. Pure.

Both voices read plain English well; a posting is full of what is not: "$50K-$500K ARR", "B2B",
"e.g.", URLs. The transcript keeps the written form; only the voice gets this one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]

_SCALES = {"k": "thousand", "m": "million", "mm": "million", "b": "billion", "bn": "billion"}
_CURRENCIES = {"$": "dollars", "€": "euros", "£": "pounds"}
_SINGULAR = {"dollars": "dollar", "euros": "euro", "pounds": "pound"}

# Said as words, or as other words than their letters.
_TERMS = {
    "B2B": "B to B",
    "B2C": "B to C",
    "B2G": "B to G",
    "P2P": "P to P",
    "YoY": "year over year",
    "MoM": "month over month",
    "QoQ": "quarter over quarter",
    "SaaS": "sass",
    "PaaS": "pass",
    "k8s": "Kubernetes",
    "K8s": "Kubernetes",
    "PostgreSQL": "Postgres",
    "MySQL": "My S Q L",
    "NoSQL": "No S Q L",
    "GraphQL": "Graph Q L",
    "DevOps": "dev ops",
    "iOS": "eye O S",
    "C++": "C plus plus",
    "C#": "C sharp",
    "F#": "F sharp",
    ".NET": "dot net",
    "Node.js": "Node J S",
    "24/7": "twenty-four seven",
    "R&D": "R and D",
    "Q&A": "Q and A",
    "w/o": "without",
    "w/": "with",
    "vs.": "versus",
    "vs": "versus",
    "e.g.": "for example",
    "i.e.": "that is",
    "etc.": "et cetera",
    "approx.": "approximately",
    "incl.": "including",
    "Mm-hm": "Mhm",
}
# Capitals that are read as a word.
_WORD_IN_CAPITALS = re.compile(
    "NASA|NATO|OPEC|SCRUM|AGILE|LEAN|RAM|ROM|LAN|WAN|CRUD|REST|SOAP|AJAX|JSON|GIF|PIN|SIM|SMART"
    "|STAR|SPIN|BANT|MEDDIC|MEDDPICC|OSHA|HIPAA|FIFO|UNICEF|OK|RAID|GAAP|COBOL|BASIC|VISA|COVID"
    "|AND|OR|NOT|THE|IS|IT|IN|ON|TO|YOU|WE|NO|YES|MUST|ALL|ANY|WHY|WHAT|HOW"
)


def _money(match: re.Match[str]) -> str:
    currency = _CURRENCIES[match["currency"]]
    amounts = [_amount(match["low"], match["low_scale"])]
    if match["high"]:
        amounts.append(_amount(match["high"], match["high_scale"]))
    one = amounts == ["1"]
    return " to ".join(amounts) + " " + (_SINGULAR[currency] if one else currency)


def _amount(number: str, scale: str | None) -> str:
    return f"{number} {_SCALES[scale.lower()]}" if scale else number


def _thousands(match: re.Match[str]) -> str:
    return _amount(match[1], match[2])


def _address(match: re.Match[str]) -> str:
    text = re.sub(r"^(https?://)?(www\.)?", "", match[0]).rstrip("/")
    for sign, word in ((".", " dot "), ("/", " slash "), ("@", " at "), ("-", " dash ")):
        text = text.replace(sign, word)
    return text.replace("_", " underscore ")


def _letters(match: re.Match[str]) -> str:
    """ "KPIs" -> "K P I's"; capitals that are a word stay."""
    capitals, plural = match[1], match[2]
    if _WORD_IN_CAPITALS.fullmatch(capitals):
        return capitals.capitalize() + plural if len(capitals) > 2 else capitals + plural
    return " ".join(capitals) + ("'s" if plural else "")


def _term(match: re.Match[str]) -> str:
    return _TERMS[match[0]]


_TERM_PATTERN = "|".join(re.escape(t) for t in sorted(_TERMS, key=len, reverse=True))

_RULES: tuple[Rule, ...] = (
    (re.compile(r"\b[\w.+-]+@[\w-]+(\.[\w-]+)+\b"), _address),
    (re.compile(r"https?://\S*[\w/]|\bwww\.\S*[\w/]"), _address),
    (re.compile(r"\b[a-z0-9-]+\.(com|org|net|io|ai|dev|co)(/[\w/-]*)?\b"), _address),
    (re.compile(rf"(?<![\w.])({_TERM_PATTERN})(?!\w)"), _term),
    (
        re.compile(
            r"(?P<currency>[$€£])(?P<low>\d[\d,]*(?:\.\d+)?)(?P<low_scale>[KkMBb]|MM|bn)?"
            r"(?:\s*[-–—]\s*[$€£]?(?P<high>\d[\d,]*(?:\.\d+)?)(?P<high_scale>[KkMBb]|MM|bn)?)?(?!\w)"
        ),
        _money,
    ),
    (re.compile(r"(?<![\w.])(\d[\d,]*(?:\.\d+)?)([KkM])(?!\w)"), _thousands),
    (re.compile(r"(?<=\d)\s*[-–—]\s*(?=\d)"), " to "),
    (re.compile(r"(?<=\d)\+"), " plus"),
    (re.compile(r"(?<=\d)\s?%"), " percent"),
    (re.compile(r"(?<=\d)°\s?C\b"), " degrees Celsius"),
    (re.compile(r"#(?=\d)"), "number "),
    (re.compile(r"\s*&\s*"), " and "),
    (re.compile(r"\b([A-Z]{2,8})(s?)\b"), _letters),
    (re.compile(r"(?<=[A-Z])\s*/\s*(?=[A-Z]\b)"), ", "),
    (re.compile(r"(?<=\w)\s*/\s*(?=\w)"), " or "),
    (re.compile(r"\s*(—|–|\s-\s|…|\.\.\.)\s*"), ", "),
    (re.compile(r"[“”\"*_`<>\[\]{}|~^\\]"), ""),
    (re.compile(r"[()]"), ", "),
    (re.compile(r"\s+([,.;:?!])"), r"\1"),
    (re.compile(r",(\s*[,.;:?!])"), r"\1"),
    (re.compile(r"\s+"), " "),
)

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=\S)")
_CLAUSE_END = re.compile(r"(?<=[,;:])\s+")
_TITLES = ("mr.", "mrs.", "ms.", "dr.", "prof.", "st.", "no.", "inc.", "ltd.", "jr.", "sr.")


def spoken(text: str) -> str:
    """The text with symbols, abbreviations and numbers written as they are said."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text.strip(" ,")


def pieces(text: str, *, first: int, longest: int) -> list[str]:
    """Cut spoken text where a speaker would breathe, so that sound can start early.

    Sentences, those over `longest` characters at clauses, then at words; the very first piece
    is cut at a clause already above `first` characters.
    """
    result: list[str] = []
    for sentence in _sentences(text):
        limit = longest if result else first
        result.extend(_cut(sentence, limit, longest))
    return result


def _sentences(text: str) -> list[str]:
    parts: list[str] = []
    for part in _SENTENCE_END.split(text.strip()):
        if parts and (parts[-1].lower().split()[-1] in _TITLES or part[:1].islower()):
            parts[-1] += " " + part
        elif part:
            parts.append(part)
    return parts


def _cut(sentence: str, limit: int, longest: int) -> list[str]:
    cuts: list[str] = []
    while len(sentence) > limit:
        ends = [m.end() for m in _CLAUSE_END.finditer(sentence) if 12 <= m.start() <= longest]
        if ends:
            # The first piece ends as early as it may, later ones as late as they may.
            at = ends[0] if limit < longest else ends[-1]
        elif len(sentence) > longest:
            at = sentence.rfind(" ", 1, longest) + 1 or longest
        else:
            break
        cuts.append(sentence[:at].strip())
        sentence, limit = sentence[at:].strip(), longest
    return [*cuts, sentence] if sentence else cuts
