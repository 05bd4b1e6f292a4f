"""Adopted files whose objects other programs replace or delete; only an explicit request deletes an object."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select

from longshore.receipts.signatures import ReceiptSigner
from service.db.models import Adoption, Delivery, File, PendingDeletion, Upload
from service.domain.changes.erase_subject import erase_subject
from service.domain.files.replaced import REASON
from service.domain.repair.check import WORDS, check_files
from service.domain.repair.recover import recover_files
from service.domain.repair.relocate import relocate
from service.domain.upkeep.sweep import sweep
from service.values.access.caller import Scope
from tests.support.fakes import SIGNATURE
from tests.support.files.adoption import (
    ARCHIVE,
    OBJECT,
    adopt,
    adopted,
    audits,
    counts,
    file_of,
    files,
    put,
    row,
    swept,
    verdicts,
    with_archive,
)
from tests.support.login import login
from tests.support.service_under_test import FILE, App, rebuilt

KEY = OBJECT["Key"]
DECISIONS = "/api/v1/admin/decisions"


@pytest.fixture
def archive(app: App) -> App:
    """With an adopted object that was scanned."""
    made = with_archive(app)
    put(made, KEY, b"hello")
    adopted(made)
    return made


@pytest.fixture
def versioned(app: App) -> App:
    made = with_archive(app)
    made.s3.put_bucket_versioning(Bucket=ARCHIVE, VersioningConfiguration={"Status": "Enabled"})
    put(made, KEY, b"hello")
    adopted(made)
    return made


def state(app: App) -> tuple[str, str | None, bool]:
    file = file_of(app)
    return file["virus_scan_status"], file["quarantine_reason"], file["download_url"] is not None


def body(app: App, **version: str) -> bytes:
    found: bytes = app.s3.get_object(**OBJECT, **version)["Body"].read()
    return found


def versions(app: App) -> list[bytes]:
    """The versions of the object, oldest first; an empty one for each delete marker."""
    found = app.s3.list_object_versions(Bucket=ARCHIVE)
    rows = [(each["LastModified"], body(app, VersionId=each["VersionId"])) for each in found.get("Versions", [])]
    return [bytes_ for _, bytes_ in sorted(rows)] + [b"" for _ in found.get("DeleteMarkers", [])]


def delete(app: App, **query: str) -> int:
    return app.client.delete(f"{FILE}/{row(app).id}", query_string=query).status_code


def flaws(app: App, **how: bool) -> list[tuple[str, str]]:
    options = {"mark": False, "adopt": False} | how
    return [(flaw.kind, flaw.path) for page in check_files(app.deps, None, **options) for flaw in page.flaws]


@pytest.mark.parametrize("bucket", ["archive", "versioned"])
def test_a_replaced_object_is_not_served_until_it_was_adopted_again(
    bucket: str, request: pytest.FixtureRequest
) -> None:
    app: App = request.getfixturevalue(bucket)
    assert state(app) == ("clean", None, True)
    put(app, KEY, b"HELLO, all")
    assert state(app) == ("error", REASON, False)
    assert (body(app), app.keys(ARCHIVE), row(app).scan_due_at) == (b"HELLO, all", [KEY], None)
    for _ in range(2):
        app.clock.forward(3600)
        swept(app)
    assert (state(app)[0], app.count(PendingDeletion)) == ("error", 0)
    again = adopt(app)
    sweep(app.deps)
    assert state(app) == ("pending", None, False)
    swept(app)
    assert state(app) == ("clean", None, True)
    assert requests.get(file_of(app)["download_url"], timeout=10).content == b"HELLO, all"
    etag = row(app).etag  # a withdrawn file has that of the object that replaced its own
    why = f"adoption {again['adoption_id']}: ETag {etag}, now {etag} of 10 bytes"
    assert audits(app, row(app).id)[-1][1:] == ("adopted", why)


def test_an_infected_replacement_of_an_object_is_never_served(archive: App) -> None:
    put(archive, KEY, b"a" + SIGNATURE)
    assert counts(adopted(archive)) == {"state": "done", "renewed": 1}
    assert state(archive) == ("infected", "The virus scanner found Fake-Virus.", False)
    put(archive, KEY, b"good again")
    assert counts(adopted(archive)) == {"state": "done", "renewed": 1}
    assert state(archive) == ("clean", None, True)


def test_the_file_of_an_object_replaced_before_its_scan_is_withdrawn(archive: App) -> None:
    put(archive, "late.txt", b"a" + SIGNATURE)
    adopt(archive)
    sweep(archive.deps)
    put(archive, "late.txt", b"harmless")
    assert archive.scan(row(archive, "late.txt").id) == "withdrawn"
    file = row(archive, "late.txt")
    assert (file.virus_scan_status, file.quarantine_reason, file.scan_due_at) == ("error", REASON, None)


def test_another_version_of_the_same_bytes_is_scanned_too(versioned: App) -> None:
    """The earlier version may be deleted at any time, and the link names it."""
    put(versioned, KEY, b"hello")
    assert flaws(versioned) == [("changed", f"archive/{KEY}")]
    assert state(versioned) == ("error", REASON, False)
    assert counts(adopted(versioned)) == {"state": "done", "renewed": 1}
    versioned.s3.delete_object(
        **OBJECT, VersionId=versioned.s3.list_object_versions(Bucket=ARCHIVE)["Versions"][1]["VersionId"]
    )
    assert requests.get(file_of(versioned)["download_url"], timeout=10).content == b"hello"


def test_a_version_that_is_not_the_latest_is_not_served(versioned: App) -> None:
    """Storage still has the version that was scanned; the program that owns the object has deleted it."""
    url = file_of(versioned)["download_url"]
    assert "versionId=" in url
    versioned.s3.delete_object(**OBJECT)
    answer = versioned.get(row(versioned).id)
    assert (answer.status_code, answer.json["code"]) == (503, "storage_unavailable")
    assert flaws(versioned, mark=True) == [("lost", f"archive/{KEY}")]
    assert state(versioned) == ("error", None, False)


def test_lost_and_changed_objects_are_reported_and_marked(archive: App) -> None:
    for key, content in (("a", b"hello"), ("b", b"hello"), ("c", b"c" + SIGNATURE), ("d", b"hello")):
        put(archive, key, content)
    adopted(archive)
    assert flaws(archive) == []
    archive.s3.delete_objects(Bucket=ARCHIVE, Delete={"Objects": [{"Key": "a"}, {"Key": "c"}]})
    put(archive, "b", b"HELLO")
    put(archive, "d", b"longer than before")
    found = [("lost", "archive/a"), ("changed", "archive/b"), ("lost", "archive/c"), ("damaged", "archive/d")]
    assert sorted(flaws(archive, mark=True), key=lambda flaw: flaw[1]) == found
    assert verdicts(archive) == {"a": "error", "b": "error", "c": "infected", "d": "error", KEY: "clean"}
    assert row(archive, "a").virus_scan_result == WORDS["lost"]
    put(archive, "a", b"hello")
    assert counts(adopted(archive)) == {"state": "done", "renewed": 3, "unchanged": 1}
    assert verdicts(archive) == {"a": "clean", "b": "clean", "c": "infected", "d": "clean", KEY: "clean"}


def test_a_deleted_file_leaves_its_object(archive: App) -> None:
    assert delete(archive) == 200
    archive.clock.forward(7 * 86400)
    swept(archive)
    assert (body(archive), files(archive), archive.count(Upload), archive.count(PendingDeletion)) == (
        b"hello",
        {},
        0,
        0,
    )
    assert counts(adopted(archive)) == {"state": "done", "adopted": 1}


def test_delete_object_deletes_the_adopted_object_too(archive: App) -> None:
    put(archive, "other.txt")
    file_id = row(archive).id
    assert delete(archive, delete_object="true") == 200
    assert archive.keys(ARCHIVE) == ["other.txt"]
    assert audits(archive, file_id)[-1] == ("anonymous", "deleted", "with its adopted object")
    assert archive.count(PendingDeletion) == 0


def test_an_object_that_replaced_the_adopted_one_is_not_deleted(archive: App) -> None:
    put(archive, KEY, b"another")
    assert delete(archive, delete_object="true") == 200
    assert (body(archive), archive.count(PendingDeletion)) == (b"another", 0)


def test_the_deletion_of_an_object_waits_for_storage(archive: App) -> None:
    down = archive.without_storage()
    assert delete(down, delete_object="true") == 200
    assert (body(archive), archive.count(PendingDeletion)) == (b"hello", 1)
    archive.clock.forward(3600)
    assert sweep(archive.deps).removed == 1
    assert archive.keys(ARCHIVE) == []


def test_an_object_that_was_adopted_again_is_not_deleted_late(archive: App) -> None:
    assert delete(archive.without_storage(), delete_object="true") == 200
    adopted(archive)
    archive.clock.forward(3600)
    assert sweep(archive.deps).removed == 1
    assert (body(archive), state(archive)) == (b"hello", ("clean", None, True))


def test_a_newer_version_of_an_adopted_object_is_not_deleted(versioned: App) -> None:
    put(versioned, KEY, b"newer")
    assert delete(versioned, delete_object="true") == 200
    assert versions(versioned) == [b"newer"]


def test_delete_object_requires_the_scope_admin(archive: App) -> None:
    app = archive.with_settings(login="on")
    put(app, "of-ann.txt")
    adopted(login(app, "olivia", Scope.ADMIN), owner="ann")
    ann = login(app, "ann", Scope.DELETE, Scope.READ)
    url = f"{FILE}/{row(app, 'of-ann.txt').id}"
    assert ann.client.delete(f"{url}?delete_object=true").status_code == 403
    assert ann.client.delete(url).status_code == 200
    assert "of-ann.txt" in app.keys(ARCHIVE)


def test_expiry_and_erasure_leave_objects(archive: App) -> None:
    app = archive.with_settings(login="on", policies={"short": {"retention": 3600}}, orphan_policy="delete")
    operator = login(app, "olivia", Scope.ADMIN)
    for key in ("expires", "erased", "erased too"):
        put(app, key)
    adopted(operator, prefix="expires", policy="short")
    adopted(operator, prefix="erased", owner="ann", follow=True)
    assert app.count(File) == 4
    app.clock.forward(timedelta(days=8).total_seconds())
    swept(app)
    assert set(files(app)) == {KEY, "erased", "erased too"}
    assert [step.adoptions for step in erase_subject(app.deps, "olivia", "asked") if step.adoptions] == [2]
    with app.deps.db.read() as session:
        operators = session.scalars(select(Adoption.created_by)).all()
    assert sorted(operators) == ["anonymous", "erased", "erased"]
    counted = list(erase_subject(app.deps, "ann", "asked"))
    assert (sum(step.files for step in counted), sum(step.adoptions for step in counted)) == (2, 1)
    swept(app)
    assert (set(files(app)), app.count(PendingDeletion)) == ({KEY}, 0)
    assert app.keys(ARCHIVE) == [KEY, "erased", "erased too", "expires"]


def test_an_erasure_deletes_adopted_objects_on_request(archive: App) -> None:
    app = archive.with_settings(login="on")
    put(app, "erased")
    adopted(login(app, "olivia", Scope.ADMIN), prefix="erased", owner="ann")
    list(erase_subject(app.deps, "ann", "asked", adopted_too=True))
    sweep(app.deps)
    assert app.keys(ARCHIVE) == [KEY]


def test_a_blocked_file_leaves_its_object_and_stays_blocked(archive: App) -> None:
    wish = {"action": "block", "file_ids": [row(archive).id], "reason": "Wrong."}
    assert archive.client.post(DECISIONS, json=wish).json["data"]["done"] == 1
    swept(archive)
    assert (state(archive), row(archive).scan_due_at) == (("blocked", "Wrong.", False), None)
    put(archive, KEY, b"changed")
    assert counts(adopted(archive)) == {"state": "done", "skipped": 1}
    assert (state(archive)[0], archive.count(PendingDeletion), body(archive)) == ("blocked", 0, b"changed")


def test_an_infected_adopted_file_can_be_released(archive: App) -> None:
    put(archive, "bad.txt", b"a" + SIGNATURE)
    adopted(archive)
    wish = {"action": "release", "file_ids": [row(archive, "bad.txt").id], "reason": "Checked."}
    assert archive.client.post(DECISIONS, json=wish).json["data"]["done"] == 1
    url = file_of(archive, "bad.txt")["download_url"]
    assert requests.get(url, timeout=10).content == b"a" + SIGNATURE
    put(archive, "bad.txt", b"b" + SIGNATURE)
    adopted(archive)
    assert file_of(archive, "bad.txt")["virus_scan_status"] == "infected"


def test_an_adopted_file_on_hold_is_neither_renewed_nor_deleted(archive: App) -> None:
    answer = archive.client.patch(f"{FILE}/{row(archive).id}", json={"legal_hold": True, "reason": "Case 7"})
    assert answer.status_code == 200
    put(archive, KEY, b"changed")
    assert counts(adopted(archive)) == {"state": "done", "skipped": 1}
    assert (row(archive).size, delete(archive, delete_object="true"), body(archive)) == (5, 409, b"changed")


def test_recover_and_relocate_ignore_adopted_objects(archive: App) -> None:
    before = {column.name: getattr(row(archive), column.name) for column in File.__table__.columns}
    assert list(relocate(archive.deps, ARCHIVE, "elsewhere")) == []
    public = archive.deps.settings.s3_public_bucket
    app = archive.with_settings(adopt_buckets=(public,))
    app.s3.put_object(Bucket=public, Key="foreign.txt", Body=b"hello")
    adopted(app, bucket=public)
    assert (
        sum(page.files + page.moved + page.left_over for page in recover_files(app.deps, dry_run=False, opened=False))
        == 0
    )
    assert {column.name: getattr(row(archive), column.name) for column in File.__table__.columns} == before


def test_operators_see_where_the_object_is(versioned: App) -> None:
    file = row(versioned)
    shown = versioned.client.get(f"/api/v1/admin/files/{file.id}").json["data"]
    assert shown["object"] == {"bucket": ARCHIVE, "key": KEY, "etag": file.etag, "version_id": file.version_id}
    assert [entry["action"] for entry in shown["audit"]] == ["adopted"]


def test_an_adopted_file_has_webhook_events_and_a_receipt(app: App) -> None:
    archive = with_archive(app, webhooks=("https://hooks.example/",))
    put(archive, KEY)
    made = adopted(archive)
    with archive.deps.db.read() as session:
        found = session.execute(select(Delivery.event, Delivery.payload).order_by(Delivery.created_at)).all()
    events: list[tuple[str, Any]] = [(event, payload["data"]["file"]["virus_scan_status"]) for event, payload in found]
    assert sorted(events) == [("file.adopted", "pending"), ("file.ready", "clean")]
    signing = rebuilt(archive, receipts=ReceiptSigner("0b" * 32))
    answer = signing.client.get(f"{FILE}/receipt/{row(archive).id}").json["data"]["contents"]
    assert {name: answer[name] for name in ("adoption_id", "parts", "chunk_size", "total_chunks", "etag", "size")} == {
        "adoption_id": made["adoption_id"],
        "parts": None,
        "chunk_size": None,
        "total_chunks": 1,
        "etag": row(archive).etag,
        "size": 5,
    }
