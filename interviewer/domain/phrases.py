"""Lists of patterns, written to be read. Pure.

One pattern a line; a line that is indented deeper goes on with the one above it. `<NAME>` stands
for a macro. Everything is matched without regard to case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def phrases(lines: str, macros: Mapping[str, str] | None = None) -> tuple[re.Pattern[str], ...]:
    """Compile a list as described above. Raises `re.error` for a line that is no pattern."""
    return tuple(re.compile(p, re.IGNORECASE) for p in joined(lines, macros))


def joined(lines: str, macros: Mapping[str, str] | None = None) -> list[str]:
    """The patterns of such a list, as text."""
    rows = [line for line in lines.splitlines() if line.strip()]
    margin = min((len(row) - len(row.lstrip()) for row in rows), default=0)
    patterns: list[str] = []
    for row in rows:
        if row[margin].isspace():
            patterns[-1] += row.strip()
        else:
            patterns.append(row.strip())
    for name, pattern in (macros or {}).items():
        patterns = [p.replace(f"<{name}>", pattern) for p in patterns]
    return patterns
