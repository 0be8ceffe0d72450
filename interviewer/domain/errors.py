"""Everything the product can refuse, as one tree.

InterviewerError
├── NotFound                 unknown, erased or another tenant's id            404
├── Invalid                  one or more fields are unusable                   422
├── Forbidden                consent missing, step not open                    403
├── Conflict                 state forbids it (live elsewhere, already done)   409
├── Outdated                 changed since the caller read it (If-Match)        412
├── Gone                     expired or erased for good                        410
├── TooLarge                 an upload over its limit                          413
├── Unreadable               an upload that is not what it says it is          422
└── Unavailable              a backend is down or the service is full          503
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One unusable field. `param` is its path, e.g. `workflow.1.questions.0.text`."""

    param: str
    code: str
    message: str


class InterviewerError(Exception):
    """Base of all refusals. `code` is stable for machines, `message` is for people."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.param = param


class NotFound(InterviewerError):
    """Unknown id; also another tenant's, so that nobody can probe."""

    code = "not_found"


class Invalid(InterviewerError):
    """One or more unusable fields; nothing was stored."""

    code = "invalid_param"

    def __init__(self, message: str, *, errors: Sequence[FieldError] = (), **more: str) -> None:
        super().__init__(message, **more)
        self.errors = tuple(errors)


class Forbidden(InterviewerError):
    """Not allowed now, e.g. media before consent (`consent_required`)."""

    code = "forbidden"


class Conflict(InterviewerError):
    """The present state forbids it, e.g. live in another browser (`already_connected`)."""

    code = "conflict"


class Outdated(InterviewerError):
    """It is not any more what the caller says it is; read it again."""

    code = "precondition_failed"


class Gone(InterviewerError):
    """It was there and is not any more (deadline passed, erased)."""

    code = "gone"


class TooLarge(InterviewerError):
    """An upload over its limit."""

    code = "too_large"


class Unreadable(InterviewerError):
    """An upload that cannot be read (encrypted, truncated, mislabelled, without text)."""

    code = "unreadable"


class Unavailable(InterviewerError):
    """A backend is down or the service is full; worth another try."""

    code = "unavailable"
