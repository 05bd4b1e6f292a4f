"""New signatures: served files are scanned again, a few at a time, and stay available meanwhile."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import update

from service.db.cached.generations import REMEMBERED
from service.db.models import Fact, File
from service.domain.scanning.failures import SCAN_GRACE
from service.domain.scanning.rescans import ATTEMPTS_IN_BATCH, KEPT_VERSIONS, generation_of
from service.domain.upkeep.sweep import sweep
from service.errors import ScannerUnavailableError
from service.scanner import ScanFailedError
from service.storage.replies import ObjectChangedError
from tests.support.fakes import SIGNATURE, FakeScanner
from tests.support.files.scan_attempts import waits_between
from tests.support.service_under_test import App, rebuilt


def row(app: App, file_id: str) -> File:
    with app.deps.db.read() as session:
        return session.get_one(File, file_id)


def waiting(app: App, *files: dict[str, Any]) -> list[bool]:
    """The files that are due for another scan."""
    return [row(app, file["id"]).scan_due_at is not None for file in files]


def test_a_file_records_the_signatures_that_scanned_it(app: App) -> None:
    file = row(app, app.ready()["id"])
    assert (file.scanned_with, file.scan_generation) == ("Fake 1.0/1", 1)


def test_a_file_records_the_replica_that_scanned_it(app: App) -> None:
    """Several replicas may share an address: here another one has newer signatures."""
    older = FakeScanner(signatures="1")
    app.scanner.signatures = "2"
    generation_of(app.deps, "Fake 1.0/1")
    with patch.object(app.scanner, "scan", older.scan):
        file = app.ready()
    judged = row(app, file["id"])
    assert (judged.scanned_with, judged.scan_generation) == ("Fake 1.0/1", 1)
    assert sweep(app.deps).rescans == 1


def test_unchanged_signatures_cause_no_rescan(app: App) -> None:
    file = app.ready()
    assert sweep(app.deps).rescans == 0
    assert waiting(app, file) == [False]


def test_new_signatures_cause_a_rescan(app: App) -> None:
    file, bad = app.ready(), app.ready(SIGNATURE)
    app.scanner.signatures = "2"
    report = sweep(app.deps)
    assert (report.rescans, report.queued_scans, app.queue.again) == (1, 1, {file["id"]})
    assert waiting(app, file, bad) == [True, False]
    shown = app.get(file["id"]).json["data"]
    assert (shown["virus_scan_status"], shown["download_url"] is None) == ("clean", False)
    assert sweep(app.deps).rescans == 0
    assert app.scan(file["id"]) == "clean"
    judged = row(app, file["id"])
    assert (judged.scanned_with, judged.scan_generation, judged.scan_due_at) == ("Fake 1.0/2", 2, None)
    assert sweep(app.deps).rescans == 0


def test_files_served_unscanned_are_scanned_when_a_scanner_is_added(app: App) -> None:
    off = app.with_settings(clamd_url="off")
    off.deps.__dict__["scanner"] = None
    file = off.ready(SIGNATURE)
    assert row(app, file["id"]).virus_scan_status == "disabled"
    assert sweep(app.deps).rescans == 1
    assert app.scan(file["id"]) == "infected"
    assert app.get(file["id"]).json["data"]["download_url"] is None


def test_a_batch_has_the_newest_and_the_most_downloaded_files(app: App) -> None:
    files = []
    for _ in range(6):
        files.append(app.ready())
        app.clock.forward(1)
    with app.deps.db.write() as session:
        for number, file in enumerate(files):
            session.execute(update(File).where(File.id == file["id"]).values(downloads=10 - number))
    app.scanner.signatures = "2"
    few = app.with_settings(rescan_batch=2)
    assert sweep(few.deps).rescans == 2
    # the most downloaded is the oldest here
    assert waiting(app, *files) == [True, False, False, False, False, True]
    assert sweep(few.deps).rescans == 0
    app.scan(files[0]["id"])
    assert sweep(few.deps).rescans == 1


def test_a_batch_ends_with_the_newest_of_the_older_signatures(app: App) -> None:
    oldest = [app.ready() for _ in range(2)]
    app.scanner.signatures = "2"
    older = []
    for _ in range(3):
        app.clock.forward(1)
        older.append(app.ready())
    app.scanner.signatures = "3"
    with app.deps.db.write() as session:
        session.execute(update(File).where(File.id == older[0]["id"]).values(downloads=1))
    assert sweep(app.with_settings(rescan_batch=3).deps).rescans == 3
    assert waiting(app, *older, *oldest) == [True, True, True, False, False]


def test_rescan_batch_0_turns_rescans_off(app: App) -> None:
    file = app.ready()
    app.scanner.signatures = "2"
    assert sweep(app.with_settings(rescan_batch=0).deps).rescans == 0
    assert waiting(app, file) == [False]


def test_with_the_scanner_down_the_rest_of_the_sweep_continues(app: App) -> None:
    file = app.upload()
    app.scanner.down = True
    app.queue.jobs.clear()
    app.clock.forward(SCAN_GRACE.total_seconds())
    report = sweep(app.deps)
    assert (report.errors, report.queued_scans) == (["scan_again: scanner_unavailable"], 1)
    assert waiting(app, file) == [True]


def test_a_failed_rescan_keeps_the_verdict_and_is_retried(app: App) -> None:
    file = app.ready()
    app.scanner.signatures = "2"
    sweep(app.deps)
    app.scanner.down = True
    with pytest.raises(ScannerUnavailableError):
        app.scan(file["id"])
    assert app.get(file["id"]).json["data"]["virus_scan_status"] == "clean"
    app.scanner.down = False
    app.clock.forward(3600)
    assert sweep(app.deps).queued_scans == 1
    assert app.scan(file["id"]) == "clean"


def lose(app: App, file: dict[str, Any]) -> None:
    """Storage has lost the file's object."""
    at = row(app, file["id"])
    app.s3.delete_object(Bucket=at.bucket, Key=at.object_key)


