"""Ports that nobody has.

They lie below those that the kernel gives to outgoing connections: a port from among
those may be some connection's by the time that a server binds it, or is started again on it.
"""

from __future__ import annotations

import itertools
import random
import socket

FIRST, LAST = 20_000, 31_999
_given: set[int] = set()


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port that is free now, and that this process has not been given before."""
    return free_ports(1, kind)


def free_ports(count: int, kind: socket.SocketKind) -> int:
    """The first of `count` such ports in a row."""
    end = LAST + 2 - count
    start = random.randrange(FIRST, end)
    for first in itertools.chain(range(start, end), range(FIRST, start)):
        ports = range(first, first + count)
        if _given.isdisjoint(ports) and all(_is_free(port, kind) for port in ports):
            _given.update(ports)
            return first
    raise AssertionError(f"no {count} free ports in a row")


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
        return True
