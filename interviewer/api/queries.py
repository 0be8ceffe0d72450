"""No unknown query parameters and none twice: a mistyped filter must not give everything."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import Request
from fastapi.routing import APIRoute

from interviewer.api.errors import invalid
from interviewer.domain.errors import FieldError


def refuse_unknown(request: Request) -> None:
    """Raises Invalid, naming each. For routers whose routes declare their parameters themselves,
    each to be given once at most."""
    route = request.scope.get("route")
    if not request.url.query or not isinstance(route, APIRoute):
        return
    known = {field.alias for field in route.dependant.query_params}
    if errors := list(_errors(request, known)):
        raise invalid(errors)


def _errors(request: Request, known: set[str]) -> Iterator[FieldError]:
    for name in request.query_params:
        if name not in known:
            yield FieldError(name, "unknown_param", "There is no such parameter.")
        elif len(request.query_params.getlist(name)) > 1:
            yield FieldError(name, "duplicate", "Given more than once.")
