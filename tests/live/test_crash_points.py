"""At each crash point a real process dies by SIGKILL; another process finishes its work.

Every test ends before the same judge (`Scene.comes_to_rest`): no file lost or twice, no object without a row, no row
without an object, no open part, no pending deletion, no lost job.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy import update

from service.crashpoints import POINTS
from service.db.models import AllowlistEntry, File, Upload
from service.deps import utc_now
from service.domain.records.positions import take_turn
from service.values import ONE_PUT
from tests.live import test_adoption, test_webhooks  # noqa: F401 - let processes die at further points
from tests.support.live.client import CHUNK, FILE, SECONDS, Caller
from tests.support.live.crash_scene import CROSSED, Scene, dies_at
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tests.support.matchers import failure
from tools.stack.servers.clamd import eicar

HELLO = b"hello"
"""A file of one part: by one PUT."""
TWO_PARTS = b"two parts" + bytes(CHUNK)
"""A file that needs a multipart upload."""
PLAIN = "https://cdn.example"
DECISIONS, ALLOWLIST = "/api/v1/admin/decisions", "/api/v1/admin/allowlist"
INIT, COMPLETE = f"{FILE}/upload/init/", f"{FILE}/upload/complete/"
BODIES = pytest.mark.parametrize("body", [HELLO, TWO_PARTS], ids=["one PUT", "two parts"])
SWEEPS = pytest.mark.parametrize("who", ["the client asks again", "the sweeper"])


@pytest.fixture(scope="module")
def one_without_cron(one_stack: Stack) -> Iterator[Stack]:
    """The test runs all sweeps."""
    with one_stack.without(one_stack.cron):
        yield one_stack


@pytest.fixture(scope="module")
def last_without_cron(one_without_cron: Stack, last_stack: Stack) -> Iterator[Stack]:
    if last_stack is one_without_cron:
        yield last_stack
        return
    with last_stack.without(last_stack.cron):
        yield last_stack


@pytest.fixture
def scene(one_without_cron: Stack) -> Scene:
    return Scene(one_without_cron)


def complete_dies(scene: Scene, point: str, **options: Any) -> dict[str, Any]:
    """A multipart upload whose completion dies at this point; returns what `complete` was asked."""
    opened = scene.client.send(TWO_PARTS)
    wish = scene.client.completion(opened, TWO_PARTS)
    scene.api_dies(point, "POST", COMPLETE, json=wish, **options)
    return wish


def recovers(scene: Scene, wish: dict[str, Any], who: str) -> None:
    """After some time the completion becomes the file, by the client or by the sweeper; then asking again finds it."""
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
def test_init(scene: Scene, point: str) -> None:
    init_dies(scene, point, TWO_PARTS)


@dies_at("init.begun", "init.row_written")
def test_init_of_one_put(scene: Scene, point: str) -> None:
    init_dies(scene, point, HELLO)


def init_dies(scene: Scene, point: str, body: bytes) -> None:
    scene.api_dies(point, "POST", INIT, json={"size": len(body)})
    again = scene.client.ready(body)
    scene.let_uploads_expire()
    scene.sweep_later()
    scene.comes_to_rest(again["id"])


@SWEEPS
@dies_at("complete.claimed", "complete.storage_done")
def test_complete(scene: Scene, point: str, who: str) -> None:
    recovers(scene, complete_dies(scene, point), who)


@SWEEPS
@dies_at("complete.claimed", "complete.storage_done")
def test_complete_on_another_store(last_without_cron: Stack, point: str, who: str) -> None:
    """A second completion may be another answer there."""
    scene = Scene(last_without_cron)
    recovers(scene, complete_dies(scene, point), who)


@dies_at("complete.verified", "complete.queued")
def test_complete_where_only_the_answer_is_missing(scene: Scene, point: str) -> None:
    recovers(scene, complete_dies(scene, point), "the client asks again")


@dies_at("complete.recorded")
def test_complete_without_a_job(scene: Scene, point: str) -> None:
    """The file is there for the client that asks again; its scan is the sweeper's."""
    wish = complete_dies(scene, point)
    assert scene.client.complete(**wish)["virus_scan_status"] == "pending"
    recovers(scene, wish, "the sweeper")


