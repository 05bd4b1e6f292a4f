"""Completions that stop half-way or that storage spoils: each ends as a file, or with its reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError
from sqlalchemy.orm import Session

from service.db.models import File, Removal, Upload
from service.domain.records.transitions import move_upload
from service.domain.scanning.scans import SCAN_GRACE
from service.domain.upkeep.sweep import sweep
from service.domain.uploads import completion
from service.domain.uploads.made_objects import COMPLETION_TIME, LOST_AFTER
from service.storage.s3 import UPLOAD_ID_METADATA
from service.values import StoredObject
from service.values.states import UploadState
from tests.support.matchers import failure
from tests.support.service_under_test import FILE, World

HELLO = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
"""SHA-256 of `hello` in base64."""


class Crash(BaseException):
    """The process ends here."""


def crash(*_args: Any, **_kwargs: Any) -> None:
    raise Crash


def crash_at(world: World, opened: dict[str, Any], where: str) -> None:
    with patch(where, crash), pytest.raises(Crash):
        world.post("/upload/complete/", **world.completion(opened, filename="kept.txt"))


@pytest.mark.parametrize(
    "where",
    [
        "service.storage.s3.Storage.complete_upload",
        "service.storage.s3.Storage.head",
        "service.domain.uploads.completion._record",
        "service.domain.uploads.completion.queue_scan_or_owe",
    ],
)
def test_asking_again_after_a_crash_makes_the_file(world: World, where: str) -> None:
    opened = world.send()
    crash_at(world, opened, where)
    answer = world.post("/upload/complete/", **world.completion(opened, filename="kept.txt"))
    assert (answer.status_code, answer.json["data"]["filename"]) == (200, "kept.txt")
    world.clock.forward(SCAN_GRACE.total_seconds())  # where the process died before it queued the scan, a sweep does
    sweep(world.deps)
    world.assert_whole(opened)


@pytest.mark.parametrize(
    "where", ["service.storage.s3.Storage.complete_upload", "service.domain.uploads.completion._record"]
)
def test_nobody_asks_again_and_the_sweeper_makes_the_file(world: World, where: str) -> None:
    opened = world.send()
    crash_at(world, opened, where)
    assert world.status(opened["file_id"]).json["data"]["stage"] == "completing"
    world.clock.forward(60)
    report = sweep(world.deps)
    assert (report.finished_completions, report.errors) == (1, [])
    assert world.get(opened["file_id"]).json["data"]["filename"] == "kept.txt"
    world.assert_whole(opened)


@pytest.mark.parametrize("who", ["the client", "the sweeper", "a retry"])
def test_a_part_that_was_sent_anew_after_it_was_verified_is_verified_again(world: World, who: str) -> None:
    """The ETags that the client named were checked before the crash: what came later is not what it completes."""
    opened = world.init(size=5)
    etag = world.put(opened["chunks"][0], b"hello")
    wish = world.completion(opened, parts=[{"chunk_index": 0, "etag": etag}])
    with patch("service.storage.s3.Storage.complete_upload", crash), pytest.raises(Crash):
        world.post("/upload/complete/", **wish)
    world.put(opened["chunks"][0], b"HELLO")
    world.clock.forward(60)
    if who == "the sweeper":
        assert sweep(world.deps).finished_completions == 0
    elif who == "a retry":
        world.post("/upload/retry", upload_id=opened["upload_id"])
    answer = world.post("/upload/complete/", **wish)
    assert (answer.status_code, answer.json) == (
        409,
        failure("etag_mismatch", "[parts] chunk 0 has a different ETag in storage", mismatched=[0]),
    )
    assert world.status(opened["file_id"]).json["data"]["stage"] == "uploading"


def test_retry_finishes_what_nobody_finished(world: World) -> None:
    opened = world.send()
    crash_at(world, opened, "service.storage.s3.Storage.complete_upload")
    live = world.post("/upload/retry", upload_id=opened["upload_id"])
    assert (live.status_code, live.json) == (400, failure("file_in_progress"))
    world.clock.forward(60)
    assert world.post("/upload/retry", upload_id=opened["upload_id"]).json["data"]["filename"] == "kept.txt"
    world.assert_whole(opened)


def test_somebody_else_takes_longer_than_we_wait(world: World) -> None:
    opened = world.send()
    crash_at(world, opened, "service.storage.s3.Storage.complete_upload")
    world.clock.forward(1)
    with patch("service.domain.uploads.completion._take_over", lambda *_: False):
        answer = world.post("/upload/complete/", **world.completion(opened))
    assert (answer.status_code, answer.json) == (409, failure("completion_in_progress"))
    assert answer.headers["Retry-After"] == "2"


def test_storage_refuses_the_parts_and_the_upload_stays_open(world: World) -> None:
    opened = world.send()
    original = world.deps.storage.complete_upload

    def with_wrong_etag(*args: Any) -> None:
        world.put(opened["chunks"][0], b"HELLO")  # overwritten after it was listed
        original(*args)

    with patch.object(world.deps.storage, "complete_upload", with_wrong_etag):
        answer = world.post("/upload/complete/", **world.completion(opened))
    assert (answer.status_code, answer.json) == (409, failure("size_mismatch"))
    assert world.post("/upload/complete/", **world.completion(opened)).status_code == 200
    world.assert_whole(opened, b"HELLO")


def test_storage_made_something_else_and_nothing_of_it_stays(world: World) -> None:
    opened = world.send()

    def another(at: Any, *_args: Any) -> None:
        world.s3.put_object(Bucket=at.bucket, Key=at.object_key, Body=b"other bytes")

    with patch.object(world.deps.storage, "complete_upload", another):
        answer = world.post("/upload/complete/", **world.completion(opened))
    assert (answer.status_code, answer.json) == (409, failure("size_mismatch"))
    assert "11 bytes, not 5" in answer.json["message"]
    assert (world.keys("longshore-private"), world.count(Removal), world.count(File)) == ([], 0, 0)
    again = world.post("/upload/complete/", **world.completion(opened))
    assert (again.status_code, again.json) == (409, failure("upload_aborted"))


@pytest.mark.parametrize("page", [{"size": 12}, {"upload_id": "another's"}])
def test_what_only_a_head_shows_otherwise_is_not_deleted(world: World, page: dict[str, Any]) -> None:
    """A page that a proxy answers with has a size and an ETag too."""
    opened = world.send()
    head = world.deps.storage.head
    with patch.object(world.deps.storage, "head", lambda at: replace(head(at), etag='"page"', **page)):
        answer = world.post("/upload/complete/", **world.completion(opened))
    assert (answer.status_code, answer.json) == (503, failure("storage_unavailable"))
    world.clock.forward(60)
    assert sweep(world.deps).finished_completions == 1
    world.assert_whole(opened)


def test_an_object_that_storage_shows_late_is_waited_for(world: World) -> None:
    opened = world.send()
    head = world.deps.storage.head
    with patch.object(world.deps.storage, "head") as asked:
        asked.side_effect = lambda at: None if asked.call_count == 1 else head(at)
        answer = world.post("/upload/complete/", **world.completion(opened))
    assert answer.status_code == 200
    world.assert_whole(opened)


def not_shown(world: World) -> Any:
    """Storage completes, and shows nothing of it."""
    return patch.object(world.deps.storage, "head", return_value=None)


def test_an_object_that_storage_does_not_show_is_never_deleted(world: World) -> None:
    """It stays for the sweeper; after an hour the upload has failed, and the object is an orphan."""
    opened, lost = world.send(), world.send()
    with not_shown(world):
        for each in (opened, lost):
            answer = world.post("/upload/complete/", **world.completion(each))
            assert (answer.status_code, answer.json) == (503, failure("storage_unavailable"))
        world.clock.forward(60)
        assert sweep(world.deps).finished_completions == 0
    assert world.status(opened["file_id"]).json["data"]["stage"] == "completing"
    world.clock.forward(60)
    assert world.post("/upload/complete/", **world.completion(opened)).status_code == 200
    with not_shown(world):
        world.clock.forward(LOST_AFTER.total_seconds())
        sweep(world.deps)
    assert world.status(lost["file_id"]).json["data"]["stage"] == "aborted"
    assert (len(world.keys("longshore-private")), world.count(Removal)) == (2, 0)
    world.assert_whole(opened)


def test_what_storage_has_just_acknowledged_is_never_given_up(world: World) -> None:
    """Also after an outage that was longer than storage may need to show an object."""
    opened = world.send()
    crash_at(world, opened, "service.storage.s3.Storage.complete_upload")
    world.clock.forward(LOST_AFTER.total_seconds())
    with not_shown(world):
        sweep(world.deps)
    assert world.status(opened["file_id"]).json["data"]["stage"] == "completing"
    world.clock.forward(60)
    assert sweep(world.deps).finished_completions == 1
    world.assert_whole(opened)


REFUSALS = ["EntityTooLarge", "AccessDenied", "InvalidArgument", "BadDigest", "QuotaExceeded"]


def refused(world: World, code: str, status: int = 400) -> Any:
    """Storage refuses to complete anything."""
    error = ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Complete")  # type: ignore[typeddict-item]
    return patch.object(world.deps.storage._s3, "complete_multipart_upload", side_effect=error)


@pytest.mark.parametrize("code", REFUSALS)
def test_what_storage_refuses_to_complete_stays_open(world: World, code: str) -> None:
    """So that it can be completed once the reason is gone, be aborted, and expires like any other."""
    opened, given_up, left = world.send(), world.send(), world.send()
    with refused(world, code):
        for each in (opened, given_up, left):
            answer = world.post("/upload/complete/", **world.completion(each))
            assert (answer.status_code, answer.json) == (502, failure("storage_refused", storage_code=code))
    assert world.post("/upload/complete/", **world.completion(opened)).status_code == 200
    assert world.client.delete(f"{FILE}/upload/{given_up['upload_id']}").status_code == 200
    assert world.status(given_up["file_id"]).json["data"]["stage"] == "aborted"
    world.clock.forward(24 * 3600)
    assert sweep(world.deps).expired_uploads == 1
    assert open_multiparts(world) == []
    world.assert_whole(opened)


def open_multiparts(world: World) -> list[Any]:
    return world.s3.list_multipart_uploads(Bucket="longshore-private").get("Uploads", [])


def test_a_completion_that_nobody_is_at_can_be_aborted(world: World) -> None:
    """With all that it has made; while somebody is at it, it cannot."""
    opened, made = world.send(), world.send()
    crash_at(world, opened, "service.storage.s3.Storage.complete_upload")
    crash_at(world, made, "service.domain.uploads.completion._record")
    for each in (opened, made):
        answer = world.client.delete(f"{FILE}/upload/{each['upload_id']}")
        assert (answer.status_code, answer.json) == (409, failure("completion_in_progress"))
    world.clock.forward(60)
    for each in (opened, made):
        assert world.client.delete(f"{FILE}/upload/{each['upload_id']}").status_code == 200
        again = world.post("/upload/complete/", **world.completion(each))
        assert (again.status_code, again.json) == (409, failure("upload_aborted"))
    assert (open_multiparts(world), world.keys("longshore-private"), world.count(Removal)) == ([], [], 0)


def test_an_abort_that_meets_a_completion_as_it_fails_never_says_done(world: World) -> None:
    opened = world.send()
    crash_at(world, opened, "service.storage.s3.Storage.complete_upload")

    def reopened(session: Session, _deps: Any, upload: Upload) -> bool:
        return not move_upload(session, upload.id, UploadState.COMPLETING, UploadState.UPLOADING)

    with patch("service.domain.uploads.uploads._end_left_completion", side_effect=reopened):
        answer = world.client.delete(f"{FILE}/upload/{opened['upload_id']}")
    assert (answer.status_code, answer.json) == (409, failure("completion_in_progress"))
    assert len(open_multiparts(world)) == 1, "nothing of it is deleted"


def test_a_completion_that_storage_never_answers_ends(world: World) -> None:
    opened = world.send()
    with refused(world, "InternalError", 500):
        assert world.post("/upload/complete/", **world.completion(opened)).status_code == 503
        world.clock.forward(COMPLETION_TIME.total_seconds() - 60)
        assert sweep(world.deps).errors == [f"completion of {opened['upload_id']}: storage_unavailable"]
        assert world.status(opened["file_id"]).json["data"]["stage"] == "completing"
        world.clock.forward(60)
        sweep(world.deps)
    assert world.status(opened["file_id"]).json["data"]["stage"] == "aborted"
    assert (open_multiparts(world), world.count(Removal)) == ([], 0)


def test_one_completion_that_fails_does_not_keep_the_others_from_their_turn(world: World) -> None:
    first, second = world.send(), world.send()
    for each in (first, second):
        crash_at(world, each, "service.storage.s3.Storage.complete_upload")
        world.clock.forward(1)
    world.clock.forward(60)
    list_parts = world.deps.storage.list_parts
    with patch.object(world.deps.storage, "list_parts") as asked:
        asked.side_effect = lambda *at: raising(KeyError()) if asked.call_count == 1 else list_parts(*at)
        report = sweep(world.deps)
    errors = [f"completion of {first['upload_id']}: KeyError"]
    assert (report.finished_completions, report.errors) == (1, errors)


@pytest.mark.parametrize(("refusals", "status"), [(1, 200), (2, 200), (3, 409)])
def test_parts_that_storage_does_not_find_for_a_moment(world: World, refusals: int, status: int) -> None:
    """It lists them all: so it is asked again before the client is."""
    opened = world.send()
    complete = world.deps.storage._s3.complete_multipart_upload
    error = ClientError({"Error": {"Code": "InvalidPart"}}, "CompleteMultipartUpload")
    with patch.object(world.deps.storage._s3, "complete_multipart_upload") as asked:
        asked.side_effect = lambda **wish: raising(error) if asked.call_count <= refusals else complete(**wish)
        answer = world.post("/upload/complete/", **world.completion(opened))
    assert answer.status_code == status
    if status == 409:
        assert answer.json == failure("size_mismatch")
        assert world.post("/upload/complete/", **world.completion(opened)).status_code == 200
    world.assert_whole(opened)


def raising(error: Exception) -> Any:
    raise error


@pytest.mark.parametrize(
    ("reported", "status"), [("SHA256:lZXJ35AHUUjrBoYDZd8zWEt1v/eCpRDGzUiDpBmDPVA=-1", 200), ("SHA256:AAAA-1", 409)]
)
def test_the_objects_checksum_has_to_follow_from_the_parts(world: World, reported: str, status: int) -> None:
    opened = world.init(size=5, checksum_algorithm="SHA256")
    chunk = {"upload_id": opened["upload_id"], "chunk_index": 0, "checksum": HELLO}
    world.put(world.post("/upload/chunk/", **chunk).json["data"]["chunks"][0], b"hello")
    storage = world.deps.storage
    listed, head = storage.list_parts, storage.head
    with (
        patch.object(storage, "list_parts", lambda *at: [replace(part, checksum=HELLO) for part in listed(*at)]),
        patch.object(storage, "head", lambda at: replace(head(at), checksum=reported)),
    ):
        answer = world.post("/upload/complete/", **world.completion(opened))
    assert answer.status_code == status
    if status == 409:
        assert answer.json == failure("checksum_mismatch")
        assert (world.keys("longshore-private"), world.count(File)) == ([], 0)


def test_storage_swept_the_upload_itself(world: World) -> None:
    opened = world.send()
    open_uploads = world.s3.list_multipart_uploads(Bucket="longshore-private")["Uploads"]
    world.s3.abort_multipart_upload(
        Bucket="longshore-private", Key=open_uploads[0]["Key"], UploadId=open_uploads[0]["UploadId"]
    )
    for _ in range(2):
        answer = world.post("/upload/complete/", **world.completion(opened))
        assert (answer.status_code, answer.json) == (409, failure("upload_expired"))


def test_a_user_who_goes_while_the_file_is_made(world: World) -> None:
    user = world.client.post("/api/v1/users/", json={"name": "Ada"}).json["data"]["id"]
    opened = world.send()
    original = world.deps.storage.complete_upload

    def while_the_user_goes(*args: Any) -> None:
        original(*args)
        assert world.client.delete(f"/api/v1/users/{user}").status_code == 200

    with patch.object(world.deps.storage, "complete_upload", while_the_user_goes):
        answer = world.post("/upload/complete/", **world.completion(opened, user_id=user))
    assert (answer.status_code, answer.json) == (409, failure("upload_aborted"))
    assert (world.keys("longshore-private"), world.count(File)) == ([], 0)


def test_an_upload_that_is_aborted_before_its_object_is_recorded(world: World) -> None:
    opened = world.send()
    make = completion.make_object

    def until_nobody_is_at_it_any_more(*args: Any) -> StoredObject:
        made = make(*args)
        world.clock.forward(completion.LEASE.total_seconds())
        assert world.client.delete(f"{FILE}/upload/{opened['upload_id']}").status_code == 200
        return made

    with patch.object(completion, "make_object", until_nobody_is_at_it_any_more):
        answer = world.post("/upload/complete/", **world.completion(opened))
    assert (answer.status_code, answer.json) == (409, failure("upload_aborted"))
    ended = "The upload could not be completed: another request ended the upload. Start a new upload."
    assert answer.json["message"] == ended
    assert (world.keys("longshore-private"), world.count(File), world.queue.jobs) == ([], 0, {})


def test_the_object_is_there_but_the_row_does_not_know(world: World) -> None:
    """The database was restored from a backup older than the completion."""
    opened = world.send()
    world.post("/upload/complete/", **world.completion(opened))
    with world.deps.db.write() as session:
        session.query(File).delete()
        session.query(Upload).update({"state": "uploading"})
    world.queue.jobs.clear()
    assert world.post("/upload/complete/", **world.completion(opened)).status_code == 200
    world.assert_whole(opened)


@pytest.mark.parametrize("crashed", [False, True])
def test_an_object_of_another_upload_does_not_become_the_file(world: World, crashed: bool) -> None:
    """The parts are gone, and what lies under the upload's key carries another upload's id."""
    opened = world.send()
    if crashed:
        crash_at(world, opened, "service.storage.s3.Storage.complete_upload")
        world.clock.forward(60)
    with world.deps.db.read() as session:
        upload = session.get_one(Upload, opened["upload_id"])
    place = {"Bucket": "longshore-private", "Key": upload.object_key}
    world.s3.abort_multipart_upload(**place, UploadId=upload.storage_upload_id)
    world.s3.put_object(**place, Body=b"hello", Metadata={UPLOAD_ID_METADATA: "another"})
    answer = world.post("/upload/complete/", **world.completion(opened))
    assert (answer.status_code, answer.json) == (409, failure("upload_aborted"))
    assert "belongs to another upload" in answer.json["message"]
    assert (world.count(File), world.queue.jobs) == (0, {})
