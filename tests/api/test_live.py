"""Connecting over HTTP, and events over a real WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.api.bodies import consented, created, invited, short_posting
from tests.api.conftest import World, serving

OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
SDP = {"Content-Type": "application/sdp"}


async def ready(api: httpx.AsyncClient, page: httpx.AsyncClient) -> str:
    interview_id = await invited(api, await created(api, short_posting()))
    await consented(page, interview_id)
    return interview_id


def connect_url(interview_id: str) -> str:
    return f"/api/candidate/interviews/{interview_id}/connect"


async def test_connect_answers_where_to_go(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    interview_id = await ready(api, page)
    body = (await page.post(connect_url(interview_id))).json()
    (call,) = world.live.calls.values()
    path = f"/api/candidate/connections/{call.connection.id}"
    assert body == {
        "transport": "webrtc",
        "sdp_url": f"{path}/sdp",
        "events_url": f"ws://interviews.test{path}/events",
        "ice_servers": [{"urls": "stun:stun.test:3478"}],
    }
    assert (await page.get(f"/api/candidate/interviews/{interview_id}")).json()["data"]["progress"][
        "live"
    ] is True
    room = (await page.post(connect_url(interview_id), json={"transport": "livekit"})).json()
    assert room["transport"] == "livekit"
    assert (room["url"], room["token"]) == ("wss://livekit.test", "token")
    assert room["events_url"].startswith("ws://")


async def test_a_typed_interview_needs_events_only(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    interview_id = await ready(api, page)
    body = (await page.post(connect_url(interview_id), json={"transport": "text"})).json()
    (call,) = world.live.calls.values()
    path = f"/api/candidate/connections/{call.connection.id}"
    assert body == {"transport": "text", "events_url": f"ws://interviews.test{path}/events"}


async def test_a_second_browser_is_told_and_may_take_over(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    interview_id = await ready(api, page)
    assert (await page.post(connect_url(interview_id))).status_code == 200
    assert (await page.post(connect_url(interview_id), json={})).status_code == 200
    async with world.client() as other:
        refused = await other.post(connect_url(interview_id))
        assert refused.status_code == 409
        assert refused.json()["error"]["code"] == "already_connected"
        taken = await other.post(connect_url(interview_id), json={"takeover": True})
        assert taken.status_code == 200
    unusable: list[Any] = [{"takeover": "yes"}, {"transport": "pigeon"}, {"surprise": 1}, []]
    for body in unusable:
        assert (await page.post(connect_url(interview_id), json=body)).status_code == 422
    assert (await page.post(connect_url("0123456789ABCDEF"))).status_code == 404


async def test_an_offer_is_answered_as_whip_says(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    interview_id = await ready(api, page)
    sdp_url = (await page.post(connect_url(interview_id))).json()["sdp_url"]
    answer = await page.post(sdp_url, content=OFFER, headers=SDP)
    assert answer.status_code == 201
    assert answer.headers["content-type"].startswith("application/sdp")
    assert answer.headers["location"] == sdp_url
    assert answer.text.startswith("v=0")
    (call,) = world.live.calls.values()
    assert call.offers == [OFFER]
    typed = await page.post(sdp_url, json={"sdp": OFFER})
    assert typed.status_code == 415
    for nonsense in ("", "hello", "\x00", "v=0" + "x" * 300_000):
        refused = await page.post(sdp_url, content=nonsense, headers=SDP)
        assert refused.status_code == 422
    assert (await page.delete(sdp_url)).status_code == 200
    assert (await page.delete(sdp_url)).status_code == 404
    assert (await page.post(sdp_url, content=OFFER, headers=SDP)).status_code == 404


@pytest.fixture
async def served(world: World) -> AsyncIterator[str]:
    """The service on a real socket: `http://127.0.0.1:port`."""
    async with serving(world.app) as origin:
        yield origin


async def events_url(world: World, served: str) -> str:
    async with world.client(world.key) as api, httpx.AsyncClient(base_url=served) as page:
        interview_id = await ready(api, page)
        answer = (await page.post(connect_url(interview_id))).json()
    assert answer["events_url"].startswith(served.replace("http", "ws"))
    return str(answer["events_url"])


async def heard(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(5):
        message = json.loads(await socket.recv())
    assert isinstance(message, dict)
    return message


async def test_messages_go_both_ways(world: World, served: str) -> None:
    async with open_socket(await events_url(world, served)) as socket:
        assert await heard(socket) == {"type": "state", "state": "connecting", "at": 0.0}
        (call,) = world.live.calls.values()
        await call.outbox.put({"type": "transcript", "text": "Grüß Gott 🙂"})
        assert (await heard(socket))["text"] == "Grüß Gott 🙂"
        await socket.send(json.dumps({"type": "typed_answer", "text": "I did."}))
        for nonsense in ("{", "[]", '"hi"', '{"type": 1}', '{"type": "sing"}', "x" * 70_000, b"\0"):
            await socket.send(nonsense)
            notice = await heard(socket)
            assert (notice["type"], notice["code"]) == ("notice", "invalid_message")
        assert call.received == [{"type": "typed_answer", "text": "I did."}]
        await call.outbox.put({"type": "ended", "reason": "completed", "redirect_url": None})
        await call.outbox.put(None)
        assert (await heard(socket))["type"] == "ended"
        with pytest.raises(ConnectionClosed) as closed:
            await heard(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1000


async def test_an_unknown_connection_is_refused(world: World, served: str) -> None:
    url = served.replace("http", "ws") + "/api/candidate/connections/nothing/events"
    with pytest.raises(InvalidStatus) as refused:
        async with open_socket(url):
            pass
    assert refused.value.response.status_code == 404
    assert json.loads(refused.value.response.body or b"")["error"]["code"] == "not_found"


async def test_a_flood_is_cut_off(world: World, served: str) -> None:
    async with open_socket(await events_url(world, served)) as socket:
        await heard(socket)
        for _ in range(200):
            await socket.send('{"type": "repeat"}')
        with pytest.raises(ConnectionClosed) as closed:
            await heard(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
    (call,) = world.live.calls.values()
    assert len(call.received) <= 80


async def test_a_page_that_goes_leaves_the_call_up(world: World, served: str) -> None:
    url = await events_url(world, served)
    async with open_socket(url) as socket:
        await heard(socket)
    (call,) = world.live.calls.values()
    async with open_socket(url) as socket:
        assert (await heard(socket))["state"] == "connecting"
        await call.outbox.put({"type": "state", "state": "listening"})
        assert (await heard(socket))["state"] == "listening"
