"""The LiveKit server, as the API sees it: tokens for pages, agents asked for, people shown out."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Self

import aiohttp
import structlog
from livekit import api

from interviewer.domain.errors import Unavailable

log = structlog.get_logger()

AGENT_NAME: Final = "interviewer"
# A page joins within seconds of being given its token; it keeps its place after that.
TOKEN_SECONDS: Final = 10 * 60
AGENT_TOKEN_SECONDS: Final = 6 * 3600
CALL_SECONDS: Final = 5.0


def room_name(interview_id: str) -> str:
    return f"interview-{interview_id}"


def candidate_identity(connection_id: str) -> str:
    """Names one connection in the room without giving its secret id away."""
    return f"candidate-{hashlib.sha256(connection_id.encode()).hexdigest()[:24]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SfuAccess:
    """Where the LiveKit server is, and the key pair that signs for it."""

    url: str
    api_key: str
    api_secret: str = field(repr=False)

    @property
    def page_url(self) -> str:
        """As pages are told it: they join by WebSocket, whatever scheme it was given with."""
        return "ws" + self.url[4:] if self.url.startswith("http") else self.url

    def candidate_token(self, interview_id: str, connection_id: str) -> str:
        """Lets a page join that room, publish a microphone and hear; nothing else."""
        grants = api.VideoGrants(
            room_join=True,
            room=room_name(interview_id),
            can_publish=True,
            can_publish_sources=["microphone"],
            can_subscribe=True,
            can_publish_data=False,
            can_update_own_metadata=False,
        )
        return self._token(candidate_identity(connection_id), grants, TOKEN_SECONDS)

    def agent_token(self, interview_id: str, identity: str) -> str:
        """Lets an agent join that room, speak and hear."""
        grants = api.VideoGrants(
            room_join=True,
            room=room_name(interview_id),
            can_publish=True,
            can_subscribe=True,
            can_publish_data=False,
            agent=True,
        )
        return self._token(identity, grants, AGENT_TOKEN_SECONDS, kind="agent")

    def _token(
        self,
        identity: str,
        grants: api.VideoGrants,
        seconds: int,
        *,
        kind: api.AccessToken.ParticipantKind = "standard",
    ) -> str:
        token = api.AccessToken(self.api_key, self.api_secret)
        token = token.with_identity(identity).with_kind(kind).with_grants(grants)
        return token.with_ttl(timedelta(seconds=seconds)).to_jwt()


class Sfu:
    """Calls to the LiveKit server; `async with` opens and closes the connection for them."""

    def __init__(self, access: SfuAccess) -> None:
        self.access = access
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_SECONDS))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            await self._http.close()

    @property
    def _client(self) -> api.LiveKitAPI:
        access = self.access
        return api.LiveKitAPI(
            access.url, access.api_key, access.api_secret, session=self._http, failover=False
        )

    async def dispatch(self, interview_id: str) -> None:
        """Ask for an agent in the interview's room, which is made if there is none yet.

        Raises Unavailable.
        """
        request = api.CreateAgentDispatchRequest(
            agent_name=AGENT_NAME, room=room_name(interview_id), metadata=interview_id
        )
        try:
            await self._client.agent_dispatch.create_dispatch(request)
        except (aiohttp.ClientError, TimeoutError, api.TwirpError) as error:
            raise Unavailable("The LiveKit server does not answer.", code="sfu") from error

    async def show_out(self, interview_id: str, identity: str) -> None:
        """Remove someone from the room; that they are gone already is fine."""
        request = api.RoomParticipantIdentity(room=room_name(interview_id), identity=identity)
        await self._tidy(self._client.room.remove_participant(request))

    async def close_room(self, interview_id: str) -> None:
        """Everyone out; that there is no such room is fine."""
        request = api.DeleteRoomRequest(room=room_name(interview_id))
        await self._tidy(self._client.room.delete_room(request))

    async def _tidy(self, call: Awaitable[object]) -> None:
        """Nothing depends on it: what is left behind is found to be gone by itself."""
        try:
            await call
        except api.TwirpError as error:
            if error.code != api.TwirpErrorCode.NOT_FOUND:
                log.warning("sfu.tidy.refused", code=error.code)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("sfu.tidy.failed", error_type=type(error).__name__)
