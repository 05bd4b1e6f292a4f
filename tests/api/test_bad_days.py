"""A part is down: the documented status, nothing lost, no traceback, no secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pymysql
import pytest
from botocore.exceptions import ClientError
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from service.db.models import File, Removal, Upload
from service.domain.scanning.scans import SCAN_GRACE
from service.domain.upkeep.sweep import sweep
from service.errors import StorageUnavailableError
from tests.support.matchers import failure
from tests.support.service_under_test import FILE, World

Ask = Callable[[World, dict[str, Any], dict[str, Any]], TestResponse]

ASKS: dict[str, Ask] = {
    "init": lambda world, opened, file: world.post("/upload/init/", size=1),
    "chunk": lambda world, opened, file: world.post("/upload/chunk/", upload_id=opened["upload_id"], chunk_index=0),
    "complete": lambda world, opened, file: world.post("/upload/complete/", **world.completion(opened)),
    "get": lambda world, opened, file: world.get(file["id"]),
    "status of an upload": lambda world, opened, file: world.status(opened["file_id"]),
    "status of a file": lambda world, opened, file: world.status(file["id"]),
    "retry of an upload": lambda world, opened, file: world.post("/upload/retry", upload_id=opened["upload_id"]),
    "retry of a scan": lambda world, opened, file: world.post("/upload/retry", file_id=file["id"]),
    "abort": lambda world, opened, file: world.client.delete(f"{FILE}/upload/{opened['upload_id']}"),
    "delete": lambda world, opened, file: world.client.delete(f"{FILE}/{file['id']}"),
    "list": lambda world, opened, file: world.client.get(f"{FILE}/all"),
    "users": lambda world, opened, file: world.client.get("/api/v1/users/"),
    "new user": lambda world, opened, file: world.client.post("/api/v1/users/", json={"name": "Ada"}),
}
NEED_STORAGE = ("init", "complete", "status of an upload", "retry of an upload")


def ask_after(world: World, name: str, broken: Callable[[World], World]) -> TestResponse:
    """Ask with a part down, about an upload and a file from before; what is refused is asked again when it is back."""
    opened, file = world.send(), world.upload()
    world.queue.jobs.clear()
    answer = ASKS[name](broken(world), opened, file)
    if answer.status_code == 503:
        world.clock.forward(60)
        assert ASKS[name](world, opened, file).status_code in {200, 201}
        for file_id in {"complete": {opened["file_id"], file["id"]}, "delete": set()}.get(name, {file["id"]}):
            assert world.stored(file_id) == b"hello"
    return answer


@pytest.mark.parametrize("name", ASKS)
def test_the_database_is_down(world: World, name: str) -> None:
    answer = ask_after(world, name, World.without_database)
    assert (answer.status_code, answer.json) == (503, failure("database_unavailable"))
    assert int(answer.headers["Retry-After"]) > 0
    assert "hidden-password" not in answer.text


@pytest.mark.parametrize("name", ASKS)
def test_storage_is_down(world: World, name: str) -> None:
    answer = ask_after(world, name, World.without_storage)
    if name in NEED_STORAGE:
        assert (answer.status_code, answer.json) == (503, failure("storage_unavailable"))
        assert int(answer.headers["Retry-After"]) > 0
    else:
        assert answer.status_code in {200, 201}


@pytest.mark.parametrize("name", ASKS)
def test_redis_is_down(world: World, name: str) -> None:
    """The answer is as always, and every scan is owed: a sweep queues it once Redis is back."""

    def broken(world: World) -> World:
        world.queue.down = True
        return world

    assert ask_after(world, name, broken).status_code in {200, 201}
    assert world.queue.jobs == {}
    world.queue.down = False
    world.clock.forward(SCAN_GRACE.total_seconds())
    sweep(world.deps)
    with world.deps.db.read() as session:
        files = set(session.scalars(select(File.id)))
    assert len(files) == {"complete": 2, "delete": 0}.get(name, 1)
    assert world.queue.jobs == dict.fromkeys(files, "queued")


def test_the_database_goes_down_in_the_middle(world: World) -> None:
    opened = world.send()
    broken = OperationalError("UPDATE", {}, Exception("server has gone away"))
    with patch("service.domain.uploads.completion._new_file", side_effect=broken):
        answer = world.post("/upload/complete/", **world.completion(opened))
    assert (answer.status_code, answer.json) == (503, failure("database_unavailable"))
    world.clock.forward(60)
    assert world.post("/upload/complete/", **world.completion(opened)).status_code == 200
    world.assert_whole(opened)


@pytest.mark.parametrize(
    ("number", "code", "seconds"),
    [
        (1205, "database_busy", "1"),
        (1290, "database_read_only", "5"),
        (1045, "database_refused", "60"),
        (2013, "database_unavailable", "5"),
    ],
)
def test_a_client_reads_what_is_wrong_with_the_database(world: World, number: int, code: str, seconds: str) -> None:
    broken = OperationalError("INSERT", {}, pymysql.err.OperationalError(number, "secret words"))
    with patch.object(Session, "add", side_effect=broken):
        answer = world.client.post("/api/v1/users/", json={"name": "Ada"})
    assert (answer.status_code, answer.json) == (503, failure(code))
    assert answer.headers["Retry-After"] == seconds
    assert "secret words" not in answer.text


def test_storage_goes_down_while_it_completes(world: World) -> None:
    opened = world.send()
    with patch.object(world.deps.storage, "complete_upload", side_effect=StorageUnavailableError):
        answer = world.post("/upload/complete/", **world.completion(opened))
    assert (answer.status_code, answer.json) == (503, failure("storage_unavailable"))
    world.clock.forward(60)
    assert world.post("/upload/complete/", **world.completion(opened)).status_code == 200
    world.assert_whole(opened)


def test_storage_answers_with_an_error(world: World) -> None:
    refusal = ClientError({"Error": {"Code": "AccessDenied", "Message": "key AKIA…"}}, "CreateMultipartUpload")
    with patch.object(world.deps.storage._s3, "create_multipart_upload", side_effect=refusal):
        answer = world.post("/upload/init/", size=1)
    assert (answer.status_code, answer.json) == (502, failure("storage_refused", storage_code="AccessDenied"))
    assert "AKIA" not in answer.text


def test_an_init_that_storage_never_heard_of_is_cleared_away(world: World) -> None:
    assert world.without_storage().post("/upload/init/", size=1).status_code == 503
    world.clock.forward(24 * 3600)
    assert sweep(world.deps).expired_uploads == 1
    assert (world.count(Upload), world.count(Removal)) == (1, 0)


def test_an_init_whose_answer_was_lost_leaves_nothing_in_storage(world: World) -> None:
    with patch(
        "service.domain.uploads.uploads.note_storage_upload", side_effect=OperationalError("", {}, Exception("gone"))
    ):
        assert world.post("/upload/init/", size=1).status_code == 503
    assert len(world.s3.list_multipart_uploads(Bucket="longshore-private")["Uploads"]) == 1
    world.clock.forward(24 * 3600)
    sweep(world.deps)
    assert "Uploads" not in world.s3.list_multipart_uploads(Bucket="longshore-private")


def test_redis_down_at_complete_and_the_sweeper_queues_the_scan(world: World) -> None:
    world.queue.down = True
    file = world.upload()
    assert world.queue.jobs == {}
    assert sweep(world.deps).errors == ["requeue_scans: queue_unavailable"]
    world.queue.down = False
    assert sweep(world.deps).queued_scans == 1
    assert world.queue.jobs == {file["id"]: "queued"}


@pytest.mark.parametrize("ask", ["abort", "delete"])
def test_what_storage_could_not_forget_it_forgets_later(world: World, ask: str) -> None:
    opened, file = world.send(), world.upload()
    assert ASKS[ask](world.without_storage(), opened, file).status_code == 200
    world.clock.forward(24 * 3600)
    sweep(world.deps)
    left = len(world.s3.list_multipart_uploads(Bucket="longshore-private").get("Uploads", []))
    assert left == 0
    assert len(world.keys("longshore-private")) == (0 if ask == "delete" else 1)
    assert (world.count(Removal), world.count(File)) == (0, 0 if ask == "delete" else 1)
    assert ask == "delete" or world.stored(file["id"]) == b"hello"


def test_a_bucket_that_is_gone_loses_no_upload(world: World) -> None:
    """A wrong setting must not pass for «storage no longer has the parts»."""
    opened = world.send()
    astray = world.with_settings(s3_private_bucket="not-there")
    answer = astray.post("/upload/complete/", **world.completion(opened))
    assert (answer.status_code, answer.json) == (502, failure("storage_refused", storage_code="NoSuchBucket"))
    assert world.post("/upload/complete/", **world.completion(opened)).status_code == 200
    world.assert_whole(opened)
