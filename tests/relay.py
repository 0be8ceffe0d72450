"""A UDP relay between a candidate and the service: it can cut, lose and change its address.

It stands in both directions: the service sees the relay where the candidate would be, and the
candidate sees it where the service would be. Nothing of the kernel is needed for it.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from typing import Any

from interviewer.rehearsal.peer import CandidatePeer

Address = tuple[str, int]

_CANDIDATE = re.compile(
    r"a=candidate:(?P<head>\S+ 1 udp \d+) (?P<host>[\d.]+) (?P<port>\d+) (?P<tail>typ host.*)",
    re.IGNORECASE,
)


class UdpRelay:
    """For one call. `loss`: share of the packets that are dropped, each way; `cut`: all of them.
    `jitter`: what the candidate sends comes up to so many seconds late, each packet for itself."""

    def __init__(self, *, loss: float = 0.0, jitter: float = 0.0, seed: int = 5) -> None:
        self.loss = loss
        self.jitter = jitter
        self.cut = False
        self.carried = 0
        """Packets, both ways."""
        self._chance = random.Random(seed)
        self._candidate: Address | None = None
        self._service: Address | None = None

    async def open(self) -> None:
        self._front = await _opened(self._from_candidate)
        self._back = await _opened(self._from_service)

    def close(self) -> None:
        self._front.close()
        self._back.close()

    async def change_address(self) -> None:
        """As a router does that has forgotten the call: the service hears from another port, and
        what it sends to the one before goes nowhere."""
        self._back.close()
        self._back = await _opened(self._from_service)

    def offer(self, sdp: str) -> str:
        """The candidate's offer, as the service is to see it."""
        sdp, self._candidate = _led_by(self._back, sdp)
        return sdp

    def answer(self, sdp: str) -> str:
        """The service's answer, as the candidate is to see it."""
        sdp, self._service = _led_by(self._front, sdp)
        return sdp

    def _from_candidate(self, data: bytes, sender: Address) -> None:
        self._candidate = sender
        late = self._chance.random() * self.jitter if self.jitter else 0.0
        self._carry(data, self._back, self._service, late)

    def _from_service(self, data: bytes, sender: Address) -> None:
        self._service = sender
        self._carry(data, self._front, self._candidate)

    def _carry(
        self, data: bytes, by: asyncio.DatagramTransport, to: Address | None, late: float = 0.0
    ) -> None:
        if to is None or self.cut or self._chance.random() < self.loss:
            return
        self.carried += 1
        if late:
            asyncio.get_running_loop().call_later(late, _send, by, data, to)
        else:
            by.sendto(data, to)


class RelayedPeer(CandidatePeer):
    """A candidate's end of a call whose sound goes through an open relay, each call of it."""

    def __init__(self, relay: UdpRelay, **options: Any) -> None:
        super().__init__(**options)
        self._relay = relay

    async def offer(self) -> str:
        return self._relay.offer(await super().offer())

    async def accept(self, answer_sdp: str) -> None:
        await super().accept(self._relay.answer(answer_sdp))


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, received: Callable[[bytes, Address], None]) -> None:
        self._received = received

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._received(data, addr)


def _send(by: asyncio.DatagramTransport, data: bytes, to: Address) -> None:
    if not by.is_closing():
        by.sendto(data, to)


async def _opened(received: Callable[[bytes, Address], None]) -> asyncio.DatagramTransport:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Socket(received), local_addr=("0.0.0.0", 0)
    )
    return transport


def _led_by(transport: asyncio.DatagramTransport, sdp: str) -> tuple[str, Address]:
    """The description with the relay's address in place of its first one and without the others,
    and that one."""
    port = transport.get_extra_info("sockname")[1]
    own: Address | None = None
    lines = []
    for line in sdp.splitlines():
        if not line.startswith("a=candidate:"):
            lines.append(line)
        elif own is None and (found := _CANDIDATE.fullmatch(line)):
            own = found["host"], int(found["port"])
            lines.append(f"a=candidate:{found['head']} {found['host']} {port} {found['tail']}")
    assert own is not None, sdp
    return "\r\n".join([*lines, ""]), own
