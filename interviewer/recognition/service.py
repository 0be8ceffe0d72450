"""What the routes share: the loaded model, its two queues, and who may ask."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Pcm
from interviewer.recognition.errors import Refused
from interviewer.recognition.fitness import Fitness
from interviewer.speech.decode_queue import MODEL_FAILED, DecodeQueue, Kind
from interviewer.speech.decoding import Decoder
from interviewer.speech.hearing import Heard
from interviewer.speech.hypothesis import Hypothesis
from interviewer.speech.whisper import SAMPLE_RATE

_MOST_WAITING = 64
# Of sound, waiting or under way; it lies in memory as 16 and 32 bits a sample. One file may be
# longer, alone.
_MOST_SECONDS = 2 * 3600.0
# A sick model is tried on so much silence; an answer later than that is none.
_TRIAL_SECONDS: Final = 0.5
_TRIAL_TIMEOUT: Final = 3.0
# An agent waits longer than this for an answer, and then no more.
_HUNG_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One careful decode that is asked for; see `WhisperHearer.listen`."""

    pcm: Pcm
    language: str
    prompt: str
    temperature: float | None


Listen = Callable[[Pass], Heard]
"""Raises Unavailable where the model fails."""


class RecogniserService:
    """`model`: the name that it serves under. `api_key`: what callers must show; nothing if
    empty. Until `open` was called it is loading, and refuses with 503."""

    def __init__(self, *, model: str, api_key: str) -> None:
        self.model = model
        self.languages: Sequence[str] = ()
        self._api_key = api_key
        self._decoder: Decoder | None = None
        self._passes: DecodeQueue[Pass, Heard | Unavailable] | None = None
        self._seconds = 0.0
        self.fitness = Fitness()

    def open(
        self, decoder: Decoder, listen: Listen, *, languages: Sequence[str], passes: int
    ) -> None:
        """`listen`: one careful decode, blocking; `passes`: how many at once, beside the live
        ones. `languages`: codes that the model knows."""

        def listen_all(asked: Sequence[Pass]) -> list[Heard | Unavailable]:
            return [_tried(listen, one) for one in asked]

        self._passes = DecodeQueue(
            listen_all, workers=passes, max_finals=_MOST_WAITING, max_interims=1
        )
        self.languages = languages
        self._decoder = decoder

    def close(self) -> None:
        """Stop the careful decodes; what waits is refused. Blocks for what is being decoded."""
        if self._passes is not None:
            self._passes.close()

    async def unready(self) -> str:
        """Why no work should come now; nothing where it may. A model that failed time after time
        is tried again each time that this is asked."""
        if self._decoder is None:
            return "the model is still loading"
        if self.fitness.sick:
            silence = np.zeros(int(_TRIAL_SECONDS * SAMPLE_RATE), np.int16)
            try:
                async with asyncio.timeout(_TRIAL_TIMEOUT):
                    await self.decode(silence, kind="final")
            except TimeoutError:
                self.fitness.failed()
                return "the model fails"
            except Unavailable as error:
                return "the model fails" if error.code == MODEL_FAILED else error.message
        return ""

    async def decode(
        self,
        pcm: Pcm,
        *,
        kind: Kind,
        prompt: str = "",
        language: str = "",
        stream: Hashable = None,
    ) -> Hypothesis | None:
        """See `Decoder.decode`. Raises Refused (503) while it loads."""
        began = time.monotonic()
        try:
            found = await self.loaded().decode(
                pcm, kind=kind, prompt=prompt, language=language, stream=stream
            )
        except Unavailable as error:
            self._note(error)
            raise
        except asyncio.CancelledError:
            if time.monotonic() - began >= _HUNG_SECONDS:
                # Given up by who asked: it hangs, or has far too much to do. A trial will tell.
                self.fitness.failed()
            raise
        if found is not None and kind == "final":  # an interim is the easiest of its work
            self.fitness.worked()
        return found

    def loaded(self) -> Decoder:
        """Raises Refused (503) while it loads."""
        if self._decoder is None:
            raise Refused(503, "loading", "The model is still loading.")
        return self._decoder

    def _note(self, error: Unavailable) -> None:
        """A full queue is no sickness."""
        if error.code == MODEL_FAILED:
            self.fitness.failed()

    async def listen(self, asked: Pass) -> Heard:
        """Raises Refused (503) where it is loading, full, closed, or the model fails."""
        if self._passes is None:
            raise Refused(503, "loading", "The model is still loading.")
        seconds = len(asked.pcm) / SAMPLE_RATE
        if self._seconds and self._seconds + seconds > _MOST_SECONDS:
            raise Refused(503, "unavailable", "Too much sound is waiting already.")
        self._seconds += seconds
        try:
            found = await self._passes.run(asked, kind="final")
        except Unavailable as error:
            self._note(error)
            raise Refused(503, "unavailable", error.message) from error
        finally:
            self._seconds -= seconds
        if isinstance(found, Heard):
            self.fitness.worked()
            return found
        if found is None:
            raise Refused(503, "unavailable", "Nothing was decoded.")
        self._note(found)
        raise Refused(503, "unavailable", found.message)

    def check_key(self, authorization: str) -> None:
        """`authorization`: the header. Raises Refused (401)."""
        scheme, _, key = authorization.partition(" ")
        known = hmac.compare_digest(key.strip().encode(), self._api_key.encode())
        if self._api_key and not (scheme.lower() == "bearer" and known):
            raise Refused(
                401, "invalid_api_key", "`Authorization: Bearer …` is missing, or the key is wrong."
            )


def _tried(listen: Listen, asked: Pass) -> Heard | Unavailable:
    """What is raised by one of them is its own, and no fault to be logged."""
    try:
        return listen(asked)
    except Unavailable as error:
        return error
