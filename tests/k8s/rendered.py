"""The manifests as Kubernetes would get them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
OVERLAYS = ("single", "cpu", "gpu")
OURS = "interviewer"
"""The image of the service, and the name of its container everywhere."""

Manifest = dict[str, Any]


@cache
def rendered(overlay: str) -> list[Manifest]:
    """All objects of one overlay."""
    folder = ROOT / "k8s" / "overlays" / overlay
    built = subprocess.run(
        [_kustomize(), "build", folder], capture_output=True, text=True, check=False
    )
    if built.returncode != 0:
        pytest.fail(f"kustomize build {overlay}: {built.stderr.strip()}", pytrace=False)
    return [manifest for manifest in yaml.safe_load_all(built.stdout) if manifest]


@cache
def _kustomize() -> str:
    built = subprocess.run(
        [ROOT / "scripts" / "kustomize"], capture_output=True, text=True, check=False
    )
    if built.returncode != 0:
        pytest.fail((built.stderr.strip().splitlines() or ["no kustomize"])[-1], pytrace=False)
    return built.stdout.strip()


def named(overlay: str, kind: str, name: str) -> Manifest:
    return next(m for m in rendered(overlay) if m["kind"] == kind and m["metadata"]["name"] == name)


def of_kind(overlay: str, *kinds: str) -> list[Manifest]:
    return [m for m in rendered(overlay) if m["kind"] in kinds]


def workloads(overlay: str) -> Iterator[tuple[str, Manifest]]:
    """(name, pod's specification) of everything that runs."""
    for manifest in of_kind(overlay, "Deployment", "StatefulSet", "DaemonSet", "Job"):
        yield manifest["metadata"]["name"], manifest["spec"]["template"]["spec"]


def containers(overlay: str) -> Iterator[tuple[str, Manifest]]:
    """(workload's name, container)."""
    for name, pod in workloads(overlay):
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            yield name, container


def our_containers(overlay: str) -> Iterator[tuple[str, Manifest]]:
    return ((name, c) for name, c in containers(overlay) if c["name"] == OURS)


def environment(overlay: str, container: Manifest) -> dict[str, str | None]:
    """What the container's variables are; None for what only the cluster knows."""
    found: dict[str, str | None] = {}
    for source in container.get("envFrom", ()):
        assert set(source) == {"configMapRef"}, "secrets are named one by one"
        found |= named(overlay, "ConfigMap", source["configMapRef"]["name"])["data"]
    for entry in container.get("env", ()):
        found[entry["name"]] = entry.get("value")
    return found
