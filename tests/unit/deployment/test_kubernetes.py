"""deploy/kubernetes, rendered by the real kustomize: checked by Kubernetes' schemas, and compared with the rest."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from service.settings import Settings
from tests.support.deployment.compose_files import SERVICES, clamd_lines, made
from tests.support.deployment.manifests import (
    COMPONENT,
    CONTAINERS,
    FOLDER,
    PODS,
    every,
    kustomize,
    main,
    named,
    rendered,
    settings,
)
from tests.support.service.metric_names import exposed
from tools.programs import ROOT

VERSIONS = ("1.30", kubernetes_validate.latest_version())
"""The version of Kubernetes whose schemas check the manifests."""
OTHERS = {"ServiceMonitor"}
"""Kinds that are not Kubernetes' own."""
IN_COMPOSE = {"web": "caddy", "storage": "caddy"}
"""Components that have another name in docker-compose.yml."""


# the schemas


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["base", "example"])
def test_every_manifest_is_valid_for_kubernetes(name: str, version: str) -> None:
    documents = rendered(name)
    assert len(documents) > 20
    for document in documents:
        if document["kind"] not in OTHERS:
            kubernetes_validate.validate(document, version, strict=True)


def change(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with something else at the path."""
    changed = copy.deepcopy(document)
    at: Any = changed
    *steps, last = path.split("/")
    for step in steps:
        at = at[int(step) if step.isdigit() else step]
    at[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec/replica", 2),
        ("spec/replicas", "two"),
        ("spec/template/spec/containers/0/livenesProbe", {}),
        ("spec/template/spec/containers/0/securityContext/readOnlyRootFileSystem", True),
        ("spec/template/spec/containers/0/resources", {"limits": [1]}),
        ("spec/template/spec/terminationGracePeriodSeconds", "5m"),
    ],
)
def test_a_typing_error_in_a_manifest_is_refused(path: str, value: Any) -> None:
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(change(named("Deployment", "worker"), path, value), VERSIONS[-1], strict=True)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(kubernetes_validate.SchemaNotFoundError):
        kubernetes_validate.validate(named("Deployment", "worker") | {"kind": "Deploy"}, VERSIONS[-1], strict=True)


def test_an_overlay_for_a_missing_resource_is_refused(tmp_path: Path) -> None:
    # kustomize takes relative paths alone
    base = Path(*[".."] * len(tmp_path.resolve().parts[1:])) / (FOLDER / "base").relative_to("/")
    (tmp_path / "kustomization.yaml").write_text(
        f"resources: [{base}]\npatches: [{{path: patch.yaml}}]\n",
    )
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: longshore-%s}\nspec: {replicas: 3}\n"
    (tmp_path / "patch.yaml").write_text(patch % "cron")
    assert "replicas: 3" in kustomize(tmp_path)
    (tmp_path / "patch.yaml").write_text(patch % "crom")
    with pytest.raises(subprocess.CalledProcessError):
        kustomize(tmp_path)


# the service's own settings and secrets


def test_the_service_starts_in_production_with_the_settings(tmp_path: Path) -> None:
    """With the secrets of deploy/make-secrets."""
    known = {field.name.upper() for field in fields(Settings)}
    assert {key.removesuffix("_FILE") for key in settings()} <= known
    made(tmp_path)
    read = {key: value.replace("/run/longshore", str(tmp_path)) for key, value in settings().items()}
    found = Settings.from_env(read)
    assert (found.env, found.login, found.trusted_proxies) == ("production", "on", 2)
    assert f"{found.clamd_url}" == "tcp://longshore-clamav:3310"


def test_the_secrets_are_those_of_compose() -> None:
    files = {key: value for key, value in settings().items() if key.endswith("_FILE")}
    assert files == {f"{name.upper()}_FILE": f"/run/longshore/{name}" for name in SERVICES["worker"]["secrets"]}
    assert every("Secret") == {}
    ours = [pod["spec"]["volumes"] for name, pod in PODS.items() if name in {"api", "worker", "cron", "migrate"}]
    assert [[one["secret"]["secretName"] for one in volumes if "secret" in one] for volumes in ours] == [
        ["longshore-secrets"]
    ] * 4


# the images, and how they are run


@pytest.mark.parametrize("component", sorted(PODS))
def test_containers_are_those_of_compose(component: str) -> None:
    compose, container = SERVICES[IN_COMPOSE.get(component, component)], main(component)
    image = container["image"].rpartition("/")[2].partition(":")[0]
    assert f"{{IMAGE_PREFIX:-}}{image}:" in compose["image"]
    if component not in IN_COMPOSE:  # these have other configurations
        assert container.get("command") == (compose.get("entrypoint") or compose.get("command"))
    limit = container["resources"]["limits"]["memory"].lower().removesuffix("i")
    assert limit == compose["mem_limit"]


@pytest.mark.parametrize("component", ["worker", "cron", "clamav"])
def test_liveness_is_composes_health_check(component: str) -> None:
    check = SERVICES[component]["healthcheck"]["test"][1:]
    container = main(component)
    assert [container[probe]["exec"]["command"] for probe in ("startupProbe", "livenessProbe")] == [check, check]


def test_liveness_of_the_api_depends_on_no_other_part() -> None:
    paths = {
        probe: main("api")[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    live, ready = "/api/health/live", "/api/health/ready"
    assert paths == {"startupProbe": live, "livenessProbe": live, "readinessProbe": ready}


def test_pods_have_time_to_shut_down() -> None:
    grace = {name: pod["spec"].get("terminationGracePeriodSeconds") for name, pod in PODS.items()}
    assert (SERVICES["worker"]["stop_grace_period"], grace["worker"]) == ("5m", 300)
    assert (SERVICES["api"]["stop_grace_period"], grace["api"]) == ("40s", 45)
    assert main("api")["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", "5"]


def test_the_pods_of_a_version_wait_for_its_migrations() -> None:
    waiting = {name: pod["spec"]["initContainers"][0] for name, pod in PODS.items() if "initContainers" in pod["spec"]}
    assert set(waiting) == {"api", "worker", "cron"}
    for name, first in waiting.items():
        assert (first["image"], first["command"][:3]) == (main(name)["image"], main("migrate")["command"])
        assert first["command"][3:] == ["--wait"]


# restrictions of containers and pods


@pytest.mark.parametrize(
    ("component", "container"), CONTAINERS, ids=lambda one: one if isinstance(one, str) else one["name"]
)
def test_containers_are_hardened(component: str, container: dict[str, Any]) -> None:
    added = {"add": ["NET_BIND_SERVICE"]} if component in IN_COMPOSE else {}
    assert container["securityContext"] == {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]} | added,
    }
    assert set(container["resources"]["limits"]) >= {"cpu", "memory"}
    assert set(container["resources"]["requests"]) >= {"cpu", "memory"}


@pytest.mark.parametrize("component", sorted(PODS))
def test_pods_are_hardened(component: str) -> None:
    spec = PODS[component]["spec"]
    context = spec["securityContext"]
    assert (context["runAsNonRoot"], context["seccompProfile"]) == (True, {"type": "RuntimeDefault"})
    assert min(context["runAsUser"], context["runAsGroup"], context["fsGroup"]) > 0
    assert (spec["automountServiceAccountToken"], spec["enableServiceLinks"]) == (False, False)
    assert every("ServiceAccount")[spec["serviceAccountName"]]["automountServiceAccountToken"] is False
    mounts = {mount["name"] for container in spec["containers"] for mount in container["volumeMounts"]}
    assert mounts == {volume["name"] for volume in spec["volumes"]}


# selectors, disruption budgets and ports


def selectors(node: Any, outside: bool = False) -> Iterator[dict[str, Any]]:
    """Every selector of our pods in a document; `outside`: one with a namespace's, which selects foreign pods."""
    if isinstance(node, list):
        for each in node:
            yield from selectors(each)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key in {"podSelector", "labelSelector"} and "namespaceSelector" not in node:
            yield value
        elif key == "selector" and isinstance(value, dict) and "queue" not in value.get("matchLabels", {}):
            yield value if set(value) & {"matchLabels", "matchExpressions"} else {"matchLabels": value}
        else:
            yield from selectors(value)


def chosen(selector: dict[str, Any]) -> set[str]:
    """The components that a selector selects."""
    found = set()
    for component, pod in PODS.items():
        labels = pod["metadata"]["labels"]
        fits = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
        lists = selector.get("matchExpressions", [])
        if fits and all(one["operator"] == "In" and labels.get(one["key"]) in one["values"] for one in lists):
            found.add(component)
    return found


@pytest.mark.parametrize("name", ["base", "example"])
def test_every_selector_selects_the_component_that_it_names(name: str) -> None:
    found = [(one["kind"], one["metadata"]["name"], each) for one in rendered(name) for each in selectors(one)]
    assert len(found) > 25
    for kind, owner, selector in found:
        wanted = {
            value for one in selector.get("matchExpressions", []) for value in one["values"] if one["key"] == COMPONENT
        } or {selector["matchLabels"].get(COMPONENT)}
        assert chosen(selector) == (set(PODS) if wanted == {None} else wanted), (kind, owner)


@pytest.mark.parametrize("name", ["api", "worker", "cron", "web", "storage"])
def test_a_disruption_leaves_one_pod(name: str) -> None:
    budget = named("PodDisruptionBudget", name)["spec"]
    assert budget == {"maxUnavailable": 1, "selector": named("Deployment", name)["spec"]["selector"]}
    scaled = every("HorizontalPodAutoscaler").get(f"longshore-{name}")
    least = scaled["spec"]["minReplicas"] if scaled else named("Deployment", name)["spec"]["replicas"]
    assert least >= 2
    assert ("replicas" in named("Deployment", name)["spec"]) != bool(scaled)


def ports(component: str) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for port in main(component).get("ports", [])}


