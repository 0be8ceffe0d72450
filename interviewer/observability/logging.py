"""Structured logs on standard error: a constant event name, and fields.

Fields that may hold personal data start with `pii.`; they are dropped unless the level is debug.
"""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

PII_PREFIX = "pii."
# Libraries that tell their own story at info level; ours is told by our events.
_QUIET = (
    "livekit",
    "aiortc",
    "aioice",
    "httpx",
    "httpx2",
    "openai",
    "dbos",
    "alembic",
    "faster_whisper",
    "uvicorn.error",
)


def configure(*, level: str, format: str) -> None:
    """Set up logging for this process. `format`: `json` or `text`."""
    number = getattr(logging, level.upper())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if number > logging.DEBUG:
        shared.append(drop_personal_data)
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if format == "json"
        # Plain: other formatters print local variables, and in those stands what candidates say.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    rendering: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if format == "json":
        rendering.append(structlog.processors.format_exc_info)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[*rendering, renderer]
        )
    )
    logging.basicConfig(handlers=[handler], level=number, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def drop_personal_data(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Leave out every field that is marked as personal."""
    return {key: value for key, value in event.items() if not key.startswith(PII_PREFIX)}
