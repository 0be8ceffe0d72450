"""The `webhooks` part of the OpenAPI document: what receivers are sent, event by event."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from interviewer.api.schemas.candidates import Candidate, InterviewData
from interviewer.api.schemas.webhooks import Event

EVENTS: dict[str, tuple[type[BaseModel], str]] = {
    "candidate_ingested": (
        Event[Candidate],
        "Somebody was invited, or joined on the public page; a known e-mail address is no news.",
    ),
    "interview_started": (Event[InterviewData], "The candidate's first connection."),
    "interview_completed": (
        Event[InterviewData],
        "The conversation is over; the evaluation begins.",
    ),
    "report_available": (
        Event[InterviewData],
        "An evaluation is done; once more after each `rescore`.",
    ),
}
SIGNATURES = {
    "webhook-id": "The event's id, the same in every attempt and replay: ignore what you know.",
    "webhook-timestamp": "When this attempt was signed, in whole Unix seconds.",
    "webhook-signature": (
        "`v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`;"
        " after a rotation several, with spaces between."
    ),
}


def document(template: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the `webhooks` object, the schemas that it refers to by `template`)."""
    models = [(model, "serialization") for model, _ in EVENTS.values()]
    refs, definitions = models_json_schema(models, ref_template=template)  # type: ignore[arg-type]
    webhooks = {
        name: {"post": _operation(name, description, refs[(model, "serialization")])}
        for name, (model, description) in EVENTS.items()
    }
    return webhooks, definitions["$defs"]


def _operation(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "tags": ["Webhooks"],
        "operationId": f"on_{name}",
        "summary": name.replace("_", " ").capitalize(),
        "description": description,
        "parameters": [
            {
                "name": header,
                "in": "header",
                "required": True,
                "description": meaning,
                "schema": {"type": "string"},
            }
            for header, meaning in SIGNATURES.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {
            "2XX": {"description": "Taken, within 15 seconds."},
            "410": {"description": "Not wanted any more: the webhook is disabled."},
            "default": {"description": "Tried again: 5 s, 5 min, 30 min, 2, 5, 10, 10 h later."},
        },
    }
