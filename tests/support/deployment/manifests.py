"""The manifests of deploy/kubernetes, rendered by kustomize."""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from tools.programs import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
NAME, COMPONENT = "app.kubernetes.io/name", "app.kubernetes.io/component"


def kustomize(folder: Path) -> str:
    """Return the output of `kubectl kustomize` for a folder. Raises CalledProcessError where it refuses."""
    kubectl = Path(sys.executable).with_name("kubectl")
    return subprocess.run([str(kubectl), "kustomize", str(folder)], capture_output=True, text=True, check=True).stdout


@lru_cache
def rendered(name: str = "example") -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(kustomize(FOLDER / name)))


def every(kind: str, name: str = "example") -> dict[str, dict[str, Any]]:
    """The documents of a kind, by name."""
    return {one["metadata"]["name"]: one for one in rendered(name) if one["kind"] == kind}


def named(kind: str, name: str) -> dict[str, Any]:
    return every(kind)[f"longshore-{name}"]


PODS: dict[str, dict[str, Any]] = {
    one["spec"]["template"]["metadata"]["labels"][COMPONENT]: one["spec"]["template"]
    for one in [*every("Deployment").values(), *every("Job").values()]
}
"""The templates, by component."""
CONTAINERS = [
    (component, container)
    for component, pod in PODS.items()
    for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
]


def main(component: str) -> dict[str, Any]:
    """A component's container."""
    [container] = PODS[component]["spec"]["containers"]
    assert isinstance(container, dict)
    return container


@lru_cache
def settings() -> dict[str, str]:
    """The ConfigMap of the settings."""
    [found] = [one["data"] for name, one in every("ConfigMap").items() if name.startswith("longshore-settings-")]
    return dict(found)
