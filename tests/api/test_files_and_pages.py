"""The built pages, and files behind signed links."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from interviewer.api.app import create_app
from interviewer.api.deps import ApiConfig, Services
from interviewer.storage.blobs import LocalBlobs, open_blobs
from tests.api.bodies import created, invited
from tests.api.conftest import ORIGIN, SECRET, World
from tests.fakes.jobs import FakeJobQueue
from tests.fakes.live import FakeLive
from tests.fakes.voices import FakeSynthesizer

HTML = {"Accept": "text/html"}


def build(world: World) -> None:
    """What `npm run build` leaves."""
    web: Path = world.app.state.config.web_dir
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html><title>Interview</title>")
    (web / "assets" / "index-abc123.js").write_text("export {}")
    (web / "favicon.svg").write_text("<svg/>")


async def test_every_address_gets_the_page_with_a_true_status(
    api: httpx.AsyncClient, page: httpx.AsyncClient, world: World
) -> None:
    build(world)
    interview_id = await invited(api, await created(api))
    for path, status in (
        ("/", 200),
        ("/review", 200),
        ("/review/postings/12345678", 200),
        (f"/cloudmetrics/i/{interview_id}", 200),
        (f"/rival/i/{interview_id}", 404),
        ("/cloudmetrics/i/0123456789ABCDEF", 404),
        ("/cloudmetrics/sales-representative-mid-market", 200),
        ("/cloudmetrics/nothing", 404),
        ("/nobody/nothing", 404),
        ("/nothing", 404),
    ):
        answer = await page.get(path, headers=HTML)
        assert answer.status_code == status, path
        assert "<title>Interview</title>" in answer.text
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-eval'" not in policy.replace("wasm-unsafe-eval'", "")
        assert "microphone=(self)" in answer.headers["permissions-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    script = await page.get("/assets/index-abc123.js")
    assert script.status_code == 200
    assert "immutable" in script.headers["cache-control"]
    assert (await page.get("/favicon.svg")).text == "<svg/>"
    for outside in ("/assets/../index.html/../../x", "/assets/%2e%2e/%2e%2e/pyproject.toml"):
        assert (await page.get(outside)).status_code == 404


async def test_without_a_build_the_page_says_so(page: httpx.AsyncClient) -> None:
    answer = await page.get("/review", headers=HTML)
    assert answer.status_code == 503
    assert "not built" in answer.text


@pytest.fixture
async def files(
    world: World, tmp_path: Path
) -> AsyncIterator[tuple[httpx.AsyncClient, LocalBlobs]]:
    """A client of a service whose blobs are real files."""
    blobs = open_blobs(
        f"file://{tmp_path / 'blobs'}", public_url=ORIGIN, secret=SECRET, clock=world.clock
    )
    assert isinstance(blobs, LocalBlobs)
    services = Services(
        store=world.store,
        blobs=blobs,
        jobs=FakeJobQueue(),
        live=FakeLive(),
        synthesizer=FakeSynthesizer(),
        verify_blob_url=blobs.verify,
        clock=world.clock,
    )
    app = create_app(services, ApiConfig(public_url=ORIGIN, session_secret=SECRET.encode()))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield client, blobs


async def test_signed_links_give_ranges(
    files: tuple[httpx.AsyncClient, LocalBlobs], world: World
) -> None:
    client, blobs = files
    await blobs.put("interviews/A/video.mp4", bytes(range(256)))
    url = await blobs.signed_url(
        "interviews/A/video.mp4", expires_in=timedelta(hours=1), filename="Aïsha.mp4"
    )
    whole = await client.get(url)
    assert whole.status_code == 200
    assert whole.content == bytes(range(256))
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["content-disposition"].startswith("inline; filename")
    assert whole.headers["x-content-type-options"] == "nosniff"
    part = await client.get(url, headers={"Range": "bytes=10-19"})
    assert part.status_code == 206
    assert part.content == bytes(range(10, 20))
    assert part.headers["content-range"] == "bytes 10-19/256"
    assert (await client.get(url, headers={"Range": "bytes=999-"})).status_code == 416
    assert (await client.head(url)).headers["content-length"] == "256"
    for forged in (
        url.replace("video.mp4", "audio.mp3", 1),
        url.replace("expires=", "expires=9"),
        url[:-4] + "0000",
        url.partition("?")[0],
    ):
        answer = await client.get(forged)
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "bad_signature"
    world.clock.now += 3601
    assert (await client.get(url)).json()["error"]["code"] == "url_expired"


async def test_what_could_run_is_only_downloaded(
    files: tuple[httpx.AsyncClient, LocalBlobs],
) -> None:
    client, blobs = files
    await blobs.put("interviews/A/resume/resume.txt", b"<script>alert(1)</script>")
    url = await blobs.signed_url("interviews/A/resume/resume.txt", expires_in=timedelta(hours=1))
    answer = await client.get(url)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