def test_ports_are_the_same_in_manifests_and_configurations() -> None:
    services = {name: one["spec"] for name, one in every("Service").items() if "selector" in one["spec"]}
    for name, spec in services.items():
        [component] = chosen({"matchLabels": spec["selector"]})
        assert {port["targetPort"] for port in spec["ports"]} <= set(ports(component)), name
    addresses = {f"{name}:{port['port']}" for name, spec in services.items() for port in spec["ports"]}
    [api] = [one["value"] for one in main("web")["env"] if one["name"] == "API"]
    assert {api, settings()["CLAMD_URL"].removeprefix("tcp://")} <= addresses
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert f'--bind=0.0.0.0:{ports("api")["http"]}"' in dockerfile
    assert clamd_port() == str(ports("clamav")["clamd"])
    for component in IN_COMPOSE:
        configuration = ROOT / main(component)["command"][3].removeprefix("/etc/caddy/")
        assert [f"PORT:{port}}} {{" in configuration.read_text() for port in ports(component).values()] == [True, True]
    for ingress in every("Ingress").values():
        for rule in ingress["spec"]["rules"]:
            backend = rule["http"]["paths"][0]["backend"]["service"]
            assert backend["port"]["name"] in {
                port["name"] for port in every("Service")[backend["name"]]["spec"]["ports"]
            }