def test_complete_with_all_of_the_api(scene: Scene) -> None:
    recovers(scene, complete_dies(scene, "complete.storage_done", along=scene.stack.api), "the sweeper")


def test_the_client_never_comes_back(scene: Scene) -> None:
    wish = complete_dies(scene, "complete.verified")
    scene.let_uploads_expire()
    scene.sweep_later()
    scene.comes_to_rest()
    refused = scene.client.post("/upload/complete/", wish)
    assert (refused.status_code, refused.json()) == (409, failure("upload_expired"))


@SWEEPS
@dies_at("complete.taken_over")
def test_the_second_who_completes_dies_too(scene: Scene, point: str, who: str) -> None:
    wish = complete_dies(scene, "complete.claimed")
    scene.stack.let_time_pass()
    if who == "the sweeper":
        scene.sweeper_dies(point)
    else:
        scene.api_dies(point, "POST", COMPLETE, json=wish)
    recovers(scene, wish, who)


def sent_by_one_put(scene: Scene) -> dict[str, Any]:
    """An upload by one PUT whose object is stored; returns what `complete` is asked."""
    opened = scene.client.send(HELLO)
    assert scene.stack.row(Upload, opened["upload_id"]).storage_upload_id == ONE_PUT
    return scene.client.completion(opened, HELLO)


@dies_at("complete.object_verified", "complete.recorded")
def test_complete_of_one_put(scene: Scene, point: str) -> None:
    """In one transaction: before it the upload is open, after it there is a file, and never anything in between."""
    wish = sent_by_one_put(scene)
    scene.api_dies(point, "POST", COMPLETE, json=wish)
    file_id = scene.stack.row(Upload, wish["upload_id"]).file_id
    assert scene.client.complete(**wish)["id"] == file_id
    scene.sweep_later()
    assert scene.client.download(scene.client.wait_ready(file_id)).content == HELLO
    scene.comes_to_rest(file_id)


def test_the_client_of_one_put_never_comes_back(scene: Scene) -> None:
    wish = sent_by_one_put(scene)
    scene.api_dies("complete.object_verified", "POST", COMPLETE, json=wish)
    scene.let_uploads_expire()
    scene.sweep_later()
    scene.comes_to_rest()


@dies_at("complete.given_up")
def test_what_storage_made_is_not_what_was_promised(scene: Scene, point: str) -> None:
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
def test_storage_has_lost_the_parts(scene: Scene, point: str) -> None:
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
def test_retry(scene: Scene, point: str, who: str) -> None:
    wish = complete_dies(scene, "complete.recorded")
    file_id = scene.stack.row(Upload, wish["upload_id"]).file_id
    scene.api_dies(point, "POST", f"{FILE}/upload/retry", json={"file_id": file_id})
    if who == "the sweeper":
        scene.sweep_later()
    else:
        assert scene.client.retry(file_id=file_id)["id"] == file_id
    scene.comes_to_rest(file_id)


@dies_at("scan.begun", "scan.claimed", "scan.judged", "scan.verdict_written")
def test_scan(scene: Scene, point: str) -> None:
    """The process of the job dies, and its successor ends the job."""
    file = scan_dies(scene, point, HELLO)
    assert scene.client.download(scene.client.wait_ready(file["id"])).content == HELLO
    scene.comes_to_rest(file["id"])


@dies_at("scan.claimed", "scan.verdict_written")
def test_scan_with_the_whole_worker(scene: Scene, point: str) -> None:
    """No process notices: the job has no heartbeat any more."""
    file = scan_dies(scene, point, HELLO, along=scene.stack.worker)
    assert scene.client.download(scene.client.wait_ready(file["id"])).content == HELLO
    scene.comes_to_rest(file["id"])


