"""At each crash point of an upload a real process dies by SIGKILL; another process finishes its work.

Every test ends before the same judge (`Scene.comes_to_rest`): no file lost or twice, no object without a row, no row
without an object, no open part, no pending deletion, no lost job. Points of files: test_crash_points_of_files.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from service.crashpoints import POINTS
from service.db.models import File, Upload
from service.values import ONE_PUT
from tests.live.changes import test_adoption  # noqa: F401 - let processes die at further points
from tests.live.failures import test_crash_points_of_files  # noqa: F401 - the same
from tests.live.flows import test_webhooks  # noqa: F401 - the same
from tests.support.live.client import CHUNK, FILE, Caller
from tests.support.live.crash_scene import CROSSED, Scene, dies_at
from tests.support.live.stack import Stack
from tests.support.matchers import failure

HELLO = b"hello"
"""A file of one part: by one PUT."""
TWO_PARTS = b"two parts" + bytes(CHUNK)
"""A file that needs a multipart upload."""
INIT, COMPLETE = f"{FILE}/upload/init/", f"{FILE}/upload/complete/"
BODIES = pytest.mark.parametrize("body", [HELLO, TWO_PARTS], ids=["one PUT", "two parts"])
SWEEPS = pytest.mark.parametrize("who", ["the client asks again", "the sweeper"])


def complete_dies(scene: Scene, point: str, **options: Any) -> dict[str, Any]:
    """A multipart upload whose completion dies at this point; returns the body of the request to `complete`."""
    opened = scene.client.send(TWO_PARTS)
    wish = scene.client.completion(opened, TWO_PARTS)
    scene.api_dies(point, "POST", COMPLETE, json=wish, **options)
    return wish


def recovers(scene: Scene, wish: dict[str, Any], who: str) -> None:
    """Later the client or the sweeper completes the file; a repeated request returns it."""
    file_id = scene.stack.row(Upload, wish["upload_id"]).file_id
    if who == "the sweeper":
        scene.sweep_later()
        scene.client.wait_ready(file_id)
    else:
        scene.stack.let_time_pass()
    assert scene.client.complete(**wish)["id"] == file_id
    assert scene.client.download(scene.client.wait_ready(file_id)).content == TWO_PARTS
    scene.comes_to_rest(file_id)


@dies_at("init.begun", "init.row_written", "init.storage_opened", "init.id_noted")
def test_a_crash_in_init_leaves_no_remains(scene: Scene, point: str) -> None:
    init_dies(scene, point, TWO_PARTS)


@dies_at("init.begun", "init.row_written")
def test_a_crash_in_init_of_one_put_leaves_no_remains(scene: Scene, point: str) -> None:
    init_dies(scene, point, HELLO)


def init_dies(scene: Scene, point: str, body: bytes) -> None:
    scene.api_dies(point, "POST", INIT, json={"size": len(body)})
    again = scene.client.ready(body)
    scene.let_uploads_expire()
    scene.sweep_later()
    scene.comes_to_rest(again["id"])


@SWEEPS
@dies_at("complete.claimed", "complete.storage_done")
def test_a_crash_in_complete_is_recovered(scene: Scene, point: str, who: str) -> None:
    recovers(scene, complete_dies(scene, point), who)


@SWEEPS
@dies_at("complete.claimed", "complete.storage_done")
def test_a_crash_in_complete_is_recovered_on_another_store(last_without_cron: Stack, point: str, who: str) -> None:
    """There a second completion may have another answer."""
    scene = Scene(last_without_cron)
    recovers(scene, complete_dies(scene, point), who)


@dies_at("complete.verified", "complete.queued")
def test_a_complete_whose_answer_was_lost_can_be_repeated(scene: Scene, point: str) -> None:
    recovers(scene, complete_dies(scene, point), "the client asks again")


@dies_at("complete.recorded")
def test_a_crash_before_the_scan_is_queued_is_recovered(scene: Scene, point: str) -> None:
    """A repeated request returns the file; the sweeper queues its scan."""
    wish = complete_dies(scene, point)
    assert scene.client.complete(**wish)["virus_scan_status"] == "pending"
    recovers(scene, wish, "the sweeper")


def test_a_crash_of_the_whole_api_in_complete_is_recovered(scene: Scene) -> None:
    recovers(scene, complete_dies(scene, "complete.storage_done", along=scene.stack.api), "the sweeper")


def test_an_unrepeated_complete_after_a_crash_expires(scene: Scene) -> None:
    wish = complete_dies(scene, "complete.verified")
    scene.let_uploads_expire()
    scene.sweep_later()
    scene.comes_to_rest()
    refused = scene.client.post("/upload/complete/", wish)
    assert (refused.status_code, refused.json()) == (409, failure("upload_expired"))


@SWEEPS
@dies_at("complete.taken_over")
def test_a_crash_of_the_process_that_took_over_is_recovered(scene: Scene, point: str, who: str) -> None:
    wish = complete_dies(scene, "complete.claimed")
    scene.stack.let_time_pass()
    if who == "the sweeper":
        scene.sweeper_dies(point)
    else:
        scene.api_dies(point, "POST", COMPLETE, json=wish)
    recovers(scene, wish, who)


def sent_by_one_put(scene: Scene) -> dict[str, Any]:
    """An upload by one PUT whose object is stored; returns the body of the request to `complete`."""
    opened = scene.client.send(HELLO)
    assert scene.stack.row(Upload, opened["upload_id"]).storage_upload_id == ONE_PUT
    return scene.client.completion(opened, HELLO)


@dies_at("complete.object_verified", "complete.recorded")
def test_a_crash_in_complete_of_one_put_is_recovered(scene: Scene, point: str) -> None:
    """Completion is one transaction: before it the upload is open, after it the file exists."""
    wish = sent_by_one_put(scene)
    scene.api_dies(point, "POST", COMPLETE, json=wish)
    file_id = scene.stack.row(Upload, wish["upload_id"]).file_id
    assert scene.client.complete(**wish)["id"] == file_id
    scene.sweep_later()
    assert scene.client.download(scene.client.wait_ready(file_id)).content == HELLO
    scene.comes_to_rest(file_id)


def test_an_unrepeated_complete_of_one_put_expires(scene: Scene) -> None:
    wish = sent_by_one_put(scene)
    scene.api_dies("complete.object_verified", "POST", COMPLETE, json=wish)
    scene.let_uploads_expire()
    scene.sweep_later()
    scene.comes_to_rest()


@dies_at("complete.given_up")
def test_a_crash_in_the_abort_of_a_wrong_object_is_recovered(scene: Scene, point: str) -> None:
    wish = complete_dies(scene, "complete.storage_done")
    bucket, key = scene.stack.settings.s3_private_bucket, scene.stack.object_key(wish["upload_id"])
    scene.stack.s3.put_object(Bucket=bucket, Key=key, Body=b"other bytes")
    scene.stack.let_time_pass()
    scene.api_dies(point, "POST", COMPLETE, json=wish)
    scene.sweep_later()
    refused = scene.client.post("/upload/complete/", wish)
    assert (refused.status_code, refused.json()) == (409, failure("upload_aborted"))
    assert f"11 bytes, not {len(TWO_PARTS)}" in refused.json()["message"]
    scene.comes_to_rest()


@dies_at("complete.parts_lost")
def test_a_crash_in_the_end_of_an_upload_with_lost_parts_is_recovered(scene: Scene, point: str) -> None:
    opened = scene.client.send(TWO_PARTS)
    wish = scene.client.completion(opened, TWO_PARTS)
    upload = scene.stack.row(Upload, opened["upload_id"])
    place = {"Bucket": scene.stack.settings.s3_private_bucket, "Key": upload.object_key}
    scene.stack.s3.abort_multipart_upload(**place, UploadId=upload.storage_upload_id)
    scene.api_dies(point, "POST", COMPLETE, json=wish)
    refused = scene.client.post("/upload/complete/", wish)
    assert (refused.status_code, refused.json()) == (409, failure("upload_expired"))
    scene.sweep_later()
    scene.comes_to_rest()


@SWEEPS
@dies_at("retry.reopened")
def test_a_crash_in_retry_is_recovered(scene: Scene, point: str, who: str) -> None:
    wish = complete_dies(scene, "complete.recorded")
    file_id = scene.stack.row(Upload, wish["upload_id"]).file_id
    scene.api_dies(point, "POST", f"{FILE}/upload/retry", json={"file_id": file_id})
    if who == "the sweeper":
        scene.sweep_later()
    else:
        assert scene.client.retry(file_id=file_id)["id"] == file_id
    scene.comes_to_rest(file_id)


@dies_at("requeue.queued")
def test_a_crash_after_queueing_a_scan_scans_it_once(scene: Scene, point: str) -> None:
    wish = complete_dies(scene, "complete.recorded")
    file_id = scene.stack.row(Upload, wish["upload_id"]).file_id
    scene.stack.let_time_pass()
    scene.sweeper_dies(point)
    scene.sweep_later()
    scene.comes_to_rest(file_id)
    assert scene.stack.row(File, file_id).scan_attempts == 1


@BODIES
@dies_at("abort.begun", "abort.closed", "removal.begun", "removal.uploads_aborted")
def test_a_crash_in_abort_is_recovered(scene: Scene, point: str, body: bytes) -> None:
    opened = scene.client.send(body)
    path = f"{FILE}/upload/{opened['upload_id']}"
    scene.api_dies(point, "DELETE", path)
    assert scene.client.request("DELETE", path).status_code == 200
    scene.sweep_later()
    scene.comes_to_rest()


@BODIES
@dies_at("expire.begun", "expire.closed", "removal.uploads_aborted")
def test_a_crash_in_expiry_is_recovered(scene: Scene, point: str, body: bytes) -> None:
    opened = scene.client.send(body)
    scene.let_uploads_expire()
    scene.sweeper_dies(point)
    scene.sweep_later()
    scene.comes_to_rest()
    refused = scene.client.post("/upload/complete/", scene.client.completion(opened, body))
    assert (refused.status_code, refused.json()) == (409, failure("upload_expired"))


GRANTS = "/api/v1/grants/"


def granted(scene: Scene) -> tuple[str, Caller]:
    """A grant of one upload: its id, and a browser that has it."""
    made = scene.client.data("POST", GRANTS, json={"subject": "ann"})
    return made["grant_id"], Caller(scene.client.url, made["token"])


def used(scene: Scene, grant_id: str) -> tuple[int, str]:
    found = scene.client.data("GET", GRANTS + grant_id)
    return found["used"], found["state"]


def opens_once(scene: Scene, page: Caller) -> str:
    """The browser can start one upload, and no more; returns its id."""
    upload_id = str(page.init(size=5)["upload_id"])
    refused = page.post("/upload/init/", {"size": 5})
    assert (refused.status_code, refused.json()["reason"]) == (403, "used_up")
    return upload_id


@dies_at("init.use_counted", "init.row_written")
def test_a_crash_in_init_counts_a_use_of_a_grant_with_its_upload(scene: Scene, point: str) -> None:
    grant_id, page = granted(scene)
    scene.api_dies(point, "POST", INIT, json={"size": 5}, headers={"Authorization": f"Bearer {page.key}"})
    if point == "init.row_written":
        assert used(scene, grant_id) == (1, "used_up")
        scene.let_uploads_expire()
        scene.sweep_later()
    assert used(scene, grant_id) == (0, "active")
    opens_once(scene, page)
    scene.let_uploads_expire()
    scene.sweep_later()
    scene.comes_to_rest()


@dies_at("abort.use_given_back")
@pytest.mark.parametrize("who", ["the client", "the sweeper"])
def test_a_crash_in_abort_returns_a_use_of_a_grant_once(scene: Scene, point: str, who: str) -> None:
    grant_id, page = granted(scene)
    path = f"{FILE}/upload/{opens_once(scene, page)}"
    if who == "the client":
        scene.api_dies(point, "DELETE", path, headers={"Authorization": f"Bearer {page.key}"})
        assert used(scene, grant_id) == (1, "used_up")
        assert {page.request("DELETE", path).status_code for _ in range(2)} == {200}
    else:
        scene.let_uploads_expire()
        scene.sweeper_dies(point)
        assert used(scene, grant_id) == (1, "used_up")
    scene.sweep_later()
    assert used(scene, grant_id) == (0, "active")
    opens_once(scene, page)
    scene.let_uploads_expire()
    scene.sweep_later()
    scene.comes_to_rest()


def test_every_crash_point_is_tested() -> None:
    assert [point.name for point in POINTS if point.name not in CROSSED] == []
