"""Sending one request to a host that we have no reason to trust.

The connection goes to an address that was vetted a moment before, not to a name that could mean
another one by then; certificates are still checked against the name. Redirects are not
followed, proxies and cookies unknown, and of the answer only the beginning is read.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import SOCK_STREAM
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from interviewer.domain.addresses import is_allowed, unfit_url
from interviewer.domain.webhooks import Attempt, Outcome

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""A host's name or address, and a port, to addresses. Raises OSError."""

TIMEOUT = 15.0
"""Seconds until the answer's status must be there, looking up the name included."""
CONNECT_TIMEOUT = 5.0
MOST_ADDRESSES = 3
BODY_SECONDS = 2.0
BODY_BYTES = 2048
KEPT_CHARACTERS = 1000


class AddressRefused(Exception):
    """The host stands for no address that we connect to."""


async def resolve(host: str, port: int) -> Sequence[Address]:
    """Ask the system."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
    return [ip_address(info[4][0]) for info in found]


class Courier:
    """`allow_loopback`: this machine may be delivered to, over http too; for development."""

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        timeout: float = TIMEOUT,
        resolve: Resolve = resolve,
        network: httpcore.AsyncNetworkBackend | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._timeout = timeout
        self._backend = _VettedBackend(
            resolve, network or httpcore.AnyIOBackend(), allow_loopback=allow_loopback
        )
        self._ssl_context = ssl_context or httpx.create_ssl_context()

    async def send(self, url: str, headers: Mapping[str, str], body: bytes, at: float) -> Attempt:
        """POST it. Never raises for what the other side does."""
        # Once more: what loopback was allowed for may be forbidden by now.
        unfit = unfit_url(url, allow_loopback=self._allow_loopback)
        if unfit is not None:
            return Attempt(outcome="forbidden", at=at, error=unfit)
        try:
            return await self._exchange(url, headers, body, at)
        except (TimeoutError, httpcore.TimeoutException):
            return Attempt(outcome="timeout", at=at, error=f"No answer in {self._timeout:g} s.")
        except AddressRefused:
            text = "The host's address is not a public one."
            return Attempt(outcome="forbidden", at=at, error=text)
        except (OSError, UnicodeError, httpcore.NetworkError, httpcore.ProtocolError) as error:
            return Attempt(outcome="unreachable", at=at, error=_in_words(error))

    async def _exchange(
        self, url: str, headers: Mapping[str, str], body: bytes, at: float
    ) -> Attempt:
        parts = urlsplit(url)
        request = httpcore.Request(
            "POST",
            url,
            headers=[
                ("Host", parts.netloc),
                ("Content-Length", str(len(body))),
                *headers.items(),
            ],
            content=body,
            extensions={"sni_hostname": (parts.hostname or "").removesuffix(".")},
        )
        async with httpcore.AsyncConnectionPool(
            ssl_context=self._ssl_context, network_backend=self._backend, retries=0
        ) as pool:
            async with asyncio.timeout(self._timeout):
                response = await pool.handle_async_request(request)
            try:
                beginning = await _beginning(response)
            finally:
                await response.aclose()
        return Attempt(
            outcome=_outcome(response.status),
            at=at,
            response_status=response.status,
            response_body=beginning.decode(errors="replace")[:KEPT_CHARACTERS],
            error="Redirects are not followed." if 300 <= response.status < 400 else None,
        )


async def _beginning(response: httpcore.Response) -> bytes:
    """Of the body, as far as it comes in time. Whether it does is no part of the outcome."""
    data = bytearray()
    with suppress(TimeoutError, httpcore.NetworkError, httpcore.ProtocolError, OSError):
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in response.aiter_stream():
                data += chunk
                if len(data) >= BODY_BYTES:
                    break
    return bytes(data[:BODY_BYTES])


def _outcome(status: int) -> Outcome:
    return "succeeded" if 200 <= status < 300 else "refused"


def _in_words(error: Exception) -> str:
    cause = error.__cause__ or error.__context__ or error
    if isinstance(cause, ssl.SSLError):
        return f"TLS failed: {getattr(cause, 'verify_message', '') or cause.reason or 'no reason'}."
    if isinstance(error, httpcore.ProtocolError):
        return "The answer was not HTTP."
    if isinstance(error, (httpcore.ReadError, httpcore.WriteError)):
        return "The connection broke."
    if isinstance(error, httpcore.ConnectError):
        return "The connection was not accepted."
    return "The host's name was not found."


class _VettedBackend(httpcore.AsyncNetworkBackend):
    """Looks a name up once, vets what it stands for, and connects to just that."""

    def __init__(
        self, resolve: Resolve, network: httpcore.AsyncNetworkBackend, *, allow_loopback: bool
    ) -> None:
        self._resolve = resolve
        self._network = network
        self._allow_loopback = allow_loopback

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - ours holds
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises AddressRefused, OSError, httpcore.ConnectError, httpcore.ConnectTimeout."""
        found = dict.fromkeys(await self._resolve(host, port))
        allowed = [a for a in found if is_allowed(a, allow_loopback=self._allow_loopback)]
        if not allowed:
            raise AddressRefused
        *others, last = allowed[:MOST_ADDRESSES]

        async def connect(address: Address) -> httpcore.AsyncNetworkStream:
            return await self._network.connect_tcp(
                str(address),
                port,
                timeout=CONNECT_TIMEOUT,
                local_address=local_address,
                socket_options=socket_options,
            )

        for address in others:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await connect(address)
        return await connect(last)
