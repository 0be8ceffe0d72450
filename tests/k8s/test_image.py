"""The Dockerfile, as far as it can be checked where Docker can't run: parsed, and held against
what the code and the repository have."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
import tomllib
from functools import cache
from typing import Any

import pytest

from interviewer import models, settings
from interviewer.__main__ import _parser
from tests.k8s.rendered import ROOT, our_containers, workloads

TARGETS = ("cpu", "cuda")
LABELS = {"title", "description", "licenses", "version", "revision", "base.name"}

each_target = pytest.mark.parametrize("target", TARGETS)


@cache
def _instructions() -> list[dict[str, Any]]:
    try:
        from dockerfile_parse import DockerfileParser
    except ImportError:
        pytest.fail("dockerfile-parse is missing; `make test` installs it", pytrace=False)
    parser = DockerfileParser(path=str(ROOT / "Dockerfile"))
    known = set("FROM ARG ENV LABEL RUN COPY WORKDIR USER VOLUME EXPOSE STOPSIGNAL".split())
    known |= {"HEALTHCHECK", "ENTRYPOINT", "CMD", "COMMENT"}
    structure: list[dict[str, Any]] = parser.structure
    assert {one["instruction"] for one in structure} <= known
    return [one for one in structure if one["instruction"] != "COMMENT"]


@cache
def _stages() -> dict[str, list[tuple[str, str]]]:
    """Stage by name to its (instruction, value)s, the FROM first."""
    stages: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for one in _instructions():
        if one["instruction"] == "FROM":
            base, _, name = one["value"].partition(" AS ")
            assert name, f"FROM {base} has no name"
            stages[name] = []
        if name:
            stages[name].append((one["instruction"], one["value"]))
    return stages


def _values(target: str, instruction: str) -> list[str]:
    return [value for found, value in _stages()[target] if found == instruction]


def _pairs(target: str, instruction: str) -> dict[str, str]:
    """Of ENV or LABEL."""
    words = [word for value in _values(target, instruction) for word in shlex.split(value)]
    return dict(word.split("=", 1) for word in words)


def _arguments() -> dict[str, str]:
    """Those before the first stage, with their defaults."""
    found = {}
    for one in _instructions():
        if one["instruction"] == "FROM":
            break
        name, _, default = one["value"].partition("=")
        found[name] = default
    return found


def test_bases_are_official_short_names_pinned_by_tag() -> None:
    defaults = _arguments()
    for name, stage in _stages().items():
        base = stage[0][1].partition(" AS ")[0]
        if base in _stages():
            continue
        base = re.sub(r"\$\{(\w+)\}", lambda m: defaults[m[1]], base)
        image, _, tag = base.partition(":")
        assert image in ("python", "node", "nvidia/cuda"), name
        assert re.search(r"\d", tag), f"{name}: {base} is not pinned"


@each_target
def test_it_runs_as_a_number_that_is_not_root(target: str) -> None:
    (user,) = _values(target, "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    users = {pod["securityContext"]["runAsUser"] for _, pod in workloads("cpu")}
    assert users == {int(user.split(":")[0])}
    last = [found for found, _ in _stages()[target]]
    assert "RUN" not in last[last.index("USER") :]
    assert "COPY" not in last[last.index("USER") :]


@each_target
def test_its_variables_are_settings_and_its_commands_exist(target: str) -> None:
    given = {k: v for k, v in _pairs(target, "ENV").items() if k.startswith(settings.PREFIX)}
    loaded = settings.load(given)
    (entry,), (command,), (check,) = (
        _values(target, name) for name in ("ENTRYPOINT", "CMD", "HEALTHCHECK")
    )
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert json.loads(entry)[0] in scripts
    _parser().parse_args(json.loads(command))
    probe = json.loads(check[check.index("[") :])
    assert probe[0] in scripts
    assert _parser().parse_args(probe[1:]).command == "health"
    assert _values(target, "EXPOSE") == [f"{loaded.port} {loaded.ops_port}"]


@each_target
def test_the_pods_settings_fit_the_image(target: str) -> None:
    given = _pairs(target, "ENV")
    for overlay in ("single", "cpu", "gpu"):
        for name, container in our_containers(overlay):
            mounts = {m["mountPath"] for m in container["volumeMounts"]}
            keeps_data = container["args"] != ["recognize"]
            assert (given["INTERVIEWER_DATA_DIR"] in mounts) == keeps_data, name
            assert given["HOME"] in mounts, name
            assert given["INTERVIEWER_MODEL_DIR"] not in mounts, "the models are baked in"


@each_target
def test_it_is_labelled(target: str) -> None:
    labels = _pairs(target, "LABEL")
    assert {key.removeprefix("org.opencontainers.image.") for key in labels} == LABELS
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert labels["org.opencontainers.image.licenses"] == project["license"]
    assert f"VERSION={project['version']}" in _values(target, "ARG")


def test_the_models_are_known_and_all_that_an_interview_needs() -> None:
    (default,) = (v for v in _values("models", "ARG") if v.startswith("MODELS="))
    named = set(shlex.split(default)[0].removeprefix("MODELS=").split())
    assert named == {model.name for model in models.manifest() if not model.optional}


def test_what_is_copied_is_there_and_not_ignored() -> None:
    ignored = _ignore_rules()
    for name, stage in _stages().items():
        for _, value in (one for one in stage if one[0] == "COPY"):
            words = value.split()
            if words[0].startswith("--from="):
                assert words[0].removeprefix("--from=") in _stages(), name
                continue
            for source in words[:-1]:
                path = ROOT / source
                assert path.exists(), f"{name}: COPY {source}"
                assert not ignored(source.rstrip("/")), f".dockerignore leaves {source} out"
    for secret in (".git", "data", "tests", ".venv", "web/node_modules", "interviewer/web"):
        assert ignored(secret), f"{secret} would go to the builder"


def _ignore_rules() -> Any:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]

    def ignored(path: str) -> bool:
        result = False
        for rule in rules:
            pattern = rule.removeprefix("!")
            parents = ["/".join(path.split("/")[: n + 1]) for n in range(path.count("/") + 1)]
            if any(fnmatch.fnmatchcase(parent, pattern) for parent in parents):
                result = not rule.startswith("!")
        return result

    return ignored


def test_the_lock_that_is_installed_pins_by_hash() -> None:
    runs = " ".join(value for stage in _stages().values() for i, value in stage if i == "RUN")
    assert "--require-hashes -r lock/run.txt" in runs
    assert "npm ci" in runs
    assert not re.search(r"https?://", runs), "nothing comes from anywhere but the registries"
