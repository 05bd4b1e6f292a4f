"""POST /upload/complete/: verified, made once, recorded, queued; and safe wherever it stops."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from service.db.models import File, Removal, Upload
from service.deps import utc_now
from service.domain.sweep import sweep
from tests.matchers import A_TIME, AN_ID, Like, failure, success
from tests.world import CHUNK, World, rebuilt

BIG = b"x" * CHUNK + b"y"
HELLO = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
"""SHA-256 of `hello` in base64."""


def test_a_file(world: World) -> None:
    opened = world.send(BIG)
    answer = world.post("/upload/complete/", **world.completion(opened, BIG, detail={"a": [1, {"b": None}]}))
    assert answer.json == success(
        {
            "id": opened["file_id"],
            "upload_id": opened["upload_id"],
            "filename": "hello.txt",
            "path": Like(f"longshore-private/{AN_ID.pattern}"),
            "content_type": "text/plain",
            "size": CHUNK + 1,
            "detail": {"a": [1, {"b": None}]},
            "is_private": False,
            "download_url": None,
            "download_expires_at": None,
            "checksum": None,
            "virus_scan_status": "pending",
            "virus_scan_result": None,
            "virus_scan_date": None,
            "is_quarantined": False,
            "quarantine_reason": None,
            "appointment_id": None,
            "user_id": None,
            "created_at": A_TIME,
        }
    )
    assert world.queue.jobs == {opened["file_id"]: "queued"}


@pytest.mark.parametrize("body", [b"", b"1", b"x" * CHUNK, b"x" * (2 * CHUNK), BIG])
def test_every_length(world: World, body: bytes) -> None:
    file = world.upload(body)
    assert world.s3.get_object(Bucket="longshore-private", Key=file["path"].partition("/")[2])["Body"].read() == body


def test_twice_is_the_same_file_and_one_job(world: World) -> None:
    opened = world.send()
    answers = [world.post("/upload/complete/", **world.completion(opened)) for _ in range(2)]
    assert answers[0].json == answers[1].json
    assert world.count(File) == 1


def test_by_20_threads_at_once_is_one_file_and_one_job(world: World) -> None:
    # threads that wait for each other need time that passes by itself
    world = rebuilt(world, clock=utc_now, pause=threading.Event().wait)
    opened = world.send()
    queued: list[str] = []
    world.queue.enqueue_scan = lambda file_id, size: queued.append(file_id)  # type: ignore[method-assign]

    def complete(_number: int) -> Any:
        client = world.client.application.test_client()
        return client.post("/api/v1/file/upload/complete/", json=world.completion(opened))

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(complete, range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json["data"]["id"] for answer in answers} == {opened["file_id"]}
    assert (world.count(File), queued) == (1, [opened["file_id"]])


def test_a_missing_chunk(world: World) -> None:
    opened = world.init(size=3 * CHUNK)
    world.put(opened["chunks"][1], b"x" * CHUNK)
    answer = world.post("/upload/complete/", **world.completion(opened, b"x" * 3 * CHUNK))
    assert (answer.status_code, answer.json) == (409, failure("chunks_missing", missing=[0, 2]))
    world.put(opened["chunks"][0], b"x" * CHUNK)
    world.put(opened["chunks"][2], b"x" * CHUNK)
    assert world.post("/upload/complete/", **world.completion(opened, b"x" * 3 * CHUNK)).status_code == 200


def test_a_chunk_of_another_length(world: World) -> None:
    opened = world.init(size=CHUNK + 5)
    for chunk in opened["chunks"]:  # a store that checks no lengths, as this one, takes it
        world.put(chunk, b"x" * CHUNK)
    answer = world.post("/upload/complete/", **world.completion(opened, b"x" * (CHUNK + 5)))
    assert (answer.status_code, answer.json) == (409, failure("size_mismatch", mismatched=[1]))


def test_more_chunks_than_the_size_needs(world: World) -> None:
    opened = world.init()
    sizes = {0: CHUNK, 1: CHUNK, 2: 1}
    asked = [{"chunk_index": index, "chunk_size": size} for index, size in sizes.items()]
    for chunk in world.post("/upload/chunk/", upload_id=opened["upload_id"], chunks=asked).json["data"]["chunks"]:
        world.put(chunk, b"x" * sizes[chunk["chunk_index"]])
    answer = world.post("/upload/complete/", **world.completion(opened, b"x" * 2 * CHUNK))
    assert (answer.status_code, answer.json) == (409, failure("size_mismatch", surplus=[2]))
    assert world.post("/upload/complete/", **world.completion(opened, b"x" * (2 * CHUNK + 1))).status_code == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"total_size": 6}, "size_mismatch"),
        ({"total_chunks": 2}, "size_mismatch"),
        ({"total_size": 0}, "size_mismatch"),
    ],
)
def test_numbers_that_are_not_the_uploads(world: World, changes: dict[str, Any], code: str) -> None:
    opened = world.send()
    answer = world.post("/upload/complete/", **world.completion(opened, **changes))
    assert (answer.status_code, answer.json) == (409, failure(code))
    assert world.post("/upload/complete/", **world.completion(opened)).status_code == 200


def test_an_unknown_size_that_cannot_be(world: World) -> None:
    opened = world.init()
    answer = world.post("/upload/complete/", **world.completion(opened, total_size=CHUNK * 10_000 + 1))
    assert (answer.status_code, answer.json) == (409, failure("size_mismatch"))


def test_an_unknown_size_larger_than_allowed(world: World) -> None:
    opened = world.init()
    answer = world.post("/upload/complete/", **world.completion(opened, total_size=2**60))
    assert (answer.status_code, answer.json) == (413, failure("file_too_large"))


def test_etags_are_checked_when_given(world: World) -> None:
    opened = world.init(size=5)
    etag = world.put(opened["chunks"][0], b"hello")
    wrong = world.completion(opened, parts=[{"chunk_index": 0, "etag": "0" * 32}])
    answer = world.post("/upload/complete/", **wrong)
    assert (answer.status_code, answer.json) == (409, failure("etag_mismatch", mismatched=[0]))
    right = world.completion(opened, parts=[{"chunk_index": 0, "etag": etag.strip('"')}])
    assert world.post("/upload/complete/", **right).status_code == 200


@pytest.mark.parametrize("field", ["user_id", "appointment_id"])
@pytest.mark.parametrize("value", ["3f0e8a52-0000-4000-8000-000000000000", "nonsense"])
def test_unknown_people(world: World, field: str, value: str) -> None:
    opened = world.send()
    answer = world.post("/upload/complete/", **world.completion(opened, **{field: value}))
    who = field.removesuffix("_id")
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", f"[{field}] no {who} has this id"))
    assert world.post("/upload/complete/", **world.completion(opened)).status_code == 200


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"credential": {}}, "[credential] Shorter than minimum length 1."),
        ({"credential": {"a": 1}}, "[credential.a.value] Not a valid string."),
        ({"credential": "x"}, "[credential] Not a valid mapping type."),
        ({"credential": {"a": "x" * 5000}}, "[credential] Longer than 4096 bytes as JSON."),
        ({"detail": {"a": "x" * 70_000}}, "[detail] Longer than 65536 bytes as JSON."),
        ({"detail": []}, "[detail] Not a valid mapping type."),
        ({"filename": "x" * 300}, "[filename] Length must be between 1 and 255."),
        ({"total_chunks": 0}, "[total_chunks] Must be greater than or equal to 1 and less than or equal to 10000."),
        ({"file_extension": "x" * 33}, "[file_extension] Longer than maximum length 32."),
        ({"parts": [{"chunk_index": 0}]}, "[parts.0.etag] Missing data for required field."),
    ],
)
def test_what_does_not_validate(world: World, changes: dict[str, Any], reason: str) -> None:
    opened = world.send()
    answer = world.post("/upload/complete/", **world.completion(opened, **changes))
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))
    assert world.post("/upload/complete/", **world.completion(opened)).status_code == 200


def test_required_fields(world: World) -> None:
    names = {"upload_id", "total_chunks", "total_size", "filename", "content_type"}
    errors = world.post("/upload/complete/").json["errors"]
    assert set(errors) == {f"[{name}] Missing data for required field." for name in names}


@pytest.mark.parametrize("name", ["../../x", 'a"b', "a\r\nb", "📎", "\u202eexe.txt", "x" * 255, " ", "\x00"])
def test_names_are_kept_as_they_are(world: World, name: str) -> None:
    assert world.upload(filename=name)["filename"] == name


def test_a_private_file_is_completed_again_only_with_its_credential(world: World) -> None:
    opened = world.send()
    body = world.completion(opened, credential={"pin": "1234"})
    assert world.post("/upload/complete/", **body).json["data"]["is_private"] is True
    assert world.post("/upload/complete/", **body).status_code == 200
    answer = world.post("/upload/complete/", **world.completion(opened))
    assert (answer.status_code, answer.json) == (403, failure("wrong_credential"))


# what stops half-way


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
        "service.domain.completion.queue_scan",
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
