"""The statements of `service.db`: their rows, order and limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from service.db.models import Audit, Delivery, File, PendingDeletion, Upload, Usage
from service.db.session import Database
from service.db.statements import uploads, usages, webhooks
from service.db.statements.execution import add_row, table_of
from service.db.statements.files import files, scans
from service.db.statements.lists import pages
from service.db.statements.objects import deletions
from service.db.statements.objects import keys as object_keys
from service.values import ONE_PUT, Location, UploadToSign
from service.values.access.caller import Caller
from service.values.formats.ids import new_id
from service.values.object_keys import adopted_name
from service.values.states import PendingKind
from tests.support.service.rows import NOW, add, both, file, upload

SECOND = timedelta(seconds=1)


def ids(rows: Any) -> list[str]:
    return [row.id for row in rows]


@pytest.mark.parametrize(("limit", "found"), [(1, ["a"]), (2, ["a", "c"]), (9, ["a", "c", "b"])])
def test_due_rows_are_returned_oldest_first_up_to_the_limit(db: Database, limit: int, found: list[str]) -> None:
    dues = {"a": NOW - 2 * SECOND, "b": NOW, "c": NOW - SECOND, "later": NOW + timedelta(microseconds=1)}
    for name, due in dues.items():
        add(db, upload(name, expires_at=due), upload(f"stuck-{name}", state="completing", lease_until=due))
        add(db, *both(f"scan-{name}", scan_due_at=due))
        add(db, PendingDeletion(**deletions.pending_deletion("object", "private", name, due)))
    add(db, upload("of another state", state="aborted", expires_at=NOW - SECOND, lease_until=NOW))
    with db.read() as reading:
        assert ids(uploads.expired_uploads(reading, NOW, limit)) == found
        assert ids(uploads.stuck_completions(reading, NOW, limit)) == [f"stuck-{name}" for name in found]
        assert ids(scans.due_scans(reading, NOW, limit)) == [f"file-scan-{name}" for name in found]
        assert [row.object_key for row in deletions.due_deletions(reading, NOW, limit)] == found
        assert [row.object_key for row in deletions.due_deletions(reading, NOW, limit, "b")] == ["b"]


def test_a_file_is_found_by_its_upload_and_an_upload_by_its_file(db: Database) -> None:
    add(db, upload("a", state="completed", parts=b"p", chunk_size=7), upload("b", state="completed"))
    add(db, file("a"), file("b"), upload("open", storage_upload_id="s", owner="ann", checksum_algorithm="CRC32"))
    with db.read() as reading:
        found = [files.file_of_upload(reading, "a"), files.file_of_upload(reading, "open")]
        assert [each and each.id for each in found] == ["file-a", None]
        named = [uploads.upload_of_file(reading, "file-a"), uploads.upload_of_file(reading, "file-x")]
        assert [each and each.id for each in named] == ["a", None]
        sizes = [files.file_and_chunk_size(reading, f"file-{name}") for name in ("a", "b", "x")]
        assert [each and (each[0].id, each[1]) for each in sizes] == [("file-a", 7), ("file-b", None), None]
    with db.lookup() as connection:
        signed = uploads.upload_to_sign(connection, "open")
        assert uploads.upload_to_sign(connection, "unknown") is None
    expected = upload("open", storage_upload_id="s", owner="ann", checksum_algorithm="CRC32", failure_reason=None)
    assert signed == UploadToSign(*(getattr(expected, name) for name in UploadToSign._fields))


def test_a_directly_inserted_row_equals_one_of_the_unit_of_work(db: Database) -> None:
    """With the same defaults, which the object then has; a statement first flushes the session."""
    add(db, *(upload(name, state="completed") for name in "ab"))
    given = {"detail": {"a": 1}, "filename": "Ä.TXT", "downloads": None, "unfinished_scans": None}
    with db.write() as session:
        at_once = file("a", **given, credential_hash="new")
        add_row(session, at_once)
        session.add(file("b", **given, credential_hash="old"))
        assert files.replace_credential_hash(session, "file-b", "old", "new") is True
    own = {"id", "upload_id", "object_key"}
    shared = [column.key for column in table_of(File).c if column.key not in own]
    with db.read() as session:
        rows = [session.get_one(File, f"file-{name}") for name in "ab"]
        seen = [{name: getattr(each, name) for name in shared} for each in (at_once, *rows)]
    assert seen[0] == seen[1] == seen[2]
    assert (at_once.name_key, at_once.downloads, at_once.unfinished_scans) == ("a.txt", 0, 0)


def test_one_put_uploads_with_valid_urls_are_found(db: Database) -> None:
    later = NOW + SECOND
    add(db, upload("a", storage_upload_id=ONE_PUT, expires_at=later), upload("m", storage_upload_id="s"))
    add(db, upload("b", storage_upload_id=ONE_PUT, expires_at=NOW), upload("c", storage_upload_id=ONE_PUT))
    with db.read() as reading:
        found = uploads.one_puts(reading, Upload.file_id, ["file-a", "file-b", "file-m"], NOW)
    assert found == {upload("a").object_key: later}


def test_a_pending_deletion_begins_with_no_attempts() -> None:
    own = {
        "kind": "multipart_upload",
        "bucket": "private",
        "object_key": "key",
        "storage_upload_id": "s",
        "adopted_key": None,
        "etag": None,
        "version_id": None,
        "attempts": 0,
        "due_at": NOW,
    }
    assert deletions.pending_deletion("multipart_upload", "private", "key", NOW, "s") == own
    adopted = {"adopted_key": "a key", "etag": '"e"', "version_id": "v"}
    found = deletions.pending_adopted_deletion(file("a", **adopted), NOW)
    assert found == own | adopted | {"kind": "object", "object_key": "key-a", "storage_upload_id": None}


@pytest.mark.parametrize("adopted_too", [False, True])
def test_adopted_objects_are_deleted_only_on_request(db: Database, adopted_too: bool) -> None:
    add(db, *both("own"), *both("adopted", adopted_key="a key"))
    with db.write() as writing:
        both_ids = ["file-own", "file-adopted"]
        files.delete_files(writing, both_ids, lambda _: [], NOW, NOW, adopted_too=adopted_too)
    with db.read() as reading:
        pending = [(row.object_key, row.adopted_key) for row in reading.scalars(select(PendingDeletion))]
    assert sorted(pending, key=str) == [("key-adopted", "a key")] * adopted_too + [("key-own", None)]


def test_an_adopted_object_is_no_orphan(db: Database) -> None:
    """Its key has the format of ours only if its bucket became ours later."""
    key = new_id()
    add(db, *both("adopted", object_key=adopted_name("private", key), adopted_key=key))
    with db.read() as reading:
        assert object_keys.objects_with_rows(reading, "private", {key: key, "other": "other"}) == {key}


def test_oldest_due_ignores_events_that_are_not_pending(db: Database) -> None:
    for number, due in enumerate([None, NOW, NOW]):
        values = {"id": str(number), "event": "ping", "url": "u", "payload": {}, "state": "owed", "attempts": 0}
        add(db, Delivery(**values, created_at=NOW, pending_since=NOW + number * SECOND, due_at=due))
    with db.read() as reading:
        assert webhooks.oldest_due(reading) == NOW + SECOND


@pytest.mark.parametrize("count", [1, 501])
def test_deleted_files_plan_deletions_and_release_their_bytes(db: Database, count: int) -> None:
    names = [f"{number:04}" for number in range(count)]
    of_ann = [upload(name, state="completed", owner="ann", reserved=2) for name in names]
    add(db, Usage(subject="ann", bytes=2 * count + 7), *of_ann, *(file(name, owner="ann") for name in names))
    add(db, *both("kept", owner="bob"))
    later = NOW + SECOND

    def copies_of(key: str) -> list[Location]:
        return [Location("public", key)]

    with db.write() as writing:
        deleted = files.delete_files(writing, [f"file-{name}" for name in names], copies_of, NOW, later)
    with db.read() as reading:
        left = (list(reading.scalars(select(File.id))), list(reading.scalars(select(Upload.id))))
        pending = [
            (row.kind, row.bucket, row.object_key, row.due_at) for row in reading.scalars(select(PendingDeletion))
        ]
        assert usages.used_bytes(reading, "ann") == 7
    assert sorted(deleted) == [f"file-{name}" for name in names]
    assert left == (["file-kept"], ["kept"])
    places = {("private", NOW), ("public", NOW), ("public", later)}
    assert sorted(pending) == sorted(("object", bucket, f"key-{name}", due) for name in names for bucket, due in places)


def test_a_caller_sees_its_own_rows(db: Database) -> None:
    add(db, *both("of-ann", owner="ann"), *both("of-bob", owner="bob"), *both("of-none"))
    with db.read() as reading:
        found = select(File.id).where(*pages.seen_by(File, Caller("ann", frozenset())))
        assert list(reading.scalars(found)) == ["file-of-ann"]


class TestUsages:
    def test_a_usage_counter_is_raised_up_to_its_limit(self, db: Database) -> None:
        with db.write() as writing:
            assert usages.take(writing, "ann", 5) is False
            usages.begin_counter(writing, "ann")
            usages.begin_counter(writing, "ann")
            assert usages.used_bytes(writing, "ann") == 0
            assert usages.take(writing, "ann", 5, most=0) is True
            assert usages.take(writing, "ann", 5, most=4) is False
            assert usages.take(writing, "ann", -2) is True
            assert usages.used_bytes(writing, "ann") == 3
            usages.give_back(writing, {"ann": 3, "nobody": 1})
            assert usages.used_bytes(writing, "ann") == 0

    def test_open_uploads_are_uploading_or_completing(self, db: Database) -> None:
        for state in ("uploading", "completing", "completed", "aborted", "expired"):
            add(db, upload(state, owner="ann", state=state), upload(f"{state} of bob", owner="bob", state=state))
        with db.read() as reading:
            assert (usages.open_uploads(reading, "ann"), usages.open_uploads(reading, "cleo")) == (2, 0)

    def test_reserved_bytes_are_summed_by_owner_for_any_number_of_uploads(self, db: Database) -> None:
        names = [str(number) for number in range(501)]
        add(db, *(upload(name, owner="ann", reserved=2) for name in names), upload("b", owner="bob", reserved=3))
        with db.read() as reading:
            assert usages.reserved_by(reading, [*names, "b", "unknown"]) == {"ann": 1002, "bob": 3}

    def test_wrong_counters_are_found_page_by_page_and_corrected(self, db: Database) -> None:
        for subject, counted in (("ann", 10), ("bob", 9), ("cleo", 1)):
            add(db, Usage(subject=subject, bytes=counted))
        for state, owner in (("uploading", "ann"), ("completing", "bob"), ("completed", "ann"), ("aborted", "ann")):
            add(db, upload(f"{state} of {owner}", owner=owner, state=state))
        with db.write() as writing:
            assert usages.suspects(writing, "", 2) == (["bob"], "bob")
            assert usages.suspects(writing, "bob", 2) == (["cleo"], None)
            assert usages.suspects(writing, "cleo", 2) == ([], None)
            assert [usages.correct_counter(writing, name) for name in ("bob", "cleo", "ann", "nobody")] == [4, 1, 0, 0]
            writing.flush()
            assert usages.suspects(writing, "", 4) == ([], None)


class TestStock:
    def test_files_of_a_bucket_are_found_by_key(self, db: Database) -> None:
        for name in ("b", "a", "c"):
            add(db, *both(name))
        add(db, *both("d", bucket="public"))
        with db.read() as reading:
            assert object_keys.buckets_of_files(reading) == ["private", "public"]
            after = object_keys.files_after(reading, Location("private", "key-a"), 1)
            assert [each.id for each in after] == ["file-b"]
            assert object_keys.checked_file(reading, "file-b") == after[0]
            assert object_keys.checked_file(reading, "unknown") is None
            assert ids(object_keys.files_of_keys(reading, "private", ["key-a", "key-d"])) == ["file-a"]
            assert object_keys.places_of(reading, ["key-d", "key-x"]) == [Location("public", "key-d")]

    def test_files_to_promote_are_servable_and_in_the_private_bucket(self, db: Database) -> None:
        add(db, *both("a"), *both("b", virus_scan_status="unscannable"), *both("c", credential_hash="h"))
        add(db, *both("d", bucket="public"), *both("e", quarantine_reason="why"), *both("f", virus_scan_status="error"))
        add(db, *both("g", scan_due_at=NOW), *both("h"))
        with db.read() as reading:
            keys = [f"key-{name}" for name in "bacdefg"]
            assert ids(object_keys.files_to_promote(reading, "private", keys)) == ["file-a", "file-b"]

    def test_withdrawn_files_are_found_by_the_audit_log(self, db: Database) -> None:
        for name, action in (("a", "withdrawn"), ("b", "infected")):
            add(db, Audit(at=NOW, actor="scanner", action=action, target_id=name))
        with db.read() as reading:
            assert [files.was_withdrawn(reading, name) for name in "abc"] == [True, False, False]

    def test_keys_of_pending_deletions_are_those_of_objects_in_the_bucket(self, db: Database) -> None:
        for kind, bucket, key in (
            ("object", "private", "a"),
            ("object", "public", "b"),
            ("multipart_upload", "private", "c"),
        ):
            add(db, PendingDeletion(**deletions.pending_deletion(kind, bucket, key, NOW)))
        with db.read() as reading:
            assert object_keys.keys_of_pending_deletions(
                reading, PendingKind.OBJECT, "private", ["a", "b", "c", "d"]
            ) == {"a"}

    def test_uploads_are_found_by_their_keys(self, db: Database) -> None:
        add(db, upload("a", owner="ann", filename="a.txt", content_type="text/plain"), upload("b"))
        with db.read() as reading:
            assert object_keys.uploads_of_keys(reading, ["key-a", "key-x"]) == {
                "key-a": object_keys.KnownUpload(
                    "key-a", None, "uploading", "a", "file-a", "ann", "a.txt", "text/plain", None
                )
            }
