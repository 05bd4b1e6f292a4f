"""POST /upload/retry: resume uploads, completions and scans."""

from __future__ import annotations

from typing import Any

import pytest

from service.domain.upkeep.sweep import sweep
from service.errors import ScannerUnavailableError
from service.values import ScanVerdict
from tests.support.matchers import AN_ETAG, failure
from tests.support.service_under_test import CHUNK, FILE, App

UNKNOWN_ID = "3f0e8a52-0000-4000-8000-000000000000"


@pytest.mark.parametrize("by", ["upload_id", "file_id"])
def test_retry_signs_the_missing_chunks_of_an_open_upload(app: App, by: str) -> None:
    opened = app.init(size=3 * CHUNK)
    app.put(opened["chunks"][1], b"x" * CHUNK)
    data = app.post("/upload/retry", **{by: opened[by]}).json["data"]
    signed = data.pop("chunks")
    assert data == {name: value for name, value in opened.items() if name != "chunks"} | {
        "uploaded": [{"chunk_index": 1, "size": CHUNK, "etag": AN_ETAG, "checksum": None}],
        "missing": [0, 2],
        "size": 3 * CHUNK,
        "checksum_algorithm": None,
    }
    assert [chunk["chunk_index"] for chunk in signed] == [0, 2]


def test_a_part_of_the_wrong_length_counts_as_missing(app: App) -> None:
    opened = app.init(size=CHUNK)
    app.put(opened["chunks"][0], b"short")
    data = app.post("/upload/retry", upload_id=opened["upload_id"]).json["data"]
    assert (data["uploaded"], data["missing"]) == ([], [0])


def test_retry_lists_missing_chunks_while_the_size_is_unknown(app: App) -> None:
    opened = app.init()
    wish = {"upload_id": opened["upload_id"], "chunk_index": 2, "chunk_size": 1}
    app.put(app.post("/upload/chunk/", **wish).json["data"]["chunks"][0], b"x")
    data = app.post("/upload/retry", upload_id=opened["upload_id"]).json["data"]
    assert (data["missing"], data["chunks"], data["total_chunks"]) == ([0, 1], [], None)


def test_an_upload_that_storage_has_lost_is_expired(app: App) -> None:
    opened = app.send()
    found = app.s3.list_multipart_uploads(Bucket="longshore-private")["Uploads"][0]
    app.s3.abort_multipart_upload(Bucket="longshore-private", Key=found["Key"], UploadId=found["UploadId"])
    answer = app.post("/upload/retry", upload_id=opened["upload_id"])
    assert (answer.status_code, answer.json) == (409, failure("upload_expired"))


def test_a_failed_scan_is_queued_again(app: App) -> None:
    file = app.upload()
    app.scanner.down = True
    with pytest.raises(ScannerUnavailableError):
        app.scan(file["id"])
    assert app.status(file["id"]).json["data"]["stage"] == "scan_failed"
    shown = app.post("/upload/retry", file_id=file["id"]).json["data"]
    assert (shown["virus_scan_status"], app.queue.jobs[file["id"]]) == ("pending", "queued")


@pytest.mark.parametrize("job", ["scheduled", "started"])
def test_retry_accepts_a_failed_scan_with_a_live_job(app: App, job: str) -> None:
    """RQ's own next attempt waits, or the previous job has not ended yet."""
    file = app.upload()
    app.scanner.down = True
    with pytest.raises(ScannerUnavailableError):
        app.scan(file["id"])
    app.queue.jobs[file["id"]] = job
    answer = app.post("/upload/retry", file_id=file["id"])
    assert (answer.status_code, answer.json["data"]["virus_scan_status"]) == (200, "pending")
    app.scanner.down = False
    app.scan(file["id"])
    assert app.status(file["id"]).json["data"]["stage"] == "ready"


def test_a_lost_job_is_queued_again(app: App) -> None:
    file = app.upload()
    assert app.post("/upload/retry", file_id=file["id"]).json == failure("file_in_progress")
    app.queue.jobs.clear()
    assert app.post("/upload/retry", file_id=file["id"]).status_code == 200
    assert app.queue.jobs == {file["id"]: "queued"}


def test_the_sweeper_queues_a_scan_that_retry_could_not_queue(app: App) -> None:
    file = app.upload()
    app.queue.down = True
    assert app.post("/upload/retry", file_id=file["id"]).json["data"]["virus_scan_status"] == "pending"
    app.queue.down = False
    app.queue.jobs.clear()
    assert sweep(app.deps).queued_scans == 1
    app.scan(file["id"])
    assert app.status(file["id"]).json["data"]["stage"] == "ready"


def test_retry_refuses_a_ready_file(app: App) -> None:
    answer = app.post("/upload/retry", file_id=app.ready()["id"])
    assert (answer.status_code, answer.json) == (400, failure("file_already_uploaded"))
    assert answer.json["message"] == "File uploaded previously!"


def test_retry_refuses_a_quarantined_file(app: App) -> None:
    app.scanner.says = ScanVerdict("infected", "Eicar")
    answer = app.post("/upload/retry", file_id=app.ready()["id"])
    assert (answer.status_code, answer.json) == (409, failure("file_quarantined"))


def test_retry_refuses_an_aborted_or_expired_upload(app: App) -> None:
    aborted, expired = app.init(size=1), app.init(size=1)
    app.client.delete(f"{FILE}/upload/{aborted['upload_id']}")
    answer = app.post("/upload/retry", file_id=aborted["file_id"])
    assert (answer.status_code, answer.json) == (409, failure("upload_aborted"))
    app.clock.forward(24 * 3600)
    answer = app.post("/upload/retry", upload_id=expired["upload_id"])
    assert (answer.status_code, answer.json) == (409, failure("upload_expired"))


def test_retry_of_a_private_file_requires_its_credential(app: App) -> None:
    file = app.ready(credential={"pin": "1"})
    answer = app.post("/upload/retry", file_id=file["id"])
    assert (answer.status_code, answer.json) == (403, failure("wrong_credential"))
    answer = app.post("/upload/retry", file_id=file["id"], credential={"pin": "1"})
    assert answer.json == failure("file_already_uploaded")


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({}, 422, failure("invalid_body", "[file_id] Give either file_id or upload_id.")),
        (
            {"file_id": UNKNOWN_ID, "upload_id": UNKNOWN_ID},
            422,
            failure("invalid_body", "[file_id] Give either file_id or upload_id."),
        ),
        ({"file_id": UNKNOWN_ID}, 404, failure("file_not_found")),
        ({"file_id": "nonsense"}, 404, failure("file_not_found")),
        (
            {"upload_id": UNKNOWN_ID},
            422,
            failure("upload_not_found", f"[upload_id] no upload has the id {UNKNOWN_ID!r}"),
        ),
    ],
)
def test_retry_refuses_a_missing_unknown_or_ambiguous_id(
    app: App, body: dict[str, Any], status: int, expected: dict[str, Any]
) -> None:
    answer = app.post("/upload/retry", **body)
    assert (answer.status_code, answer.json) == (status, expected)
