"""`python -m interviewer.media.finalize`: one request as JSON on stdin, the result on stdout.

The decoders that read a stranger's upload run in this process and not in the worker, so a file
that crashes one costs the video and not the job.
"""

from __future__ import annotations

import contextlib
import json
import logging
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from interviewer.media.finalize import AudioSession, CameraFile, candidate_sound, finalize

MEMORY_BYTES = 3 << 30
"""Address space, not memory in use: encoders' threads reserve far more than they touch."""


def handle(request: Mapping[str, Any]) -> dict[str, Any]:
    """`{"sessions": [{path, offset}], "cameras": [{path, started_at, finished}], "out_dir",
    "audio"}` to what `finalize` returns; with `"candidate": path`, the candidate's voice only."""
    sessions = [AudioSession(Path(s["path"]), s["offset"]) for s in request["sessions"]]
    if "candidate" in request:
        return {"seconds": candidate_sound(sessions, Path(request["candidate"]))}
    cameras = [
        CameraFile(Path(c["path"]), c["started_at"], c["finished"]) for c in request["cameras"]
    ]
    done = finalize(sessions, cameras, Path(request["out_dir"]), audio=request["audio"])
    return {
        "video": str(done.video) if done.video else None,
        "audio": str(done.audio) if done.audio else None,
        "duration": done.duration,
        "note": done.note,
        "copied": done.copied,
        "gaps": [[gap.start, gap.end] for gap in done.gaps],
    }


def main() -> None:
    """Limit this process, then answer the request on stdin."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump(handle(json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main()
