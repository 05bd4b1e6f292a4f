"""`longshore doctor`: each check finds what it is for, and nothing where all is well."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
import requests
from click.testing import CliRunner
from sqlalchemy import text
from urllib3.exceptions import NewConnectionError

from devstack.redis import Redis
from longshore.doctor import database, examination, ports, redis, scanner, settings, storage, upload
from longshore.doctor.command import as_json_text, as_table, doctor
from longshore.doctor.finding import FAIL, OK, SKIPPED, WARN, Answer, Finding, Ground
from service.queue import connect
from service.storage.replies import NotThereError
from service.values import ScannerHealth
from tests.fakes import FakeChecksums
from tests.world import World

PRIVATE = "longshore-private"


def http(method: str, url: str, headers: Any = None, body: bytes | None = None) -> Answer:
    """Into moto, in this process."""
    got = requests.request(method, url, headers=headers, data=body, timeout=10)
    return Answer(got.status_code, {name.lower(): value for name, value in got.headers.items()}, got.content)


def answering(status: int, body: bytes = b"", **headers: str) -> Callable[..., Answer]:
    """Whatever is asked, this is the answer."""
    return lambda *_args: Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@pytest.fixture
def ground(world: World) -> Ground:
    return Ground(world.deps, world.s3, http)


def with_settings(ground: Ground, **changes: Any) -> Ground:
    return replace(ground, deps=replace(ground.deps, settings=replace(ground.deps.settings, **changes)))


def assert_found(finding: Finding, status: str, says: str = "") -> None:
    assert (finding.status, says in finding.says) == (status, True), finding
    assert bool(finding.change) == (status in {WARN, FAIL})


# settings


@pytest.mark.parametrize(
    "left",
    [
        {"s3_secret_key": "change-me-storage-secret"},
        {"secret_key": "change-me-0123456789abcdef"},
        {"database_url": "mysql+pymysql://longshore:change-me@db/longshore"},
    ],
)
def test_a_sample_secret(ground: Ground, left: dict[str, str]) -> None:
    good = with_settings(ground, s3_secret_key="f3b1c9e07a", secret_key="0f1e2d3c4b5a69788796a5b4")
    assert_found(settings.sample_secrets(good), OK)
    assert_found(settings.sample_secrets(with_settings(good, **left)), FAIL, next(iter(left)).upper())


def test_scanning(ground: Ground) -> None:
    assert_found(settings.scanning(ground), OK)
    assert_found(settings.scanning(with_settings(ground, clamd_url="off")), WARN)


@pytest.mark.parametrize(
    ("url", "status"),
    [("https://storage.example", OK), ("http://localhost:9000", OK), ("http://storage.example", WARN)],
)
def test_encryption(ground: Ground, url: str, status: str) -> None:
    assert_found(settings.encrypted_storage(with_settings(ground, s3_public_endpoint_url=url)), status)


def test_metrics(ground: Ground) -> None:
    assert_found(settings.guarded_metrics(ground), WARN)
    assert_found(settings.guarded_metrics(with_settings(ground, metrics_token="x" * 16)), OK)


# database; its character set and isolation on a real server: tests/live/test_doctor.py


def test_migrations(ground: Ground) -> None:
    assert_found(database.migrated(ground), OK)
    with ground.deps.db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert_found(database.migrated(ground), FAIL, "at 0001")


def test_sqlite_is_for_one_host(ground: Ground) -> None:
    assert_found(database.charset(ground), OK)
    assert_found(database.isolation(ground), WARN, "one host")


# redis


@pytest.fixture
def on_redis(ground: Ground, redis_server: Redis) -> Ground:
    return with_settings(ground, redis_url=redis_server.env()["REDIS_URL"])


@pytest.mark.parametrize(
    ("check", "setting", "well", "broken", "says"),
    [
        (redis.eviction, "maxmemory-policy", "noeviction", "allkeys-lru", "allkeys-lru"),
        (redis.persistence, "appendonly", "yes", "no", ""),
    ],
)
def test_redis_settings(on_redis: Ground, check: Any, setting: str, well: str, broken: str, says: str) -> None:
    with connect(on_redis.deps.settings.redis_url) as connection:
        before = connection.config_get(setting)[setting]
        try:
            connection.config_set(setting, well)
            assert_found(check(on_redis), OK)
            connection.config_set(setting, broken)
            assert_found(check(on_redis), WARN, says)
        finally:
            connection.config_set(setting, before)


def test_redis_without_a_password(ground: Ground) -> None:
    for url, status in {"redis://queue:6379": WARN, "redis://:secret@queue:6379": OK, "redis://127.0.0.1": OK}.items():
        assert_found(redis.guarded(with_settings(ground, redis_url=url)), status)


# scanner


def test_clamds_limits(ground: Ground, world: World) -> None:
    assert_found(scanner.limits(ground), OK)
    for status, found in {"unsafe": FAIL, "ok": WARN}.items():
        health = ScannerHealth(status, "Fake", "1", 1024, ("set AlertExceedsMax yes",))
        with patch.object(world.scanner, "checked_health", return_value=health):
            assert scanner.limits(ground).change == "set AlertExceedsMax yes"
            assert_found(scanner.limits(ground), found)


def test_old_signatures(ground: Ground, world: World) -> None:
    assert_found(scanner.signatures(ground), OK, "2026-01-02")
    world.clock.forward(timedelta(days=8).total_seconds())
    assert_found(scanner.signatures(ground), FAIL, "8 days old")
    with patch.object(world.scanner, "version", return_value="ClamAV 1.4.3"):
        assert_found(scanner.signatures(ground), WARN, "no date")


# storage


def test_browsers_do_not_reach_storage(ground: Ground) -> None:
    def nobody(*_args: Any) -> Answer:
        raise NewConnectionError(None, "refused")  # type: ignore[arg-type]

    assert_found(storage.reachable_by_browsers(ground), OK)
    assert_found(storage.reachable_by_browsers(replace(ground, http=nobody)), FAIL, "NewConnectionError")


@pytest.mark.parametrize(
    ("date", "status"),
    [("Fri, 02 Jan 2026 03:04:50 GMT", OK), ("Fri, 02 Jan 2026 03:14:05 GMT", FAIL), (None, WARN)],
)
def test_clocks(ground: Ground, date: str | None, status: str) -> None:
    told = {"date": date} if date else {}
    assert_found(storage.clock(replace(ground, http=answering(403, **told))), status)


def test_another_region(ground: Ground) -> None:
    assert_found(storage.region(ground), OK)
    assert_found(storage.region(with_settings(ground, s3_region="eu-central-1")), FAIL, "us-east-1")


def test_a_private_bucket_that_is_public(ground: Ground) -> None:
    """moto serves everybody."""
    assert_found(storage.private_is_private(ground), FAIL, PRIVATE)
    assert_found(storage.private_is_private(replace(ground, http=answering(403))), OK)
    assert "Contents" not in ground.s3.list_objects_v2(Bucket=PRIVATE)


def test_a_public_bucket_that_is_private(ground: Ground) -> None:
    assert_found(storage.public_is_public(ground), OK, "presigned")
    served = with_settings(ground, s3_public_base_url="https://s3.us-east-1.amazonaws.com/longshore-public")
    assert_found(storage.public_is_public(replace(served, http=answering(200))), OK, "serves everybody")
    assert_found(storage.public_is_public(replace(served, http=answering(403))), FAIL, "403")


@pytest.mark.parametrize(("days", "status"), [(None, WARN), (7, OK), (1, FAIL)])
def test_lifecycle(ground: Ground, days: int | None, status: str) -> None:
    rule = {"ID": "x", "Status": "Enabled", "Filter": {}, storage.RULE: {"DaysAfterInitiation": days}}
    if days:
        ground.s3.put_bucket_lifecycle_configuration(Bucket=PRIVATE, LifecycleConfiguration={"Rules": [rule]})
    assert_found(storage.lifecycle(with_settings(ground, upload_ttl=2 * 86_400)), status)


# an upload


def test_a_whole_upload_leaves_nothing(ground: Ground) -> None:
    assert_found(upload.whole_upload(ground), OK)
    assert "Contents" not in ground.s3.list_objects_v2(Bucket=PRIVATE)
    assert "Uploads" not in ground.s3.list_multipart_uploads(Bucket=PRIVATE)


def changed(method: str, url: str, headers: Any = None, body: bytes | None = None) -> Answer:
    """A proxy that changes what is sent."""
    return http(method, url, headers, (body or b"")[:-1])


@pytest.mark.parametrize(
    ("on_the_way", "says"),
    [
        (answering(403, b"<Code>SignatureDoesNotMatch</Code>"), "another request than was signed"),
        (answering(413), "too large"),
        (answering(502), "answered 502"),
        (changed, "other parts than were sent"),
    ],
)
def test_what_breaks_an_upload_on_its_way(ground: Ground, on_the_way: Any, says: str) -> None:
    assert_found(upload.whole_upload(replace(ground, http=on_the_way)), FAIL, says)
    assert "Uploads" not in ground.s3.list_multipart_uploads(Bucket=PRIVATE)


def test_other_bytes_than_were_sent(ground: Ground) -> None:
    with patch.object(ground.deps.storage, "read", return_value=iter([b"rotten"])):
        assert_found(upload.whole_upload(ground), FAIL, "other bytes")


def test_a_storage_that_takes_any_length(ground: Ground) -> None:
    """moto checks nothing."""
    assert_found(upload.length(ground), WARN)
    assert_found(upload.length(replace(ground, http=answering(400))), OK)


def test_a_storage_that_checks_no_checksum(ground: Ground) -> None:
    assert_found(upload.checksums(ground), OK, "SHA256")
    without = replace(ground.deps, checksums=FakeChecksums(frozenset()))  # type: ignore[arg-type]
    assert_found(upload.checksums(replace(ground, deps=without)), WARN)


def test_a_second_completion(ground: Ground) -> None:
    assert_found(upload.second_completion(ground), OK, "as the first")
    with patch.object(ground.deps.storage, "complete_upload", side_effect=[None, NotThereError()]):
        assert_found(upload.second_completion(ground), OK, "unknown")


def test_parts_that_are_listed_from_the_start_again(ground: Ground) -> None:
    assert_found(upload.paging(ground), OK)
    page = {"Parts": [{"PartNumber": 1}], "IsTruncated": True, "NextPartNumberMarker": 1}
    with patch.object(ground.s3, "list_parts", return_value=page):
        assert_found(upload.paging(ground), FAIL, "[[1], [1]]")


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({}, FAIL),
        ({"access_control_allow_origin": "https://other.example"}, FAIL),
        ({"access_control_allow_origin": "*", "access_control_allow_methods": "GET"}, FAIL),
        ({"access_control_allow_origin": "https://app.example", "access_control_allow_methods": "PUT"}, WARN),
        ({"access_control_allow_origin": "*", "access_control_expose_headers": "ETag"}, OK),
    ],
)
def test_pages_of_other_origins(ground: Ground, told: dict[str, str], status: str) -> None:
    ours = with_settings(ground, cors_origins=("https://app.example",))
    assert_found(upload.cors(replace(ours, http=answering(200, **told))), status)


# ports


def test_a_port_that_should_be_closed(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = with_settings(ground, s3_public_endpoint_url="http://127.0.0.2:9000")
    with socket.create_server(("127.0.0.2", 0)) as listener:
        monkeypatch.setattr(ports, "PRIVATE", {listener.getsockname()[1]: "Redis"})
        assert_found(ports.closed(outside), WARN, "lets in to Redis")
    assert_found(ports.closed(outside), OK)


# all together


def test_what_hangs_on_the_first_of_a_group_is_not_tried(ground: Ground, world: World) -> None:
    world.queue.down = world.scanner.down = True
    astray = replace(ground, deps=world.without_database().deps, http=answering(403))
    found = {(each.group, each.check): each.finding for each in examination.examine(astray)}
    assert list(found) == [(group, check) for group, checks in examination.GROUPS.items() for check in checks]
    for group in ("database", "redis", "scanner", "upload"):
        states = [finding.status for (of, _), finding in found.items() if of == group]
        assert states == [FAIL] + [SKIPPED] * (len(states) - 1)
    assert found["settings", "secrets"].status == FAIL  # of the tests' own
    assert found["settings", "scanning"].status == OK
    assert "hidden-password" not in str(found)


def test_what_is_printed(ground: Ground) -> None:
    examined = [
        examination.Examined("storage", "clock", Finding(FAIL, "600 s apart", "Run an NTP client.")),
        examination.Examined("storage", "region", Finding(OK, "us-east-1")),
    ]
    assert as_table(examined).splitlines() == [
        "FAIL  storage: clock                  600 s apart",
        "      → Run an NTP client.",
        "ok    storage: region                 us-east-1",
    ]
    assert json.loads(as_json_text(examined))[0] == {
        "group": "storage",
        "check": "clock",
        "status": "fail",
        "says": "600 s apart",
        "change": "Run an NTP client.",
    }


def test_wrong_settings_have_an_exit_code_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    ran = CliRunner().invoke(doctor)
    assert (ran.exit_code, "DATABASE_URL is not set" in ran.stderr) == (2, True)