@dies_at("promote.copied")
@pytest.mark.parametrize("along", [False, True], ids=["the process of the job", "the whole worker"])
def test_scan_of_a_file_with_a_plain_link(scene: Scene, point: str, along: bool) -> None:
    with scene.stack.changed(S3_PUBLIC_BASE_URL=PLAIN):
        take_turn(scene.stack.deps, "sweep.promotions")  # the files of other tests stay where they are
        file = scan_dies(scene, point, HELLO, along=scene.stack.worker if along else None)
        assert scene.client.wait_ready(file["id"])["download_url"].startswith(PLAIN)
        scene.comes_to_rest(file["id"])


@dies_at("promote.claimed", "promote.copied", "promote.recorded")
@pytest.mark.parametrize("removed", [False, True], ids=["the setting stays", "the setting is removed"])
def test_promotion(scene: Scene, point: str, removed: bool) -> None:
    """S3_PUBLIC_BASE_URL is set after the upload, and perhaps removed while a promotion is unfinished."""
    file_id = scene.client.ready(HELLO)["id"]
    scene.comes_to_rest(file_id)
    with scene.stack.changed(S3_PUBLIC_BASE_URL=PLAIN):
        take_turn(scene.stack.deps, "sweep.promotions")  # the files of other tests stay where they are
        with scene.armed(point, along=scene.stack.worker):
            scene.stack.queue.enqueue_scan(file_id, len(HELLO), again=True)
        if not removed:
            scene.sweep_later()
            eventually(lambda: scene.client.get(file_id)["download_url"], lambda url: url.startswith(PLAIN))
            scene.comes_to_rest(file_id)
    scene.sweep_later()
    assert scene.client.download(scene.client.wait_ready(file_id)).content == HELLO
    scene.comes_to_rest(file_id)
    if not (removed and point == "promote.claimed"):  # then it may have had no copy
        assert scene.stack.row(File, file_id).bucket == scene.stack.settings.s3_public_bucket


@dies_at("scan.judged", "scan.verdict_written", "quarantine.copied", "quarantine.moved")
def test_scan_of_a_virus(scene: Scene, point: str) -> None:
    file = scan_dies(scene, point, eicar())
    scene.client.wait_stage(file["id"], "quarantined")
    assert scene.client.get(file["id"])["download_url"] is None
    scene.comes_to_rest(file["id"])


def scan_dies(scene: Scene, point: str, body: bytes, **options: Any) -> dict[str, Any]:
    """A file whose scan dies at this point; then a sweep."""
    with scene.armed(point, **options):
        file = scene.client.upload(body)
    scene.sweep_later()
    return file


@dies_at("scan.failure_noted")
def test_a_scan_that_failed(scene: Scene, point: str) -> None:
    with scene.stack.parts["clamd"].down(), scene.armed(point):
        file = scene.client.upload(HELLO)
    scene.sweep_later()
    scene.comes_to_rest(file["id"])


@dies_at("requeue.queued")
def test_the_sweeper_queues_a_scan(scene: Scene, point: str) -> None:
    wish = complete_dies(scene, "complete.recorded")
    file_id = scene.stack.row(Upload, wish["upload_id"]).file_id
    scene.stack.let_time_pass()
    scene.sweeper_dies(point)
    scene.sweep_later()
    scene.comes_to_rest(file_id)
    assert scene.stack.row(File, file_id).scan_attempts == 1


@dies_at("rescan.owed")
def test_scan_again(scene: Scene, point: str) -> None:
    file_id = scene.client.ready(HELLO)["id"]
    generation = scene.stack.row(File, file_id).scan_generation
    with scene.stack.db.write() as session:
        session.execute(update(File).where(File.id == file_id).values(scan_generation=generation - 1))
    scene.sweeper_dies(point)
    scene.sweep_later()
    eventually(lambda: scene.stack.row(File, file_id), lambda file: file.scan_generation == generation)
    scene.comes_to_rest(file_id)


