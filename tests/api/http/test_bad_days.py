"""Dependencies that are down: the documented status, no lost data, no traceback, no secret."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

import pymysql
import pytest
from botocore.exceptions import ClientError
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from service.db.models import File, PendingDeletion, Upload
from service.domain.scanning.scans import SCAN_GRACE
from service.domain.upkeep.sweep import sweep
from service.errors import StorageUnavailableError
from tests.support.matchers import failure
from tests.support.service.calls import ASKS
from tests.support.service_under_test import App

NEED_STORAGE = ("init", "complete", "status of an upload", "retry of an upload")


def ask_after(app: App, name: str, broken: Callable[[App], App]) -> TestResponse:
    """Send a request while a dependency is down; if it is refused, send it again when the dependency is back."""
    opened, file = app.send(), app.upload()
    app.queue.jobs.clear()
    answer = ASKS[name](broken(app), opened, file)
    if answer.status_code == 503:
        app.clock.forward(60)
        assert ASKS[name](app, opened, file).status_code in {200, 201}
        for file_id in {"complete": {opened["file_id"], file["id"]}, "delete": set()}.get(name, {file["id"]}):
            assert app.stored(file_id) == b"hello"
    return answer


@pytest.mark.parametrize("name", ASKS)
def test_requests_are_answered_503_while_the_database_is_down(app: App, name: str) -> None:
    answer = ask_after(app, name, App.without_database)
    assert (answer.status_code, answer.json) == (503, failure("database_unavailable"))
    assert int(answer.headers["Retry-After"]) > 0
    assert "hidden-password" not in answer.text


@pytest.mark.parametrize("name", ASKS)
def test_requests_that_need_storage_fail_while_it_is_down(app: App, name: str) -> None:
    answer = ask_after(app, name, App.without_storage)
    if name in NEED_STORAGE:
        assert (answer.status_code, answer.json) == (503, failure("storage_unavailable"))
        assert int(answer.headers["Retry-After"]) > 0
    else:
        assert answer.status_code in {200, 201}


@pytest.mark.parametrize("name", ASKS)
def test_requests_succeed_and_scans_stay_due_while_redis_is_down(app: App, name: str) -> None:
    """The response is unchanged, and every scan stays due: a sweep queues it when Redis is back."""

    def broken(app: App) -> App:
        app.queue.down = True
        return app

    assert ask_after(app, name, broken).status_code in {200, 201}
    assert app.queue.jobs == {}
    app.queue.down = False
    app.clock.forward(SCAN_GRACE.total_seconds())
    sweep(app.deps)
    with app.deps.db.read() as session:
        files = set(session.scalars(select(File.id)))
    assert len(files) == {"complete": 2, "delete": 0}.get(name, 1)
    assert app.queue.jobs == dict.fromkeys(files, "queued")


def test_a_completion_that_the_database_interrupts_can_be_repeated(app: App) -> None:
    opened = app.send()
    broken = OperationalError("UPDATE", {}, Exception("server has gone away"))
    with patch("service.domain.uploads.completion.recording.add_new_file", side_effect=broken):
        answer = app.post("/upload/complete/", **app.completion(opened))
    assert (answer.status_code, answer.json) == (503, failure("database_unavailable"))
    app.clock.forward(60)
    assert app.post("/upload/complete/", **app.completion(opened)).status_code == 200
    app.assert_whole(opened)


@pytest.mark.parametrize(
    ("number", "code", "seconds"),
    [
        (1205, "database_busy", "1"),
        (1290, "database_read_only", "5"),
        (1045, "database_refused", "60"),
        (2013, "database_unavailable", "5"),
    ],
)
def test_each_error_of_the_database_has_its_own_code(app: App, number: int, code: str, seconds: str) -> None:
    broken = OperationalError("INSERT", {}, pymysql.err.OperationalError(number, "secret words"))
    with patch.object(Session, "add", side_effect=broken):
        answer = app.client.post("/api/v1/users/", json={"name": "Ada"})
    assert (answer.status_code, answer.json) == (503, failure(code))
    assert answer.headers["Retry-After"] == seconds
    assert "secret words" not in answer.text


def test_a_completion_that_storage_interrupts_can_be_repeated(app: App) -> None:
    opened = app.send()
    with patch.object(app.deps.storage, "complete_upload", side_effect=StorageUnavailableError):
        answer = app.post("/upload/complete/", **app.completion(opened))
    assert (answer.status_code, answer.json) == (503, failure("storage_unavailable"))
    app.clock.forward(60)
    assert app.post("/upload/complete/", **app.completion(opened)).status_code == 200
    app.assert_whole(opened)


def test_an_error_of_storage_is_reported_by_its_code_only(app: App) -> None:
    refusal = ClientError({"Error": {"Code": "AccessDenied", "Message": "key AKIA…"}}, "CreateMultipartUpload")
    with patch.object(app.deps.storage._s3, "create_multipart_upload", side_effect=refusal):
        answer = app.post("/upload/init/", size=1)
    assert (answer.status_code, answer.json) == (502, failure("storage_refused", storage_code="AccessDenied"))
    assert "AKIA" not in answer.text


def test_the_sweeper_expires_an_init_that_never_reached_storage(app: App) -> None:
    assert app.without_storage().post("/upload/init/", size=1).status_code == 503
    app.clock.forward(24 * 3600)
    assert sweep(app.deps).expired_uploads == 1
    assert (app.count(Upload), app.count(PendingDeletion)) == (1, 0)


def test_the_sweeper_aborts_a_multipart_upload_that_was_not_recorded(app: App) -> None:
    with patch(
        "service.domain.uploads.initialization.note_storage_upload",
        side_effect=OperationalError("", {}, Exception("gone")),
    ):
        assert app.post("/upload/init/", size=1).status_code == 503
    assert len(app.s3.list_multipart_uploads(Bucket="longshore-private")["Uploads"]) == 1
    app.clock.forward(24 * 3600)
    sweep(app.deps)
    assert "Uploads" not in app.s3.list_multipart_uploads(Bucket="longshore-private")


def test_the_sweeper_queues_a_scan_if_redis_was_down_at_completion(app: App) -> None:
    app.queue.down = True
    file = app.upload()
    assert app.queue.jobs == {}
    assert sweep(app.deps).errors == ["requeue_scans: queue_unavailable"]
    app.queue.down = False
    assert sweep(app.deps).queued_scans == 1
    assert app.queue.jobs == {file["id"]: "queued"}


@pytest.mark.parametrize("ask", ["abort", "delete"])
def test_the_sweeper_repeats_deletions_that_storage_missed(app: App, ask: str) -> None:
    opened, file = app.send(), app.upload()
    assert ASKS[ask](app.without_storage(), opened, file).status_code == 200
    app.clock.forward(24 * 3600)
    sweep(app.deps)
    left = len(app.s3.list_multipart_uploads(Bucket="longshore-private").get("Uploads", []))
    assert left == 0
    assert len(app.keys("longshore-private")) == (0 if ask == "delete" else 1)
    assert (app.count(PendingDeletion), app.count(File)) == (0, 0 if ask == "delete" else 1)
    assert ask == "delete" or app.stored(file["id"]) == b"hello"


def test_a_missing_bucket_loses_no_upload(app: App) -> None:
    """A wrong setting must not look like "storage no longer has the parts"."""
    opened = app.send()
    misconfigured = app.with_settings(s3_private_bucket="not-there")
    answer = misconfigured.post("/upload/complete/", **app.completion(opened))
    assert (answer.status_code, answer.json) == (502, failure("storage_refused", storage_code="NoSuchBucket"))
    assert app.post("/upload/complete/", **app.completion(opened)).status_code == 200
    app.assert_whole(opened)
