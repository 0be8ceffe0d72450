"""Simulated candidates as files: what they say, and how they behave while saying it.

```toml
name = "vague"
delay = 0.8                  # seconds between being asked and speaking
answers = ["…", "…"]         # said in turn to questions that no entry is for
follow_ups = ["…"]

[[answer]]
match = "lost a deal"        # part of the question's text; or `question = 3`, counted from 1
say = ["…", "…"]             # the second is said when the question is still open after the first
follow_ups = ["…"]           # instead of the general ones
interrupt_after = 1.5        # speak into the question, this many seconds after it began
delay = 2.0
```

A line may hold pauses (`I think [2.5] it was Tuesday.`), may be empty (silence: the candidate
waits to be asked again) and may be a file (`wav:answer.wav`, looked up beside the persona's).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

PERSONAS: Final = Path(__file__).parent / "personas"
_PAUSE = re.compile(r"\[(\d+(?:\.\d+)?)\]")


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """A sound file instead of a synthesised line."""

    path: Path


Part = str | Pause | Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said to one question, and how. `say` by attempts; the last one repeats."""

    say: Sequence[str]
    follow_ups: Sequence[str] = ()
    delay: float = 0.6
    interrupt_after: float | None = None
    question: int | None = None
    match: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """See the module. `folder` is where `wav:` lines are looked up."""

    name: str
    answers: Sequence[str]
    follow_ups: Sequence[str]
    delay: float = 0.6
    entries: Sequence[Answer] = ()
    folder: Path = field(default_factory=Path)

    def answer(self, number: int, text: str) -> Answer:
        """What it says to the `number`-th main question (from 1), whose words are `text`."""
        for entry in self.entries:
            if entry.question == number or (entry.match and entry.match.lower() in text.lower()):
                return entry if entry.follow_ups else replace(entry, follow_ups=self.follow_ups)
        return Answer(
            say=[self.answers[(number - 1) % len(self.answers)]],
            follow_ups=self.follow_ups,
            delay=self.delay,
        )

    def parts(self, line: str) -> list[Part]:
        """A line as words, pauses and files, in order."""
        if line.startswith("wav:"):
            return [Recorded(self.folder / line.removeprefix("wav:").strip())]
        pieces = _PAUSE.split(line)
        parts: list[Part] = []
        for i, piece in enumerate(pieces):
            if i % 2:
                parts.append(Pause(float(piece)))
            elif piece.strip():
                parts.append(piece.strip())
        return parts

    def lines(self) -> list[str]:
        """Everything it may say, for rendering ahead."""
        lines = [*self.answers, *self.follow_ups]
        for entry in self.entries:
            lines += [*entry.say, *entry.follow_ups]
        return list(dict.fromkeys(lines))


def load_persona(name_or_path: str | Path) -> Persona:
    """A persona by its name (`strong`, `vague`, …) or file. Raises `ValueError` with the fault."""
    path = PERSONAS / f"{name_or_path}.toml"
    if not path.is_file():
        path = Path(name_or_path)
    try:
        fields = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        names = ", ".join(sorted(p.stem for p in PERSONAS.glob("*.toml")))
        raise ValueError(f"No persona {name_or_path}: neither a file nor one of {names}.") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from error
    return _persona(fields, path)


def _persona(fields: Mapping[str, Any], path: Path) -> Persona:
    known = {"name", "description", "delay", "answers", "follow_ups", "answer"}
    if unknown := set(fields) - known:
        raise ValueError(f"{path}: unknown {', '.join(sorted(unknown))}")
    if not fields.get("answers") or not fields.get("follow_ups"):
        raise ValueError(f"{path}: answers and follow_ups must each have a line")
    delay = float(fields.get("delay", 0.6))
    try:
        entries = [Answer(**{"delay": delay, **entry}) for entry in fields.get("answer", ())]
    except TypeError as error:
        raise ValueError(f"{path}: [[answer]]: {error}") from error
    return Persona(
        name=str(fields.get("name", path.stem)),
        answers=fields["answers"],
        follow_ups=fields["follow_ups"],
        delay=delay,
        entries=entries,
        folder=path.parent,
    )
