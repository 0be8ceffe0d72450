"""`interviewer rehearse`: a recruiter's dry run of a posting, before a person sits there."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

import aiohttp

from interviewer.interfaces import SpeechSynthesizer
from interviewer.rehearsal.client import ServiceRefused
from interviewer.rehearsal.persona import load_persona
from interviewer.rehearsal.report import format_report
from interviewer.rehearsal.run import rehearse

POLL_SECONDS: Final = 2.0
# The contract's bound for the report on the embedded models, and some.
REPORT_TIMEOUT: Final = 600.0


async def main(
    base_url: str,
    api_key: str,
    posting_id: str,
    persona_file: str = "strong",
    *,
    synthesizer: SpeechSynthesizer,
    voice_id: str = "joe",
    report_timeout: float = REPORT_TIMEOUT,
    json_path: Path | None = None,
    write: Callable[[str], object] = sys.stdout.write,
) -> int:
    """Create a candidate, hold the interview, wait for the report, print. Answers the exit code:

    0 when the interview ended and its report came, 1 when not, 2 when it could not begin.
    """
    try:
        persona = await asyncio.to_thread(load_persona, persona_file)
        async with aiohttp.ClientSession(headers={"X-API-KEY": api_key}) as http:
            interview_id = await create_candidate(http, base_url, posting_id, persona.name)
            write(f"Interview {interview_id} with the candidate “{persona.name}” …\n")
            report = await rehearse(
                base_url, interview_id, persona, synthesizer=synthesizer, voice_id=voice_id
            )
            write("The interview is over; waiting for its report …\n")
            report.data = await completed(http, base_url, interview_id, report_timeout)
    except (ValueError, ServiceRefused, aiohttp.ClientConnectionError) as error:
        write(f"The rehearsal could not be held: {error}\n")
        return 2
    except TimeoutError:
        write("The interview did not come to its end in time.\n")
        return 1
    write(format_report(report) + "\n")
    if json_path is not None:
        await asyncio.to_thread(json_path.write_text, json.dumps(asdict(report), default=dict))
    return 0 if report.end_reason and report.data is not None else 1


async def create_candidate(
    http: aiohttp.ClientSession, base_url: str, posting_id: str, name: str
) -> str:
    """A new candidate of the posting; answers the interview's id. Raises `ServiceRefused`."""
    body = {
        "name": f"Rehearsal {name.replace('_', ' ').title()}",
        "email": f"rehearsal-{secrets.token_hex(6)}@example.com",
        "metadata": {"source": "rehearsal", "persona": name},
    }
    answer = await _call(http, "POST", base_url, f"api/v4/postings/{posting_id}/candidates", body)
    return str(answer["data"]["interview_id"])


async def completed(
    http: aiohttp.ClientSession, base_url: str, interview_id: str, timeout: float
) -> dict[str, Any] | None:
    """The interview's data once its report is there; None if it did not come within `timeout`."""
    deadline = asyncio.get_running_loop().time() + timeout
    while True:
        answer = await _call(http, "GET", base_url, f"api/v4/interviews/{interview_id}/data")
        data = dict(answer["data"])
        if data.get("status") not in ("pending", "in_progress", "evaluating"):
            return data
        if asyncio.get_running_loop().time() >= deadline:
            return None
        await asyncio.sleep(POLL_SECONDS)


async def _call(
    http: aiohttp.ClientSession, method: str, base_url: str, path: str, body: object = None
) -> Any:
    url = urljoin(base_url.rstrip("/") + "/", path)
    async with http.request(method, url, json=body) as answer:
        is_json = "json" in answer.headers.get("Content-Type", "")
        content = await (answer.json() if is_json else answer.text())
        if answer.status >= 400:
            raise ServiceRefused(method, path, answer.status, content)
        return content