def test_unreadable_files_do_not_stop_the_rescans_of_others(app: App) -> None:
    files = []
    for _ in range(3):
        files.append(app.ready())
        app.clock.forward(1)
    downloaded, other, newest = files
    lost = [downloaded, newest]  # these come first
    for file in lost:
        lose(app, file)
    with app.deps.db.write() as session:
        session.execute(update(File).where(File.id == downloaded["id"]).values(downloads=1))
    app.scanner.signatures = "2"
    full = app.with_settings(rescan_batch=2)
    for _ in range(ATTEMPTS_IN_BATCH):
        sweep(full.deps)
        assert waiting(full, other, *lost) == [False, True, True]
        for file in lost:
            with pytest.raises(ObjectChangedError):
                full.scan(file["id"])
    assert sweep(full.deps).rescans == 1
    assert full.scan(other["id"]) == "clean"
    assert waiting(full, other, *lost) == [False, True, True]


def test_a_rescan_that_keeps_failing_is_retried_daily(app: App) -> None:
    file = app.ready()
    lose(app, file)
    app.scanner.signatures = "2"
    sweep(app.deps)
    waits = waits_between(app, file["id"], ObjectChangedError, 16)
    assert (waits[:3], waits[-2:]) == ([10, 20, 40], [86400, 86400])
    assert app.get(file["id"]).json["data"]["virus_scan_status"] == "clean"


def test_the_wait_begins_when_a_failed_attempt_ends(app: App) -> None:
    file_id = app.ready()["id"]
    app.scanner.signatures = "2"
    sweep(app.deps)

    def fail_after_an_hour(*_args: Any) -> None:
        app.clock.forward(3600)
        raise ScanFailedError("it broke off")

    with patch.object(app.scanner, "scan", fail_after_an_hour):
        for _ in range(6):
            with pytest.raises(ScanFailedError):
                app.scan(file_id)
    due = row(app, file_id).scan_due_at
    assert due is not None
    assert (due - app.clock.now).total_seconds() == 320


@pytest.mark.parametrize("off", [{"rescan_batch": 0}, {"clamd_url": "off"}], ids=["rescans", "scanning"])
def test_turning_rescans_off_cancels_waiting_rescans(app: App, off: dict[str, Any]) -> None:
    file = app.ready()
    app.scanner.signatures = "2"
    sweep(app.deps)
    scanner = None if "clamd_url" in off else app.scanner
    without = rebuilt(app.with_settings(**off), scanner=scanner)
    sweep(without.deps)
    assert without.scan(file["id"]) == "nothing to scan"
    without.clock.forward(SCAN_GRACE.total_seconds())
    assert (sweep(without.deps).queued_scans, waiting(without, file)) == (0, [False])
    judged = row(without, file["id"])
    assert (judged.virus_scan_status, judged.scanned_with) == ("clean", "Fake 1.0/1")
    assert sweep(app.deps).rescans == 1
    assert app.scan(file["id"]) == "clean"


def test_a_queued_rescan_does_nothing_after_scanning_is_turned_off(app: App) -> None:
    file = app.ready()
    app.scanner.signatures = "2"
    sweep(app.deps)
    before = row(app, file["id"])
    assert rebuilt(app, scanner=None).scan(file["id"]) == "nothing to scan"
    after = row(app, file["id"])
    assert (after.scan_token, after.scan_attempts) == (before.scan_token, before.scan_attempts)


def test_alternating_scanner_versions_reuse_their_generations(app: App) -> None:
    versions = ("a", "b", "a", "b", "c", "a")
    assert [generation_of(app.deps, version) for version in versions] == [1, 2, 1, 2, 3, 1]


def test_cached_generations_are_read_again_after_a_while(app: App) -> None:
    assert generation_of(app.deps, "a") == 1
    with app.deps.db.write() as session:  # another database replaces this one
        session.delete(session.get_one(Fact, "scan_generations"))
    assert [generation_of(app.deps, version) for version in "aba"] == [1, 1, 1]
    app.clock.forward(REMEMBERED.total_seconds())
    assert [generation_of(app.deps, version) for version in "cab"] == [2, 3, 1]


def test_old_scanner_versions_are_forgotten(app: App) -> None:
    for number in range(KEPT_VERSIONS + 5):
        assert generation_of(app.deps, f"v{number}") == number + 1
    with app.deps.db.read() as session:
        assert len(session.get_one(Fact, "scan_generations").value) == KEPT_VERSIONS


def test_downloads_are_counted_and_written_once_a_minute(app: App) -> None:
    file = app.ready()
    for _ in range(3):
        app.get(file["id"])
    assert row(app, file["id"]).downloads == 0
    app.clock.forward(60)
    app.get(file["id"])
    assert row(app, file["id"]).downloads == 4


def test_a_failed_download_count_does_not_fail_the_download(app: App) -> None:
    file = app.ready()
    app.get(file["id"])
    app.clock.forward(60)
    app.deps.downloads.note(app.without_database().deps.db, file["id"], app.clock())
    assert app.get(file["id"]).status_code == 200
