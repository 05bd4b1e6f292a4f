"""docker-compose.yml and its files, checked without an engine."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from service import server
from service.settings import Settings
from service.settings_checks import SAMPLES
from tests.support.deployment.compose_files import SERVICES, UNUSED, clamd_lines, compose, made, samples
from tools.programs import ROOT
from tools.stack.servers.clamd import SCAN_MAX_SIZE, Clamd

IN_THE_IMAGE = {"web_root"}
"""Settings that the image fixes."""


def test_every_setting_reaches_the_service() -> None:
    """When this fails: a line under x-service, or, where it is a secret, X_FILE and a file in deploy/sample-secrets."""
    passed = {name.lower().removesuffix("_file") for name in SERVICES["worker"]["environment"]}
    assert passed == {field.name for field in fields(Settings)} - IN_THE_IMAGE


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_is_hardened(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "mem_limit" in service
    assert "max-size" in service["logging"]["options"]
    assert ("ports" in service) == (name == "caddy")
    secret = [text for key, text in service.get("environment", {}).items() if re.search("PASSWORD|SECRET|KEY", key)]
    assert [text for text in secret if not text.startswith("/run/secrets/")] == []


def test_the_storage_filter_gets_the_name_of_the_public_bucket() -> None:
    """If its files have lasting links; the default name is the service's."""
    [default] = [field.default for field in fields(Settings) if field.name == "s3_public_bucket"]
    passed = SERVICES["caddy"]["environment"]["S3_PUBLIC_BUCKET"]
    assert passed == f"${{S3_PUBLIC_BASE_URL:+${{S3_PUBLIC_BUCKET:-{default}}}}}"


def test_caddy_publishes_on_loopback_by_default() -> None:
    assert {port.partition(":${")[0] for port in SERVICES["caddy"]["ports"]} == {"${PUBLISH_ADDRESS:-127.0.0.1}"}


@pytest.mark.parametrize("override", [None, "compose.dev.yaml", "compose.s3.yaml"])
def test_clamav_reaches_only_the_api_the_worker_and_cron(override: str | None) -> None:
    own = compose(override)["services"] if override else {}
    networks = {name: set((own.get(name) or {}).get("networks", it["networks"])) for name, it in SERVICES.items()}
    neighbours = {name for name, its in networks.items() if (its & networks["clamav"]) - {"outside"}}
    assert neighbours == {"clamav", "api", "worker", "cron"}


def test_development_publishes_on_loopback_only() -> None:
    ports = {name: service["ports"] for name, service in compose("compose.dev.yaml")["services"].items()}
    found = {
        name: [re.sub(r"\$\{\w+:-(\d+)\}", r"\1", port) for port in published] for name, published in ports.items()
    }
    assert found == {
        "api": ["127.0.0.1:8000:8000"],
        "minio": ["127.0.0.1:9001:9000", "127.0.0.1:9090:9001"],
        "mysql": ["127.0.0.1:3307:3306"],
        "redis": ["127.0.0.1:6379:6379"],
        "clamav": ["127.0.0.1:3310:3310"],
    }


def test_the_sample_secrets_are_those_of_the_example() -> None:
    """Each secret value contains a text that production refuses."""
    example = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    found = samples()
    assert [found[name.lower()] for name in ("SECRET_KEY", "S3_ACCESS_KEY", "S3_SECRET_KEY")] == [
        example[name] for name in ("SECRET_KEY", "S3_ACCESS_KEY", "S3_SECRET_KEY")
    ]
    known = {name for name, text in found.items() if any(sample in text for sample in SAMPLES)}
    assert set(found) - known == {"s3_access_key", "s3_upload_access_key", *UNUSED}


def test_secrets_are_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    first = made(folder)
    assert set(first) == set(samples()) == set(compose()["secrets"])
    assert {name for name, text in first.items() if not text} == UNUSED
    assert len(set(first.values()) - {""}) == len(first) - len(UNUSED)
    assert first["mysql_password"] in first["database_url"]
    assert first["redis_password"] in first["redis_url"]
    assert folder.stat().st_mode & 0o777 == 0o700
    # existing secrets stay, and missing ones are made
    (folder / "dashboard_password").unlink()
    again = made(folder)
    assert again | {"dashboard_password": ""} == first | {"dashboard_password": ""}
    assert again["dashboard_password"] not in {"", first["dashboard_password"]}


def test_the_image_of_storage_is_the_same_everywhere() -> None:
    """It is of a release that refuses an unsigned copy source (docs/production.md)."""
    [image] = re.findall(r"MINIO_IMAGE:-(.+)}", SERVICES["minio"]["image"])
    assert SERVICES["minio-identities"]["image"] == SERVICES["minio"]["image"]
    assert re.fullmatch(r"pgsty/silo:RELEASE\.(.+)", image)
    assert image.partition("RELEASE.")[2] > "2026-09-03T13-18-01Z"
    for file in (".env.example", "docs/production.md"):
        assert image in (ROOT / file).read_text()


def test_clamd_has_the_same_limits_everywhere(tmp_path: Path) -> None:
    image = clamd_lines((ROOT / "deploy" / "clamav" / "clamd.conf").read_text())
    assert image == clamd_lines(Clamd(tmp_path, max_size=SCAN_MAX_SIZE).configuration())


def test_proxies_close_idle_connections_before_the_service_does() -> None:
    """Otherwise a request on a connection that is just being closed fails."""
    (seconds,) = re.findall(r"\bkeepalive (\d+)s", (ROOT / "deploy/caddy/snippets.caddy").read_text())
    assert int(seconds) <= server.keepalive - 10
