"""docs/kubernetes.md: its commands, run by a real kubectl if they need no cluster, and compared with the manifests."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.deployment.compose_files import UNUSED
from tests.support.deployment.manifests import PODS, every, kustomize, named, settings
from tests.support.documents import block_of
from tests.support.programs.shell import Shell
from tests.support.service.metric_names import exposed
from tools.programs import ROOT

REAL = Path(sys.executable).with_name("kubectl")
KUBECTL = f"""
printf '%s\\n' "$*" >>calls
case "$*" in
    kustomize*) exec "{REAL}" "$@" ;;
    create* | *" create secret "*) echo ---; exec "{REAL}" "$@" --dry-run=client -o yaml ;;
esac
"""
"""Runs commands that need no cluster, and records all calls."""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A checkout, with a docker that only records its calls."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    return Shell(tmp_path, {"kubectl": KUBECTL, "docker": 'printf "%s\\n" "$*" >>calls'})


def calls(shell: Shell) -> list[list[str]]:
    return [shlex.split(line) for line in (shell.folder / "calls").read_text().splitlines()]


def assert_named_resources_exist(shell: Shell) -> None:
    """Check that the example has the namespaces and resources of the calls, and that the modules exist."""
    for words in calls(shell):
        assert words[0] != "-n" or words[1] in every("Namespace")
        for kind, name in re.findall(r"(deployment|job|service)/(\S+)", " ".join(words)):
            assert name in every(kind.title())
        if "--" in words:
            python, option, module, *_ = words[words.index("--") + 1 :]
            assert (python, option, bool(find_spec(module))) == ("python3", "-m", True)


def images() -> set[str]:
    return {container["image"] for pod in PODS.values() for container in pod["spec"]["containers"]}


def test_the_images_are_those_of_the_example(shell: Shell) -> None:
    shell.run(block_of("Kubernetes: images"), {})
    builds, pushes = calls(shell)[::2], calls(shell)[1::2]
    stages = re.findall(r"^FROM .* AS (\w+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    targets = [words[2] for words in builds]
    assert builds == [
        ["build", "--target", one, "--tag", push[1], "."] for one, push in zip(targets, pushes, strict=True)
    ]
    assert set(targets) <= set(stages)
    assert {words[1] for words in pushes} == images()


def test_the_secrets_are_those_of_the_settings(shell: Shell) -> None:
    namespace, secret = yaml.safe_load_all(shell.run(block_of("Kubernetes: secrets"), {}))
    assert namespace["metadata"]["name"] in every("Namespace")
    volumes: list[dict[str, Any]] = PODS["api"]["spec"]["volumes"]
    assert secret["metadata"]["name"] in [one["secret"]["secretName"] for one in volumes if "secret" in one]
    assert set(secret["data"]) == {key.removesuffix("_FILE").lower() for key in settings() if key.endswith("_FILE")}
    assert {name for name, text in secret["data"].items() if not text} == UNUSED - {
        "metrics_token",
        "redis_metrics_password",
    }


def test_an_overlay_in_another_folder_is_installed(shell: Shell) -> None:
    shell.run(block_of("Kubernetes: a folder of ours"), {})
    documents = list(yaml.safe_load_all(shell.run(block_of("Kubernetes: install"), {})))
    assert len(documents) == sum(len(every(kind)) for kind in {one["kind"] for one in documents})
    [applied] = [words[2] for words in calls(shell) if words[:2] == ["apply", "-k"]]
    assert applied == calls(shell)[0][1]
    shell.run(block_of("Kubernetes: another version"), {})
    assert calls(shell)[-1] == ["apply", "-k", applied]
    [deleted] = [words[4] for words in calls(shell) if words[2:4] == ["delete", "job"]]
    assert deleted in every("Job")
    assert_named_resources_exist(shell)


def test_the_commands_for_inspection_name_existing_resources(shell: Shell) -> None:
    shell.run(block_of("Kubernetes: a look"), {})
    *_, (*_, service, port) = calls(shell)
    assert int(port) in [one["port"] for one in every("Service")[service.split("/")[1]]["spec"]["ports"]]
    assert_named_resources_exist(shell)


def overlaid(folder: Path, patch: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the example's documents after one more patch, by kind and name."""
    shutil.copytree(ROOT / "deploy" / "kubernetes", folder, dirs_exist_ok=True)
    (folder / "example" / "ours.yaml").write_text(patch)
    whole = folder / "example" / "kustomization.yaml"
    whole.write_text(whole.read_text().rstrip() + "\n  - path: ours.yaml\n")
    documents = yaml.safe_load_all(kustomize(folder / "example"))
    return {(one["kind"], one["metadata"]["name"]): one for one in documents}


def env_of(deployment: dict[str, Any]) -> dict[str, Any]:
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container["env"]}


def test_the_patch_gives_the_filter_the_public_bucket(tmp_path: Path) -> None:
    """It changes nothing else."""
    before = named("Deployment", "storage")
    after = overlaid(tmp_path, block_of("Kubernetes: a public bucket"))["Deployment", "longshore-storage"]
    assert env_of(after) == env_of(before) | {"S3_PUBLIC_BUCKET": "longshore-public"}
    [ours], [theirs] = (one["spec"]["template"]["spec"]["containers"] for one in (before, after))
    assert ours | {"env": theirs["env"]} == theirs


def test_keda_scales_as_the_autoscaler_does() -> None:
    keda = yaml.safe_load(block_of("Kubernetes: KEDA"))["spec"]
    ours = every("HorizontalPodAutoscaler")["longshore-worker"]["spec"]
    assert (keda["minReplicaCount"], keda["maxReplicaCount"]) == (ours["minReplicas"], ours["maxReplicas"])
    assert keda["scaleTargetRef"]["name"] == named("Deployment", "worker")["metadata"]["name"]
    [trigger], [metric] = keda["triggers"], ours["metrics"]
    name, labels = re.fullmatch(r"max\((\w+)\{(.+)\}\)", trigger["metadata"]["query"]).groups()  # type: ignore[union-attr]
    assert name == metric["external"]["metric"]["name"]
    assert set(re.findall(r"(\w+)=", labels)) - {"namespace"} <= exposed()[name]
    assert trigger["metadata"]["threshold"] == metric["external"]["target"]["averageValue"]
