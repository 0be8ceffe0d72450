"""What API processes and agents tell each other about a live interview.

Where things stand is in `LiveRegistry`; the messages only say "look again" or carry what a page
said or is told. So whoever dies and is replaced finds everything it needs.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

# Seconds. A lease is beaten this often, and lost after so long without.
BEAT: Final = 2.0
AGENT_LOST: Final = 6.0
# A page's socket is alive for so long after its process last said so.
PAGE_LOST: Final = 6.0
# A page that connected opens its socket or joins the room within so long.
ARRIVAL: Final = 20.0
# An agent that was asked for has so long to come before another is asked for.
ASK_AGAIN: Final = 8.0
# Whoever could not look for longer than two beats (the database was away) waits so long before it
# takes silence for death: nobody else could say that they live, either.
GRACE: Final = 6.0
# What nobody looks after any more is deleted after so long.
LITTER: Final = 120.0

LOOK: Final[dict[str, Any]] = {"type": "look"}
"""To an agent: pages or the connection have changed."""
HANG_UP: Final[dict[str, Any]] = {"type": "hang_up"}


def agent_topic(interview_id: str) -> str:
    """Read by whoever holds the interview."""
    return f"agent:{interview_id}"


def page_topic(page_id: str) -> str:
    """Read by the process that has the page's socket; None ends the page's stream."""
    return f"page:{page_id}"


def said(connection_id: str, browser_id: str, message: dict[str, Any]) -> dict[str, Any]:
    """To an agent: what the page of that connection said.

    `id`: the same where it is posted again for want of an answer, so that it is heard once.
    """
    return {
        "type": "said",
        "id": secrets.token_hex(8),
        "connection_id": connection_id,
        "browser_id": browser_id,
        "message": message,
    }


def stop(reason: str) -> dict[str, Any]:
    """To an agent: end it now."""
    return {"type": "stop", "reason": reason}
