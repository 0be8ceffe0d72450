"""One call inside this process: the service's peer and a candidate's, over real UDP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from interviewer.media.peer_io import PeerIO
from interviewer.rehearsal.peer import CandidatePeer


@dataclass
class Call:
    peer: PeerIO
    candidate: CandidatePeer


@pytest.fixture
async def call() -> AsyncIterator[Callable[..., Awaitable[Call]]]:
    """`await call(**settings of PeerIO)` answers a connected call; all are hung up at the end."""
    async with AsyncExitStack() as stack:

        async def connect(**settings: Any) -> Call:
            peer = PeerIO(**settings)
            candidate = CandidatePeer(keep_sound=True)
            stack.push_async_callback(peer.close)
            stack.push_async_callback(candidate.close)
            await candidate.accept(await peer.answer(await candidate.offer()))
            await peer.connected.wait()
            await candidate.connected.wait()
            return Call(peer, candidate)

        yield connect
