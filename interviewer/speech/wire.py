"""How an agent and a recogniser service talk on `/v1/audio/stream`. Pure: bytes in, values out.

An agent sends, in a binary message each, what it wants decoded: four bytes of length (big
endian), so many bytes of JSON, then the audio as `int16` little endian, 16 kHz mono. The JSON:
`{"id": 7, "kind": "final"|"interim", "prompt": "…", "language": "en", "stream": "3"}`; `id` is
the sender's, `stream` tells the sender's interviews apart. Text is `{"cancel": 7}`.

The service answers in text, in any order: `{"id": 7, "hypothesis": {…}|null}` (null: an interim
that was thinned out) or `{"id": 7, "error": {"code", "message", "param"}}`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from interviewer.domain.errors import Invalid, Unavailable
from interviewer.interfaces import Pcm
from interviewer.speech.decode_queue import Kind
from interviewer.speech.hypothesis import Hypothesis, Segment

PATH = "/audio/stream"
"""Behind the base URL, which ends with `/v1`."""
MAX_SECONDS = 30
MAX_MESSAGE_BYTES = 1 << 20
"""Of a request: 30 s of audio are 960,000."""
_MAX_TEXT = 8000
_LENGTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One decode that is asked for; see `Decoder.decode`."""

    id: int
    kind: Kind
    pcm: Pcm
    prompt: str = ""
    language: str = ""
    stream: str = ""


def pack_request(request: Request) -> bytes:
    head = json.dumps(
        {
            "id": request.id,
            "kind": request.kind,
            "prompt": request.prompt[-_MAX_TEXT:],
            "language": request.language,
            "stream": request.stream,
        }
    ).encode()
    audio = request.pcm[: MAX_SECONDS * 16_000].astype("<i2", copy=False).tobytes()
    return b"".join((len(head).to_bytes(_LENGTH, "big"), head, audio))


def unpack_request(data: bytes) -> Request:
    """Raises Invalid, whose `param` names what is wrong."""
    length = int.from_bytes(data[:_LENGTH], "big")
    head = _object(data[_LENGTH : _LENGTH + length])
    if len(data) < _LENGTH + length or head is None:
        raise Invalid("A message begins with its header's length and its header, JSON.")
    number = head.get("id")
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise Invalid("`id` must be a whole number.", param="id")
    kind = head.get("kind")
    if kind not in ("final", "interim"):
        raise BadRequest(number, "`kind` must be final or interim.", "kind")
    texts = {name: head.get(name, "") for name in ("prompt", "language", "stream")}
    for name, text in texts.items():
        if not isinstance(text, str) or len(text) > _MAX_TEXT:
            raise BadRequest(number, f"`{name}` must be a text of at most {_MAX_TEXT}.", name)
    audio = data[_LENGTH + length :]
    if not audio or len(audio) % 2 or len(audio) > 2 * 16_000 * MAX_SECONDS:
        raise BadRequest(
            number, f"The audio must be 16-bit samples, 16 kHz, at most {MAX_SECONDS} s.", "audio"
        )
    pcm = np.frombuffer(audio, "<i2").astype(np.int16, copy=False)
    return Request(id=number, kind=kind, pcm=pcm, **texts)


class BadRequest(Invalid):
    """A request that cannot be used, of which the id at least is known."""

    def __init__(self, id: int, message: str, param: str) -> None:
        super().__init__(message, param=param)
        self.id = id


def pack_cancel(id: int) -> str:
    return json.dumps({"cancel": id})


def unpack_cancel(text: str) -> int:
    """Raises Invalid."""
    found = _object(text)
    number = found.get("cancel") if found else None
    if not isinstance(number, int):
        raise Invalid("A text message must be an object with `cancel`, an id.", param="cancel")
    return number


def pack_hypothesis(id: int, hypothesis: Hypothesis | None) -> str:
    if hypothesis is None:
        return json.dumps({"id": id, "hypothesis": None})
    found = {
        "text": hypothesis.text,
        "segments": [[s.text, s.start, s.end] for s in hypothesis.segments],
        "log_probability": hypothesis.log_probability,
        "no_speech": hypothesis.no_speech,
        "seconds": hypothesis.seconds,
        "retried": hypothesis.retried,
    }
    return json.dumps({"id": id, "hypothesis": found})


def pack_error(id: int | None, code: str, message: str, param: str | None) -> str:
    error = {"code": code, "message": message, "param": param}
    return json.dumps({"id": id, "error": error})


def unpack_answer(text: str) -> tuple[int, Hypothesis | Unavailable | None]:
    """Whose it is, and what came of it. Raises ValueError for what is no answer."""
    found = _object(text)
    number = found.get("id") if found else None
    if found is None or not isinstance(number, int):
        raise ValueError("an answer has an id")
    error = found.get("error")
    if isinstance(error, Mapping):
        return number, Unavailable(f"The recogniser service: {error.get('message')}")
    if "hypothesis" not in found:
        raise ValueError("an answer has a hypothesis or an error")
    hypothesis = found["hypothesis"]
    return number, None if hypothesis is None else _hypothesis(hypothesis)


def _hypothesis(found: Any) -> Hypothesis:
    try:
        return Hypothesis(
            text=str(found["text"]),
            segments=tuple(Segment(str(t), float(a), float(b)) for t, a, b in found["segments"]),
            log_probability=float(found["log_probability"]),
            no_speech=float(found["no_speech"]),
            seconds=float(found["seconds"]),
            retried=bool(found["retried"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError("a hypothesis lacks what it should have") from error


def _object(text: str | bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
