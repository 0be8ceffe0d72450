"""Interviews that are being held, in this process or in several."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What `connect` hands to the page. `id` is unguessable and names sdp and events paths."""

    id: str
    interview_id: str
    transport: str = "webrtc"
    ice_servers: Sequence[Mapping[str, Any]] = ()
    url: str | None = None
    token: str | None = None


class LiveInterviews(Protocol):
    """The interviews that are being held now. The only door from the API into the media."""

    async def connect(
        self,
        interview_id: str,
        *,
        browser_id: str,
        takeover: bool = False,
        transport: str | None = None,
    ) -> Connection:
        """Raises Forbidden (`consent_required`, `step_not_open`), Conflict
        (`already_connected`, `interview_over`), Gone, Unavailable (`at_capacity`)."""

    async def offer(self, connection_id: str, sdp: str) -> str:
        """SDP offer in, answer out. Raises NotFound, Invalid (`sdp`), Conflict."""

    async def hang_up(self, connection_id: str) -> None: ...

    def events(
        self, connection_id: str
    ) -> AbstractAsyncContextManager[AsyncIterator[dict[str, Any]]]:
        """The messages for this page, the current state first. Raises NotFound. Ends with
        `{"type": "ended"}` or, after a takeover, `{"type": "notice", "code": "taken_over"}`."""

    async def receive(self, connection_id: str, message: Mapping[str, Any]) -> None:
        """A message from the page. Raises Invalid for one that the contract does not know."""

    async def stop(self, interview_id: str, reason: str) -> None:
        """End it now if it is live (erasure, shutdown)."""

    def is_live(self, interview_id: str) -> bool:
        """Whether a page holds a connection to it now."""

    def live_count(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRoom:
    """An interview that a page is connected to, and the agent that holds it. Unix seconds.

    `adopted_at`: when its page connected, until that page has come and gone. `asked_at`: when an
    agent was last asked for.
    """

    interview_id: str
    connection_id: str
    browser_id: str
    wants_text: bool = False
    adopted_at: float | None = None
    agent_id: str | None = None
    agent_seen_at: float | None = None
    asked_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePage:
    """One open events socket, on whichever API process it is."""

    page_id: str
    interview_id: str
    connection_id: str
    seen_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAgent:
    """One worker that holds interviews. `slots`: how many at once; `draining`: takes no more."""

    agent_id: str
    slots: int
    holding: int = 0
    draining: bool = False
    seen_at: float = 0.0


class LiveRegistry(Protocol):
    """Who is connected to which interview, and who holds it, for all processes to see.

    An agent holds an interview by a lease: it is the holder's for as long as the holder beats.
    Times are this process's clock; the machines' clocks must agree to about a second.
    """

    async def connect(
        self, room: LiveRoom, *, takeover: bool, arrival: float, page_lost: float
    ) -> LiveRoom | None:
        """Put the room's connection in; what stood there before. Raises Conflict
        (`already_connected`) where another browser is live and `takeover` is not set: a page seen
        within `page_lost` seconds, or one that connected within `arrival` and may yet come."""

    async def room(self, interview_id: str) -> LiveRoom | None: ...
    async def room_of(self, connection_id: str) -> LiveRoom:
        """Raises NotFound for a connection that is no interview's any more."""

    async def rooms(self) -> Sequence[LiveRoom]: ...
    async def close(self, interview_id: str, *, connection_id: str | None = None) -> None:
        """Forget the room, if that connection is still the one in it; whoever holds it finds
        that it does not any more."""

    async def ask(self, interview_id: str, *, again_after: float) -> bool:
        """Whether the caller is the one to ask for an agent: nobody did for `again_after` s."""

    async def claim(self, interview_id: str, agent_id: str, *, lost_after: float) -> bool:
        """Take the lease, if nobody has it or its holder has not beaten for `lost_after` s."""

    async def release(self, interview_id: str, agent_id: str) -> None: ...
    async def beat(self, agent: LiveAgent) -> frozenset[str]:
        """A sign of life; the interviews whose leases the agent still has."""

    async def retire(self, agent_id: str) -> None: ...
    async def agents(self, *, seen_within: float) -> Sequence[LiveAgent]: ...

    async def open_page(self, page: LivePage) -> None: ...
    async def touch_page(self, page_id: str) -> None: ...
    async def close_page(self, page: LivePage) -> None: ...
    async def pages(self, *, seen_within: float) -> Sequence[LivePage]:
        """Of every interview."""

    async def tidy(self, *, older_than: float) -> None:
        """Delete pages, agents and messages that nobody has looked after for so long."""


class MessageBus(Protocol):
    """Short messages from one process to another, each read by one reader, in order.

    A message waits until it is read, so that a reader may come later or come back.
    """

    async def post(
        self, interview_id: str, topic: str, *messages: Mapping[str, Any] | None
    ) -> None:
        """Raises NotFound where there is no such interview."""

    def listen(
        self, topic: str
    ) -> AbstractAsyncContextManager[AsyncIterator[dict[str, Any] | None]]:
        """What is posted to `topic`, from the oldest that waits on."""
