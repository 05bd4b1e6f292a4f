"""Completions that are interrupted or fail in storage: each ends as a file, or with a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError
from sqlalchemy.orm import Session

from service.db.models import File, PendingDeletion, Upload
from service.db.statements.transitions.uploads import move_upload
from service.domain.scanning.scans import SCAN_GRACE
from service.domain.upkeep.sweep import sweep
from service.domain.uploads.completion import complete as completion
from service.domain.uploads.completion.assembly import LOST_AFTER
from service.domain.uploads.completion.failures import COMPLETION_TIME
from service.storage.s3 import UPLOAD_ID_METADATA
from service.values import StoredObject
from service.values.states import UploadState
from tests.support.matchers import failure
from tests.support.programs.crashes import Crash, crash
from tests.support.service_under_test import FILE, App

HELLO = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
"""SHA-256 of `hello` in base64."""


def crash_at(app: App, opened: dict[str, Any], where: str) -> None:
    with patch(where, crash), pytest.raises(Crash):
        app.post("/upload/complete/", **app.completion(opened, filename="kept.txt"))


@pytest.mark.parametrize(
    "where",
    [
        "service.storage.s3.Storage.complete_upload",
        "service.storage.s3.Storage.head",
        "service.domain.uploads.completion.complete.record_file",
        "service.domain.uploads.completion.complete.queue_scan_or_postpone",
    ],
)
def test_a_repeated_completion_after_a_crash_makes_the_file(app: App, where: str) -> None:
    opened = app.send()
    crash_at(app, opened, where)
    answer = app.post("/upload/complete/", **app.completion(opened, filename="kept.txt"))
    assert (answer.status_code, answer.json["data"]["filename"]) == (200, "kept.txt")
    app.clock.forward(SCAN_GRACE.total_seconds())  # where the process died before it queued the scan, a sweep does
    sweep(app.deps)
    app.assert_whole(opened)


@pytest.mark.parametrize(
    "where", ["service.storage.s3.Storage.complete_upload", "service.domain.uploads.completion.complete.record_file"]
)
def test_the_sweeper_finishes_an_interrupted_completion(app: App, where: str) -> None:
    opened = app.send()
    crash_at(app, opened, where)
    assert app.status(opened["file_id"]).json["data"]["stage"] == "completing"
    app.clock.forward(60)
    report = sweep(app.deps)
    assert (report.finished_completions, report.errors) == (1, [])
    assert app.get(opened["file_id"]).json["data"]["filename"] == "kept.txt"
    app.assert_whole(opened)


@pytest.mark.parametrize("who", ["the client", "the sweeper", "a retry"])
def test_a_part_that_was_sent_again_after_a_crash_is_verified_again(app: App, who: str) -> None:
    """The ETags that the client sent were checked before the crash; the later part has another ETag."""
    opened = app.init(size=5)
    etag = app.put(opened["chunks"][0], b"hello")
    wish = app.completion(opened, parts=[{"chunk_index": 0, "etag": etag}])
    with patch("service.storage.s3.Storage.complete_upload", crash), pytest.raises(Crash):
        app.post("/upload/complete/", **wish)
    app.put(opened["chunks"][0], b"HELLO")
    app.clock.forward(60)
    if who == "the sweeper":
        assert sweep(app.deps).finished_completions == 0
    elif who == "a retry":
        app.post("/upload/retry", upload_id=opened["upload_id"])
    answer = app.post("/upload/complete/", **wish)
    assert (answer.status_code, answer.json) == (
        409,
        failure("etag_mismatch", "[parts] chunk 0 has a different ETag in storage", mismatched=[0]),
    )
    assert app.status(opened["file_id"]).json["data"]["stage"] == "uploading"


def test_retry_finishes_an_interrupted_completion(app: App) -> None:
    opened = app.send()
    crash_at(app, opened, "service.storage.s3.Storage.complete_upload")
    live = app.post("/upload/retry", upload_id=opened["upload_id"])
    assert (live.status_code, live.json) == (400, failure("file_in_progress"))
    app.clock.forward(60)
    assert app.post("/upload/retry", upload_id=opened["upload_id"]).json["data"]["filename"] == "kept.txt"
    app.assert_whole(opened)


def test_a_completion_is_refused_while_another_process_completes(app: App) -> None:
    opened = app.send()
    crash_at(app, opened, "service.storage.s3.Storage.complete_upload")
    app.clock.forward(1)
    with patch("service.domain.uploads.completion.claims._take_lease", lambda *_: False):
        answer = app.post("/upload/complete/", **app.completion(opened))
    assert (answer.status_code, answer.json) == (409, failure("completion_in_progress"))
    assert answer.headers["Retry-After"] == "2"


def test_storage_refuses_the_parts_and_the_upload_stays_open(app: App) -> None:
    opened = app.send()
    original = app.deps.storage.complete_upload

    def with_wrong_etag(*args: Any) -> None:
        app.put(opened["chunks"][0], b"HELLO")  # overwritten after it was listed
        original(*args)

    with patch.object(app.deps.storage, "complete_upload", with_wrong_etag):
        answer = app.post("/upload/complete/", **app.completion(opened))
    assert (answer.status_code, answer.json) == (409, failure("size_mismatch"))
    assert app.post("/upload/complete/", **app.completion(opened)).status_code == 200
    app.assert_whole(opened, b"HELLO")


def test_an_object_of_another_size_is_deleted_and_its_upload_aborted(app: App) -> None:
    opened = app.send()

    def another(at: Any, *_args: Any) -> None:
        app.s3.put_object(Bucket=at.bucket, Key=at.object_key, Body=b"other bytes")

    with patch.object(app.deps.storage, "complete_upload", another):
        answer = app.post("/upload/complete/", **app.completion(opened))
    assert (answer.status_code, answer.json) == (409, failure("size_mismatch"))
    assert "11 bytes, not 5" in answer.json["message"]
    assert (app.keys("longshore-private"), app.count(PendingDeletion), app.count(File)) == ([], 0, 0)
    again = app.post("/upload/complete/", **app.completion(opened))
    assert (again.status_code, again.json) == (409, failure("upload_aborted"))


@pytest.mark.parametrize("page", [{"size": 12}, {"upload_id": "another's"}])
def test_an_object_is_not_deleted_because_of_a_false_head_response(app: App, page: dict[str, Any]) -> None:
    """The error page of a proxy has a size and an ETag too."""
    opened = app.send()
    head = app.deps.storage.head
    with patch.object(app.deps.storage, "head", lambda at: replace(head(at), etag='"page"', **page)):
        answer = app.post("/upload/complete/", **app.completion(opened))
    assert (answer.status_code, answer.json) == (503, failure("storage_unavailable"))
    app.clock.forward(60)
    assert sweep(app.deps).finished_completions == 1
    app.assert_whole(opened)


def test_a_completion_waits_for_an_object_that_storage_shows_late(app: App) -> None:
    opened = app.send()
    head = app.deps.storage.head
    with patch.object(app.deps.storage, "head") as mocked:
        mocked.side_effect = lambda at: None if mocked.call_count == 1 else head(at)
        answer = app.post("/upload/complete/", **app.completion(opened))
    assert answer.status_code == 200
    app.assert_whole(opened)


def not_shown(app: App) -> Any:
    """Let storage complete uploads, but not show their objects."""
    return patch.object(app.deps.storage, "head", return_value=None)


def test_an_object_that_storage_does_not_show_is_never_deleted(app: App) -> None:
    """It stays for the sweeper; after an hour the upload has failed, and the object is an orphan."""
    opened, lost = app.send(), app.send()
    with not_shown(app):
        for each in (opened, lost):
            answer = app.post("/upload/complete/", **app.completion(each))
            assert (answer.status_code, answer.json) == (503, failure("storage_unavailable"))
        app.clock.forward(60)
        assert sweep(app.deps).finished_completions == 0
    assert app.status(opened["file_id"]).json["data"]["stage"] == "completing"
    app.clock.forward(60)
    assert app.post("/upload/complete/", **app.completion(opened)).status_code == 200
    with not_shown(app):
        app.clock.forward(LOST_AFTER.total_seconds())
        sweep(app.deps)
    assert app.status(lost["file_id"]).json["data"]["stage"] == "aborted"
    assert (len(app.keys("longshore-private")), app.count(PendingDeletion)) == (2, 0)
    app.assert_whole(opened)


def test_an_object_that_storage_has_just_acknowledged_is_never_abandoned(app: App) -> None:
    """Also after an outage that was longer than storage may need to show an object."""
    opened = app.send()
    crash_at(app, opened, "service.storage.s3.Storage.complete_upload")
    app.clock.forward(LOST_AFTER.total_seconds())
    with not_shown(app):
        sweep(app.deps)
    assert app.status(opened["file_id"]).json["data"]["stage"] == "completing"
    app.clock.forward(60)
    assert sweep(app.deps).finished_completions == 1
    app.assert_whole(opened)


REFUSALS = ["EntityTooLarge", "AccessDenied", "InvalidArgument", "BadDigest", "QuotaExceeded"]


def refused(app: App, code: str, status: int = 400) -> Any:
    """Storage refuses to complete anything."""
    error = ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Complete")  # type: ignore[typeddict-item]
    return patch.object(app.deps.storage._s3, "complete_multipart_upload", side_effect=error)


@pytest.mark.parametrize("code", REFUSALS)
def test_an_upload_that_storage_refuses_to_complete_stays_open(app: App, code: str) -> None:
    """It can be completed later or aborted, and expires like any other."""
    opened, given_up, left = app.send(), app.send(), app.send()
    with refused(app, code):
        for each in (opened, given_up, left):
            answer = app.post("/upload/complete/", **app.completion(each))
            assert (answer.status_code, answer.json) == (502, failure("storage_refused", storage_code=code))
    assert app.post("/upload/complete/", **app.completion(opened)).status_code == 200
    assert app.client.delete(f"{FILE}/upload/{given_up['upload_id']}").status_code == 200
    assert app.status(given_up["file_id"]).json["data"]["stage"] == "aborted"
    app.clock.forward(24 * 3600)
    assert sweep(app.deps).expired_uploads == 1
    assert open_multiparts(app) == []
    app.assert_whole(opened)


def open_multiparts(app: App) -> list[Any]:
    return app.s3.list_multipart_uploads(Bucket="longshore-private").get("Uploads", [])


def test_a_completion_without_a_process_can_be_aborted(app: App) -> None:
    """Its object and parts are deleted; while a process completes it, it cannot be aborted."""
    opened, made = app.send(), app.send()
    crash_at(app, opened, "service.storage.s3.Storage.complete_upload")
    crash_at(app, made, "service.domain.uploads.completion.complete.record_file")
    for each in (opened, made):
        answer = app.client.delete(f"{FILE}/upload/{each['upload_id']}")
        assert (answer.status_code, answer.json) == (409, failure("completion_in_progress"))
    app.clock.forward(60)
    for each in (opened, made):
        assert app.client.delete(f"{FILE}/upload/{each['upload_id']}").status_code == 200
        again = app.post("/upload/complete/", **app.completion(each))
        assert (again.status_code, again.json) == (409, failure("upload_aborted"))
    assert (open_multiparts(app), app.keys("longshore-private"), app.count(PendingDeletion)) == ([], [], 0)


def test_an_abort_during_a_failing_completion_is_refused(app: App) -> None:
    opened = app.send()
    crash_at(app, opened, "service.storage.s3.Storage.complete_upload")

    def reopened(session: Session, _deps: Any, upload: Upload) -> bool:
        return not move_upload(session, upload.id, UploadState.COMPLETING, UploadState.UPLOADING)

    with patch("service.domain.uploads.closing._end_left_completion", side_effect=reopened):
        answer = app.client.delete(f"{FILE}/upload/{opened['upload_id']}")
    assert (answer.status_code, answer.json) == (409, failure("completion_in_progress"))
    assert len(open_multiparts(app)) == 1, "nothing of it is deleted"


def test_a_completion_that_storage_never_answers_is_aborted(app: App) -> None:
    opened = app.send()
    with refused(app, "InternalError", 500):
        assert app.post("/upload/complete/", **app.completion(opened)).status_code == 503
        app.clock.forward(COMPLETION_TIME.total_seconds() - 60)
        assert sweep(app.deps).errors == [f"completion of {opened['upload_id']}: storage_unavailable"]
        assert app.status(opened["file_id"]).json["data"]["stage"] == "completing"
        app.clock.forward(60)
        sweep(app.deps)
    assert app.status(opened["file_id"]).json["data"]["stage"] == "aborted"
    assert (open_multiparts(app), app.count(PendingDeletion)) == ([], 0)


def test_a_failing_completion_does_not_block_the_others(app: App) -> None:
    first, second = app.send(), app.send()
    for each in (first, second):
        crash_at(app, each, "service.storage.s3.Storage.complete_upload")
        app.clock.forward(1)
    app.clock.forward(60)
    list_parts = app.deps.storage.list_parts
    with patch.object(app.deps.storage, "list_parts") as mocked:
        mocked.side_effect = lambda *at: raising(KeyError()) if mocked.call_count == 1 else list_parts(*at)
        report = sweep(app.deps)
    errors = [f"completion of {first['upload_id']}: KeyError"]
    assert (report.finished_completions, report.errors) == (1, errors)


@pytest.mark.parametrize(("refusals", "status"), [(1, 200), (2, 200), (3, 409)])
def test_a_completion_is_repeated_when_storage_does_not_find_its_parts(app: App, refusals: int, status: int) -> None:
    """Storage lists all parts, so the service repeats the call before it refuses that of the client."""
    opened = app.send()
    complete = app.deps.storage._s3.complete_multipart_upload
    error = ClientError({"Error": {"Code": "InvalidPart"}}, "CompleteMultipartUpload")
    with patch.object(app.deps.storage._s3, "complete_multipart_upload") as mocked:
        mocked.side_effect = lambda **wish: raising(error) if mocked.call_count <= refusals else complete(**wish)
        answer = app.post("/upload/complete/", **app.completion(opened))
    assert answer.status_code == status
    if status == 409:
        assert answer.json == failure("size_mismatch")
        assert app.post("/upload/complete/", **app.completion(opened)).status_code == 200
    app.assert_whole(opened)


def raising(error: Exception) -> Any:
    raise error


@pytest.mark.parametrize(
    ("reported", "status"), [("SHA256:lZXJ35AHUUjrBoYDZd8zWEt1v/eCpRDGzUiDpBmDPVA=-1", 200), ("SHA256:AAAA-1", 409)]
)
def test_the_objects_checksum_must_match_those_of_the_parts(app: App, reported: str, status: int) -> None:
    opened = app.init(size=5, checksum_algorithm="SHA256")
    chunk = {"upload_id": opened["upload_id"], "chunk_index": 0, "checksum": HELLO}
    app.put(app.post("/upload/chunk/", **chunk).json["data"]["chunks"][0], b"hello")
    storage = app.deps.storage
    listed, head = storage.list_parts, storage.head
    with (
        patch.object(storage, "list_parts", lambda *at: [replace(part, checksum=HELLO) for part in listed(*at)]),
        patch.object(storage, "head", lambda at: replace(head(at), checksum=reported)),
    ):
        answer = app.post("/upload/complete/", **app.completion(opened))
    assert answer.status_code == status
    if status == 409:
        assert answer.json == failure("checksum_mismatch")
        assert (app.keys("longshore-private"), app.count(File)) == ([], 0)


def test_an_upload_that_storage_has_aborted_is_expired(app: App) -> None:
    opened = app.send()
    open_uploads = app.s3.list_multipart_uploads(Bucket="longshore-private")["Uploads"]
    app.s3.abort_multipart_upload(
        Bucket="longshore-private", Key=open_uploads[0]["Key"], UploadId=open_uploads[0]["UploadId"]
    )
    for _ in range(2):
        answer = app.post("/upload/complete/", **app.completion(opened))
        assert (answer.status_code, answer.json) == (409, failure("upload_expired"))


def test_deleting_the_user_during_a_completion_aborts_the_upload(app: App) -> None:
    user = app.client.post("/api/v1/users/", json={"name": "Ada"}).json["data"]["id"]
    opened = app.send()
    original = app.deps.storage.complete_upload

    def while_the_user_is_deleted(*args: Any) -> None:
        original(*args)
        assert app.client.delete(f"/api/v1/users/{user}").status_code == 200

    with patch.object(app.deps.storage, "complete_upload", while_the_user_is_deleted):
        answer = app.post("/upload/complete/", **app.completion(opened, user_id=user))
    assert (answer.status_code, answer.json) == (409, failure("upload_aborted"))
    assert (app.keys("longshore-private"), app.count(File)) == ([], 0)


def test_an_abort_before_the_object_is_recorded_deletes_the_object(app: App) -> None:
    opened = app.send()
    make = completion.assemble_object

    def until_the_lease_has_expired(*args: Any) -> StoredObject:
        made = make(*args)
        app.clock.forward(completion.LEASE.total_seconds())
        assert app.client.delete(f"{FILE}/upload/{opened['upload_id']}").status_code == 200
        return made

    with patch.object(completion, "assemble_object", until_the_lease_has_expired):
        answer = app.post("/upload/complete/", **app.completion(opened))
    assert (answer.status_code, answer.json) == (409, failure("upload_aborted"))
    ended = "The upload could not be completed: another request ended the upload. Start a new upload."
    assert answer.json["message"] == ended
    assert (app.keys("longshore-private"), app.count(File), app.queue.jobs) == ([], 0, {})


def test_a_completion_finds_its_object_after_a_database_restore(app: App) -> None:
    """The database was restored from a backup older than the completion."""
    opened = app.send()
    app.post("/upload/complete/", **app.completion(opened))
    with app.deps.db.write() as session:
        session.query(File).delete()
        session.query(Upload).update({"state": "uploading"})
    app.queue.jobs.clear()
    assert app.post("/upload/complete/", **app.completion(opened)).status_code == 200
    app.assert_whole(opened)


@pytest.mark.parametrize("crashed", [False, True])
def test_an_object_of_another_upload_does_not_become_the_file(app: App, crashed: bool) -> None:
    """The parts do not exist any more, and the object at the upload's key has another upload's id."""
    opened = app.send()
    if crashed:
        crash_at(app, opened, "service.storage.s3.Storage.complete_upload")
        app.clock.forward(60)
    with app.deps.db.read() as session:
        upload = session.get_one(Upload, opened["upload_id"])
    place = {"Bucket": "longshore-private", "Key": upload.object_key}
    app.s3.abort_multipart_upload(**place, UploadId=upload.storage_upload_id)
    app.s3.put_object(**place, Body=b"hello", Metadata={UPLOAD_ID_METADATA: "another"})
    answer = app.post("/upload/complete/", **app.completion(opened))
    assert (answer.status_code, answer.json) == (409, failure("upload_aborted"))
    assert "belongs to another upload" in answer.json["message"]
    assert (app.count(File), app.queue.jobs) == (0, {})
