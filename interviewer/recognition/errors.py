"""What the service refuses, in OpenAI's envelope, so that their clients understand it."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_RETRY_AFTER = {"Retry-After": "1"}


class Refused(Exception):
    """`status`: of HTTP; `param`: the field that is wrong, if it is one."""

    def __init__(self, status: int, code: str, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.param = status, code, message, param


def as_response(refused: Refused) -> JSONResponse:
    kind = "server_error" if refused.status >= 500 else "invalid_request_error"
    error = {
        "message": refused.message,
        "type": kind,
        "param": refused.param,
        "code": refused.code,
    }
    headers = {401: {"WWW-Authenticate": "Bearer"}, 503: _RETRY_AFTER}.get(refused.status)
    return JSONResponse({"error": error}, refused.status, headers=headers)


async def on_refused(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Refused):
        raise error
    return as_response(error)


async def on_http(_: Request, error: Exception) -> JSONResponse:
    """What the framework refuses: unknown paths and methods, broken or oversized bodies."""
    if not isinstance(error, HTTPException):
        raise error
    code = _CODES.get(error.status_code, "bad_request")
    param = "file" if error.status_code == 413 else None
    return as_response(Refused(error.status_code, code, str(error.detail), param=param))
