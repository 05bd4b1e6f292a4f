"""The scan: the verdict, what follows from it, and what a crash or a part that is down leaves."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select

from service.db.models import Delivery, File, Removal
from service.domain.repair.check import check_files
from service.domain.scanning.failures import GIVEN_UP, MAX_RESCAN_WAIT, MAX_UNFINISHED, SCAN_GRACE
from service.domain.scanning.scans import scan_file
from service.domain.upkeep.sweep import sweep
from service.errors import LongshoreError, ScannerUnavailableError, StorageUnavailableError
from service.scanner import ScanFailedError
from service.storage.replies import ObjectChangedError
from service.values import ScanVerdict
from tests.jobs.test_quarantine import audits
from tests.support.fakes import SIGNATURE
from tests.support.role import with_role
from tests.support.service_under_test import CHUNK, World


def row(world: World, file_id: str) -> File:
    with world.deps.db.read() as session:
        file = session.get(File, file_id)
    assert file is not None
    return file


def test_clean_infected_and_too_large(world: World) -> None:
    bodies = [b"hello", b"a" + SIGNATURE, b"x" * 1025, b""]
    verdicts = [world.scan(world.upload(body)["id"]) for body in bodies]
    assert verdicts == ["clean", "infected", "unscannable", "clean"]


def test_a_file_over_the_limit_is_not_sent(world: World) -> None:
    file = world.upload(b"x" * 1025)
    with patch.object(world.deps.storage, "read", side_effect=AssertionError):
        assert world.scan(file["id"]) == "unscannable"
    assert row(world, file["id"]).virus_scan_result == "too_large: over 1024 bytes"


def test_a_second_scan_has_nothing_to_do(world: World) -> None:
    file = world.ready()
    assert world.scan(file["id"]) == "nothing to scan"
    assert world.scan("3f0e8a52-0000-4000-8000-000000000000") == "deleted"


def test_nothing_is_owed_after_a_verdict(world: World) -> None:
    file = row(world, world.ready()["id"])
    assert (file.scan_due_at, file.scan_token, file.scan_attempts, world.count(Removal)) == (None, None, 1, 0)


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
def test_no_verdict_is_an_error_that_is_tried_again(
    world: World, what: str, error: type[Exception], no_role: pytest.MonkeyPatch
) -> None:
    file = world.upload()
    broken = {"storage": World.without_storage, "role": with_role}.get(what, lambda same: same)(world)
    world.scanner.down = what == "scanner"
    pieces: dict[str, Any] = {"cut": {"return_value": iter([b"hel"])}, "changed": {"side_effect": ObjectChangedError}}
    with patch.object(broken.deps.storage, "read", **pieces.get(what, {"wraps": broken.deps.storage.read})):
        with pytest.raises(error):
            broken.scan(file["id"])
    assert row(world, file["id"]).virus_scan_status == "error"
    assert world.get(file["id"]).json["data"]["download_url"] is None
    world.scanner.down = False
    assert world.scan(file["id"]) == "clean"


def test_a_failure_that_nobody_foresaw_is_told_at_once(world: World) -> None:
    """Not when the sweeper finds it; and not its words, which may be anything."""
    file = world.upload()
    with patch.object(world.scanner, "scan", side_effect=ZeroDivisionError("secret")), pytest.raises(ZeroDivisionError):
        world.scan(file["id"])
    status = world.status(file["id"]).json["data"]
    assert (status["stage"], status["job"]["last_error"]) == ("scan_failed", "unexpected error: ZeroDivisionError")
    assert world.scan(file["id"]) == "clean"
    assert world.status(file["id"]).json["data"]["job"]["last_error"] is None


def test_an_object_that_was_replaced_after_completion_is_not_scanned(world: World) -> None:
    file = world.upload()
    bucket, key = file["path"].split("/")
    world.s3.put_object(Bucket=bucket, Key=key, Body=b"HELLO")
    assert world.scan(file["id"]) == "quarantined"
    assert world.status(file["id"]).json["data"]["stage"] == "quarantined"
    assert world.keys(bucket) == [f"quarantine/{key}"]
    assert world.scan(file["id"]) == "nothing to scan"


def test_an_object_that_is_gone(world: World) -> None:
    file = world.upload()
    bucket, key = file["path"].split("/")
    world.s3.delete_object(Bucket=bucket, Key=key)
    with pytest.raises(ObjectChangedError):
        world.scan(file["id"])
    assert world.status(file["id"]).json["data"]["stage"] == "scan_failed"
    assert world.get(file["id"]).json["data"]["download_url"] is None


def test_the_database_is_down_for_the_verdict(world: World) -> None:
    """Neither the verdict nor the failure can be written: the scan stays owed."""
    file = world.upload()
    with ExitStack() as down:
        for module in ("failures", "verdicts"):
            down.enter_context(patch(f"service.domain.scanning.{module}.write_verdict", side_effect=LongshoreError))
        with pytest.raises(LongshoreError):
            world.scan(file["id"])
    assert row(world, file["id"]).virus_scan_status == "scanning"
    world.clock.forward(SCAN_GRACE.total_seconds())
    sweep(world.deps)
    assert world.queue.jobs == {file["id"]: "queued"}
    assert world.scan(file["id"]) == "clean"


def test_who_was_overtaken_has_no_say(world: World) -> None:
    """A scan that was thought dead ends after another one has begun: only the later one's verdict counts."""
    file = world.upload(credential={"pin": "1"})
    scan = world.scanner.scan

    def overtaken(*args: Any) -> Any:
        with patch.object(world.scanner, "scan", scan):
            assert scan_file(world.deps, file["id"]) == "clean"
        return type(scan(iter([b""]), 0))("infected", "too late")

    with patch.object(world.scanner, "scan", overtaken):
        scan_file(world.deps, file["id"])
    assert row(world, file["id"]).virus_scan_status == "clean"


