"""The candidate's page without a page: the contract's REST, events and sound, nothing else.

One `CandidateClient` is one browser. It is the engine of rehearsals, of the end-to-end tests and
of load: hundreds fit in one process.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urljoin

import aiohttp
from aiortc import RTCIceServer

from interviewer.rehearsal.peer import CandidatePeer
from interviewer.rehearsal.room_peer import CandidateInRoom

MAX_MESSAGES: Final = 20_000


class ServiceRefused(Exception):
    """The service answered with an error. `code` and `body` are the error envelope's."""

    def __init__(self, method: str, path: str, status: int, body: Any) -> None:
        error = body.get("error", {}) if isinstance(body, Mapping) else {}
        self.status = status
        self.code = error.get("code")
        self.body = body
        super().__init__(f"{method} {path}: {status} {self.code} {error.get('message', '')}")


@dataclass(frozen=True, slots=True)
class Received:
    """A message of the events socket and when it came (`loop.time()`)."""

    at: float
    message: Mapping[str, Any]

    @property
    def type(self) -> str:
        return str(self.message.get("type"))


class CandidateClient:
    """`async with CandidateClient(base_url, interview_id) as client: await client.join()`."""

    def __init__(
        self,
        base_url: str,
        interview_id: str,
        *,
        keep_sound: bool = False,
        new_peer: Callable[..., CandidatePeer] = CandidatePeer,
    ) -> None:
        self.base_url = base_url.rstrip("/") + "/"
        self.interview_id = interview_id
        self.messages: deque[Received] = deque(maxlen=MAX_MESSAGES)
        self.on_message: Callable[[Received], None] | None = None
        self.ended: Mapping[str, Any] | None = None
        """The `ended` message, once it has come."""
        self.peer: CandidatePeer | CandidateInRoom | None = None
        self.socket_closed = asyncio.Event()
        self._keep_sound = keep_sound
        self._new_peer = new_peer
        self._changed = asyncio.Condition()
        # Cookies of a host that is an address are kept too: they tell this browser from another.
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._sdp_url: str | None = None
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def interview(self) -> dict[str, Any]:
        """What the page shows. Raises `ServiceRefused`."""
        return dict((await self._call("GET", self._path()))["data"])

    async def consent(self) -> None:
        await self._call(
            "POST", self._path("/consent"), json={"recording": True, "ai_assessment": True}
        )

    async def skip_resume(self) -> None:
        await self._call("POST", self._path("/resume/skip"))

    async def upload_resume(self, path: Path) -> None:
        form = aiohttp.FormData()
        form.add_field("file", await asyncio.to_thread(path.read_bytes), filename=path.name)
        await self._call("POST", self._path("/resume"), data=form)

    async def join(
        self, *, resume: Path | None = None, takeover: bool = False, written: bool = False
    ) -> None:
        """Everything from opening the link to being connected, as a person would click it."""
        interview = await self.interview()
        if interview["consent"]["required"] and not interview["consent"]["given"]:
            await self.consent()
        if interview["current_step"] == "resume":
            if resume is not None:
                await self.upload_resume(resume)
            else:
                await self.skip_resume()
        await self.connect(takeover=takeover, written=written)

    async def connect(
        self, *, takeover: bool = False, written: bool = False, timeout: float = 20.0
    ) -> None:
        """A media session: events first, then the call. Again after a drop: a new one.

        `written`: events only, for an interview in writing.

        Raises `ServiceRefused`, `TimeoutError` when the call does not come about.
        """
        await self._leave_call()
        body = {"takeover": takeover, **({"transport": "text"} if written else {})}
        connection = await self._call("POST", self._path("/connect"), json=body)
        connection = connection.get("data", connection)
        events_url = urljoin(self.base_url, connection["events_url"])
        self.socket_closed = asyncio.Event()
        self._socket = await self._http.ws_connect(_socket_url(events_url))
        self._reader = asyncio.create_task(self._read(self._socket), name="candidate-events")
        if written:
            return
        peer: CandidatePeer | CandidateInRoom
        if connection["transport"] == "livekit":
            peer = await self._enter_room(connection["url"], connection["token"])
        else:
            peer = await self._call_by_sdp(connection)
        async with asyncio.timeout(timeout):
            await peer.connected.wait()

    async def _enter_room(self, url: str, token: str) -> CandidateInRoom:
        room = CandidateInRoom(keep_sound=self._keep_sound)
        self.peer = room
        await room.join(url, token)
        return room

    async def _call_by_sdp(self, connection: Mapping[str, Any]) -> CandidatePeer:
        servers = [
            RTCIceServer(s["urls"], s.get("username"), s.get("credential"))
            for s in connection.get("ice_servers") or ()
        ]
        peer = self._new_peer(ice_servers=servers, keep_sound=self._keep_sound)
        self.peer = peer
        self._sdp_url = urljoin(self.base_url, connection["sdp_url"])
        answer = await self._call(
            "POST",
            self._sdp_url,
            data=await peer.offer(),
            headers={"Content-Type": "application/sdp"},
        )
        await peer.accept(answer)
        return peer

    async def send(self, type: str, **fields: Any) -> None:
        """A message from the page, e.g. `send("typed_answer", text="…")`."""
        if self._socket is None:
            raise RuntimeError("connect first")
        await self._socket.send_json({"type": type, **fields})

    async def wait_for(
        self,
        wanted: Callable[[Mapping[str, Any]], bool],
        *,
        timeout: float,
        after: float = float("-inf"),
    ) -> Received:
        """The first message later than `after` (loop time) that is `wanted`, past or to come.

        Raises `TimeoutError`.
        """
        async with asyncio.timeout(timeout), self._changed:
            while True:
                for received in self.messages:
                    if received.at > after and wanted(received.message):
                        return received
                await self._changed.wait()

    async def hang_up(self) -> None:
        """Close the call as the page does when its tab is closed in good order."""
        if self._sdp_url is not None:
            with contextlib.suppress(ServiceRefused, aiohttp.ClientError):
                await self._call("DELETE", self._sdp_url)
        await self._leave_call()

    async def close(self) -> None:
        await self._leave_call()
        await self._http.close()

    def transcript(self) -> list[dict[str, Any]]:
        """What the page shows at the end: the last text of each turn, in order of start."""
        turns: dict[str, dict[str, Any]] = {}
        for received in self.messages:
            if received.type == "transcript":
                turns[received.message["turn_id"]] = dict(received.message)
        return sorted(turns.values(), key=lambda turn: turn.get("start") or 0.0)

    def _path(self, rest: str = "") -> str:
        return f"api/candidate/interviews/{self.interview_id}{rest}"

    async def _leave_call(self) -> None:
        if self.peer is not None:
            await self.peer.close()
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        self.peer = self._socket = self._reader = self._sdp_url = None

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async for frame in socket:
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    break
                received = Received(self._loop.time(), frame.json())
                if received.type == "ended":
                    self.ended = received.message
                async with self._changed:
                    self.messages.append(received)
                    self._changed.notify_all()
                if self.on_message is not None:
                    self.on_message(received)
        finally:
            self.socket_closed.set()

    async def _call(self, method: str, path: str, **request: Any) -> Any:
        async with self._http.request(method, urljoin(self.base_url, path), **request) as answer:
            is_json = "json" in answer.headers.get("Content-Type", "")
            body = await (answer.json() if is_json else answer.text())
            if answer.status >= 400:
                raise ServiceRefused(method, path, answer.status, body)
            return body


def _socket_url(url: str) -> str:
    return "ws" + url[4:] if url.startswith("http") else url
