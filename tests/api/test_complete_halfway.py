"""Completions that stop half-way or that storage spoils: each ends as a file, or with its reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from service.db.models import File, Removal, Upload
from service.domain.sweep import sweep
from service.storage.s3 import UPLOAD_ID_METADATA
from tests.matchers import failure
from tests.world import World

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
        "service.domain.completion._record",
        "service.domain.completion.queue_scan_or_owe",
    ],
)
def test_asking_again_after_a_crash_makes_the_file(world: World, where: str) -> None:
    opened = world.send()
    crash_at(world, opened, where)
    answer = world.post("/upload/complete/", **world.completion(opened, filename="kept.txt"))
    assert (answer.status_code, answer.json["data"]["id"]) == (200, opened["file_id"])
    assert world.count(File) == 1


@pytest.mark.parametrize("where", ["service.storage.s3.Storage.complete_upload", "service.domain.completion._record"])
def test_nobody_asks_again_and_the_sweeper_makes_the_file(world: World, where: str) -> None:
    opened = world.send()
    crash_at(world, opened, where)
    assert world.status(opened["file_id"]).json["data"]["stage"] == "completing"
    world.clock.forward(60)
    report = sweep(world.deps)
    assert (report.finished_completions, report.errors) == (1, [])
    assert world.get(opened["file_id"]).json["data"]["filename"] == "kept.txt"
    assert world.queue.jobs == {opened["file_id"]: "queued"}


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
        failure("etag_mismatch", "[parts] chunk 0 has another ETag in storage", mismatched=[0]),
    )
    assert world.status(opened["file_id"]).json["data"]["stage"] == "uploading"


def test_retry_finishes_what_nobody_finished(world: World) -> None:
    opened = world.send()
    crash_at(world, opened, "service.storage.s3.Storage.complete_upload")
    live = world.post("/upload/retry", upload_id=opened["upload_id"])
    assert (live.status_code, live.json) == (400, failure("file_in_progress"))
    world.clock.forward(60)
    assert world.post("/upload/retry", upload_id=opened["upload_id"]).json["data"]["filename"] == "kept.txt"


def test_somebody_else_takes_longer_than_we_wait(world: World) -> None:
    opened = world.send()
    crash_at(world, opened, "service.storage.s3.Storage.complete_upload")
    world.clock.forward(1)
    with patch("service.domain.completion._take_over", lambda *_: False):
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


def test_storage_made_something_else_and_nothing_of_it_stays(world: World) -> None:
    opened = world.send()

    def another(at: Any, *_args: Any) -> None:
        world.s3.put_object(Bucket=at.bucket, Key=at.object_key, Body=b"other bytes")

    with patch.object(world.deps.storage, "complete_upload", another):
        answer = world.post("/upload/complete/", **world.completion(opened))
    assert (answer.status_code, answer.json) == (409, failure("size_mismatch"))
    assert "11 bytes, not of 5" in answer.json["message"]
    assert (world.keys("longshore-private"), world.count(Removal), world.count(File)) == ([], 0, 0)
    again = world.post("/upload/complete/", **world.completion(opened))
    assert (again.status_code, again.json) == (409, failure("upload_aborted"))


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


def test_the_object_is_there_but_the_row_does_not_know(world: World) -> None:
    """The database was restored from a backup older than the completion."""
    opened = world.send()
    world.post("/upload/complete/", **world.completion(opened))
    with world.deps.db.write() as session:
        session.query(File).delete()
        session.query(Upload).update({"state": "uploading"})
    answer = world.post("/upload/complete/", **world.completion(opened))
    assert (answer.status_code, answer.json["data"]["size"]) == (200, 5)


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
    assert "of another upload" in answer.json["message"]
    assert (world.count(File), world.queue.jobs) == (0, {})
