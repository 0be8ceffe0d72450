"""`POST /v1/audio/transcriptions`: OpenAI's shapes, and refusals that name the field."""

from __future__ import annotations

import asyncio
import io
import threading
import wave
from collections.abc import AsyncIterator
from typing import Any

import httpx
import numpy as np
import pytest
from openai import AsyncOpenAI

from interviewer.domain.errors import Unavailable
from interviewer.recognition.app import recognition_app
from interviewer.recognition.service import Pass, RecogniserService
from interviewer.recognition.uploads import MAX_FILE_BYTES
from interviewer.speech.hearing import Heard
from tests.recognition.server import KEY, Scribe, listen, scripted, serving

URL = "/v1/audio/transcriptions"
AUTHORISED = {"Authorization": f"Bearer {KEY}"}


def wav(seconds: float = 1.0, rate: int = 8_000, channels: int = 2) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.zeros(int(seconds * rate) * channels, "<i2").tobytes())
    return file.getvalue()


def client_of(service: RecogniserService) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(recognition_app(service), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://service", headers=AUTHORISED)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    service = scripted(Scribe())
    async with client_of(service) as client:
        yield client
    service.close()


async def post(client: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    form = {"model": "whisper-1", **fields}
    file = form.pop("file", ("speech.wav", wav()))
    files = {"file": file} if file else {"nothing": ("", b"")}
    data = {name: value for name, value in form.items() if value is not None}
    return await client.post(URL, data=data, files=files)


async def test_three_formats(client: httpx.AsyncClient) -> None:
    assert (await post(client)).json() == {"text": "two words"}
    text = await post(client, response_format="text")
    assert (text.text, text.headers["content-type"]) == ("two words\n", "text/plain; charset=utf-8")
    verbose = (await post(client, response_format="verbose_json", language="de-AT")).json()
    assert verbose == {
        "task": "transcribe",
        "language": "de",
        "duration": 1.0,
        "text": "two words",
        "segments": [
            {
                "id": 0,
                "start": 0.0,
                "end": 1.0,
                "text": " two words",
                "avg_logprob": -0.25,
                "no_speech_prob": 0.125,
            }
        ],
    }


async def test_words_come_where_they_are_asked_for(client: httpx.AsyncClient) -> None:
    asked = {"response_format": "verbose_json", "timestamp_granularities[]": ["word"]}
    found = (await post(client, **asked)).json()
    assert "segments" not in found
    assert found["words"][0] == {"word": "two", "start": 0.0, "end": 0.5, "probability": 0.75}


async def test_openais_own_client_understands_it() -> None:
    service = scripted(Scribe())
    async with (
        serving(service) as url,
        AsyncOpenAI(base_url=url, api_key=KEY, max_retries=0) as openai,
    ):
        assert [model.id async for model in await openai.models.list()] == ["whisper-scribe"]
        found = await openai.audio.transcriptions.create(
            model="whisper-scribe",
            file=("speech.wav", wav()),
            language="en",
            prompt=", CloudMetrics",
            response_format="verbose_json",
            timestamp_granularities=["word", "segment"],
        )
    service.close()
    assert found.text == "two words, CloudMetrics"
    assert found.words is not None
    assert [word.word for word in found.words] == ["two", "words"]


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"model": None}, 400, "model"),
        ({"model": "gpt-5"}, 404, "model"),
        ({"file": None}, 400, "file"),
        ({"file": ("speech.wav", b"RIFF, but no more of it")}, 400, "file"),
        ({"file": ("list.m3u8", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")}, 400, "file"),
        ({"file": ("empty.wav", wav(0.0))}, 400, "file"),
        ({"response_format": "srt"}, 400, "response_format"),
        ({"language": "xx"}, 400, "language"),
        ({"temperature": "2"}, 400, "temperature"),
        ({"temperature": "warm"}, 400, "temperature"),
        ({"prompt": "x" * 8001}, 400, "prompt"),
        ({"timestamp_granularities[]": "word"}, 400, "timestamp_granularities[]"),
        (
            {"timestamp_granularities[]": "letter", "response_format": "verbose_json"},
            400,
            "timestamp_granularities[]",
        ),
    ],
)
async def test_a_refusal_names_the_field(
    client: httpx.AsyncClient, fields: dict[str, Any], status: int, param: str
) -> None:
    refused = await post(client, **fields)
    error = refused.json()["error"]
    assert (refused.status_code, error["param"]) == (status, param), error
    assert error["type"] == "invalid_request_error"
    assert f"`{param}`" in error["message"]


@pytest.mark.parametrize("key", ["", "Bearer wrong", f"Basic {KEY}"])
async def test_without_the_key_nothing_is_told(client: httpx.AsyncClient, key: str) -> None:
    for method, path in (("POST", URL), ("GET", "/v1/models")):
        refused = await client.request(method, path, headers={"Authorization": key})
        assert refused.status_code == 401
        assert refused.json()["error"]["code"] == "invalid_api_key"


async def test_too_much_is_refused_before_it_is_read(client: httpx.AsyncClient) -> None:
    too_much = bytes(MAX_FILE_BYTES + (1 << 20))
    announced = await post(client, file=("speech.wav", too_much))
    assert (announced.status_code, announced.json()["error"]["param"]) == (413, "file")

    async def chunks() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(27):
            yield bytes(1 << 20)

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    counted = await client.post(URL, content=chunks(), headers=headers)
    assert (counted.status_code, counted.json()["error"]["code"]) == (413, "too_large")


async def test_sound_over_an_hour_is_refused(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interviewer.recognition.uploads.MAX_SECONDS", 2)
    refused = await post(client, file=("speech.wav", wav(3.0)))
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "too_long")


async def test_a_model_that_fails_is_worth_another_try() -> None:
    def fail(asked: Pass) -> Heard:
        raise Unavailable("The recogniser failed: out of memory")

    service = scripted(Scribe(), fail)
    async with client_of(service) as client:
        refused = await post(client)
    service.close()
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.json()["error"]["type"] == "server_error"


async def test_while_the_model_loads_it_lives_and_is_not_ready() -> None:
    service = RecogniserService(model="whisper-scribe", api_key=KEY)
    async with client_of(service) as client:
        assert (await client.get("/health")).status_code == 200
        assert (await client.get("/ready")).status_code == 503
        early = await post(client)
        assert (early.status_code, early.json()["error"]["code"]) == (503, "loading")
        service.open(Scribe(), listen, languages=("en",), passes=1)
        assert (await client.get("/ready")).status_code == 200
        assert "interviewer_decode_seconds" in (await client.get("/metrics")).text
    service.close()


async def test_unknown_paths_and_methods_have_the_same_envelope(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/nothing")).json()["error"]["code"] == "not_found"
    assert (await client.get(URL)).json()["error"]["code"] == "method_not_allowed"
    broken = await client.post(URL, content=b"x", headers={"Content-Type": "multipart/form-data"})
    assert (broken.status_code, broken.json()["error"]["code"]) == (400, "bad_request")


async def test_a_caller_who_hangs_up_leaves_the_queue() -> None:
    """What nobody waits for any more is not decoded, once the one before it is done."""
    release = threading.Event()
    heard: list[str] = []

    def slow(asked: Pass) -> Heard:
        heard.append(asked.prompt)
        release.wait(20)
        return listen(asked)

    service = scripted(Scribe(), slow)
    async with serving(service) as base, httpx.AsyncClient(headers=AUTHORISED) as client:

        async def ask(prompt: str, timeout: float) -> httpx.Response:
            return await client.post(
                f"{base}/audio/transcriptions",
                data={"model": "whisper-1", "prompt": prompt},
                files={"file": ("speech.wav", wav())},
                timeout=timeout,
            )

        first = asyncio.create_task(ask("first", 30.0))
        while not heard:
            await asyncio.sleep(0.02)
        with pytest.raises(httpx.ReadTimeout):
            await ask("second", 0.5)
        await asyncio.sleep(2.0)
        third = asyncio.create_task(ask("third", 30.0))
        await asyncio.sleep(0.5)
        release.set()
        assert (await first).status_code == 200
        assert (await third).status_code == 200
    service.close()
    assert heard == ["first", "third"]
