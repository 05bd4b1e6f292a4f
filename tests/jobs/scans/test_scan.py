"""The scan: verdicts and their effects, crashes, and dependencies that are down."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select

from service.db.models import Delivery, File, PendingDeletion
from service.domain.repair.check import check_files
from service.domain.scanning.failures import GIVEN_UP, MAX_RESCAN_WAIT, MAX_UNFINISHED, SCAN_GRACE
from service.domain.scanning.scans import scan_file
from service.domain.upkeep.sweep import sweep
from service.errors import ScannerUnavailableError, ServiceError, StorageUnavailableError
from service.scanner import ScanFailedError
from service.storage.replies import ObjectChangedError
from service.values import ScanVerdict
from tests.support.fakes import SIGNATURE
from tests.support.files.decisions import audits
from tests.support.files.scan_attempts import waits_between
from tests.support.files.stored_files import row
from tests.support.service_under_test import CHUNK, App
from tests.support.storage.role import with_role


def test_a_scan_returns_clean_infected_or_unscannable(app: App) -> None:
    bodies = [b"hello", b"a" + SIGNATURE, b"x" * 1025, b""]
    verdicts = [app.scan(app.upload(body)["id"]) for body in bodies]
    assert verdicts == ["clean", "infected", "unscannable", "clean"]


def test_a_file_over_the_limit_is_not_sent_to_the_scanner(app: App) -> None:
    file = app.upload(b"x" * 1025)
    with patch.object(app.deps.storage, "read", side_effect=AssertionError):
        assert app.scan(file["id"]) == "unscannable"
    assert row(app, file["id"]).virus_scan_result == "too_large: over 1024 bytes"


def test_a_second_scan_does_nothing(app: App) -> None:
    file = app.ready()
    assert app.scan(file["id"]) == "nothing to scan"
    assert app.scan("3f0e8a52-0000-4000-8000-000000000000") == "deleted"


def test_a_verdict_leaves_no_scan_or_deletion_due(app: App) -> None:
    file = row(app, app.ready()["id"])
    assert (file.scan_due_at, file.scan_token, file.scan_attempts, app.count(PendingDeletion)) == (None, None, 1, 0)


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("scanner", ScannerUnavailableError),
        ("storage", StorageUnavailableError),
        ("role", StorageUnavailableError),
        ("cut", ScanFailedError),
        ("changed", ObjectChangedError),
    ],
)
def test_a_scan_without_a_verdict_sets_error_and_can_be_retried(
    app: App, what: str, error: type[Exception], no_role: pytest.MonkeyPatch
) -> None:
    file = app.upload()
    broken = {"storage": App.without_storage, "role": with_role}.get(what, lambda same: same)(app)
    app.scanner.down = what == "scanner"
    pieces: dict[str, Any] = {"cut": {"return_value": iter([b"hel"])}, "changed": {"side_effect": ObjectChangedError}}
    with patch.object(broken.deps.storage, "read", **pieces.get(what, {"wraps": broken.deps.storage.read})):
        with pytest.raises(error):
            broken.scan(file["id"])
    assert row(app, file["id"]).virus_scan_status == "error"
    assert app.get(file["id"]).json["data"]["download_url"] is None
    app.scanner.down = False
    assert app.scan(file["id"]) == "clean"


def test_an_unexpected_failure_is_reported_at_once(app: App) -> None:
    """Before the sweeper finds it, and without its message, which may contain anything."""
    file = app.upload()
    with patch.object(app.scanner, "scan", side_effect=ZeroDivisionError("secret")), pytest.raises(ZeroDivisionError):
        app.scan(file["id"])
    status = app.status(file["id"]).json["data"]
    assert (status["stage"], status["job"]["last_error"]) == ("scan_failed", "unexpected error: ZeroDivisionError")
    assert app.scan(file["id"]) == "clean"
    assert app.status(file["id"]).json["data"]["job"]["last_error"] is None


def test_an_object_that_was_replaced_after_completion_is_not_scanned(app: App) -> None:
    file = app.upload()
    bucket, key = file["path"].split("/")
    app.s3.put_object(Bucket=bucket, Key=key, Body=b"HELLO")
    assert app.scan(file["id"]) == "quarantined"
    assert app.status(file["id"]).json["data"]["stage"] == "quarantined"
    assert app.keys(bucket) == [f"quarantine/{key}"]
    assert app.scan(file["id"]) == "nothing to scan"


def test_an_object_that_cannot_be_compared_is_neither_scanned_nor_blocked(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    file = app.upload()
    bucket, key = file["path"].split("/")
    app.s3.put_object(Bucket=bucket, Key=key, Body=b"HELLO")
    with patch.object(app.deps.storage, "head", side_effect=StorageUnavailableError):
        with pytest.raises(ObjectChangedError):
            app.scan(file["id"])
    assert f"object_not_compared file_id={file['id']} reason=storage_unavailable" in caplog.text
    assert app.status(file["id"]).json["data"]["stage"] == "scan_failed"
    assert app.keys(bucket) == [key]
    assert app.scan(file["id"]) == "quarantined"


def test_a_scan_fails_if_the_object_is_missing(app: App) -> None:
    file = app.upload()
    bucket, key = file["path"].split("/")
    app.s3.delete_object(Bucket=bucket, Key=key)
    with pytest.raises(ObjectChangedError):
        app.scan(file["id"])
    assert app.status(file["id"]).json["data"]["stage"] == "scan_failed"
    assert app.get(file["id"]).json["data"]["download_url"] is None


def test_a_verdict_that_cannot_be_written_leaves_the_scan_due(app: App) -> None:
    """Neither the verdict nor the failure can be written: the scan stays due."""
    file = app.upload()
    with ExitStack() as down:
        for module in ("failures", "verdicts"):
            down.enter_context(patch(f"service.domain.scanning.{module}.write_verdict", side_effect=ServiceError))
        with pytest.raises(ServiceError):
            app.scan(file["id"])
    assert row(app, file["id"]).virus_scan_status == "scanning"
    app.clock.forward(SCAN_GRACE.total_seconds())
    sweep(app.deps)
    assert app.queue.jobs == {file["id"]: "queued"}
    assert app.scan(file["id"]) == "clean"


def test_a_scan_that_was_overtaken_does_not_write_its_verdict(app: App) -> None:
    """A scan that seemed dead ends after another one has begun: only the later verdict counts."""
    file = app.upload(credential={"pin": "1"})
    scan = app.scanner.scan

    def overtaken(*args: Any) -> Any:
        with patch.object(app.scanner, "scan", scan):
            assert scan_file(app.deps, file["id"]) == "clean"
        return type(scan(iter([b""]), 0))("infected", "too late")

    with patch.object(app.scanner, "scan", overtaken):
        scan_file(app.deps, file["id"])
    assert row(app, file["id"]).virus_scan_status == "clean"


def test_a_file_deleted_during_its_scan_leaves_no_object(app: App) -> None:
    file = app.upload()
    scan = app.scanner.scan

    def while_it_is_deleted(*args: Any) -> Any:
        assert app.client.delete(f"/api/v1/file/{file['id']}").status_code == 200
        return scan(*args)

    with patch.object(app.scanner, "scan", while_it_is_deleted), pytest.raises(ObjectChangedError):
        scan_file(app.deps, file["id"])
    assert (app.keys("longshore-private"), app.keys("longshore-public")) == ([], [])


def test_a_file_deleted_during_its_copy_leaves_no_object(app: App) -> None:
    app = app.published()
    file = app.upload()
    copy = app.deps.storage.copy

    def and_then_it_is_deleted(*args: Any) -> None:
        copy(*args)
        with app.deps.db.write() as session:
            session.query(File).delete()

    with patch.object(app.deps.storage, "copy", and_then_it_is_deleted):
        scan_file(app.deps, file["id"])
    assert app.keys("longshore-public") == []


def test_a_copy_of_another_size_is_not_served(app: App) -> None:
    app = app.published()
    file = app.upload()

    def another(_source: Any, _etag: str, _size: int, to: Any, _headers: Any) -> None:
        app.s3.put_object(Bucket=to.bucket, Key=to.object_key, Body=b"hell")

    with patch.object(app.deps.storage, "copy", another), pytest.raises(ScanFailedError, match="has 4 bytes"):
        app.scan(file["id"])
    assert app.get(file["id"]).json["data"]["download_url"] is None
    assert app.scan(file["id"]) == "clean"


def test_a_scan_interrupted_before_its_verdict_is_finished(app: App) -> None:
    app = app.published()
    file = app.upload()
    with (
        patch("service.domain.scanning.verdicts.write_verdict", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        app.scan(file["id"])
    assert app.get(file["id"]).json["data"]["download_url"] is None
    assert app.scan(file["id"]) == "clean"
    assert (app.keys("longshore-private"), len(app.keys("longshore-public"))) == ([], 1)


def test_the_copy_of_an_interrupted_scan_is_deleted_if_it_is_infected(app: App) -> None:
    app = app.published()
    file = app.upload()
    with (
        patch("service.domain.scanning.verdicts.write_verdict", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        app.scan(file["id"])
    assert len(app.keys("longshore-public")) == 1
    app.scanner.says = ScanVerdict("infected", "New-Virus")
    assert app.scan(file["id"]) == "infected"
    assert app.keys("longshore-public") == []


def test_a_virus_in_the_second_read_is_found(app: App) -> None:
    body = b"x" * CHUNK + SIGNATURE
    app.scanner.max_size = len(body)
    assert app.scan(app.upload(body)["id"]) == "infected"


def test_a_failing_scan_is_retried_at_growing_intervals(app: App) -> None:
    file = app.upload()
    app.scanner.down = True
    waits = waits_between(app, file["id"], ScannerUnavailableError, 12)
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800, 1800, 1800]


def killed(app: App, file_id: str) -> None:
    """A scan whose process is killed during it."""
    with patch.object(app.scanner, "scan", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        app.scan(file_id)


def test_a_file_that_kills_every_worker_fails_and_a_retry_scans_it(app: App) -> None:
    hooked = app.with_settings(webhooks=("https://app.example/hook",))
    file_id = hooked.upload()["id"]
    waits = []
    for _ in range(MAX_UNFINISHED):
        killed(hooked, file_id)
        due = row(hooked, file_id).scan_due_at
        assert due is not None
        waits.append((due - hooked.clock.now).total_seconds() / 60)
        hooked.clock.forward(waits[-1] * 60)
        assert sweep(hooked.deps).queued_scans == 1
    assert waits == [2, 4, 8, 16, 32]
    with patch.object(app.scanner, "scan", side_effect=AssertionError):
        assert hooked.scan(file_id) == "failed"

    shown, status = hooked.get(file_id).json["data"], hooked.status(file_id).json["data"]
    assert (shown["virus_scan_status"], shown["virus_scan_result"], shown["download_url"]) == ("error", GIVEN_UP, None)
    assert (status["status"], status["stage"], status["job"]["last_error"]) == ("FAILURE", "scan_failed", GIVEN_UP)
    assert audits(hooked, file_id) == [("scanner", "given_up", GIVEN_UP)]
    with hooked.deps.db.read() as session:
        assert session.scalars(select(Delivery.event)).all() == ["file.scan_failed"]
    hooked.clock.forward(7 * 86400)
    assert sweep(hooked.deps).queued_scans == 0
    assert [flaw for page in check_files(hooked.deps, None, mark=True, adopt=False) for flaw in page.flaws] == []

    assert hooked.post("/upload/retry", file_id=file_id).status_code == 200
    killed(hooked, file_id)
    assert hooked.scan(file_id) == "clean"


def test_attempts_that_end_in_errors_do_not_fail_a_file(app: App) -> None:
    """An outage may last for days, and a worker may be killed in it."""
    file_id = app.upload()["id"]
    for _ in range(MAX_UNFINISHED):
        killed(app, file_id)
        app.scanner.down = True
        with pytest.raises(ScannerUnavailableError):
            app.scan(file_id)
        app.scanner.down = False
    assert app.scan(file_id) == "clean"


def test_a_rescan_that_kills_every_worker_is_retried_ever_less_often(app: App) -> None:
    file_id = app.ready()["id"]
    app.scanner.signatures = "2"
    sweep(app.deps)
    for _ in range(20):
        killed(app, file_id)
    judged = row(app, file_id)
    assert judged.scan_due_at == app.clock.now + MAX_RESCAN_WAIT
    assert (judged.virus_scan_status, app.get(file_id).json["data"]["download_url"] is None) == ("clean", False)
