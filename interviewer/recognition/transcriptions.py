"""`POST /v1/audio/transcriptions` as OpenAI's API has it (Audio, Create transcription)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.datastructures import FormData, UploadFile

from interviewer.recognition.errors import Refused
from interviewer.recognition.service import Pass, RecogniserService
from interviewer.recognition.uploads import read_sound
from interviewer.speech.hearing import Heard, HeardSegment, HeardWord
from interviewer.speech.remote_hearing import MODEL as ALIAS
from interviewer.speech.whisper import SAMPLE_RATE

FORMATS = ("json", "text", "verbose_json")
GRANULARITIES = ("word", "segment")
_MAX_PROMPT = 8000
# How often a decode that takes long looks whether anybody still waits for it.
_GONE_SECONDS = 1.0


async def transcribe(request: Request, service: RecogniserService) -> Response:
    """Raises Refused, whose `param` names the field."""
    service.check_key(request.headers.get("authorization", ""))
    async with request.form(max_files=1, max_fields=20) as form:
        _check_model(form, service)
        shape = _one_of(form, "response_format", FORMATS, "json")
        granularities = _granularities(form, shape)
        language = _language(form, service)
        prompt = _prompt(form)
        temperature = _temperature(form)
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Refused(400, "missing_field", "`file` is missing.", param="file")
        pcm = await asyncio.to_thread(read_sound, file.file)
    asked = Pass(pcm=pcm, language=language, prompt=prompt, temperature=temperature)
    heard = await _unless_gone(request, service.listen(asked))
    return _answer(heard, shape, granularities, len(pcm) / SAMPLE_RATE)


async def _unless_gone(request: Request, listening: Coroutine[Any, Any, Heard]) -> Heard:
    """What it comes to; nobody's decode, where the caller has hung up, is taken out of the queue.
    Raises Refused."""
    task = asyncio.create_task(listening, name="recognition.listen")
    try:
        while True:
            done, _ = await asyncio.wait({task}, timeout=_GONE_SECONDS)
            if done:
                return task.result()
            if await request.is_disconnected():
                raise Refused(499, "client_closed_request", "The caller has gone.")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _check_model(form: FormData, service: RecogniserService) -> None:
    model = _text(form, "model")
    if not model:
        raise Refused(400, "missing_field", "`model` is missing.", param="model")
    if model not in (service.model, ALIAS):
        names = f"{service.model} or {ALIAS}"
        raise Refused(404, "model_not_found", f"`model` must be {names}.", param="model")


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    if not isinstance(value, str):
        raise _invalid(name, "must be text")
    return value.strip()


def _one_of(form: FormData, name: str, choices: tuple[str, ...], default: str) -> str:
    value = _text(form, name) or default
    if value not in choices:
        raise _invalid(name, f"must be one of {', '.join(choices)}")
    return value


def _granularities(form: FormData, shape: str) -> set[str]:
    name = "timestamp_granularities[]"
    given = {str(v) for v in (*form.getlist(name), *form.getlist("timestamp_granularities"))}
    if not given <= set(GRANULARITIES):
        raise _invalid(name, f"must be among {', '.join(GRANULARITIES)}")
    if given and shape != "verbose_json":
        raise _invalid(name, "needs `response_format` verbose_json")
    return given or {"segment"}


def _language(form: FormData, service: RecogniserService) -> str:
    code = _text(form, "language").split("-", maxsplit=1)[0].lower()
    if code and code not in service.languages:
        raise _invalid("language", "must be a code that the model knows, as en")
    return code


def _prompt(form: FormData) -> str:
    """Names and terms that may occur; where it is long, the model reads its end."""
    prompt = _text(form, "prompt")
    if len(prompt) > _MAX_PROMPT:
        raise _invalid("prompt", f"may have at most {_MAX_PROMPT} characters")
    return prompt


def _temperature(form: FormData) -> float | None:
    raw = _text(form, "temperature")
    try:
        value = float(raw or 0)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise _invalid("temperature", "must be a number from 0 to 1")
    return value or None


def _invalid(name: str, why: str) -> Refused:
    return Refused(400, "invalid_value", f"`{name}` {why}.", param=name)


def _answer(heard: Heard, shape: str, granularities: set[str], seconds: float) -> Response:
    text = "".join(segment.text for segment in heard.segments).strip()
    if shape == "text":
        return PlainTextResponse(f"{text}\n")
    if shape == "json":
        return JSONResponse({"text": text})
    body: dict[str, Any] = {
        "task": "transcribe",
        "language": heard.language,
        "duration": round(seconds, 3),
        "text": text,
    }
    if "segment" in granularities:
        body["segments"] = [_segment(n, s) for n, s in enumerate(heard.segments)]
    if "word" in granularities:
        body["words"] = [_word(w) for s in heard.segments for w in s.words]
    return JSONResponse(body)


def _segment(number: int, segment: HeardSegment) -> dict[str, Any]:
    return {
        "id": number,
        "start": segment.start,
        "end": segment.end,
        "text": segment.text,
        "avg_logprob": segment.log_probability,
        "no_speech_prob": segment.no_speech,
    }


def _word(word: HeardWord) -> dict[str, Any]:
    """`probability` is ours; OpenAI's clients leave it aside."""
    return {
        "word": word.text.strip(),
        "start": word.start,
        "end": word.end,
        "probability": word.probability,
    }
