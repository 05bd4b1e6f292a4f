"""POST /upload/chunk/: URLs that are signed for exactly the planned bytes."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.matchers import A_URL, failure, success
from tests.support.service_under_test import CHUNK, FILE, App

SHA = "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="


def test_one_chunk_is_signed(app: App) -> None:
    upload_id = app.init(size=3 * CHUNK)["upload_id"]
    answer = app.post("/upload/chunk/", upload_id=upload_id, chunk_index=2)
    assert answer.json == success(
        {
            "upload_id": upload_id,
            "chunk_index": 2,
            "chunks": [
                {
                    "chunk_index": 2,
                    "part_number": 3,
                    "method": "PUT",
                    "url": A_URL,
                    "headers": {},
                    "expires_at": "2026-01-02T04:04:05.678901Z",
                }
            ],
        }
    )
    query = parse_qs(urlsplit(answer.json["data"]["chunks"][0]["url"]).query)
    assert (query["partNumber"], query["X-Amz-SignedHeaders"]) == (["3"], ["content-length;host"])


def test_chunks_are_signed_in_the_requested_order(app: App) -> None:
    upload_id = app.init(size=1000 * CHUNK)["upload_id"]
    wanted = [{"chunk_index": index} for index in reversed(range(1000))]
    data = app.post("/upload/chunk/", upload_id=upload_id, chunks=wanted).json["data"]
    assert data["chunk_index"] == 999
    assert [chunk["chunk_index"] for chunk in data["chunks"]] == list(reversed(range(1000)))


def test_a_checksum_is_signed_as_a_header(app: App) -> None:
    upload_id = app.init(size=5, checksum_algorithm="SHA256")["upload_id"]
    chunk = app.post("/upload/chunk/", upload_id=upload_id, chunk_index=0, checksum=SHA).json["data"]["chunks"][0]
    assert chunk["headers"] == {"x-amz-checksum-sha256": SHA, "x-amz-sdk-checksum-algorithm": "SHA256"}
    signed = parse_qs(urlsplit(chunk["url"]).query)["X-Amz-SignedHeaders"]
    assert signed == ["content-length;host;x-amz-checksum-sha256;x-amz-sdk-checksum-algorithm"]


@pytest.mark.parametrize(
    ("init", "ask", "reason"),
    [
        ({"size": CHUNK}, {"chunk_index": 1}, "[chunk_index] is 1; the chunks of this upload are 0 to 0"),
        (
            {"size": 5},
            {"chunk_index": 0, "chunk_size": 6},
            "[chunk_size] is 6 for chunk 0; by the upload's size it has 5 bytes",
        ),
        (
            {},
            {"chunk_index": 0},
            "[chunk_size] is missing for chunk 0; it is required because the upload's size is unknown",
        ),
        (
            {},
            {"chunk_index": 0, "chunk_size": CHUNK + 1},
            f"[chunk_size] is {CHUNK + 1} for chunk 0; chunks have at most {CHUNK} bytes here",
        ),
        (
            {"size": 5, "checksum_algorithm": "CRC32"},
            {"chunk_index": 0},
            "[checksum] is missing for chunk 0: this upload was started with CRC32",
        ),
        (
            {"size": 5},
            {"chunk_index": 0, "checksum": "AAAAAA=="},
            "[checksum] is not expected for chunk 0: this upload was started without checksum_algorithm",
        ),
    ],
)
def test_a_chunk_that_contradicts_its_upload_is_refused(
    app: App, init: dict[str, Any], ask: dict[str, Any], reason: str
) -> None:
    answer = app.post("/upload/chunk/", upload_id=app.init(**init)["upload_id"], **ask)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))


def test_every_wrong_chunk_is_reported(app: App) -> None:
    upload_id = app.init(size=CHUNK)["upload_id"]
    chunks = [{"chunk_index": 0}, {"chunk_index": 4}, {"chunk_index": 5}]
    answer = app.post("/upload/chunk/", upload_id=upload_id, chunks=chunks)
    wrong = [f"[chunk_index] is {index}; the chunks of this upload are 0 to 0" for index in (4, 5)]
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", *wrong))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"chunk_index": -1}, "[chunk_index] Must be greater than or equal to 0 and less than or equal to 9999."),
        ({"chunk_index": 10_000}, "[chunk_index] Must be greater than or equal to 0 and less than or equal to 9999."),
        ({}, "[chunk_index] Give either chunk_index or chunks."),
        ({"chunk_index": 0, "chunks": [{"chunk_index": 0}]}, "[chunk_index] Give either chunk_index or chunks."),
        ({"chunks": []}, "[chunks] Length must be between 1 and 1000."),
        ({"chunks": [{}]}, "[chunks.0.chunk_index] Missing data for required field."),
        ({"chunks": [{"chunk_index": 0, "x": 1}]}, "[chunks.0.x] Unknown field."),
        ({"chunk_index": 0, "checksum": "not base64!"}, "[checksum] Not base64."),
    ],
)
def test_an_invalid_body_is_refused(app: App, body: dict[str, Any], reason: str) -> None:
    answer = app.post("/upload/chunk/", upload_id=app.init(size=1)["upload_id"], **body)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))


def test_more_than_1000_chunks_are_refused(app: App) -> None:
    chunks = [{"chunk_index": 0}] * 1001
    answer = app.post("/upload/chunk/", upload_id=app.init(size=1)["upload_id"], chunks=chunks)
    assert answer.json == failure("invalid_body", "[chunks] Length must be between 1 and 1000.")


@pytest.mark.parametrize("upload_id", ["3f0e8a52-0000-4000-8000-000000000000", "nonsense", "ÄÖÜ", "A" * 36])
def test_an_unknown_upload_is_refused(app: App, upload_id: str) -> None:
    answer = app.post("/upload/chunk/", upload_id=upload_id, chunk_index=0)
    assert answer.status_code == 422
    assert answer.json == failure("upload_not_found", f"[upload_id] no upload has the id {upload_id!r}")


def test_an_expired_upload_is_refused(app: App) -> None:
    upload_id = app.init(size=1)["upload_id"]
    app.clock.forward(24 * 3600)
    answer = app.post("/upload/chunk/", upload_id=upload_id, chunk_index=0)
    assert (answer.status_code, answer.json) == (409, failure("upload_expired"))


def test_a_completed_upload_is_refused(app: App) -> None:
    answer = app.post("/upload/chunk/", upload_id=app.upload()["upload_id"], chunk_index=0)
    assert (answer.status_code, answer.json) == (409, failure("upload_completed"))


def test_a_file_in_the_request_is_refused_with_a_hint_to_storage(app: App) -> None:
    upload_id = app.init(size=1)["upload_id"]
    in_json = app.post("/upload/chunk/", upload_id=upload_id, chunk_index=0, file="aGVsbG8=")
    form = {"upload_id": upload_id, "chunk_index": "0", "file": (BytesIO(b"x"), "x.bin")}
    in_form = app.client.post(f"{FILE}/upload/chunk/", data=form, content_type="multipart/form-data")
    for answer in (in_json, in_form):
        assert (answer.status_code, answer.json) == (422, failure("file_not_accepted"))
        assert "directly to storage" in answer.json["message"]
