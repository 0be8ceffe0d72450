"""The second pass by a service: any with an OpenAI-compatible `/v1/audio/transcriptions`.

Ours (`interviewer recognize`) adds each word's probability; where a service tells none, that of
its segment stands in.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import structlog

from interviewer.breaker import Breaker
from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Pcm
from interviewer.observability import metrics
from interviewer.speech.hearing import HeardSegment, HeardWord, PackHearer
from interviewer.speech.wav import wav
from interviewer.speech.whisper import SAMPLE_RATE

log = structlog.get_logger()

PATH = "/audio/transcriptions"
MODEL = "whisper-1"
"""OpenAI's name; ours takes it as a name of whatever it serves."""
# A pack has at most 28 s; a service that is asked by many workers lets them wait.
_TIMEOUT = httpx.Timeout(120.0, connect=3.0)
_TRIES, _PAUSE = 2, 1.0
_THRESHOLD, _COOLDOWN = 2, 15.0


class RemoteHearer:
    """A `PackHearer` that asks a service at `base_url` (with `/v1`). Blocking, for one thread."""

    def __init__(self, base_url: str, api_key: str, *, pause: float = _PAUSE) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.Client(headers=headers, timeout=_TIMEOUT, trust_env=False)
        self._url = base_url + PATH
        self._pause = pause
        self._breaker = Breaker(threshold=_THRESHOLD, cooldown=_COOLDOWN)
        metrics.MODEL_FAILURES.labels("recogniser", "service")

    def hear(self, pcm: Pcm, *, language: str, hint: str) -> list[HeardSegment]:
        """See `PackHearer.hear`. Raises Unavailable, at once while the breaker is open."""
        if not self._breaker.allows():
            raise Unavailable("The recogniser service failed a moment ago.")
        form = {
            "model": MODEL,
            "response_format": "verbose_json",
            "timestamp_granularities[]": ["word", "segment"],
            **({"language": language.split("-", maxsplit=1)[0]} if language else {}),
            **({"prompt": hint} if hint else {}),
        }
        try:
            found = heard_in(self._post(form, wav(pcm, SAMPLE_RATE)))
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            self._breaker.failed()
            metrics.MODEL_FAILURES.labels("recogniser", "service").inc()
            raise Unavailable(f"The recogniser service failed: {_reason(error)}") from error
        self._breaker.succeeded()
        return found

    def close(self) -> None:
        self._client.close()

    def _post(self, form: Mapping[str, Any], sound: bytes) -> Any:
        for tries_left in reversed(range(_TRIES)):
            try:
                answer = self._client.post(
                    self._url, data=form, files={"file": ("speech.wav", sound, "audio/wav")}
                )
                answer.raise_for_status()
                return answer.json()
            except httpx.HTTPError as error:
                refused = (
                    isinstance(error, httpx.HTTPStatusError)
                    and error.response.status_code < 500
                    and error.response.status_code != 429
                )
                if refused or not tries_left:
                    raise
            time.sleep(self._pause)
        raise AssertionError


class FallbackHearer:
    """A `PackHearer`: the service, and what `load` makes for each pack that it does not hear.

    Without `load` nobody hears those; Unavailable is raised.
    """

    def __init__(self, service: PackHearer, load: Callable[[], PackHearer] | None) -> None:
        self._service = service
        self._load = load
        self._local: PackHearer | None = None
        for who in ("service", "local", "nobody"):
            metrics.RECOGNISED_BY.labels(who)

    def hear(self, pcm: Pcm, *, language: str, hint: str) -> Sequence[HeardSegment]:
        """See `PackHearer.hear`. Raises Unavailable where neither can."""
        try:
            try:
                found = self._service.hear(pcm, language=language, hint=hint)
            except Unavailable as error:
                local = self._own(error)
                found = local.hear(pcm, language=language, hint=hint)
                metrics.RECOGNISED_BY.labels("local").inc()
            else:
                metrics.RECOGNISED_BY.labels("service").inc()
        except Exception:
            metrics.RECOGNISED_BY.labels("nobody").inc()
            raise
        return found

    def _own(self, error: Unavailable) -> PackHearer:
        """Raises `error`, the service's, where there is no model here."""
        if self._local is None:
            if self._load is None:
                raise error
            log.warning("speech.fallback.loading", reason=error.message)
            self._local = self._load()
        return self._local


def heard_in(answer: Any) -> list[HeardSegment]:
    """A `verbose_json` answer, its words put to their segments by time. Raises ValueError,
    KeyError or TypeError where it is none."""
    segments = answer["segments"] or []
    words: list[list[HeardWord]] = [[] for _ in segments]
    starts = [float(s["start"]) for s in segments]
    for word in answer.get("words") or []:
        start, end = float(word["start"]), float(word["end"])
        middle = (start + end) / 2
        at = max((n for n, begin in enumerate(starts) if begin <= middle), default=0)
        if at < len(segments):
            odds = word.get("probability")
            certain = math.exp(min(0.0, float(segments[at].get("avg_logprob", 0.0))))
            words[at].append(
                HeardWord(f" {word['word'].strip()}", start, end, float(odds or certain))
            )
    return [
        HeardSegment(
            text=str(segment["text"]),
            start=starts[n],
            end=float(segment["end"]),
            log_probability=float(segment.get("avg_logprob", 0.0)),
            no_speech=float(segment.get("no_speech_prob", 0.0)),
            words=tuple(words[n]),
        )
        for n, segment in enumerate(segments)
    ]


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"status {error.response.status_code}"
    return type(error).__name__
