"""At each crash point of a file a real process dies by SIGKILL; another process finishes its work.

The judge is that of test_crash_points.py.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy import update

from service.db.models import AllowlistEntry, File
from service.deps import utc_now
from service.domain.records.positions import take_turn
from tests.support.live.client import FILE, SECONDS
from tests.support.live.crash_scene import Scene, dies_at
from tests.support.live.eventually import eventually
from tools.stack.servers.clamd import eicar

HELLO = b"hello"
"""A file of one part: by one PUT."""
PLAIN = "https://cdn.example"
DECISIONS, ALLOWLIST = "/api/v1/admin/decisions", "/api/v1/admin/allowlist"


@dies_at("scan.begun", "scan.claimed", "scan.judged", "scan.verdict_written")
def test_a_crash_in_a_scan_is_recovered(scene: Scene, point: str) -> None:
    """The process of the job dies, and its successor ends the job."""
    file = scan_dies(scene, point, HELLO)
    assert scene.client.download(scene.client.wait_ready(file["id"])).content == HELLO
    scene.comes_to_rest(file["id"])


@dies_at("scan.claimed", "scan.verdict_written")
def test_a_crash_of_the_whole_worker_in_a_scan_is_recovered(scene: Scene, point: str) -> None:
    """No other process detects it: the job has no heartbeat any more."""
    file = scan_dies(scene, point, HELLO, along=scene.stack.worker)
    assert scene.client.download(scene.client.wait_ready(file["id"])).content == HELLO
    scene.comes_to_rest(file["id"])


@dies_at("promote.copied")
@pytest.mark.parametrize("along", [False, True], ids=["the process of the job", "the whole worker"])
def test_a_crash_in_a_scan_with_a_public_copy_is_recovered(scene: Scene, point: str, along: bool) -> None:
    with scene.stack.changed(S3_PUBLIC_BASE_URL=PLAIN):
        take_turn(scene.stack.deps, "sweep.promotions")  # the files of other tests stay where they are
        file = scan_dies(scene, point, HELLO, along=scene.stack.worker if along else None)
        assert scene.client.wait_ready(file["id"])["download_url"].startswith(PLAIN)
        scene.comes_to_rest(file["id"])


@dies_at("promote.claimed", "promote.copied", "promote.recorded")
@pytest.mark.parametrize("removed", [False, True], ids=["the setting stays", "the setting is removed"])
def test_a_crash_in_a_promotion_is_recovered(scene: Scene, point: str, removed: bool) -> None:
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
def test_a_crash_in_the_scan_of_a_virus_is_recovered(scene: Scene, point: str) -> None:
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
def test_a_crash_after_a_failed_scan_is_recovered(scene: Scene, point: str) -> None:
    with scene.stack.parts["clamd"].down(), scene.armed(point):
        file = scene.client.upload(HELLO)
    scene.sweep_later()
    scene.comes_to_rest(file["id"])


@dies_at("rescan.owed")
def test_a_crash_in_a_rescan_is_recovered(scene: Scene, point: str) -> None:
    file_id = scene.client.ready(HELLO)["id"]
    generation = scene.stack.row(File, file_id).scan_generation
    with scene.stack.db.write() as session:
        session.execute(update(File).where(File.id == file_id).values(scan_generation=generation - 1))
    scene.sweeper_dies(point)
    scene.sweep_later()
    eventually(lambda: scene.stack.row(File, file_id), lambda file: file.scan_generation == generation)
    scene.comes_to_rest(file_id)


@dies_at("replaced.withdrawn")
def test_a_crash_in_the_withdrawal_of_a_replaced_object_is_recovered(scene: Scene, point: str) -> None:
    """A request for its link detects the replacement, and dies before it queues the move into quarantine."""
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
def test_a_crash_in_a_release_is_recovered(scene: Scene, point: str) -> None:
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
def test_a_crash_in_a_block_is_recovered(scene: Scene, point: str) -> None:
    file_id = scene.client.ready(HELLO)["id"]
    scene.comes_to_rest(file_id)
    decides(scene, "block", file_id, point=point)
    assert scene.client.get(file_id)["download_url"] is None
    scene.sweep_later()
    eventually(lambda: scene.stack.row(File, file_id).object_key, lambda key: key.startswith("quarantine/"))
    scene.comes_to_rest(file_id)


@dies_at("allowlist.reopened")
def test_a_crash_at_the_end_of_an_allowlist_entry_is_recovered(scene: Scene, point: str) -> None:
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
def test_a_crash_in_delete_is_recovered(scene: Scene, point: str) -> None:
    file_id = scene.client.ready(HELLO)["id"]
    scene.comes_to_rest(file_id)  # the worker still removes what it has copied
    scene.api_dies(point, "DELETE", f"{FILE}/{file_id}")
    again = scene.client.request("DELETE", f"{FILE}/{file_id}")
    assert again.status_code == (200 if point == "delete.begun" else 404)
    scene.sweep_later()
    scene.comes_to_rest()


@dies_at("replacement.due", "replacement.forgotten")
def test_a_crash_in_a_replacement_is_recovered(scene: Scene, point: str) -> None:
    """The worker dies after its verdict, then the sweeper at the same point: the old file is deleted once."""
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
def test_a_crash_in_the_use_of_a_link_counts_the_download(scene: Scene, point: str) -> None:
    """The download is counted before it starts, so that the limit is never exceeded; the client repeats its request."""
    file_id = scene.client.ready(HELLO)["id"]
    path = f"{FILE}/{file_id}/links"
    url = scene.client.data("POST", path, json={"max_downloads": 2})["url"]
    scene.api_dies(point, "GET", urlsplit(url).path)
    assert requests.get(url, timeout=SECONDS).content == HELLO
    assert requests.get(url, timeout=SECONDS).json()["reason"] == "used_up"
    assert [each["downloads"] for each in scene.client.data("GET", path)["items"]] == [2]
    scene.comes_to_rest(file_id)


@dies_at("delete.user_forgotten")
def test_a_crash_in_the_deletion_of_a_user_is_recovered(scene: Scene, point: str) -> None:
    user = scene.client.data("POST", "/api/v1/users/", json={"name": "Ada"})["id"]
    scene.client.ready(HELLO, user_id=user)
    scene.api_dies(point, "DELETE", f"/api/v1/users/{user}")
    assert scene.client.request("DELETE", f"/api/v1/users/{user}").status_code == 404
    scene.sweep_later()
    scene.comes_to_rest()


@dies_at("retention.begun", "retention.forgotten")
def test_a_crash_at_the_end_of_retention_is_recovered(scene: Scene, point: str) -> None:
    file = scene.client.ready(HELLO)
    scene.let_files_expire()
    scene.sweeper_dies(point)
    scene.sweep_later()
    scene.sweep_later()  # what the first one deletes is deleted again an hour later
    scene.comes_to_rest()
    assert scene.client.request("GET", f"{FILE}/get/{file['id']}").status_code == 404