def test_deleted_while_it_is_scanned(world: World) -> None:
    file = world.upload()
    scan = world.scanner.scan

    def while_it_is_deleted(*args: Any) -> Any:
        assert world.client.delete(f"/api/v1/file/{file['id']}").status_code == 200
        return scan(*args)

    with patch.object(world.scanner, "scan", while_it_is_deleted), pytest.raises(ObjectChangedError):
        scan_file(world.deps, file["id"])
    assert (world.keys("longshore-private"), world.keys("longshore-public")) == ([], [])


def test_deleted_while_it_is_copied(world: World) -> None:
    file = world.upload()
    copy = world.deps.storage.copy

    def and_then_it_is_deleted(*args: Any) -> None:
        copy(*args)
        with world.deps.db.write() as session:
            session.query(File).delete()

    with patch.object(world.deps.storage, "copy", and_then_it_is_deleted):
        scan_file(world.deps, file["id"])
    assert world.keys("longshore-public") == []


def test_a_copy_that_is_not_the_file(world: World) -> None:
    file = world.upload()

    def another(_source: Any, _etag: str, _size: int, to: Any, _headers: Any) -> None:
        world.s3.put_object(Bucket=to.bucket, Key=to.object_key, Body=b"hell")

    with patch.object(world.deps.storage, "copy", another), pytest.raises(ScanFailedError, match="has 4 bytes"):
        world.scan(file["id"])
    assert world.get(file["id"]).json["data"]["download_url"] is None
    assert world.scan(file["id"]) == "clean"


def test_a_crash_between_copy_and_verdict(world: World) -> None:
    file = world.upload()
    with (
        patch("service.domain.scanning.verdicts.write_verdict", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        world.scan(file["id"])
    assert world.get(file["id"]).json["data"]["download_url"] is None
    assert world.scan(file["id"]) == "clean"
    assert (world.keys("longshore-private"), len(world.keys("longshore-public"))) == ([], 1)


def test_a_crash_between_copy_and_verdict_and_then_another_verdict(world: World) -> None:
    file = world.upload()
    with (
        patch("service.domain.scanning.verdicts.write_verdict", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        world.scan(file["id"])
    assert len(world.keys("longshore-public")) == 1
    world.scanner.says = ScanVerdict("infected", "New-Virus")
    assert world.scan(file["id"]) == "infected"
    assert world.keys("longshore-public") == []


def test_a_file_of_several_reads(world: World) -> None:
    body = b"x" * CHUNK + SIGNATURE
    world.scanner.max_size = len(body)
    assert world.scan(world.upload(body)["id"]) == "infected"


def waits_between(world: World, file_id: str, error: type[Exception], times: int) -> list[float]:
    """Scan a file so many times, which fails each time: the seconds until the sweeper asks for the next attempt."""
    waits = []
    for _ in range(times):
        with pytest.raises(error):
            world.scan(file_id)
        due = row(world, file_id).scan_due_at
        assert due is not None
        waits.append((due - world.clock.now).total_seconds())
        world.clock.forward(waits[-1])
        assert sweep(world.deps).queued_scans == 1
    return waits


def test_a_scan_that_fails_is_asked_for_again_ever_later(world: World) -> None:
    file = world.upload()
    world.scanner.down = True
    waits = waits_between(world, file["id"], ScannerUnavailableError, 12)
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800, 1800, 1800]


def killed(world: World, file_id: str) -> None:
    """A scan whose process is killed: nothing after that moment happens."""
    with patch.object(world.scanner, "scan", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        world.scan(file_id)


def test_a_file_that_kills_every_worker_is_given_up_and_a_retry_scans_it(world: World) -> None:
    hooked = world.with_settings(webhooks=("https://app.example/hook",))
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
    with patch.object(world.scanner, "scan", side_effect=AssertionError):
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


def test_attempts_that_fail_in_good_order_never_give_a_file_up(world: World) -> None:
    """An outage may last for days, and a worker may be killed in it."""
    file_id = world.upload()["id"]
    for _ in range(MAX_UNFINISHED):
        killed(world, file_id)
        world.scanner.down = True
        with pytest.raises(ScannerUnavailableError):
            world.scan(file_id)
        world.scanner.down = False
    assert world.scan(file_id) == "clean"


def test_a_rescan_that_kills_every_worker_is_repeated_ever_more_rarely(world: World) -> None:
    file_id = world.ready()["id"]
    world.scanner.signatures = "2"
    sweep(world.deps)
    for _ in range(20):
        killed(world, file_id)
    judged = row(world, file_id)
    assert judged.scan_due_at == world.clock.now + MAX_RESCAN_WAIT
    assert (judged.virus_scan_status, world.get(file_id).json["data"]["download_url"] is None) == ("clean", False)