def clamd_port() -> str:
    text = (ROOT / "deploy" / "clamav" / "clamd.conf").read_text()
    [line] = [line for line in text.splitlines() if line.startswith("TCPSocket")]
    return line.split()[1]


# autoscaling and monitoring


def test_the_queue_scales_the_workers() -> None:
    """By an existing metric; all workers together scan no more files at a time than clamd."""
    scaler = named("HorizontalPodAutoscaler", "worker")["spec"]
    assert scaler["scaleTargetRef"]["name"] == named("Deployment", "worker")["metadata"]["name"]
    [metric] = [one["external"]["metric"] for one in scaler["metrics"]]
    assert set(metric["selector"]["matchLabels"]) <= exposed()[metric["name"]]
    [rule] = yaml.safe_load((FOLDER / "monitoring" / "adapter-values.yaml").read_text())["rules"]["external"]
    assert rule["seriesQuery"].startswith(f"{metric['name']}{{")
    assert rule["metricsQuery"].startswith("max by (queue) ")
    clamds = named("Deployment", "clamav")["spec"]["replicas"]
    threads = clamd_lines((ROOT / "deploy" / "clamav" / "clamd.conf").read_text())["MaxThreads"]
    assert scaler["maxReplicas"] * int(settings()["SCAN_WORKERS"]) == clamds * int(threads)


def test_prometheus_scrapes_the_api() -> None:
    monitor = every("ServiceMonitor")["longshore"]["spec"]
    service = named("Service", "api")
    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    [endpoint] = monitor["endpoints"]
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert endpoint["authorization"]["credentials"] == {"name": "longshore-secrets", "key": "metrics_token"}
    alerts = (ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text()
    assert f'job="{service["metadata"]["labels"][monitor["jobLabel"]]}"' in alerts
