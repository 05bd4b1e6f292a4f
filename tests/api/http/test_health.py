"""Health: each dependency by name, and 503 only without an essential one."""

from __future__ import annotations

import threading
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import text

from service.domain.upkeep.health import ESSENTIAL
from service.values import ScannerHealth
from tests.support.matchers import failure, success
from tests.support.service_under_test import FILE, App, rebuilt

READY = {"database": "ok", "storage": "ok", "redis": "ok", "scanner": "ok"}


def test_a_healthy_service_is_live_and_ready(app: App) -> None:
    assert app.client.get("/api/health/live").json == success({"live": True})
    assert app.client.get("/api/health/ready").json == success(READY)


def test_the_service_is_ready_without_redis_and_the_scanner(app: App) -> None:
    app.queue.down = app.scanner.down = True
    answer = app.client.get("/api/health/ready")
    assert (answer.status_code, answer.json) == (200, success(READY | {"redis": "down", "scanner": "down"}))


def test_the_service_is_not_ready_without_storage(app: App) -> None:
    answer = app.without_storage().client.get("/api/health/ready")
    errors = ["[database] ok", "[storage] down", "[redis] ok", "[scanner] ok"]
    assert (answer.status_code, answer.json) == (503, failure("not_ready", *errors))


def test_the_service_is_not_ready_without_the_database(app: App) -> None:
    answer = app.without_database().client.get("/api/health/ready")
    assert (answer.status_code, answer.json["errors"][0]) == (503, "[database] down")


def test_a_missing_private_bucket_is_reported(app: App) -> None:
    answer = app.with_settings(s3_private_bucket="nope").client.get("/api/health/ready/")
    assert (answer.status_code, answer.json["errors"][1]) == (503, "[storage] no bucket nope")


def test_a_missing_public_bucket_is_reported(app: App) -> None:
    answer = app.with_settings(s3_public_bucket="gone").client.get("/api/health/ready")
    assert (answer.status_code, answer.json["errors"][1]) == (503, "[storage] no bucket gone")


def test_a_key_that_storage_refuses_is_reported(app: App) -> None:
    refusal = ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadBucket")
    with patch.object(app.deps.storage._s3, "head_bucket", side_effect=refusal):
        answer = app.client.get("/api/health/ready")
    assert (answer.status_code, answer.json["errors"][1]) == (503, "[storage] refused (403)")


@pytest.mark.parametrize("statement", ["UPDATE alembic_version SET version_num = '0001'", "DROP TABLE alembic_version"])
def test_missing_migrations_are_reported(app: App, statement: str) -> None:
    with app.deps.db.write() as session:
        session.execute(text(statement))
    answer = app.client.get("/api/health/ready")
    assert (answer.status_code, answer.json["errors"][0]) == (503, "[database] behind")


def test_a_database_with_more_migrations_is_fine(app: App) -> None:
    with app.deps.db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert app.client.get("/api/health/ready").json == success(READY)


def test_a_full_disk_of_the_database_is_reported(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.domain.upkeep.health.LEAST_DISK", 2**62)
    answer = app.client.get("/api/health/ready")
    assert (answer.status_code, answer.json["errors"][0]) == (503, "[database] disk full")


def test_an_unsafe_scanner_is_reported(app: App) -> None:
    unsafe = ScannerHealth("unsafe", "Fake 1.0", "1", 1024, ("set AlertExceedsMax yes",))
    with patch.object(app.scanner, "checked_health", return_value=unsafe):
        answer = app.client.get("/api/health/ready")
    assert (answer.status_code, answer.json) == (200, success(READY | {"scanner": "unsafe"}))


@pytest.mark.parametrize("part", ["database", "storage", "redis", "scanner"])
def test_a_dependency_that_hangs_is_reported_as_slow(app: App, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.domain.upkeep.health.SECONDS", 1.0)
    hangs = threading.Event()
    places: dict[str, tuple[object, str]] = {
        "database": (app.deps.db, "read"),
        "storage": (app.deps.storage, "ping"),
        "redis": (app.queue, "ping"),
        "scanner": (app.scanner, "checked_health"),
    }
    with patch.object(*places[part], side_effect=lambda *_: hangs.wait()):
        answer = app.client.get("/api/health/ready")
        hangs.set()
        app.deps.checks._asking[part].join()
    if part in ESSENTIAL:
        errors = [f"[{name}] {'slow' if name == part else 'ok'}" for name in READY]
        assert (answer.status_code, answer.json) == (503, failure("not_ready", *errors))
    else:
        assert (answer.status_code, answer.json) == (200, success(READY | {part: "slow"}))


def test_the_health_of_the_scanner_is_reported(app: App) -> None:
    path = f"{FILE}/virus-scanner/health"
    assert app.client.get(path).json == success(
        {"status": "ok", "engine": "Fake 1.0", "signatures": "1", "max_size": 1024, "advice": []}
    )
    app.scanner.down = True
    answer = app.client.get(path)
    assert (answer.status_code, answer.json) == (503, failure("scanner_unavailable"))


def test_files_are_served_unscanned_if_scanning_is_off(app: App) -> None:
    off = rebuilt(app, scanner=None)
    path = f"{FILE}/virus-scanner/health"
    assert off.client.get(path).json["data"] == {
        "status": "off",
        "engine": None,
        "signatures": None,
        "max_size": None,
        "advice": [],
    }
    assert off.client.get("/api/health/ready").json == success(READY | {"scanner": "off"})
    file = off.ready()
    shown = off.get(file["id"]).json["data"]
    assert (shown["virus_scan_status"], shown["download_url"] is not None) == ("disabled", True)
