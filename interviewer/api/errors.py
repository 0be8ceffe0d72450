"""Refusals on the wire: one envelope for every status from 400 up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from interviewer.domain.errors import (
    Conflict,
    FieldError,
    Forbidden,
    Gone,
    InterviewerError,
    Invalid,
    NotFound,
    Outdated,
    TooLarge,
    Unavailable,
    Unreadable,
)
from interviewer.sessions.camera import ChunkGap

STATUS: Mapping[type[InterviewerError], int] = {
    NotFound: 404,
    Invalid: 422,
    Forbidden: 403,
    Conflict: 409,
    Outdated: 412,
    Gone: 410,
    TooLarge: 413,
    Unreadable: 422,
    Unavailable: 503,
}
TYPES: Mapping[int, str] = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    412: "conflict_error",
    429: "rate_limit_error",
}
CODES: Mapping[int, str] = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    412: "precondition_failed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    500: "internal_error",
    503: "unavailable",
}
MESSAGES: Mapping[int, str] = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    500: "Something went wrong on our side; it has been recorded.",
}
PYDANTIC_CODES: Mapping[str, str] = {
    "missing": "missing_param",
    "extra_forbidden": "unknown_param",
    "none_required": "not_supported",
    "json_invalid": "invalid_json",
}
OWN_MESSAGES: Mapping[str, str] = {
    "missing": "Required.",
    "extra_forbidden": "There is no such field.",
    "none_required": "Not supported here: leave it out or give null.",
    "json_invalid": "The body is not JSON.",
    "model_attributes_type": "Must be a JSON object.",
    "model_type": "Must be a JSON object.",
    "union_tag_invalid": "Must be resume or web_interview.",
    "union_tag_not_found": "Required: resume or web_interview.",
}
MODEL_PARAMS: Mapping[str, str] = {
    "workflow": "workflow",
    "follow_ups": "min_follow_ups",
    "weight": "weight",
    "optional": "optional",
    "order": "question_ids",
    "union_tag_invalid": "type",
    "union_tag_not_found": "type",
}
"""Refusals of a whole object, and the field of it that they are told at."""
OWN_CODES = frozenset(
    {
        "invalid_characters",
        "invalid_email",
        "invalid_phone_number",
        "invalid_url",
        "invalid_number",
        "too_large",
        "invalid_deadline",
        "consent_needed",
        "duplicate",
    }
)
"""What our validators call what they refuse."""
STEP_TAGS = frozenset({"resume", "web_interview"})
RETRY_AFTER_SECONDS = 5
MAX_NAMED_ERRORS = 5000
"""So many that each row of the longest bulk request can be named with every field."""


def envelope(
    status: int,
    message: str,
    *,
    code: str | None = None,
    param: str | None = None,
    errors: Sequence[FieldError] = (),
    doc_url: str | None = None,
) -> dict[str, Any]:
    """The body of an answer with that status."""
    kind = TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")
    return {
        "error": {
            "type": kind,
            "code": code or CODES.get(status, "error"),
            "message": message,
            "param": param,
            "doc_url": doc_url,
            "errors": [
                {"code": e.code, "message": e.message, "param": e.param}
                for e in errors[:MAX_NAMED_ERRORS]
            ],
        }
    }


def status_of(error: InterviewerError) -> int:
    for kind, status in STATUS.items():
        if isinstance(error, kind):
            return status
    return 400


def refusal_body(error: InterviewerError, doc_url: str | None = None) -> dict[str, Any]:
    """The envelope of a domain refusal."""
    errors: Sequence[FieldError] = error.errors if isinstance(error, Invalid) else ()
    if not errors and error.param is not None:
        errors = (FieldError(error.param, error.code, error.message),)
    code = "validation_error" if isinstance(error, Invalid) and errors else error.code
    body = envelope(
        status_of(error),
        error.message,
        code=code,
        param=error.param or (errors[0].param if errors else None),
        errors=errors,
        doc_url=doc_url,
    )
    if isinstance(error, ChunkGap):
        body["received"] = error.received
    return body


def field_errors(errors: Sequence[Any]) -> list[FieldError]:
    """Pydantic's errors with paths as callers wrote them; their input is not repeated."""
    found = []
    for error in errors:
        kind = str(error["type"])
        own = kind in OWN_CODES or kind in MODEL_PARAMS
        text = str(error["msg"])
        message = OWN_MESSAGES.get(kind) or (text if own else _plain(text))
        code = kind if kind in OWN_CODES else PYDANTIC_CODES.get(kind, "invalid_param")
        # Where JSON breaks off is told by a position, which names no field.
        where = ["body"] if kind == "json_invalid" else error["loc"]
        loc = [*where, *([MODEL_PARAMS[kind]] if kind in MODEL_PARAMS else [])]
        found.append(FieldError(_path(loc), code, message))
    return found


def invalid(errors: Sequence[FieldError]) -> Invalid:
    """A refusal that names every field."""
    first = errors[0]
    message = f"{first.param}: {first.message}" if first.param else first.message
    if len(errors) > 1:
        message += f" ({len(errors) - 1} more)"
    return Invalid(message, errors=errors, param=first.param)


def _plain(message: str) -> str:
    message = re.sub(r"^(?:Input|String|Value|List|Dictionary)\b", "It", message)
    message = message.replace("It should", "Must").replace("It error, ", "")
    return message[:1].upper() + message[1:].rstrip(".") + "."


def _path(loc: Sequence[str | int]) -> str:
    parts = list(loc)
    if parts and parts[0] in ("body", "query", "path", "header", "cookie"):
        where = parts.pop(0)
        if not parts:
            return str(where)
    kept = [
        str(part)
        for i, part in enumerate(parts)
        if not (part in STEP_TAGS and i >= 2 and parts[i - 2] == "workflow") and part != "[key]"
    ]
    return ".".join(kept)


def install(app: FastAPI, doc_url: str) -> None:
    """Answer every refusal with the envelope."""

    async def refused(_: Request, error: Exception) -> JSONResponse:
        refusal = cast(InterviewerError, error)
        status = status_of(refusal)
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else None
        return JSONResponse(refusal_body(refusal, doc_url), status, headers)

    async def unfit(_: Request, error: Exception) -> JSONResponse:
        found = field_errors(cast(RequestValidationError, error).errors())
        return JSONResponse(refusal_body(invalid(found), doc_url), 422)

    async def http(_: Request, error: Exception) -> JSONResponse:
        refusal = cast(HTTPException, error)
        status = refusal.status_code
        message = MESSAGES.get(status) or str(refusal.detail)
        return JSONResponse(envelope(status, message, doc_url=doc_url), status, refusal.headers)

    app.add_exception_handler(InterviewerError, refused)
    app.add_exception_handler(RequestValidationError, unfit)
    app.add_exception_handler(HTTPException, http)
