"""The socket between an agent and a service: answers to whom they belong, and faults named."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from interviewer.recognition.service import RecogniserService
from interviewer.speech import wire
from interviewer.speech.decode_queue import Kind
from tests.recognition.server import KEY, Scribe, scripted, serving

SOUND = np.arange(16_000, dtype=np.int16)


@pytest.fixture
def scribe() -> Scribe:
    return Scribe()


@pytest.fixture
async def url(scribe: Scribe) -> AsyncIterator[str]:
    service = scripted(scribe)
    async with serving(service) as base:
        yield f"ws{base.removeprefix('http')}{wire.PATH}"
    service.close()


@pytest.fixture
async def socket(url: str) -> AsyncIterator[ClientConnection]:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with connect(url, additional_headers=headers, proxy=None) as socket:
        yield socket


def request(number: int, kind: Kind = "final", **more: str) -> bytes:
    return wire.pack_request(wire.Request(id=number, kind=kind, pcm=SOUND, **more))


async def answer(socket: ClientConnection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), 5))
    return found


async def test_a_decode_comes_back_as_it_was_asked_for(
    socket: ClientConnection, scribe: Scribe
) -> None:
    await socket.send(request(7, prompt="What I said.", language="en", stream="s"))
    found = await answer(socket)
    assert (found["id"], found["hypothesis"]["text"]) == (7, "service final")
    assert found["hypothesis"]["seconds"] == 1.0
    kind, prompt, language, stream = scribe.asked[0]
    assert (kind, prompt, language) == ("final", "What I said.", "en")
    assert isinstance(stream, tuple)
    assert stream[1] == "s", "and whose connection it is"


async def test_many_wait_at_once_and_a_cancelled_one_is_not_answered(
    socket: ClientConnection, scribe: Scribe
) -> None:
    scribe.delay = 0.2
    for number in (1, 2, 3):
        await socket.send(request(number))
    await socket.send(wire.pack_cancel(2))
    assert {(await answer(socket))["id"] for _ in range(2)} == {1, 3}
    assert scribe.cancelled == 1


async def test_thinned_out_and_failed_are_told_apart(
    socket: ClientConnection, scribe: Scribe
) -> None:
    scribe.thinning = True
    await socket.send(request(1, "interim"))
    assert await answer(socket) == {"id": 1, "hypothesis": None}
    scribe.failing = True
    await socket.send(request(2))
    assert (await answer(socket))["error"]["code"] == "unavailable"


def tampered(audio: bytes = b"\0\0", **fields: Any) -> bytes:
    head = {"id": 5, "kind": "final", "prompt": "", "language": "", "stream": ""} | fields
    text = json.dumps(head).encode()
    return len(text).to_bytes(4, "big") + text + audio


@pytest.mark.parametrize(
    ("message", "number", "param"),
    [
        (tampered(kind="draft"), 5, "kind"),
        (tampered(prompt=["a"]), 5, "prompt"),
        (tampered(language="x" * 9000), 5, "language"),
        (tampered(stream=3), 5, "stream"),
        (tampered(audio=b""), 5, "audio"),
        (tampered(audio=b"\0"), 5, "audio"),
        (tampered(audio=bytes(32_000 * 30 + 2)), 5, "audio"),
        (tampered(id="5"), None, "id"),
        (b"\0\0\0\xffshort", None, None),
        (b"", None, None),
        ("{}", None, "cancel"),
        ("not JSON", None, "cancel"),
    ],
)
async def test_a_fault_is_named_and_the_connection_lives_on(
    socket: ClientConnection, message: bytes | str, number: int | None, param: str | None
) -> None:
    await socket.send(message)
    found = await answer(socket)
    assert (found["id"], found["error"]["param"]) == (number, param)
    await socket.send(request(9))
    assert (await answer(socket))["id"] == 9


async def test_an_id_can_be_asked_for_once_at_a_time(
    socket: ClientConnection, scribe: Scribe
) -> None:
    scribe.delay = 0.1
    await socket.send(request(1))
    await socket.send(request(1))
    assert (await answer(socket))["error"]["param"] == "id"
    assert "hypothesis" in await answer(socket)


async def test_what_a_lost_agent_waits_for_is_not_decoded(url: str, scribe: Scribe) -> None:
    scribe.delay = 30.0
    headers = {"Authorization": f"Bearer {KEY}"}
    async with connect(url, additional_headers=headers, proxy=None) as socket:
        await socket.send(request(1))
        async with asyncio.timeout(5):
            while not scribe.asked:
                await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        while not scribe.cancelled:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("key", "status"), [("Bearer wrong", 401), ("", 401)])
async def test_without_the_key_no_socket_opens(url: str, key: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(url, additional_headers={"Authorization": key}, proxy=None)
    assert refused.value.response.status_code == status


async def test_while_the_model_loads_no_socket_opens() -> None:
    async with serving(RecogniserService(model="whisper-scribe", api_key="")) as base:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws{base.removeprefix('http')}{wire.PATH}", proxy=None)
        assert refused.value.response.status_code == 503


def test_what_is_packed_is_unpacked_the_same() -> None:
    asked = wire.Request(id=3, kind="interim", pcm=SOUND, prompt="é", language="de", stream="x")
    found = wire.unpack_request(wire.pack_request(asked))
    assert np.array_equal(found.pcm, SOUND)
    assert (found.id, found.kind, found.prompt) == (3, "interim", "é")
    for broken in ("[]", '{"id": 1}', '{"id": 1, "hypothesis": {"text": "x"}}', "{"):
        with pytest.raises(ValueError, match=r"has|lacks"):
            wire.unpack_answer(broken)
