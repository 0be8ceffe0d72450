"""The contract of `Blobs`, on local files and on an S3 server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse
from moto.server import ThreadedMotoServer

from interviewer.domain.errors import Forbidden, Invalid, NotFound, Unavailable
from interviewer.storage.blobs import ObstoreBlobs, open_blobs

SECRET = "a secret of at least sixteen characters"
KEY = "interviews/00AA/video.mp4"


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    httpx.put(f"{endpoint}/bucket").raise_for_status()
    yield endpoint
    server.stop()


@pytest.fixture(params=["file", "s3"])
async def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ObstoreBlobs]:
    if request.param == "file":
        url = f"file://{tmp_path}/blobs%20here"
        yield open_blobs(url, public_url="http://service/", secret=SECRET)
        return
    endpoint = request.getfixturevalue("s3_endpoint")
    s3 = {"endpoint": endpoint, "region": "us-east-1", "access_key_id": "a", "token": ""}
    blobs = open_blobs(
        f"s3://bucket/{tmp_path.name}/deep",
        public_url="",
        secret="",
        s3={**s3, "secret_access_key": "b"},
    )
    yield blobs


@pytest.fixture
async def client(blobs: ObstoreBlobs) -> AsyncIterator[httpx.AsyncClient]:
    """Follows signed URLs: to the service, as its API answers them, or to the S3 server."""
    app = FastAPI()

    @app.get("/blobs/{key:path}")
    async def blob(key: str, request: Request) -> FileResponse:
        file = blobs.verify(f"/blobs/{key}", request.query_params)
        return FileResponse(file.path, filename=file.filename, media_type=file.content_type)

    @app.exception_handler(Forbidden)
    async def forbidden(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({}, 403)

    mounts = {"http://service": httpx.ASGITransport(app=app)}
    async with httpx.AsyncClient(mounts=mounts) as client:
        yield client


async def test_a_blob_comes_back(blobs: ObstoreBlobs, tmp_path: Path) -> None:
    await blobs.put(KEY, b"\x00bytes\xff", content_type="video/mp4")
    assert await blobs.get(KEY) == b"\x00bytes\xff"
    await blobs.put(KEY, b"new")
    assert await blobs.get(KEY) == b"new"
    await blobs.put("empty", b"")
    assert await blobs.get("empty") == b""


async def test_files_go_in_and_out_whole(blobs: ObstoreBlobs, tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    content = bytes(range(256)) * 40_000  # 10 MB: more than one part of an upload
    source.write_bytes(content)
    await blobs.put_file(KEY, str(source), content_type="video/mp4")
    await blobs.download(KEY, str(target))
    assert target.read_bytes() == content
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == ["in", "out"]


async def test_what_is_not_there_is_not_found(blobs: ObstoreBlobs, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        await blobs.get("interviews/none")
    with pytest.raises(NotFound):
        await blobs.download("interviews/none", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()
    assert await blobs.list("interviews/none") == []
    assert await blobs.delete_prefix("interviews/none") == 0


async def test_lists_and_deletes_by_whole_segments(blobs: ObstoreBlobs) -> None:
    keys = [f"interviews/AA/camera/c1/{seq:06d}" for seq in range(12)]
    for key in [*reversed(keys), "interviews/AAA/audio.mp3", "interviews/AA/audio.mp3"]:
        await blobs.put(key, key.encode())
    assert [blob.key for blob in await blobs.list("interviews/AA/camera/c1/")] == keys
    listed = await blobs.list("interviews/AA")
    assert [blob.key for blob in listed] == ["interviews/AA/audio.mp3", *keys]
    assert listed[0].size == len(b"interviews/AA/audio.mp3")
    assert await blobs.delete_prefix("interviews/AA/") == 13
    assert await blobs.list("interviews/AA") == []
    assert await blobs.get("interviews/AAA/audio.mp3") == b"interviews/AAA/audio.mp3"


@pytest.mark.parametrize(
    "name", ["Résumé (final) #2 100%.pdf", "履歴書.pdf", "a+b&c=d?e.pdf", "..."]
)
async def test_names_that_candidates_give_their_files(
    blobs: ObstoreBlobs, client: httpx.AsyncClient, name: str
) -> None:
    key = f"interviews/00AA/resume/{name}"
    await blobs.put(key, b"%PDF")
    assert [blob.key for blob in await blobs.list("interviews/00AA")] == [key]
    assert await blobs.get(key) == b"%PDF"
    url = await blobs.signed_url(key, expires_in=timedelta(minutes=1), filename=name)
    assert (await client.get(url)).content == b"%PDF"


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a//b", ".", "a/../b", "a/./b", "a\\b", "a\nb", "\ud800", "a/b#1"]
)
async def test_keys_that_no_store_holds_are_refused(blobs: ObstoreBlobs, key: str) -> None:
    with pytest.raises(Invalid):
        await blobs.put(key, b"x")
    with pytest.raises(Invalid):
        await blobs.get(key)


async def test_nothing_is_deleted_without_a_prefix(blobs: ObstoreBlobs) -> None:
    for prefix in ("", "/"):
        with pytest.raises(Invalid):
            await blobs.delete_prefix(prefix)


async def test_puts_at_once_leave_one_of_them_whole(blobs: ObstoreBlobs) -> None:
    contents = [bytes([number]) * 200_000 for number in range(8)]
    await asyncio.gather(*(blobs.put(KEY, content) for content in contents))
    assert await blobs.get(KEY) in contents


async def test_a_signed_url_answers_with_ranges(
    blobs: ObstoreBlobs, client: httpx.AsyncClient
) -> None:
    await blobs.put(KEY, bytes(range(100)), content_type="video/mp4")
    url = await blobs.signed_url(KEY, expires_in=timedelta(minutes=5))
    whole = await client.get(url)
    assert (whole.status_code, whole.content) == (200, bytes(range(100)))
    assert whole.headers["content-type"] == "video/mp4"
    part = await client.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
    assert part.headers["content-range"] == "bytes 10-19/100"
    tail = await client.get(url, headers={"Range": "bytes=-5"})
    assert (tail.status_code, tail.content) == (206, bytes(range(95, 100)))


def local(tmp_path: Path, now: list[float]) -> ObstoreBlobs:
    url = f"file://{tmp_path}/blobs"
    return open_blobs(url, public_url="http://service", secret=SECRET, clock=lambda: now[0])


async def test_a_local_url_is_good_for_that_blob_and_time_only(tmp_path: Path) -> None:
    now = [1000.0]
    blobs = local(tmp_path, now)
    await blobs.put("a/b.txt", b"1")
    await blobs.put("a/c.txt", b"2")
    signed = await blobs.signed_url(
        "a/b.txt", expires_in=timedelta(seconds=60), filename="n.txt", content_type="text/x"
    )
    url = httpx.URL(signed)
    query = dict(url.params)
    file = blobs.verify(url.path, query)
    assert (file.path.read_bytes(), file.filename, file.content_type) == (b"1", "n.txt", "text/x")

    for changed in (
        {"expires": "99999"},
        {"filename": "evil.html"},
        {"type": "text/html"},
        {"signature": ""},
        {"signature": "é"},
    ):
        with pytest.raises(Forbidden) as refused:
            blobs.verify(url.path, {**query, **changed})
        assert refused.value.code == "bad_signature"
    with pytest.raises(Forbidden):
        blobs.verify("/blobs/a/c.txt", query)
    with pytest.raises(Forbidden):
        blobs.verify(url.path, {})

    now[0] = 1061.0
    with pytest.raises(Forbidden) as refused:
        blobs.verify(url.path, query)
    assert refused.value.code == "url_expired"


async def test_a_local_url_of_a_deleted_blob_is_not_found(tmp_path: Path) -> None:
    blobs = local(tmp_path, [0.0])
    await blobs.put("a/b.txt", b"1")
    url = httpx.URL(await blobs.signed_url("a/b.txt", expires_in=timedelta(seconds=60)))
    await blobs.delete_prefix("a")
    with pytest.raises(NotFound):
        blobs.verify(url.path, dict(url.params))


async def test_a_server_that_is_away_is_unavailable() -> None:
    s3 = {"endpoint": "http://127.0.0.1:1", "access_key_id": "a", "secret_access_key": "b"}
    blobs = open_blobs("s3://bucket", public_url="", secret="", s3=s3)
    with pytest.raises(Unavailable):
        await asyncio.wait_for(blobs.get("a"), 60)


async def test_browsers_may_reach_the_bucket_at_another_address() -> None:
    s3 = {"endpoint": "http://inside:9000", "access_key_id": "a", "secret_access_key": "b"}
    url = "s3://bucket?public_endpoint=https://outside.example"
    blobs = open_blobs(url, public_url="", secret="", s3=s3)
    signed = await blobs.signed_url("a/b", expires_in=timedelta(minutes=1))
    assert signed.startswith("https://outside.example/bucket/a/b?")
    assert "X-Amz-Signature=" in signed


@pytest.mark.parametrize(
    "url", ["", "s3://", "s3://bucket/a/../b", "ftp://x", "file://host/x", "/plain/path"]
)
def test_an_unusable_url_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        open_blobs(url, public_url="http://service", secret=SECRET)


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        open_blobs(f"file://{tmp_path}", public_url="http://service", secret="short")
