"""POST /upload/complete/: the chunks are verified, one file is recorded, and one scan is queued."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from service.db.models import File
from service.deps import utc_now
from tests.support.matchers import failure, new_file, success
from tests.support.service_under_test import CHUNK, App, rebuilt

BIG = b"x" * CHUNK + b"y"
HELLO = {"filename": "hello.txt", "content_type": "text/plain", "size": 5}
"""The file's fields in `App.completion`."""


def test_a_completion_records_a_file_and_queues_its_scan(app: App) -> None:
    opened = app.send(BIG)
    answer = app.post("/upload/complete/", **app.completion(opened, BIG, detail={"a": [1, {"b": None}]}))
    file = new_file(
        opened, filename="hello.txt", content_type="text/plain", size=CHUNK + 1, detail={"a": [1, {"b": None}]}
    )
    assert answer.json == success(file)
    assert app.queue.jobs == {opened["file_id"]: "queued"}


@pytest.mark.parametrize("body", [b"", b"1", b"x" * CHUNK, b"x" * (2 * CHUNK), BIG])
def test_the_object_has_the_uploaded_bytes_at_every_length(app: App, body: bytes) -> None:
    file = app.upload(body)
    assert app.s3.get_object(Bucket="longshore-private", Key=file["path"].partition("/")[2])["Body"].read() == body


def test_a_repeated_completion_returns_the_same_file(app: App) -> None:
    opened = app.send()
    answers = [app.post("/upload/complete/", **app.completion(opened)) for _ in range(2)]
    assert answers[0].json == answers[1].json == success(new_file(opened, **HELLO))
    app.assert_whole(opened)


def test_20_concurrent_completions_make_one_file_and_one_job(app: App) -> None:
    # threads that wait for each other need time that passes by itself
    app = rebuilt(app, clock=utc_now, pause=threading.Event().wait)
    opened = app.send()
    queued: list[str] = []
    app.queue.enqueue_scan = lambda file_id, *_, **_options: queued.append(file_id)  # type: ignore[method-assign]

    def complete(_number: int) -> Any:
        client = app.client.application.test_client()
        return client.post("/api/v1/file/upload/complete/", json=app.completion(opened))

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(complete, range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json["data"]["id"] for answer in answers} == {opened["file_id"]}
    assert (app.count(File), queued, app.stored(opened["file_id"])) == (1, [opened["file_id"]], b"hello")


def test_a_missing_chunk_is_reported_and_can_be_sent(app: App) -> None:
    opened = app.init(size=3 * CHUNK)
    app.put(opened["chunks"][1], b"x" * CHUNK)
    answer = app.post("/upload/complete/", **app.completion(opened, b"x" * 3 * CHUNK))
    assert (answer.status_code, answer.json) == (409, failure("chunks_missing", missing=[0, 2]))
    app.put(opened["chunks"][0], b"0" * CHUNK)
    app.put(opened["chunks"][2], b"2" * CHUNK)
    assert app.post("/upload/complete/", **app.completion(opened, b"x" * 3 * CHUNK)).status_code == 200
    app.assert_whole(opened, b"0" * CHUNK + b"x" * CHUNK + b"2" * CHUNK)


def test_a_chunk_of_the_wrong_length_is_refused(app: App) -> None:
    opened = app.init(size=CHUNK + 5)
    for chunk in opened["chunks"]:  # a store that checks no lengths, as this one, takes it
        app.put(chunk, b"x" * CHUNK)
    answer = app.post("/upload/complete/", **app.completion(opened, b"x" * (CHUNK + 5)))
    assert (answer.status_code, answer.json) == (409, failure("size_mismatch", mismatched=[1]))


def test_surplus_chunks_are_refused(app: App) -> None:
    opened = app.init()
    sizes = {0: CHUNK, 1: CHUNK, 2: 1}
    wish = [{"chunk_index": index, "chunk_size": size} for index, size in sizes.items()]
    for chunk in app.post("/upload/chunk/", upload_id=opened["upload_id"], chunks=wish).json["data"]["chunks"]:
        app.put(chunk, b"x" * sizes[chunk["chunk_index"]])
    answer = app.post("/upload/complete/", **app.completion(opened, b"x" * 2 * CHUNK))
    assert (answer.status_code, answer.json) == (409, failure("size_mismatch", surplus=[2]))
    assert app.post("/upload/complete/", **app.completion(opened, b"x" * (2 * CHUNK + 1))).status_code == 200
    app.assert_whole(opened, b"x" * (2 * CHUNK + 1))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"total_size": 6}, "size_mismatch"),
        ({"total_chunks": 2}, "size_mismatch"),
        ({"total_size": 0}, "size_mismatch"),
    ],
)
def test_a_wrong_size_or_number_of_chunks_is_refused(app: App, changes: dict[str, Any], code: str) -> None:
    opened = app.send()
    answer = app.post("/upload/complete/", **app.completion(opened, **changes))
    assert (answer.status_code, answer.json) == (409, failure(code))
    assert app.post("/upload/complete/", **app.completion(opened)).status_code == 200
    app.assert_whole(opened)


