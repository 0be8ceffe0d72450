"""A receiver of webhooks that misbehaves in every way a path can name."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

ANSWERS = {
    "/ok": b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine",
    "/empty": b"HTTP/1.1 204 No Content\r\n\r\n",
    "/fail": b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno",
    "/gone": b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n",
    "/garbage": b"SSH-2.0-OpenSSH_9.6\r\n",
    "/binary": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n\x00\xff\xfe\x1b[m",
    "/die": b"",
    "/half": b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nonly so much",
}


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`received`: every request in order, also those that got no answer. `sent`: bytes of the
    huge answer that found their way out. `modes`: paths answered as if they were another."""

    received: list[Received] = field(default_factory=list)
    modes: dict[str, str] = field(default_factory=dict)
    sent: int = 0
    port: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    busy: set[asyncio.Task[None]] = field(default_factory=set)

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.busy.add(task)
        task.add_done_callback(self.busy.discard)
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            pairs = [line.split(": ", 1) for line in head[1:] if line]
            headers = {name.lower(): value for name, value in pairs}
            body = await reader.readexactly(int(headers["content-length"]))
            path = head[0].split()[1]
            self.received.append(Received(path, headers, body))
            self.arrived.set()
            await self._answer(self.modes.get(path, path), writer)
        writer.close()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        special: dict[str, Callable[[asyncio.StreamWriter], Awaitable[None]]] = {
            "/hang": self._hang,
            "/huge": self._huge,
            "/drip": self._drip,
            "/continue": self._continue,
        }
        if path in special:
            await special[path](writer)
        elif path == "/redirect":
            where = f"http://127.0.0.1:{self.port}/redirected"
            writer.write(f"HTTP/1.1 307 Go\r\nLocation: {where}\r\n\r\n".encode())
        else:
            writer.write(ANSWERS[path])
            await writer.drain()

    async def _hang(self, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3600)

    async def _huge(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()
            self.sent += 65_536

    async def _drip(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.1)

    async def _continue(self, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in receiver.busy:
            task.cancel()
        await asyncio.gather(*receiver.busy, return_exceptions=True)
