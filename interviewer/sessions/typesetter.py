"""A child process: a scorecard as JSON on stdin, as a PDF on stdout.

Typst keeps the interpreter to itself while it works, which would stop live interviews for tens
of milliseconds if it worked beside them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typst

TEMPLATE = Path(__file__).with_name("scorecard.typ")


def main() -> None:
    card = sys.stdin.buffer.read().decode()
    pdf = typst.compile(TEMPLATE, root=TEMPLATE.parent, sys_inputs={"scorecard": card})
    if isinstance(pdf, bytes):
        sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