@dies_at("replaced.withdrawn")
def test_an_object_that_was_replaced(scene: Scene, point: str) -> None:
    """A request for its link finds it, and its process dies before the move into quarantine has a job."""
    file_id = scene.client.ready(HELLO)["id"]
    scene.comes_to_rest(file_id)
    file = scene.stack.row(File, file_id)
    scene.stack.s3.put_object(Bucket=file.bucket, Key=file.object_key, Body=b"HELLO")
    scene.api_dies(point, "GET", f"{FILE}/get/{file_id}")
    shown = scene.client.get(file_id)
    assert (shown["is_quarantined"], shown["download_url"]) == (True, None)
    scene.sweep_later()
    eventually(lambda: scene.stack.row(File, file_id).object_key, lambda key: key == f"quarantine/{file.object_key}")
    scene.comes_to_rest(file_id)


def decides(scene: Scene, action: str, *file_ids: str, **options: Any) -> dict[str, Any]:
    """A decision of an operator; options: of the point at which the API dies."""
    body = {"action": action, "file_ids": file_ids, "reason": "A test of crashes."}
    if options:
        scene.api_dies(method="POST", path=DECISIONS, json=body, **options)
        return {}
    made: dict[str, Any] = scene.client.data("POST", DECISIONS, json=body)
    return made


@dies_at("decision.created", "decision.file_decided", "decision.done")
def test_a_release(scene: Scene, point: str) -> None:
    """Two files in quarantine: each is released once, by the request or by the sweeper."""
    files = [scene.client.upload(eicar())["id"] for _ in range(2)]
    for file_id in files:
        scene.client.wait_stage(file_id, "quarantined")
    scene.comes_to_rest(*files)
    scene.sweep_later()  # the deletions of late PUTs are due then
    scene.comes_to_rest(*files)
    decides(scene, "release", *files, point=point)
    scene.sweep_later()
    for file_id in files:
        shown = scene.client.wait_ready(file_id)
        assert (shown["virus_scan_status"], scene.client.download(shown).content) == ("released", eicar())
        assert [audit.action for audit in scene.stack.audits(file_id)].count("released") == 1
    scene.comes_to_rest(*files)


@dies_at("decision.file_decided")
def test_a_block(scene: Scene, point: str) -> None:
    file_id = scene.client.ready(HELLO)["id"]
    scene.comes_to_rest(file_id)
    decides(scene, "block", file_id, point=point)
    assert scene.client.get(file_id)["download_url"] is None
    scene.sweep_later()
    eventually(lambda: scene.stack.row(File, file_id).object_key, lambda key: key.startswith("quarantine/"))
    scene.comes_to_rest(file_id)


@dies_at("allowlist.reopened")
def test_the_end_of_an_entry_of_the_allow_list(scene: Scene, point: str) -> None:
    signature = signature_of_eicar(scene)
    entry = scene.client.data("POST", ALLOWLIST, json={"kind": "signature", "value": signature, "reason": "A test."})
    file_id = scene.client.upload(eicar())["id"]
    assert scene.client.wait_ready(file_id)["virus_scan_status"] == "released"
    with scene.stack.db.write() as session:
        ended = update(AllowlistEntry).where(AllowlistEntry.id == entry["entry_id"])
        session.execute(ended.values(ends_at=utc_now() - timedelta(days=1)))
    scene.sweeper_dies(point)
    assert scene.client.get(file_id)["download_url"] is None
    scene.sweep_later()
    scene.client.wait_stage(file_id, "quarantined")
    scene.sweep_later()
    scene.comes_to_rest(file_id)


def signature_of_eicar(scene: Scene) -> str:
    file_id = scene.client.upload(eicar())["id"]
    scene.client.wait_stage(file_id, "quarantined")
    signature = str(scene.client.get(file_id)["virus_scan_result"])
    scene.client.request("DELETE", f"{FILE}/{file_id}")
    return signature


@dies_at("delete.begun", "delete.forgotten", "removal.objects_deleted", "removal.settled")
def test_delete(scene: Scene, point: str) -> None:
    file_id = scene.client.ready(HELLO)["id"]
    scene.comes_to_rest(file_id)  # the worker still removes what it has copied
    scene.api_dies(point, "DELETE", f"{FILE}/{file_id}")
    again = scene.client.request("DELETE", f"{FILE}/{file_id}")
    assert again.status_code == (200 if point == "delete.begun" else 404)
    scene.sweep_later()
    scene.comes_to_rest()


