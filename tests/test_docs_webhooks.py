"""The lines that `docs/integrators.md` gives for checking a webhook's signature do check it."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from interviewer.api.schemas.candidates import Candidate, InterviewData
from interviewer.api.schemas.webhooks import Event
from interviewer.jobs.webhooks.deliverer import signed_headers
from interviewer.sessions import webhook_secrets

DOCUMENT = (Path(__file__).parent.parent / "docs" / "integrators.md").read_text()
BODY = '{"said":"naïve ✓"}'.encode()
OLD, NEW = (webhook_secrets.derive(b"service", "WH1", number) for number in (0, 1))

PYTHON = """
import json, sys
for case in json.load(sys.stdin):
    print(json.dumps(verify(case["secret"], case["headers"], base64.b64decode(case["body"]))))
"""
NODE = """
for (const c of JSON.parse(require("node:fs").readFileSync(0))) {
  console.log(verify(c.secret, c.headers, Buffer.from(c.body, "base64")));
}
"""

Case = dict[str, object]


def snippet(language: str) -> str:
    fences = re.finditer(rf"^```{language}\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    return next(str(fence[1]) for fence in fences if "webhook-signature" in fence[1])


def case(secret: str, headers: dict[str, str], body: bytes = BODY) -> Case:
    shown = {name.lower(): value for name, value in headers.items()}
    return {"secret": secret, "headers": shown, "body": base64.b64encode(body).decode()}


def cases() -> tuple[list[Case], list[Case]]:
    """(what is to be taken, what is to be refused)."""
    now = time.time()
    one = signed_headers([NEW], "evt_1", now, BODY)
    both = signed_headers([NEW, OLD], "evt_1", now, BODY)
    good = [case(NEW, one), case(NEW, both), case(OLD, both)]
    bad = [
        case(OLD, one),
        case(NEW, one, BODY + b" "),
        case(NEW, one | {"webhook-id": "evt_2"}),
        case(NEW, one | {"webhook-timestamp": str(int(now) - 1)}),
        case(NEW, one | {"webhook-signature": "v1,"}),
        case(NEW, one | {"webhook-signature": "v1"}),
        case(NEW, one | {"webhook-signature": ""}),
        case(NEW, one | {"webhook-signature": one["webhook-signature"].replace("v1,", "v2,")}),
        case(NEW, signed_headers([NEW], "evt_1", now - 600, BODY)),
        case(NEW, signed_headers([NEW], "evt_1", now + 600, BODY)),
    ]
    return good, bad


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code + PYTHON]


def _node(code: str) -> list[str]:
    node = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
    assert node is not None, "the pages are built with it"
    return [node, "-e", code + NODE]


@pytest.mark.parametrize(("language", "command"), [("python", _python), ("js", _node)])
def test_the_example_takes_what_is_ours_and_nothing_else(
    language: str, command: Callable[[str], list[str]]
) -> None:
    good, bad = cases()
    done = subprocess.run(
        command(snippet(language)),
        input=json.dumps(good + bad),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["true"] * len(good) + ["false"] * len(bad)


def test_the_examples_of_bodies_are_events() -> None:
    bodies = [
        code
        for code in re.findall(r"^```json\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
        if "schema_version" in code
    ]
    candidate, report = bodies
    assert Event[Candidate].model_validate_json(candidate).type == "candidate_ingested"
    assert Event[InterviewData].model_validate_json(report).type == "report_available"
