"""`limit` and `starting_after`, and the envelope of a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from fastapi import Query, Request
from pydantic import BaseModel

from interviewer.api.schemas.common import Listing, Pagination
from interviewer.domain.errors import FieldError, Invalid

T = TypeVar("T")
W = TypeVar("W", bound=BaseModel)

Limit = Annotated[int, Query(ge=1, le=100, description="Rows on a page.")]
After = Annotated[
    str | None, Query(max_length=64, description="Id of the last row of the page before.")
]


def listing(request: Request, rows: Sequence[W], *, has_more: bool, total: int) -> Listing[W]:
    pagination = Pagination(has_more=has_more, total_count=total, url=request.url.path)
    return Listing[W](data=list(rows), pagination=pagination)


def page_of(
    rows: Sequence[T], *, limit: int, after: str | None, id_of: Callable[[T], str]
) -> tuple[Sequence[T], bool]:
    """One page of rows that are all at hand. Raises Invalid for an unknown cursor."""
    start = 0
    if after is not None:
        position = next((i for i, row in enumerate(rows) if id_of(row) == after), None)
        if position is None:
            raise unusable("starting_after", "No such row in this list.")
        start = position + 1
    return rows[start : start + limit], start + limit < len(rows)


def moment(text: str | None, param: str) -> float | None:
    """ISO 8601 or Unix seconds. Raises Invalid."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        # A plus sign in an unencoded query arrives as a space.
        try:
            parsed = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
            zoned = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
            seconds = zoned.timestamp()
        except (ValueError, OverflowError):
            raise unusable(param, "Must be an ISO 8601 time or Unix seconds.") from None
    if not abs(seconds) < 1e12:
        raise unusable(param, "Must be an ISO 8601 time or Unix seconds.")
    return seconds


def unusable(param: str, message: str) -> Invalid:
    return Invalid(
        f"{param}: {message}", errors=[FieldError(param, "invalid_param", message)], param=param
    )
