"""What the live recogniser tells, and whom: utterances, and callbacks about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from livekit.agents import stt
from livekit.agents.language import LanguageCode

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One recognised stretch of speech; seconds of the stream.

    `start`, `end`: where the voice began and ended. `recognised`: False if the recogniser
    failed: something was said, and we do not know what.
    """

    text: str
    start: float
    end: float
    confidence: float = 1.0
    recognised: bool = True

    def as_event(self, kind: stt.SpeechEventType, language: str) -> stt.SpeechEvent:
        """The same in LiveKit Agents' terms."""
        data = stt.SpeechData(
            language=LanguageCode(language),
            text=self.text,
            start_time=self.start,
            end_time=self.end,
            confidence=self.confidence,
        )
        return stt.SpeechEvent(type=kind, alternatives=[data])


def _nothing(*_: object) -> None:
    """A listener that is not interested."""


def notify(listener: Callable[..., None], *news: object) -> None:
    """A listener that fails must not make the recogniser deaf."""
    try:
        listener(*news)
    except Exception:
        log.exception("speech.listener.failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Called on the event loop, at once; they must not block.

    `speech_started(t)`: voice is heard from second t (within about 60 ms).
    `speech_ended(t)`: it paused; its last sample was at second t (told within about 100 ms).
    `voice(t, p)`: voice probability of the 32 ms that end at second t.
    `drafted(u)`: in a pause: what the final will be unless the speech goes on.
    `finished(u)`: the final, in order.
    """

    speech_started: Callable[[float], None] = _nothing
    speech_ended: Callable[[float], None] = _nothing
    voice: Callable[[float, float], None] = _nothing
    drafted: Callable[[Utterance], None] = _nothing
    finished: Callable[[Utterance], None] = _nothing
