"""Strange answers in storage's place lose nothing: calls fail with a request to try again, and afterwards
the service finishes all uploads.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from service.domain.scanning.scans import scan_file
from service.domain.upkeep.sweep import sweep
from service.errors import ServiceError
from service.scanner import ScanFailedError
from service.storage.replies import ObjectChangedError
from tests.support.service_under_test import CHUNK, FILE, App
from tests.support.storage.strange_answers import ANSWERS, answering

PRIVATE, PUBLIC = "longshore-private", "longshore-public"
CHANGES = (
    *("CreateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload"),
    *("CopyObject", "UploadPartCopy", "DeleteObjects"),
)
"""Operations that change something, so that their answer can be lost too."""
QUESTIONS = ("ListParts", "HeadObject", "GetObject", "ListMultipartUploads", "ListObjectsV2", "GetBucketVersioning")
CASES = [(operation, answer, False) for operation in (*CHANGES, *QUESTIONS) for answer in ANSWERS]
CASES += [(operation, answer, True) for operation in CHANGES for answer in ("a bare 404", "a reset")]


def body_of(operation: str) -> bytes:
    """Large enough to be copied in parts where that is tried."""
    return b"x" * (CHUNK + 1) if operation == "UploadPartCopy" else b"hello"


def work(app: App) -> list[str]:
    """Run the sweeper and the workers for a minute; return the sweep's errors."""
    app.clock.forward(60)
    report = sweep(app.deps)
    for file_id in [each for each, state in app.queue.jobs.items() if state == "queued"]:
        app.queue.jobs[file_id] = "finished"
        with suppress(ServiceError, ScanFailedError, ObjectChangedError):  # a failed job is retried
            scan_file(app.deps, file_id)
    app.clock.forward(60)
    return report.errors


def live_through(app: App, kept: dict[str, Any], given_up: dict[str, Any], doomed: dict[str, Any]) -> set[int]:
    """Every call of a client, and the work of two minutes; returns the statuses."""
    answers = [app.post("/upload/init/", size=1)]
    for _ in range(2):
        answers += [
            app.post("/upload/complete/", **kept),
            app.status(kept["upload_id"]),
            app.post("/upload/retry", upload_id=kept["upload_id"]),
        ]
        assert not [line for line in work(app) if "Error" in line]
    answers += [
        app.client.delete(f"{FILE}/upload/{given_up['upload_id']}"),
        app.client.delete(f"{FILE}/{doomed['id']}"),
    ]
    work(app)
    return {answer.status_code for answer in answers}


@pytest.mark.parametrize(("operation", "answer", "done"), CASES)
def test_a_strange_answer_of_storage_loses_nothing(
    app: App, monkeypatch: pytest.MonkeyPatch, operation: str, answer: str, done: bool
) -> None:
    monkeypatch.setattr("service.storage.s3.COPY_PART_SIZE", CHUNK)
    app = app.published()
    app.scanner.max_size = 2 * CHUNK
    body = body_of(operation)
    doomed, given_up, opened = app.ready(b"doomed"), app.send(b"given up"), app.send(body)
    kept = app.completion(opened, body)
    with answering(app, operation, ANSWERS[answer], done=done):
        # 400: there is nothing to retry; 404: the file does not exist yet; 409: its completion is running
        assert live_through(app, kept, given_up, doomed) <= {200, 400, 404, 409, 503}
    app.clock.forward(3600)
    assert app.post("/upload/complete/", **kept).status_code == 200
    for _ in range(2):
        assert work(app) == []
    shown = app.get(opened["file_id"]).json["data"]
    bucket, _, key = shown["path"].partition("/")
    assert (shown["virus_scan_status"], bucket) == ("clean", PUBLIC)
    assert app.s3.get_object(Bucket=bucket, Key=key)["Body"].read() == body
    app.clock.forward(49 * 3600)  # abandoned uploads have expired by now
    work(app)
    assert (app.keys(PRIVATE), app.keys(PUBLIC)) == ([], [key])
    left = [app.s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []) for bucket in (PRIVATE, PUBLIC)]
    assert left == [[], []]
