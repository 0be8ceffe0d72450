"""Field types and envelopes that all resources share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

T = TypeVar("T")

MAX_JSON_DEPTH = 20
MAX_JSON_BYTES = 64 * 1024
LARGEST_NUMBER = 2.0**63

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Overrides and isolates turn text around on the screen ("gpj.exe"); marks that real names
# need, such as the zero-width joiner, are not among them.
_NOT_ON_A_LINE = re.compile("[\n\t\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = " \n\t\u00a0\u200b\u2060\ufeff\u3164\u115f\u1160"
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[^\W_](?:[^\W_]|-){0,62}\.)+[^\W\d_](?:[^\W_]|-){1,62}"
)
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_URL = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#][^\s\\]*)?", re.IGNORECASE)


def refusal(code: str, message: str) -> PydanticCustomError:
    """A validator's refusal with our own code. `message` has no braces."""
    return PydanticCustomError(code, message)


def clean_text(text: str) -> str:
    """NFC, line breaks as `\\n`, trimmed; refuses NUL and other control characters."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if _CONTROL.search(text):
        raise refusal("invalid_characters", "Control characters are not allowed.")
    return text.strip(_INVISIBLE)


def _text(maximum: int) -> Callable[[object], object]:
    def clean(value: object) -> object:
        # What is far too long is refused by its length, unread.
        if not isinstance(value, str) or len(value) > 2 * maximum + 64:
            return value
        return clean_text(value)

    return clean


def _line(maximum: int) -> Callable[[object], object]:
    tidy = _text(maximum)

    def clean(value: object) -> object:
        text = tidy(value)
        if isinstance(text, str) and _NOT_ON_A_LINE.search(text):
            raise refusal("invalid_characters", "Must be one line of plain text.")
        return text

    return clean


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text) or len(text.rpartition("@")[0]) > 64:
        raise refusal("invalid_email", "Must be an e-mail address.")
    return text


def _phone(text: str) -> str:
    if not _PHONE.fullmatch(text):
        raise refusal("invalid_phone_number", "Must be in E.164 form, e.g. +12065551234.")
    return text


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise refusal("invalid_url", "Must be an http or https URL.")
    return text


def _json_object(value: dict[str, Any]) -> dict[str, Any]:
    """Any JSON object of sane size whose strings a database can hold."""
    budget = MAX_JSON_BYTES
    stack: list[tuple[Any, int]] = [(value, 0)]
    while stack:
        item, depth = stack.pop()
        budget -= 2
        if isinstance(item, str):
            budget -= len(item)
            clean_text(item)
        elif isinstance(item, int | float):
            # NaN and infinities are no JSON; beyond 2**63 databases differ.
            if not abs(item) <= LARGEST_NUMBER:
                raise refusal("invalid_number", "Numbers must be finite and of sane size.")
        elif isinstance(item, Mapping):
            stack.extend((part, depth + 1) for pair in item.items() for part in pair)
        elif isinstance(item, list):
            stack.extend((part, depth + 1) for part in item)
        if depth > MAX_JSON_DEPTH or budget < 0:
            raise refusal("too_large", f"At most {MAX_JSON_BYTES // 1024} KiB, 20 levels deep.")
    return value


Line100 = Annotated[str, Field(max_length=100), BeforeValidator(_line(100))]
Line200 = Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(_line(200))]
Line2k = Annotated[str, Field(min_length=1, max_length=2_000), BeforeValidator(_line(2_000))]
Title = Annotated[str, Field(min_length=3, max_length=200), BeforeValidator(_line(200))]
Text1k = Annotated[str, Field(max_length=1_000), BeforeValidator(_text(1_000))]
Text5k = Annotated[str, Field(max_length=5_000), BeforeValidator(_text(5_000))]
Text10k = Annotated[str, Field(max_length=10_000), BeforeValidator(_text(10_000))]
Text50k = Annotated[str, Field(max_length=50_000), BeforeValidator(_text(50_000))]
QuestionText = Annotated[str, Field(min_length=1, max_length=2_000), BeforeValidator(_text(2_000))]
Reference = Annotated[str, Field(min_length=1, max_length=64), BeforeValidator(_line(64))]
Email = Annotated[
    str,
    Field(min_length=3, max_length=254),
    BeforeValidator(_line(254)),
    AfterValidator(_email),
]
Phone = Annotated[
    str,
    Field(pattern=r"^\+[1-9][0-9]{6,14}$"),
    BeforeValidator(_line(16)),
    AfterValidator(_phone),
]
Url = Annotated[str, Field(max_length=2_000), BeforeValidator(_line(2_000)), AfterValidator(_url)]
Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
JsonObject = Annotated[dict[str, Any], AfterValidator(_json_object)]
MetadataKey = Annotated[str, Field(min_length=1, max_length=40), BeforeValidator(_line(40))]
MetadataValue = Annotated[str, Field(max_length=500), BeforeValidator(_text(500))]
Metadata = Annotated[dict[MetadataKey, MetadataValue], Field(max_length=50)]


class Request(BaseModel):
    """A request body: types as they are, no unknown fields, no NaN."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class Resource(BaseModel):
    """An answer. Extra fields are ours to add, so readers must tolerate them."""

    model_config = ConfigDict(extra="allow")


class Single(BaseModel, Generic[T]):
    """`object` names the kind of `data`."""

    object: str
    data: T


class Pagination(BaseModel):
    """`url`: of this resource."""

    has_more: bool
    total_count: int
    url: str


class Listing(BaseModel, Generic[T]):
    """One page of a list."""

    data: list[T]
    pagination: Pagination


class ErrorDetail(BaseModel):
    """One unusable field; `param` is its path, e.g. `workflow.1.questions.0.text`."""

    code: str = Field(examples=["invalid_param"])
    message: str
    param: str | None


class Error(BaseModel):
    """What went wrong, for machines (`type`, `code`, `param`) and people (`message`)."""

    type: str = Field(examples=["invalid_request_error"])
    code: str = Field(examples=["validation_error"])
    message: str
    param: str | None
    doc_url: str | None
    errors: list[ErrorDetail]


class ErrorEnvelope(BaseModel):
    """The body of every answer with a status from 400 up."""

    error: Error
