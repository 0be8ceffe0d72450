"""The text of an uploaded resume, read where a hostile file can do no harm.

`resume_reader` runs in a child process with limits on memory, CPU time, files and pages; this
module hands it the bytes, waits no longer than `WALL_SECONDS`, and turns whatever went wrong into
an `Unreadable` that tells the candidate what to do.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import structlog

from interviewer.domain.errors import Unreadable

MAX_AT_ONCE = 2
"""Children at a time: each may take 1 GB; more uploads wait their turn."""
WALL_SECONDS = 20.0
READER = "interviewer.sessions.resume_reader"
PACKAGE_ROOT = str(Path(__file__).parents[2])

log = structlog.get_logger()
_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class ResumeText:
    """What a person would read in the file.

    `text`: at most 200,000 characters. `hidden`: excerpts of what a person would not see (white
    on white, tiny, covered, off the page, zero-width); it is not part of `text`. `kind`: `pdf`,
    `docx`, `odt` or `txt`, by content. `pages`: of a PDF, else 0.
    """

    text: str
    hidden: list[str]
    kind: str = "txt"
    pages: int = 0


async def extract(data: bytes, filename: str, *, wall_seconds: float = WALL_SECONDS) -> ResumeText:
    """Read a resume. `filename` only decides whether plain text is what was meant.

    Raises `Unreadable` (`unreadable_resume`; `resume_without_text` for scans and empty files)
    with a message for the candidate. Cancellation kills the child.
    """
    gate = _gates.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(MAX_AT_ONCE))
    async with gate:
        returncode, output = await _run_reader(data, filename, wall_seconds)
    return _understand(returncode, output)


async def extract_file(path: Path, filename: str) -> ResumeText:
    """`extract` for a file on disk."""
    return await extract(await asyncio.to_thread(path.read_bytes), filename)


async def _run_reader(data: bytes, filename: str, wall_seconds: float) -> tuple[int, bytes]:
    # An environment of its own: the child sees no secret of the service.
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        READER,
        Path(filename).suffix.lower()[:16],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={
            "PYTHONPATH": os.pathsep.join([PACKAGE_ROOT, *filter(None, sys.path)]),
            "OPENBLAS_NUM_THREADS": "1",
            "LC_ALL": "C.UTF-8",
        },
    )
    try:
        output, _ = await asyncio.wait_for(child.communicate(data), wall_seconds)
    except TimeoutError:
        log.info("resume.read.timeout", seconds=wall_seconds)
        return -1, b""
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return child.returncode or 0, output


def _understand(returncode: int, output: bytes) -> ResumeText:
    answer: Mapping[str, Any] = {}
    if returncode == 0:
        try:
            answer = json.loads(output)
        except ValueError:
            log.warning("resume.read.garbled", size=len(output))
    else:
        log.info("resume.read.died", returncode=returncode)
    if error := answer.get("error"):
        raise Unreadable(str(error["message"]), code=str(error["code"]))
    if "text" not in answer:
        raise Unreadable(
            "We could not read this file. Please save it again as a PDF or a Word document "
            "(.docx) and upload that.",
            code="unreadable_resume",
        )
    return ResumeText(
        text=str(answer["text"]),
        hidden=[str(h) for h in answer["hidden"]],
        kind=str(answer["kind"]),
        pages=int(answer["pages"]),
    )
