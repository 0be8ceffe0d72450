"""Connecting: `…/connect`, then SDP by WHIP (RFC 9725) and events by WebSocket."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Request, Response, WebSocket, WebSocketDisconnect
from starlette.responses import JSONResponse
from starlette.websockets import WebSocketState

from interviewer.api.deps import ApiConfig, ConfigDep, NowDep, ServicesDep
from interviewer.api.errors import envelope, refusal_body, status_of
from interviewer.api.paging import unusable
from interviewer.api.routes.candidate import browser_id, remember_browser
from interviewer.api.schemas import candidate_pages as wire
from interviewer.domain.errors import InterviewerError, Invalid
from interviewer.interfaces import LiveInterviews
from interviewer.sessions.start import check_can_connect

router = APIRouter(prefix="/api/candidate", tags=["Candidate pages"])

SDP = "application/sdp"
MAX_SDP_CHARACTERS = 256 * 1024
MAX_MESSAGE_CHARACTERS = 64 * 1024
MESSAGES_PER_SECOND = 20.0
MESSAGES_AT_ONCE = 60.0
SLOW_PAGE_SECONDS = 10.0

log = structlog.get_logger()


@router.post("/interviews/{interview_id}/connect", summary="Connect to the interview")
async def connect(
    *,
    interview_id: str,
    request: Request,
    response: Response,
    services: ServicesDep,
    config: ConfigDep,
    now: NowDep,
    body: wire.Connect | None = None,
) -> wire.WebRtcConnection | wire.LiveKitConnection | wire.TextConnection:
    """The same browser takes over silently; another one gets 409 `already_connected` while the
    first is live, unless it says `takeover`."""
    asked = body or wire.Connect()
    await check_can_connect(services.store, interview_id, now)
    browser = browser_id(request)
    if browser is None:
        browser = secrets.token_urlsafe(24)
        remember_browser(response, browser, config)
    connection = await services.live.connect(
        interview_id, browser_id=browser, takeover=asked.takeover, transport=asked.transport
    )
    events_url = f"{websocket_origin(request, config)}{_path(connection.id, 'events')}"
    if connection.transport == "text":
        return wire.TextConnection(events_url=events_url)
    if connection.transport == "livekit":
        return wire.LiveKitConnection(
            url=connection.url or "", token=connection.token or "", events_url=events_url
        )
    return wire.WebRtcConnection(
        sdp_url=_path(connection.id, "sdp"),
        events_url=events_url,
        ice_servers=[dict(server) for server in connection.ice_servers],
    )


@router.post(
    "/connections/{connection_id}/sdp",
    status_code=201,
    summary="Offer media",
    response_class=Response,
    responses={201: {"description": "The answer.", "content": {SDP: {}}}},
    openapi_extra={
        "requestBody": {"required": True, "content": {SDP: {"schema": {"type": "string"}}}}
    },
)
async def post_offer(connection_id: str, request: Request, services: ServicesDep) -> Response:
    """An SDP offer in, the answer out; `Location` is where DELETE hangs up."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != SDP:
        body = envelope(415, f"The offer must be sent as {SDP}.")
        return JSONResponse(body, 415, {"Accept-Post": SDP})
    offer = (await request.body()).decode("utf-8", "replace")
    if not offer.startswith("v=0") or len(offer) > MAX_SDP_CHARACTERS:
        raise unusable("sdp", "The body is not an SDP offer.")
    answer = await services.live.offer(connection_id, offer)
    headers = {"Location": _path(connection_id, "sdp")}
    return Response(answer, 201, headers, media_type=SDP)


@router.delete("/connections/{connection_id}/sdp", summary="Hang up", response_class=Response)
async def delete_connection(connection_id: str, services: ServicesDep) -> Response:
    """The interview can be gone on with by connecting again."""
    await services.live.hang_up(connection_id)
    return Response(status_code=200)


@router.websocket("/connections/{connection_id}/events")
async def events(socket: WebSocket, connection_id: str) -> None:
    """Messages both ways, as JSON; the current state comes first."""
    live: LiveInterviews = socket.app.state.services.live
    try:
        async with live.events(connection_id) as stream:
            await socket.accept()
            await _converse(socket, live, connection_id, stream)
    except InterviewerError as refusal:
        await _deny(socket, refusal)


async def _converse(
    socket: WebSocket,
    live: LiveInterviews,
    connection_id: str,
    stream: AsyncIterator[dict[str, Any]],
) -> None:
    """Until the interview ends or the page goes; whichever is first stops the other."""
    sending = asyncio.create_task(_send_all(socket, stream))
    hearing = asyncio.create_task(_receive_all(socket, live, connection_id))
    try:
        await asyncio.wait({sending, hearing}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, hearing):
            task.cancel()
        results = await asyncio.gather(sending, hearing, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect):
            raise result


async def _send_all(socket: WebSocket, stream: AsyncIterator[dict[str, Any]]) -> None:
    try:
        async for message in stream:
            text = json.dumps(message, ensure_ascii=False)
            await asyncio.wait_for(socket.send_text(text), SLOW_PAGE_SECONDS)
    except TimeoutError:
        # A page that reads nothing must not hold the interview's messages back.
        await socket.close(1013)
        return
    await socket.close(1000)


async def _receive_all(socket: WebSocket, live: LiveInterviews, connection_id: str) -> None:
    allowance, last = MESSAGES_AT_ONCE, asyncio.get_running_loop().time()
    while True:
        text = await _next_text(socket)
        now = asyncio.get_running_loop().time()
        allowance = min(MESSAGES_AT_ONCE, allowance + (now - last) * MESSAGES_PER_SECOND) - 1
        last = now
        if allowance < 0:
            log.info("events.flooded", connection=connection_id[:6])
            await socket.close(1008, "too many messages")
            return
        try:
            await live.receive(connection_id, _parsed(text))
        except Invalid as refusal:
            notice = {"type": "notice", "code": "invalid_message", "message": refusal.message}
            await socket.send_json(notice)


async def _next_text(socket: WebSocket) -> str:
    """Raises WebSocketDisconnect."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    text = message.get("text")
    return text if isinstance(text, str) else ""


def _parsed(text: str) -> dict[str, Any]:
    """Raises Invalid."""
    if len(text) > MAX_MESSAGE_CHARACTERS:
        raise Invalid("This message is too long.")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid("This message is not JSON.") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Invalid("A message is a JSON object with a type.")
    return message


async def _deny(socket: WebSocket, refusal: InterviewerError) -> None:
    """Before the socket is open an HTTP answer tells why; afterwards only a code can."""
    opening = socket.application_state is WebSocketState.CONNECTING
    if opening and "websocket.http.response" in socket.scope.get("extensions", {}):
        body = refusal_body(refusal)
        await socket.send_denial_response(JSONResponse(body, status_of(refusal)))
    else:
        await socket.close(1008)


def websocket_origin(request: Request, config: ApiConfig) -> str:
    """`ws://host` or `wss://host`, as the page itself was reached.

    Behind a proxy that ends TLS the request looks like plain HTTP; the public URL knows better.
    """
    host = request.url.netloc
    public = urlsplit(config.public_url)
    secure = request.url.scheme == "https" or (host == public.netloc and config.is_https)
    return f"{'wss' if secure else 'ws'}://{host}"


def _path(connection_id: str, name: str) -> str:
    return f"/api/candidate/connections/{connection_id}/{name}"
