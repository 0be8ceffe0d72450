"""OpenAPI links: which id in an answer is which parameter of which other call.

Readers of `/docs` see where an id comes from, client generators can follow it, and the generated
tests walk from answer to call along them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PATH = "$request.path."
_BODY = "$response.body#"

# Operation → the path parameters that its answer, or its own address, gives.
SOURCES: Mapping[str, Mapping[str, str]] = {
    "create_posting": {"posting_id": f"{_BODY}/data/id"},
    "list_postings": {"posting_id": f"{_BODY}/data/0/id"},
    "clone_posting": {"posting_id": f"{_BODY}/data/id"},
    "create_question": {
        "posting_id": f"{_PATH}posting_id",
        "question_id": f"{_BODY}/data/id",
    },
    "list_questions": {
        "posting_id": f"{_PATH}posting_id",
        "question_id": f"{_BODY}/data/0/id",
    },
    "ingest_candidate": {"interview_id": f"{_BODY}/data/interview_id"},
    "ingest_candidates": {"interview_id": f"{_BODY}/data/0/interview_id"},
    "list_candidates": {"interview_id": f"{_BODY}/data/0/interview_id"},
    "queue_candidate": {"ingestion_id": f"{_BODY}/data/ingestion_id"},
    "queue_candidates": {"ingestion_id": f"{_BODY}/data/ingestion_id"},
    "create_webhook": {"webhook_id": f"{_BODY}/data/webhook_id"},
    "list_deliveries": {
        "webhook_id": f"{_PATH}webhook_id",
        "delivery_id": f"{_BODY}/data/0/id",
    },
    "list_voices": {"voice_id": f"{_BODY}/data/0/id"},
    "post_interview": {"interview_id": f"{_BODY}/data/interview_id"},
}


def install(operations: Mapping[str, tuple[str, dict[str, Any]]]) -> None:
    """Add links to the good answer of every source.

    `operations`: operation id → (path, operation object), changed in place. A source links to
    each operation whose path needs at least one id that only this answer gives, and no id that
    it does not.
    """
    needs = {
        name: {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        for name, (_, operation) in operations.items()
    }
    for source, given in SOURCES.items():
        responses = operations[source][1]["responses"]
        good = next(status for status in responses if status.startswith("2"))
        fresh = {name for name, where in given.items() if where.startswith(_BODY)}
        responses[good]["links"] = {
            target: {
                "operationId": target,
                "parameters": {name: given[name] for name in sorted(wanted)},
            }
            for target, wanted in needs.items()
            if wanted & fresh and wanted <= given.keys()
        }
