"""`longshore check`: files with lost, damaged, replaced or restored objects; marked files report it, and work again."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from service.db.models import File
from service.domain.repair import check
from service.domain.repair.check import WORDS, check_files
from service.domain.upkeep.sweep import sweep
from service.values import CheckedPage, Location
from service.values.formats.ids import new_id
from tests.support.fakes import SIGNATURE
from tests.support.files.decisions import audits
from tests.support.files.stored_files import PRIVATE, PUBLIC, checked, flaw, place, ready, shown
from tests.support.service_under_test import App, rebuilt


def rescan(app: App, file: dict[str, Any]) -> None:
    """The sweeper queues due scans, the worker runs them."""
    sweep(app.deps)
    assert app.queue.jobs.get(file["id"]) == "queued"
    app.scan(file["id"])


def test_check_lists_intact_objects_and_reports_nothing(app: App) -> None:
    ready(app)
    app.upload(b"waits for its scan")
    ready(app, b"a" + SIGNATURE)
    with patch.object(app.deps.storage, "head", side_effect=AssertionError("a list shows all of it")):
        assert checked(app, mark=True, adopt=True) == []


def test_an_infected_object_that_the_policy_deleted_is_not_lost(app: App) -> None:
    app.with_settings(infected_policy="delete").ready(SIGNATURE)
    assert checked(app, mark=True) == []


def test_a_lost_file_is_marked_until_its_object_returns(app: App) -> None:
    file = ready(app.published())  # a copy has the ETag of an object in one part
    app.s3.copy_object(Bucket=PRIVATE, Key="kept", CopySource=place(file))
    app.s3.delete_object(**place(file))
    assert checked(app) == [flaw(file, "lost", "nothing")]
    assert shown(app, file) == ("clean", None, True)

    assert checked(app, mark=True) == [flaw(file, "lost", "nothing", "marked")]
    assert shown(app, file) == ("error", WORDS["lost"], False)
    status = app.status(file["id"]).json["data"]
    assert (status["stage"], status["status"]) == ("scan_failed", "FAILURE")
    # no sweep queues a scan of a missing object, and a second check changes nothing
    assert sweep(app.deps).queued_scans == 0
    assert checked(app, mark=True) == [flaw(file, "lost", "nothing")]

    app.s3.copy_object(**place(file), CopySource={"Bucket": PRIVATE, "Key": "kept"})
    etag = app.s3.head_object(**place(file))["ETag"]
    assert checked(app, mark=True) == [flaw(file, "back", f"5 bytes, ETag {etag}", "to be scanned")]
    assert shown(app, file) == ("pending", None, False)
    rescan(app, file)
    assert shown(app, file) == ("clean", None, True)
    assert checked(app) == []
    assert audits(app, file["id"]) == [
        ("system", "lost", WORDS["lost"]),
        ("system", "found", f"ETag {etag}"),
    ]


def test_a_client_can_retry_the_scan_of_a_lost_file(app: App) -> None:
    file = ready(app)
    app.s3.delete_object(**place(file))
    checked(app, mark=True)
    assert app.post("/upload/retry", file_id=file["id"]).json["data"]["virus_scan_status"] == "pending"
    with pytest.raises(Exception, match="not the one that was completed"):
        app.scan(file["id"])
    assert shown(app, file)[0] == "error"


def test_a_changed_object_is_adopted_on_request_and_scanned_before_serving(app: App) -> None:
    file = ready(app)
    app.s3.put_object(**place(file), Body=b"HELLO")
    found = f"5 bytes, ETag {app.s3.head_object(**place(file))['ETag']}"
    assert checked(app) == [flaw(file, "changed", found)]
    assert checked(app, mark=True) == [flaw(file, "changed", found, "marked")]
    assert shown(app, file) == ("error", WORDS["changed"], False)
    assert checked(app, adopt=True) == [flaw(file, "changed", found, "to be scanned")]
    assert shown(app, file) == ("pending", None, False)
    rescan(app, file)
    assert shown(app, file) == ("clean", None, True)


def test_an_object_of_another_size_is_never_adopted(app: App) -> None:
    file = ready(app)
    app.s3.put_object(**place(file), Body=b"four")
    [found] = checked(app, mark=True, adopt=True)
    assert (found.kind, found.done) == ("damaged", "marked")


def test_a_blocked_file_stays_blocked(app: App) -> None:
    file = ready(app, b"a" + SIGNATURE)
    app.s3.put_object(**place(file), Body=b"b" + SIGNATURE)
    [found] = checked(app, mark=True, adopt=True)
    assert (found.kind, found.done) == ("changed", "taken")
    assert checked(app) == []
    assert shown(app, file)[0] == "infected"
    assert app.status(file["id"]).json["data"]["stage"] == "quarantined"


def test_check_pages_through_files_and_continues_after_a_place(app: App) -> None:
    files = sorted((ready(app, bytes([number])) for number in range(5)), key=lambda file: file["path"])
    for number in range(3):
        app.s3.put_object(Bucket=PUBLIC, Key=new_id(), Body=b"of nobody" * number)
    with patch.object(check, "PAGE", 2):
        pages = list(check_files(app.deps, None, mark=False, adopt=False))
        places = [Location(*file["path"].split("/", 1)) for file in files]
        assert pages == [
            CheckedPage(2, 2, places[1], []),
            CheckedPage(2, 2, places[3], []),
            CheckedPage(1, 1, places[4], []),
        ]
        assert list(check_files(app.deps, places[1], mark=False, adopt=False)) == pages[1:]


def test_a_file_that_is_moved_during_the_check_is_not_lost(app: App) -> None:
    app = app.published()
    file = app.upload()
    head = app.deps.storage.head
    scans = iter([file["id"]])

    def scanned_meanwhile(at: Location) -> Any:
        for file_id in scans:
            app.scan(file_id)
        return head(at)

    late = rebuilt(app)
    with (
        patch.object(check, "_listed", return_value={}),
        patch.object(late.deps.storage, "head", side_effect=scanned_meanwhile),
    ):
        assert checked(late, mark=True) == []
    assert shown(app, file) == ("clean", None, True)
    with app.deps.db.read() as session:
        assert session.get_one(File, file["id"]).bucket == PUBLIC
