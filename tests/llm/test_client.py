"""The client against a server that speaks the OpenAI protocol, well and badly."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator
from typing import Any

import pytest

from interviewer.domain.errors import Unavailable
from interviewer.interfaces import Message
from interviewer.llm.client import ChatModel

ASK = [Message("system", "Be terse."), Message("user", "Hello?")]


class Server:
    """A chat server whose answer, delay and limits a test sets. Keeps the requests it got."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.content: str | None = "Hello there."
        self.top: list[tuple[str, float]] | None = None
        self.most_logprobs = 20
        self.status = 200
        self.delay = 0.0
        self.gap = 0.0
        self.hang_up = False
        self.url = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                (
                    int(h.split(":")[1])
                    for h in head.split("\r\n")
                    if h.lower().startswith("content-length")
                ),
                0,
            )
            body = json.loads(await reader.readexactly(length) or b"{}")
            self.requests.append(body)
            await asyncio.sleep(self.delay)
            if self.hang_up:
                return
            too_many = body.get("top_logprobs", 0) > self.most_logprobs
            status = 400 if too_many else self.status
            if body.get("stream") and status == 200:
                await self._stream(writer)
            else:
                self._send(writer, status, "application/json", json.dumps(self._answer()).encode())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    def _answer(self) -> dict[str, Any]:
        choice: dict[str, Any] = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": self.content},
        }
        if self.top is not None:
            top = [{"token": t, "logprob": math.log(p), "bytes": None} for t, p in self.top]
            choice["logprobs"] = {"content": [{**top[0], "top_logprobs": top}]}
        return {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [choice],
            "data": [],
        }

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
        )
        for word in (self.content or "").split(" "):
            delta = {"index": 0, "delta": {"content": f"{word} "}, "finish_reason": None}
            chunk = {
                "id": "1",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": "m",
                "choices": [delta],
            }
            writer.write(f"data: {json.dumps(chunk)}\n\n".encode())
            await writer.drain()
            await asyncio.sleep(self.gap)
        writer.write(b"data: [DONE]\n\n")

    def _send(self, writer: asyncio.StreamWriter, status: int, kind: str, body: bytes) -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        head += "Connection: close\r\n\r\n"
        writer.write(head.encode() + body)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    served = Server()
    listener = await asyncio.start_server(served.handle, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1"
    yield served
    listener.close()


@pytest.fixture
async def model(server: Server) -> AsyncIterator[ChatModel]:
    client = ChatModel(name="m", base_url=server.url, api_key="k")
    yield client
    await client.aclose()


async def test_a_reply_comes_back_trimmed(server: Server, model: ChatModel) -> None:
    server.content = " Hello there. \n"
    assert await model.complete(ASK, max_tokens=8, stop=("\n\n",)) == "Hello there."
    assert server.requests[0]["messages"][0] == {"role": "system", "content": "Be terse."}
    assert server.requests[0]["stop"] == ["\n\n"]


async def test_other_servers_get_no_fields_they_may_refuse(
    server: Server, model: ChatModel
) -> None:
    server.content = "Yes, clearly."
    pinned = model.on_slot(2)
    assert await pinned.complete(ASK, max_tokens=8, grammar_choices=("no", "yes")) == "yes"
    assert not {"grammar", "id_slot", "cache_prompt", "stop"} & set(server.requests[0])


async def test_our_own_server_gets_grammar_and_slot(server: Server) -> None:
    ours = ChatModel(name="m", base_url=server.url, llama_cpp=True)
    await ours.on_slot(2).complete(ASK, max_tokens=8, grammar_choices=('a "b"', "c"))
    assert server.requests[0]["grammar"] == 'root ::= "a \\"b\\"" | "c"'
    assert server.requests[0]["id_slot"] == 2
    await ours.complete(ASK, max_tokens=8)
    assert "id_slot" not in server.requests[1]
    await ours.aclose()


async def test_a_stream_comes_piece_by_piece(server: Server, model: ChatModel) -> None:
    pieces = [p async for p in model.stream(ASK, max_tokens=8)]
    assert pieces == ["Hello ", "there. "]


async def test_a_listener_may_be_slower_than_the_first_token_limit(model: ChatModel) -> None:
    pieces = []
    async for piece in model.stream(ASK, max_tokens=8, first_token_timeout=0.2):
        pieces.append(piece)
        await asyncio.sleep(0.3)
    assert len(pieces) == 2


async def test_a_late_first_token_is_unavailable(server: Server, model: ChatModel) -> None:
    server.delay = 5.0
    with pytest.raises(Unavailable):
        await anext(aiter(model.stream(ASK, max_tokens=8, first_token_timeout=0.1)))


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
async def test_every_refusal_is_unavailable(server: Server, model: ChatModel, status: int) -> None:
    server.status = status
    with pytest.raises(Unavailable):
        await model.complete(ASK, max_tokens=8)
    with pytest.raises(Unavailable):
        await anext(aiter(model.stream(ASK, max_tokens=8)))
    with pytest.raises(Unavailable):
        await model.choice_probabilities(ASK, ("yes", "no"))
    with pytest.raises(Unavailable):
        await model.ping()
    await model.warm(ASK)


async def test_a_dropped_connection_and_a_timeout_are_unavailable(
    server: Server, model: ChatModel
) -> None:
    server.hang_up = True
    with pytest.raises(Unavailable):
        await model.complete(ASK, max_tokens=8)
    server.hang_up, server.delay = False, 5.0
    with pytest.raises(Unavailable):
        await model.complete(ASK, max_tokens=8, timeout=0.1)


async def test_probabilities_are_normalised_over_the_choices(
    server: Server, model: ChatModel
) -> None:
    server.top = [("The", 0.5), ("3", 0.2), (" 3", 0.1), ("4", 0.1), ("2", 0.05)]
    odds = await model.choice_probabilities(ASK, ("1", "2", "3", "4", "5"))
    assert sum(odds.values()) == pytest.approx(1.0)
    assert odds["3"] == pytest.approx(0.3 / 0.5)
    assert odds["1"] == odds["5"] < odds["2"]


async def test_a_server_that_tells_few_probabilities_is_asked_for_fewer(
    server: Server, model: ChatModel
) -> None:
    server.top, server.most_logprobs = [("yes", 0.9), ("no", 0.1)], 5
    assert (await model.choice_probabilities(ASK, ("yes", "no")))["yes"] == pytest.approx(0.9)
    await model.choice_probabilities(ASK, ("yes", "no"))
    assert [r["top_logprobs"] for r in server.requests] == [20, 5, 5]


async def test_a_server_that_tells_none_is_taken_at_its_word(
    server: Server, model: ChatModel
) -> None:
    server.content = "4"
    odds = await model.choice_probabilities(ASK, ("1", "2", "3", "4", "5"))
    assert max(odds, key=lambda c: odds[c]) == "4"
    assert sum(odds.values()) == pytest.approx(1.0)
    server.content = "Well."
    with pytest.raises(Unavailable):
        await model.choice_probabilities(ASK, ("1", "2"))
