"""Decoding by a recogniser service (`interviewer recognize`), over one socket for all interviews.

The connection is kept by `run`, so that no decode ever waits for one to be made. It is also the
circuit breaker: it is up once the service has decoded a piece of silence (a socket that accepts is
no model that answers), and is dropped when the service goes, stops answering pings, or fails
twice in a row; then it is tried again, at growing intervals, and nobody's words are the trial.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Hashable
from dataclasses import replace

import numpy as np
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Pcm
from interviewer.observability import metrics
from interviewer.speech import wire
from interviewer.speech.decode_queue import Kind
from interviewer.speech.hypothesis import Hypothesis

log = structlog.get_logger()

# The queue of a busy service included, and more for each second of sound: a loop in 30 s of it
# is decoded twice. A dead service is noticed sooner, by pings.
_TIMEOUT: dict[Kind, float] = {"final": 5.0, "interim": 4.0}
_TIMEOUT_PER_SECOND = 0.2
_FAILURES = 2
_OPEN_SECONDS, _PING_EVERY, _PONG_WITHIN, _CLOSE_SECONDS = 3.0, 1.0, 2.0, 1.0
_PROBE_SECONDS = 5.0
_FIRST_PAUSE, _LAST_PAUSE = 0.2, 5.0
_STEADY_SECONDS = 10.0
# Finals of this process that may wait for the socket; more wait for room.
_MOST_OUTGOING = 256


class _Lost(Exception):
    """The connection ended before the answer came."""


class RemoteDecoder:
    """A `Decoder` that asks a service; `run` keeps its connection and belongs in a task.

    `base_url`: http(s), with `/v1`. `patience`: a final waits for the service to come back until
    it has been away for so many seconds, and is then asked again; interims never wait.
    """

    def __init__(self, base_url: str, api_key: str, *, patience: float = 1.0) -> None:
        self._url = f"ws{base_url.removeprefix('http')}{wire.PATH}"
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._patience = patience
        self._up = asyncio.Event()
        self._away_since = asyncio.get_running_loop().time()
        self._sick = asyncio.Event()
        self._failures = 0
        self._ids = itertools.count()
        self._outgoing: asyncio.Queue[bytes | str] = asyncio.Queue(_MOST_OUTGOING)
        self._asked: dict[int, asyncio.Future[Hypothesis | None]] = {}
        metrics.MODEL_FAILURES.labels("recogniser", "service")

    @property
    def up(self) -> bool:
        """Whether the service decoded something over the connection that there is."""
        return self._up.is_set()

    async def reached(self) -> None:
        """Wait until the service answers."""
        await self._up.wait()

    async def decode(
        self,
        pcm: Pcm,
        *,
        kind: Kind,
        prompt: str = "",
        language: str = "",
        stream: Hashable = None,
    ) -> Hypothesis | None:
        """See `Decoder.decode`. Raises Unavailable when the service is away or too slow."""
        request = wire.Request(
            id=0, kind=kind, pcm=pcm, prompt=prompt, language=language, stream=f"{hash(stream):x}"
        )
        with metrics.DECODE.labels(kind).time():
            try:
                return await self._until_answered(request)
            except Unavailable:
                metrics.MODEL_FAILURES.labels("recogniser", "service").inc()
                raise

    async def _until_answered(self, request: wire.Request) -> Hypothesis | None:
        timeout = _TIMEOUT[request.kind] + _TIMEOUT_PER_SECOND * len(request.pcm) / 16_000
        while True:
            await self._wait_until_up(request.kind)
            try:
                async with asyncio.timeout(timeout):
                    found = await self._ask(request)
            except _Lost:
                if request.kind == "interim":
                    raise Unavailable("The recogniser service went away.") from None
            except TimeoutError:
                self._failed()
                raise Unavailable("The recogniser service took too long.") from None
            except Unavailable:
                self._failed()
                raise
            else:
                self._failures = 0
                return found

    async def _wait_until_up(self, kind: Kind) -> None:
        if self.up:
            return
        away = asyncio.get_running_loop().time() - self._away_since
        patience = self._patience if kind == "final" else 0.0
        try:
            async with asyncio.timeout(max(0.0, patience - away)):
                await self._up.wait()
        except TimeoutError:
            raise Unavailable("The recogniser service is away.") from None

    async def _ask(self, request: wire.Request) -> Hypothesis | None:
        """Over the present connection. Raises Unavailable, and _Lost where it ended."""
        request = replace(request, id=next(self._ids))
        answer: asyncio.Future[Hypothesis | None] = asyncio.get_running_loop().create_future()
        self._asked[request.id] = answer
        try:
            await self._outgoing.put(wire.pack_request(request))
            return await answer
        except asyncio.CancelledError:
            # Where there is no room for this either, the service decodes in vain.
            with contextlib.suppress(asyncio.QueueFull):
                self._outgoing.put_nowait(wire.pack_cancel(request.id))
            raise
        finally:
            self._asked.pop(request.id, None)

    def _failed(self) -> None:
        self._failures += 1
        if self._failures >= _FAILURES:
            self._sick.set()

    # --- the connection ----------------------------------------------------------------------

    async def run(self) -> None:
        """Connect, again and again, until cancelled."""
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE
        told = False
        while True:
            began = loop.time()
            was_away_since = self._away_since
            reason = await self._hold()
            if self._away_since > was_away_since:  # it was up in between
                told = False
                if loop.time() - began > _STEADY_SECONDS:
                    pause = _FIRST_PAUSE
            if not told:
                log.warning("speech.service.away", reason=reason)
                told = True
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LAST_PAUSE)

    async def _hold(self) -> str:
        """One connection, from its making to its end; why it ended."""
        self._outgoing = asyncio.Queue(_MOST_OUTGOING)
        self._sick.clear()
        self._failures = 0
        try:
            async with connect(
                self._url,
                additional_headers=self._headers,
                compression=None,
                proxy=None,
                open_timeout=_OPEN_SECONDS,
                ping_interval=_PING_EVERY,
                ping_timeout=_PONG_WITHIN,
                close_timeout=_CLOSE_SECONDS,
                max_size=wire.MAX_MESSAGE_BYTES,
            ) as socket:
                await self._serve(socket)
        except InvalidStatus as error:
            return f"refused with {error.response.status_code}"
        except (OSError, WebSocketException, ValueError, Unavailable, _Lost) as error:
            return type(error).__name__
        return "too many failures" if self._sick.is_set() else "closed"

    async def _serve(self, socket: ClientConnection) -> None:
        """Carry requests and answers until either side ends it."""
        work = [self._read(socket), self._write(socket), self._sick.wait(), self._probe()]
        tasks = [asyncio.create_task(part, name="speech.service") for part in work]
        probe = tasks.pop()
        try:
            await asyncio.wait({*tasks, probe}, return_when=asyncio.FIRST_COMPLETED)
            if probe.done():
                await probe
                self._up.set()
                log.info("speech.service.up")
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    await task
        finally:
            for task in (*tasks, probe):
                task.cancel()
            await asyncio.gather(*tasks, probe, return_exceptions=True)
            if self.up:
                # Before they are told: who asks again at once must not ask this connection.
                self._up.clear()
                self._away_since = asyncio.get_running_loop().time()
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(_Lost())

    async def _probe(self) -> None:
        """Raises Unavailable or _Lost unless the service decodes."""
        silence = wire.Request(id=0, kind="interim", pcm=np.zeros(8000, np.int16), stream="probe")
        async with asyncio.timeout(_PROBE_SECONDS):
            await self._ask(silence)

    async def _write(self, socket: ClientConnection) -> None:
        while True:
            await socket.send(await self._outgoing.get())

    async def _read(self, socket: ClientConnection) -> None:
        async for message in socket:
            number, outcome = wire.unpack_answer(str(message))
            answer = self._asked.get(number)
            if answer is None or answer.done():
                continue
            if isinstance(outcome, Unavailable):
                answer.set_exception(outcome)
            else:
                answer.set_result(outcome)
