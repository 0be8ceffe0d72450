"""The documents say what is so: settings, links, calls and examples, checked against the code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import WebSocketRoute

from interviewer import settings
from interviewer.api.app import create_app
from interviewer.api.deps import ApiConfig, Services
from interviewer.api.schemas.postings import CreatePosting
from interviewer.storage.engine import open_store
from tests.fakes.blobs import FakeBlobs
from tests.fakes.jobs import FakeJobQueue
from tests.fakes.live import FakeLive
from tests.fakes.voices import FakeSynthesizer

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCUMENTS = sorted([README, ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
METHODS = ("get", "post", "put", "patch", "delete")

Call = tuple[str, str]
"""A method in capitals and a path, of the document or of a route."""

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"/api/[^\s`\"'|)<>\\]+")
_NAMED_CALL = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/api/[^\s`\"'|)]+)")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> set[Call]:
    """Every call under `/api`; a WebSocket counts as GET."""
    folder = tmp_path_factory.mktemp("docs")
    services = Services(
        store=open_store(f"sqlite:///{folder / 'unused.db'}"),
        blobs=FakeBlobs(),
        jobs=FakeJobQueue(),
        live=FakeLive(),
        synthesizer=FakeSynthesizer(),
    )
    app = create_app(services, ApiConfig(public_url="http://docs.test", session_secret=b"x" * 16))
    paths = app.openapi()["paths"]
    found = {(m.upper(), path) for path, calls in paths.items() for m in METHODS if m in calls}
    sockets = {("GET", r.path) for r in _all_routes(app) if isinstance(r, WebSocketRoute)}
    assert sockets, "the events socket is among the routes"
    return {call for call in found | sockets if call[1].startswith("/api/")}


def _all_routes(owner: object) -> Iterator[object]:
    """Routes at any depth: FastAPI keeps an included router whole, as `original_router`."""
    for route in getattr(owner, "routes", ()):
        yield route
        yield from _all_routes(getattr(route, "original_router", route))


def test_the_readme_lists_every_setting_with_its_default_and_meaning() -> None:
    text = README.read_text()
    for variable, default, meaning in settings.describe():
        shown = f"`{default}`" if default else ""
        row = f"| `{variable}` | {shown} | {meaning} |"
        assert row in text, f"README.md lacks this row:\n{row}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_names_an_unknown_variable(document: Path) -> None:
    known = {variable for variable, _, _ in settings.describe()}
    named = set(re.findall(r"\b(?:INTERVIEWER|LIVEKIT)_[A-Z0-9_]*[A-Z0-9]\b", document.read_text()))
    assert named <= known


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_relative_links_lead_somewhere(document: Path) -> None:
    for target in _LINK.findall(document.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (document.parent / name) if name else document
        assert file.exists(), f"{target} is not there"
        if anchor:
            assert anchor in _anchors(file.read_text()), f"{target}: no such heading"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_and_call_named_exists(document: Path, routes: set[Call]) -> None:
    text = document.read_text()
    for method, path in _calls(text):
        assert any(_is((method, path), r) for r in routes), f"there is no {method} {path}"
    for path in map(_bare, _PATH.findall(text)):
        known = any(_same(path, r) or r.startswith(f"{path}/") for _, r in routes)
        assert known, f"there is no {path}"


def test_every_call_is_documented(routes: set[Call]) -> None:
    text = "\n".join(document.read_text() for document in DOCUMENTS)
    said = set(_calls(text))
    # The socket is opened by the address that `connect` answers.
    said |= {("GET", _bare(path)) for path in re.findall(r"wss?://[^/\s]+(/api/[^\s\"]+)", text)}
    missing = {route for route in routes if not any(_is(call, route) for call in said)}
    assert not missing, f"docs/integrators.md does not say: {sorted(missing)}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_json_examples_are_json(document: Path) -> None:
    for language, body in _FENCE.findall(document.read_text()):
        if language == "json":
            json.loads(body)
        for given in re.findall(r"-d '([^']*)'", body):
            json.loads(given)


def test_the_example_posting_would_be_taken() -> None:
    text = (ROOT / "docs" / "integrators.md").read_text()
    examples = [body for language, body in _FENCE.findall(text) if language == "json"]
    posting = next(body for body in examples if '"workflow"' in body)
    assert CreatePosting.model_validate_json(posting).misplaced() == []


def _anchors(text: str) -> set[str]:
    """The fragments of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _calls(text: str) -> list[Call]:
    """Calls by name (`GET /api/…`) and by curl."""
    found = [(method, _bare(path)) for method, path in _NAMED_CALL.findall(text)]
    for language, body in _FENCE.findall(text):
        lines = body.replace("\\\n", " ").splitlines() if language == "sh" else []
        for line in lines:
            path = _PATH.search(line)
            if "curl " in line and path is not None:
                given = re.search(r" -X (\w+)", line)
                method = given[1] if given else ("POST" if re.search(r" -[dF] ", line) else "GET")
                found.append((method, _bare(path[0])))
    return found


def _bare(path: str) -> str:
    return path.partition("?")[0].rstrip(".,;:/")


def _is(call: Call, route: Call) -> bool:
    return call[0] == route[0] and _same(call[1], route[1])


def _same(path: str, template: str) -> bool:
    said, parts = path.split("/"), template.split("/")
    pairs = zip(said, parts, strict=False)
    return len(said) == len(parts) and all(b.startswith("{") or a == b for a, b in pairs)
