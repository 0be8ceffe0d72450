"""The OpenAPI document: one error envelope, the API key, and what each part is for."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from interviewer.api import answers, links, webhook_events
from interviewer.api.schemas.common import Error, ErrorDetail, ErrorEnvelope

TEMPLATE = "#/components/schemas/{model}"
TAGS = [
    {"name": "Postings", "description": "What is asked, and how answers are judged."},
    {"name": "Questions", "description": "Interview questions and resume criteria."},
    {"name": "Candidates", "description": "Invite candidates and follow their progress."},
    {"name": "Interviews", "description": "Results, decisions, erasure."},
    {"name": "Webhooks", "description": "Be told what happens; signed by Standard Webhooks."},
    {"name": "Audit", "description": "Who saw, changed, took out and erased what."},
    {"name": "Voices", "description": "The interviewer's voices."},
    {"name": "Schemas", "description": "Step and question types."},
    {"name": "Workspaces", "description": "The caller's workspace."},
    {"name": "Candidate pages", "description": "What the interview page calls."},
    {"name": "Review pages", "description": "Recruiters' login."},
    {"name": "Operation", "description": "Health, readiness, figures."},
]
DESCRIPTION = (
    "Create postings, invite candidates, read results. Give your API key in `X-API-KEY`."
    " Times are Unix seconds. Every refusal has the same envelope. 300 requests a minute and"
    " key; `RateLimit-*` headers say what is left. Any POST may carry an `Idempotency-Key`."
)
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body within 24 hours get the same answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
GUARDED = ("401", "429")
METHODS = ("get", "post", "put", "patch", "delete")


def install(app: FastAPI) -> None:
    """Make `app.openapi()` build our document, and serve it at `/openapi.json`."""

    def build() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    async def serve() -> Response:
        # Building it takes a fifth of a second, which live interviews do not have.
        document = await asyncio.to_thread(lambda: json.dumps(app.openapi()))
        return Response(document, media_type="application/json")

    app.openapi = build  # type: ignore[method-assign]
    app.add_api_route("/openapi.json", serve, include_in_schema=False)


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title="Interviewer API",
        version=app.version,
        openapi_version="3.1.0",
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    models = [(model, "serialization") for model in (Error, ErrorDetail, ErrorEnvelope)]
    _, definitions = models_json_schema(models, ref_template=TEMPLATE)  # type: ignore[arg-type]
    schemas.update(definitions["$defs"])
    document["webhooks"], events = webhook_events.document(TEMPLATE)
    schemas.update(events)
    components["securitySchemes"] = {
        "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-KEY"}
    }
    by_name: dict[str, tuple[str, dict[str, Any]]] = {}
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                _complete(path, method, operations[method])
                by_name[operations[method]["operationId"]] = (path, operations[method])
    links.install(by_name)
    answers.install(operation for _, operation in by_name.values())
    return document


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    guarded = path.startswith("/api/v4")
    for status in (*GUARDED, "422") if guarded else ("422",):
        if status != "422" or status in responses or guarded:
            responses[status] = _error(f"Refused ({status}).")
    responses["default"] = _error("Any other refusal.")
    if guarded:
        operation["security"] = [{"ApiKey": []}]
        if method == "post":
            operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)


def _error(description: str) -> dict[str, Any]:
    schema = {"$ref": TEMPLATE.format(model="ErrorEnvelope")}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
