"""Where browsers reach us: local sockets within a port range, the public address in front.

aioice (0.13) binds any port of every address and knows no public one. `HostCandidates` takes the
place of its gathering for one connection (instance attribute `get_component_candidates`), the
rest of ICE (RFC 8445) stays aioice's.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import random
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aioice import Candidate
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import (
    Connection,
    StunProtocol,
    get_host_addresses,
    server_reflexive_candidate,
)
from aiortc import RTCIceServer

log = structlog.get_logger()

RECEIVE_BUFFER = 1 << 20


def ice_servers(configured: Sequence[Mapping[str, Any]]) -> list[RTCIceServer]:
    """The W3C shape (`urls`, `username`, `credential`) as aiortc wants it."""
    return [
        RTCIceServer(
            urls=server["urls"],
            username=server.get("username"),
            credential=server.get("credential"),
        )
        for server in configured
    ]


def default_address() -> str | None:
    """The IPv4 address that traffic to the internet leaves from; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def local_addresses() -> list[str]:
    """Every address a host candidate can have; loopback only on a machine without any other."""
    return get_host_addresses(use_ipv4=True, use_ipv6=True) or ["127.0.0.1"]


@dataclass(frozen=True, slots=True)
class HostCandidates:
    """`public_ip`: advertised in place of the address that it is translated to, port for port.

    `port_range`: first and last UDP port, both included; None leaves it to the system.
    """

    public_ip: str | None = None
    port_range: tuple[int, int] | None = None

    def install(self, connection: Connection) -> None:
        """Make `connection` gather by these rules. Call before candidates are gathered."""
        if self.public_ip is None and self.port_range is None and not _loopback_only():
            return
        standard = connection.get_component_candidates

        async def gather(
            component: int,
            addresses: list[str],  # noqa: ARG001  # aioice's choice, which this replaces
            timeout: int = 5,
        ) -> list[Candidate]:
            candidates = await self._bind(connection, component)
            if self.public_ip is None:
                candidates += await _reflexive(connection)
            # With no address of its own to bind, aioice asks the TURN server only.
            return candidates + list(await standard(component, [], timeout))

        # A method of this one connection is replaced on purpose.
        connection.get_component_candidates = gather  # type: ignore[method-assign]

    async def _bind(self, connection: Connection, component: int) -> list[Candidate]:
        candidates = []
        for address, advertised in self._addresses():
            protocol = await self._endpoint(connection, address)
            if protocol is None:
                continue
            connection._protocols.append(protocol)
            port = protocol.transport.get_extra_info("sockname")[1]
            hosts = [advertised] if advertised == address else [advertised, address]
            for preference, host in enumerate(hosts):
                candidate = Candidate(
                    foundation=candidate_foundation("host", "udp", host),
                    component=component,
                    transport="udp",
                    priority=candidate_priority(component, "host", 65535 - preference),
                    host=host,
                    port=port,
                    type="host",
                )
                candidates.append(candidate)
                if preference == 0:
                    protocol.local_candidate = candidate
        return candidates

    def _addresses(self) -> list[tuple[str, str]]:
        """(address to bind, address to advertise)."""
        if self.public_ip is None:
            return [(address, address) for address in local_addresses()]
        if self.public_ip in ("127.0.0.1", "::1", *local_addresses()):
            return [(self.public_ip, self.public_ip)]
        bound = default_address() if ipaddress.ip_address(self.public_ip).version == 4 else None
        return [(bound or local_addresses()[0], self.public_ip)]

    async def _endpoint(self, connection: Connection, address: str) -> StunProtocol | None:
        loop = asyncio.get_running_loop()
        for port in self._ports():
            try:
                transport, protocol = await loop.create_datagram_endpoint(
                    lambda: StunProtocol(connection), local_addr=(address, port)
                )
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
                log.info("media.ice.address_unusable", errno=error.errno)
                return None
            transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER
            )
            return protocol
        log.warning("media.ice.no_port", port_range=self.port_range)
        return None

    def _ports(self) -> Sequence[int]:
        if self.port_range is None:
            return [0]
        first, last = self.port_range
        return random.sample(range(first, last + 1), last + 1 - first)


async def _reflexive(connection: Connection) -> list[Candidate]:
    """What the STUN server, if there is one, sees of our IPv4 sockets (RFC 8445 §5.1.1.2)."""
    if connection.stun_server is None:
        return []
    queries = [
        asyncio.wait_for(server_reflexive_candidate(protocol, connection.stun_server), 2.0)
        for protocol in connection._protocols
        if ipaddress.ip_address(protocol.local_candidate.host).version == 4
    ]
    answers = await asyncio.gather(*queries, return_exceptions=True)
    return [answer[0] for answer in answers if not isinstance(answer, BaseException)]


def _loopback_only() -> bool:
    return local_addresses() == ["127.0.0.1"]