@dies_at("replacement.due", "replacement.forgotten")
def test_replacement(scene: Scene, point: str) -> None:
    """The worker dies after its verdict, and then the sweeper at the same point: the old file ends once."""
    old = scene.client.ready(HELLO)["id"]
    scene.comes_to_rest(old)
    opened = scene.client.send(b"HELLO", replaces=old)
    with scene.armed(point):
        scene.client.complete(**scene.client.completion(opened, b"HELLO"))
    is_due = point == "replacement.due"
    assert (scene.stack.row(File, old) is not None, scene.client.wait_ready(opened["file_id"])["replaces"]) == (
        is_due,
        old if is_due else None,
    )
    if is_due:
        scene.sweeper_dies(point)
    scene.sweep_later()
    shown = scene.client.wait_ready(opened["file_id"])
    assert (shown["replaces"], scene.client.download(shown).content) == (None, b"HELLO")
    assert [audit.action for audit in scene.stack.audits(old)] == ["deleted"]
    scene.sweep_later()  # the second deletion of its possible copies is due then
    scene.comes_to_rest(opened["file_id"])


@dies_at("link.counted")
def test_the_use_of_a_link(scene: Scene, point: str) -> None:
    """The download was counted, so that there is never one too many; the client asks again."""
    file_id = scene.client.ready(HELLO)["id"]
    path = f"{FILE}/{file_id}/links"
    url = scene.client.data("POST", path, json={"max_downloads": 2})["url"]
    scene.api_dies(point, "GET", urlsplit(url).path)
    assert requests.get(url, timeout=SECONDS).content == HELLO
    assert requests.get(url, timeout=SECONDS).json()["reason"] == "used_up"
    assert [each["downloads"] for each in scene.client.data("GET", path)["items"]] == [2]
    scene.comes_to_rest(file_id)


@dies_at("delete.user_forgotten")
def test_delete_a_user(scene: Scene, point: str) -> None:
    user = scene.client.data("POST", "/api/v1/users/", json={"name": "Ada"})["id"]
    scene.client.ready(HELLO, user_id=user)
    scene.api_dies(point, "DELETE", f"/api/v1/users/{user}")
    assert scene.client.request("DELETE", f"/api/v1/users/{user}").status_code == 404
    scene.sweep_later()
    scene.comes_to_rest()


@BODIES
@dies_at("abort.begun", "abort.closed", "removal.begun", "removal.uploads_aborted")
def test_abort(scene: Scene, point: str, body: bytes) -> None:
    opened = scene.client.send(body)
    path = f"{FILE}/upload/{opened['upload_id']}"
    scene.api_dies(point, "DELETE", path)
    assert scene.client.request("DELETE", path).status_code == 200
    scene.sweep_later()
    scene.comes_to_rest()


@BODIES
@dies_at("expire.begun", "expire.closed", "removal.uploads_aborted")
def test_expire(scene: Scene, point: str, body: bytes) -> None:
    opened = scene.client.send(body)
    scene.let_uploads_expire()
    scene.sweeper_dies(point)
    scene.sweep_later()
    scene.comes_to_rest()
    refused = scene.client.post("/upload/complete/", scene.client.completion(opened, body))
    assert (refused.status_code, refused.json()) == (409, failure("upload_expired"))


@dies_at("retention.begun", "retention.forgotten")
def test_end_of_retention(scene: Scene, point: str) -> None:
    file = scene.client.ready(HELLO)
    scene.let_files_expire()
    scene.sweeper_dies(point)
    scene.sweep_later()
    scene.sweep_later()  # what the first one deletes is deleted again an hour later
    scene.comes_to_rest()
    assert scene.client.request("GET", f"{FILE}/get/{file['id']}").status_code == 404


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
def test_a_use_of_a_grant_is_counted_with_its_upload(scene: Scene, point: str) -> None:
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
def test_a_use_of_a_grant_is_given_back_with_the_end_of_its_upload(scene: Scene, point: str, who: str) -> None:
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


def test_no_point_is_left_out() -> None:
    assert [point.name for point in POINTS if point.name not in CROSSED] == []
