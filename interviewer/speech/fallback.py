"""Decoding by the service, and by a model of our own while the service is away.

The model is loaded at the first decode that the service did not do, not at the start: an agent
that has a service stays thin, and nothing is lost by it, as the audio waits in the decode that
failed. Loading takes about a second, once; then it stays, for a service that went may go again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

import structlog

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Pcm
from interviewer.observability import metrics
from interviewer.speech.decode_queue import Kind
from interviewer.speech.decoding import Decoder
from interviewer.speech.hypothesis import Hypothesis

log = structlog.get_logger()


class FallbackDecoder:
    """A `Decoder`: `service` first, then what `load` makes; nothing more where that is None.

    `load` blocks and is called in a thread, once at a time; it may raise Unavailable, and is
    then called again by the next decode that needs it.
    """

    def __init__(self, service: Decoder, load: Callable[[], Decoder] | None) -> None:
        self.service = service
        self._load = load
        self._local: Decoder | None = None
        self._loading: asyncio.Task[Decoder] | None = None
        for who in ("service", "local", "nobody"):
            metrics.RECOGNISED_BY.labels(who)

    async def decode(
        self,
        pcm: Pcm,
        *,
        kind: Kind,
        prompt: str = "",
        language: str = "",
        stream: Hashable = None,
    ) -> Hypothesis | None:
        """See `Decoder.decode`. Raises Unavailable where neither can."""
        try:
            try:
                found = await self.service.decode(
                    pcm, kind=kind, prompt=prompt, language=language, stream=stream
                )
            except Unavailable:
                local = await self._own()
                found = await local.decode(
                    pcm, kind=kind, prompt=prompt, language=language, stream=stream
                )
                metrics.RECOGNISED_BY.labels("local").inc()
            else:
                metrics.RECOGNISED_BY.labels("service").inc()
        except Exception:
            metrics.RECOGNISED_BY.labels("nobody").inc()
            raise
        return found

    async def _own(self) -> Decoder:
        if self._load is None:
            raise Unavailable("The recogniser service is away, and there is no model here.")
        if self._local is None:
            if self._loading is None:
                log.warning("speech.fallback.loading")
                self._loading = asyncio.create_task(asyncio.to_thread(self._load))
            loading = self._loading
            try:
                # Shielded: a draft that is cancelled does not stop what others wait for.
                self._local = await asyncio.shield(loading)
            finally:
                if loading.done():
                    self._loading = None
        return self._local
