"""The child process of `resume_text`: bytes on stdin, one JSON object on stdout.

It limits itself before it loads a parser: whatever a hostile file makes a parser do, it is this
process that dies.
"""

from __future__ import annotations

import contextlib
import json
import re
import resource
import sys
import unicodedata
from typing import Any

from interviewer.sessions.resume_reader.kinds import (
    NO_TEXT,
    WITHOUT_TEXT,
    Piece,
    Refused,
    read_txt,
    sniff,
)

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 15
MAX_CHARACTERS = 200_000
MIN_LETTERS = 20
"""Fewer letters and digits than this is a scan or an empty page, not a resume."""
HIDDEN_EXCERPTS = 20
EXCERPT_CHARACTERS = 300


def limit_self() -> None:
    """Memory, CPU, no files written, no core dumped; what the system lacks is left out."""
    for what, amount in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (amount, amount))


def strip_invisible(text: str) -> tuple[str, str]:
    """(text without characters that draw nothing, what was hidden in them).

    Unicode tag characters (U+E0020-E007E) spell ASCII that models read and people do not see.
    """
    tags = "".join(chr(ord(c) - 0xE0000) for c in text if 0xE0020 <= ord(c) <= 0xE007E)
    kept = "".join(
        c for c in text if c in "\t\n\r\f\v" or unicodedata.category(c) not in ("Cf", "Cc", "Co")
    )
    return kept, tags


def tidy(text: str) -> str:
    """One kind of line end, no runs of blanks, at most one empty line between paragraphs."""
    text = re.sub(r"\r\n?|[\f\v]", "\n", text)
    text = re.sub(r"[^\S\n]+", " ", text)
    return re.sub(r"\s*\n(?:[^\S\n]*\n)+\s*", "\n\n", text).strip()


def assemble(pieces: list[Piece], kind: str, pages: int) -> dict[str, Any]:
    """What the parent gets. Raises Refused when nothing readable is left."""
    hidden: list[str] = []
    shown: list[str] = []
    concealed = ""
    for text, visible in [*pieces, ("", True)]:
        kept, tags = strip_invisible(text)
        hidden += [tags] if tags else []
        if visible and (not kept or kept.strip() or not concealed):
            hidden += [tidy(concealed)] if concealed.strip() else []
            concealed = ""
        if visible:
            shown.append(kept)
        if not visible or concealed:
            concealed += kept
    visible_text = tidy("".join(shown))
    if sum(c.isalnum() for c in visible_text) < MIN_LETTERS:
        raise Refused(NO_TEXT, WITHOUT_TEXT)
    if len(visible_text) > MAX_CHARACTERS:
        raise Refused("This file has far more text than a resume. Please upload a shorter one.")
    excerpts = [h[:EXCERPT_CHARACTERS] for h in hidden if any(c.isalnum() for c in h)]
    return {
        "text": visible_text,
        "hidden": excerpts[:HIDDEN_EXCERPTS],
        "kind": kind,
        "pages": pages,
    }


def read(data: bytes, suffix: str) -> dict[str, Any]:
    """Raises Refused. Parsers are loaded here, after the limits stand."""
    kind = sniff(data, suffix)
    if kind == "txt":
        return assemble(read_txt(data), kind, 0)
    if kind == "pdf":
        from interviewer.sessions.resume_reader.pdf import read_pdf  # noqa: PLC0415

        pieces, pages = read_pdf(data)
        return assemble(pieces, kind, pages)
    from interviewer.sessions.resume_reader import office  # noqa: PLC0415

    return assemble(office.read_docx(data) if kind == "docx" else office.read_odt(data), kind, 0)


def main() -> None:
    """Limit, read stdin, answer. A parser's crash or the end of memory is a non-zero exit."""
    limit_self()
    suffix = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        answer = read(sys.stdin.buffer.read(), suffix)
    except Refused as refusal:
        answer = {"error": {"code": refusal.code, "message": refusal.message}}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