def test_a_size_of_more_than_10000_chunks_is_refused(app: App) -> None:
    opened = app.init()
    answer = app.post("/upload/complete/", **app.completion(opened, total_size=CHUNK * 10_000 + 1))
    assert (answer.status_code, answer.json) == (409, failure("size_mismatch"))


def test_a_size_above_the_limit_is_refused(app: App) -> None:
    opened = app.init()
    answer = app.post("/upload/complete/", **app.completion(opened, total_size=2**60))
    assert (answer.status_code, answer.json) == (413, failure("file_too_large"))


def test_etags_are_checked_when_given(app: App) -> None:
    opened = app.init(size=5)
    etag = app.put(opened["chunks"][0], b"hello")
    wrong = app.completion(opened, parts=[{"chunk_index": 0, "etag": "0" * 32}])
    answer = app.post("/upload/complete/", **wrong)
    assert (answer.status_code, answer.json) == (
        409,
        failure("etag_mismatch", "[parts] chunk 0 has a different ETag in storage", mismatched=[0]),
    )
    right = app.completion(opened, parts=[{"chunk_index": 0, "etag": etag.strip('"')}])
    assert app.post("/upload/complete/", **right).status_code == 200
    app.assert_whole(opened)


@pytest.mark.parametrize("field", ["user_id", "appointment_id"])
@pytest.mark.parametrize("value", ["3f0e8a52-0000-4000-8000-000000000000", "nonsense"])
def test_an_unknown_user_or_appointment_is_refused(app: App, field: str, value: str) -> None:
    opened = app.send()
    answer = app.post("/upload/complete/", **app.completion(opened, **{field: value}))
    who = field.removesuffix("_id")
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", f"[{field}] no {who} has this id"))
    assert app.post("/upload/complete/", **app.completion(opened)).status_code == 200
    app.assert_whole(opened)


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
def test_an_invalid_field_is_refused(app: App, changes: dict[str, Any], reason: str) -> None:
    opened = app.send()
    answer = app.post("/upload/complete/", **app.completion(opened, **changes))
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))
    assert app.post("/upload/complete/", **app.completion(opened)).status_code == 200
    app.assert_whole(opened)


def test_missing_required_fields_are_reported(app: App) -> None:
    names = ("upload_id", "total_chunks", "total_size", "filename", "content_type")
    missing = [f"[{name}] Missing data for required field." for name in names]
    answer = app.post("/upload/complete/")
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", *missing))


@pytest.mark.parametrize("name", ["../../x", 'a"b', "a\r\nb", "📎", "\u202eexe.txt", "x" * 255, " ", "\x00"])
def test_filenames_are_stored_unchanged(app: App, name: str) -> None:
    file = app.upload(filename=name)
    listed = app.client.get("/api/v1/file/all").json["data"]["items"]
    assert [each["filename"] for each in (file, *listed)] == [name, name]


def test_a_private_file_is_completed_again_only_with_its_credential(app: App) -> None:
    opened = app.send()
    body = app.completion(opened, credential={"pin": "1234"})
    assert app.post("/upload/complete/", **body).json["data"]["is_private"] is True
    assert app.post("/upload/complete/", **body).status_code == 200
    answer = app.post("/upload/complete/", **app.completion(opened))
    assert (answer.status_code, answer.json) == (403, failure("wrong_credential"))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("video/webm;codecs=vp8,opus", 'video/webm;codecs="vp8,opus"'),
        ("TEXT/Plain; charset=UTF-8", "text/plain;charset=UTF-8"),
        ("foo", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_content_types_of_browsers_are_normalized(app: App, given: str, kept: str) -> None:
    opened = app.send(content_type=given)
    answer = app.post("/upload/complete/", **app.completion(opened, content_type=given))
    assert (answer.status_code, answer.json["data"]["content_type"]) == (200, kept)
