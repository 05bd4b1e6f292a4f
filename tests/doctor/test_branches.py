"""`longshore doctor`: findings without a real fault, how they are printed, and the exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from service.admin.doctor import examination, public
from service.admin.doctor.command import as_json_text, as_table, doctor
from service.admin.doctor.dependencies import database, redis, scanner, tokens, work
from service.admin.doctor.finding import FAIL, OK, SKIPPED, WARN, Answer, CheckContext, Finding
from service.admin.doctor.storage import buckets, keys, upload
from tests.support.service_under_test import App
from tests.support.storage.role import RoleEndpoint, with_role
from tests.unit.settings.test_settings import ROLE as ROLE_ENVIRONMENT

PRIVATE = "longshore-private"


def http(method: str, url: str, headers: Any = None, body: bytes | None = None) -> Answer:
    """Send a request to moto, in this process."""
    got = requests.request(method, url, headers=headers, data=body, timeout=10)
    return Answer(got.status_code, {name.lower(): value for name, value in got.headers.items()}, got.content)


@pytest.fixture
def context(app: App) -> CheckContext:
    return CheckContext(app.deps, app.s3, http)


def with_settings(context: CheckContext, **changes: Any) -> CheckContext:
    return replace(context, deps=replace(context.deps, settings=replace(context.deps.settings, **changes)))


def test_sqlite_is_reported_as_limited_to_one_host(context: CheckContext) -> None:
    assert database.charset(context).status == OK
    assert database.isolation(context) == Finding(
        WARN,
        "SQLite works on one host only",
        "To run on more than one host, set DATABASE_URL to a MySQL or MariaDB server.",
    )


def test_checks_of_features_that_are_off_are_ok(context: CheckContext) -> None:
    off = replace(context, deps=replace(context.deps, scanner=None))
    checks = [*scanner.CHECKS.values(), work.workers, redis.counting, *tokens.CHECKS.values(), buckets.public_is_public]
    assert [check(off).status for check in checks] == [OK] * len(checks)


def test_without_a_public_url_the_api_is_not_checked(context: CheckContext) -> None:
    assert public.reachable(context) == Finding(SKIPPED, "no public URL to check; give it with --url")


def by_role(app: App) -> CheckContext:
    has = with_role(app)
    return CheckContext(has.deps, has.s3, http)


def test_the_roles_key_and_its_end_are_reported(app: App, role: RoleEndpoint) -> None:
    role.key = replace(role.key, expires_at=datetime(2099, 1, 2, 3, 4, 5, tzinfo=UTC))
    message = "https://s3.us-east-1.amazonaws.com, with the role's key ASIAFIRST until 2099-01-02 03:04:05 UTC"
    assert buckets.reachable(by_role(app)) == Finding(OK, message)


def test_a_role_without_a_key_is_reported(app: App, no_role: pytest.MonkeyPatch) -> None:
    assert buckets.reachable(by_role(app)) == Finding(
        FAIL,
        "the role supplies no key: Error when retrieving credentials from S3_CREDENTIALS=aws: NoCredentialsError:"
        " Unable to locate credentials",
        "Give the task, pod or instance its role (docs/recipes/storage.md), or set S3_CREDENTIALS=keys.",
    )


def test_the_upload_checks_leave_no_objects(context: CheckContext) -> None:
    for check in upload.CHECKS.values():
        check(context)
    assert "Contents" not in context.s3.list_objects_v2(Bucket=PRIVATE)
    assert "Uploads" not in context.s3.list_multipart_uploads(Bucket=PRIVATE)


def test_a_check_leaves_no_object_in_a_publicly_writable_bucket(context: CheckContext) -> None:
    """moto is public."""
    assert [buckets.private_is_private(context).status, buckets.written_by_us(context).status] == [FAIL, FAIL]
    assert "Contents" not in context.s3.list_objects_v2(Bucket=PRIVATE)


def test_the_checks_of_keys_leave_no_buckets_or_objects(context: CheckContext) -> None:
    """moto lets every key do everything, and has no administration."""
    has = with_settings(context, s3_upload_access_key="uploads", s3_upload_secret_key="secret-of-uploads")
    has = replace(has, http=lambda *_args: Answer(403, {}))
    buckets = context.s3.list_buckets()["Buckets"]
    assert [check(has).status for check in keys.CHECKS.values()] == [WARN, FAIL]
    assert context.s3.list_buckets()["Buckets"] == buckets
    for bucket in (PRIVATE, "longshore-public"):
        assert "Contents" not in context.s3.list_objects_v2(Bucket=bucket)
        assert "Uploads" not in context.s3.list_multipart_uploads(Bucket=bucket)


def test_checks_are_skipped_if_the_first_one_of_their_group_fails(context: CheckContext, app: App) -> None:
    app.queue.down = app.scanner.down = True
    misconfigured = replace(context, deps=app.without_database().deps, http=lambda *_args: Answer(403, {}))
    found = {(each.group, each.check): each.finding for each in examination.examine(misconfigured)}
    assert list(found) == [(group, check) for group, checks in examination.GROUPS.items() for check in checks]
    for group in ("database", "redis", "scanner", "upload"):
        states = [finding.status for (of, _), finding in found.items() if of == group]
        assert states == [FAIL] + [SKIPPED] * (len(states) - 1)
    assert {finding.status for (of, _), finding in found.items() if of in {"work", "public API"}} == {SKIPPED}
    assert found["settings", "secrets"].status == FAIL  # the tests' secrets are samples
    assert found["settings", "scanning"].status == OK
    assert "hidden-password" not in str(found)


def test_findings_are_printed_as_a_table_or_as_json() -> None:
    examined = [
        examination.Examined("public storage", "clock", Finding(FAIL, "600 s apart", "Run an NTP client.")),
        examination.Examined("storage", "region", Finding(OK, "us-east-1")),
    ]
    assert as_table(examined).splitlines() == [
        "FAIL  public storage: clock                   600 s apart",
        "      → Run an NTP client.",
        "ok    storage: region                         us-east-1",
    ]
    assert json.loads(as_json_text(examined))[0] == {
        "group": "public storage",
        "check": "clock",
        "status": "fail",
        "says": "600 s apart",
        "change": "Run an NTP client.",
    }


def test_wrong_settings_have_an_exit_code_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    ran = CliRunner().invoke(doctor)
    assert (ran.exit_code, "DATABASE_URL is not set" in ran.stderr) == (2, True)


def test_a_missing_profile_is_a_wrong_setting(no_role: pytest.MonkeyPatch) -> None:
    for name, text in (ROLE_ENVIRONMENT | {"AWS_PROFILE": "unowned"}).items():
        no_role.setenv(name, text)
    ran = CliRunner().invoke(doctor)
    message = "AWS_PROFILE is wrong: The config profile (unowned) could not be found.\n"
    assert (ran.exit_code, ran.stderr) == (2, message)


def test_an_invalid_address_is_refused() -> None:
    ran = CliRunner().invoke(doctor, ["--url", "uploads.example"])
    assert (ran.exit_code, "must begin with https://" in ran.stderr) == (2, True)
