"""Uploads of one part by one conditional PUT: each call of the API, aborts, expiry, and late PUTs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select

from service.db.models import PendingDeletion, Upload
from service.db.statements.objects.deletions import add_pending_deletions, pending_deletion
from service.db.statements.transitions.uploads import begin_completion, move_upload
from service.domain.records.objects.late_puts import add_late_deletions
from service.domain.records.objects.packed_parts import unpack_parts
from service.domain.repair.check import check_files
from service.domain.repair.recover import COMPLETED_WITHIN, recover_files
from service.domain.upkeep.orphans import MARGIN
from service.domain.upkeep.sweep import sweep
from service.domain.uploads.completion.claims import intent_of
from service.limits import SLOW_PUT
from service.values import ONE_PUT, CompletionWish, StoredPart
from service.values.formats.ids import new_id
from service.values.states import UploadState
from tests.support.fakes import SIGNATURE, FakeSafety
from tests.support.service_under_test import CHUNK, App, rebuilt

PRIVATE, PUBLIC = "longshore-private", "longshore-public"
HELLO_MD5 = '"5d41402abc4b2a76b9719d911017c592"'
HELLO_SHA256 = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="


@pytest.fixture(name="app")
def app_with_one_put(app: App) -> App:
    return app.with_one_put()


def upload_of(app: App, opened: dict[str, Any]) -> Upload:
    with app.deps.db.read() as session:
        return session.get_one(Upload, opened["upload_id"])


def key_of(app: App, opened: dict[str, Any]) -> str:
    return upload_of(app, opened).object_key


def send_again(chunk: dict[str, Any], body: bytes, **headers: str) -> requests.Response:
    return requests.put(chunk["url"], data=body, headers=chunk["headers"] | headers, timeout=10)


def complete(app: App, opened: dict[str, Any], body: bytes = b"hello", **changes: Any) -> Any:
    return app.post("/upload/complete/", **app.completion(opened, body, **changes))


def pending_deletions(app: App) -> list[tuple[str, str, timedelta]]:
    """Return the pending deletions: kind, place, and when they are due from now on."""
    with app.deps.db.read() as session:
        rows = session.scalars(select(PendingDeletion).order_by(PendingDeletion.due_at)).all()
    return [(row.kind, f"{row.bucket}/{row.object_key}", row.due_at - app.clock()) for row in rows]


def open_multiparts(app: App) -> list[Any]:
    return app.deps.storage.open_uploads(PRIVATE)


def test_init_signs_one_put_and_opens_no_multipart_upload(app: App) -> None:
    opened = app.init(size=5)
    (chunk,) = opened["chunks"]
    assert (chunk["method"], chunk["chunk_index"], chunk["part_number"]) == ("PUT", 0, 1)
    assert "uploadId" not in chunk["url"]
    assert {name: text for name, text in chunk["headers"].items() if not name.startswith("x-amz-meta-")} == {
        "cache-control": "no-cache",
        "content-disposition": "attachment",
        "content-encoding": "identity",
        "content-type": "application/octet-stream",
        "expires": "Thu, 01 Jan 1970 00:00:00 GMT",
        "if-none-match": "*",
    }
    assert chunk["headers"]["x-amz-meta-longshore-upload-id"] == opened["upload_id"]
    assert (upload_of(app, opened).storage_upload_id, open_multiparts(app)) == (ONE_PUT, [])


def test_the_signature_covers_every_header_of_the_put(app: App) -> None:
    (chunk,) = app.init(size=5)["chunks"]
    signed = chunk["url"].partition("X-Amz-SignedHeaders=")[2].partition("&")[0].split("%3B")
    assert set(signed) == {*chunk["headers"], "host", "content-length"}


@pytest.mark.parametrize("body", [b"", b"hello", b"a" * CHUNK])
def test_an_object_of_one_put_becomes_a_file(app: App, body: bytes) -> None:
    opened = app.send(body)
    file = complete(app, opened, body).json["data"]
    app.assert_whole(opened, body)
    assert (file["size"], file["virus_scan_status"]) == (len(body), "pending")
    upload = upload_of(app, opened)
    assert (upload.state, upload.completion, upload.reserved) == (UploadState.COMPLETED, None, 0)
    assert (open_multiparts(app), pending_deletions(app)) == ([], [])


@pytest.mark.parametrize("init", [{}, {"size": CHUNK + 1}])
def test_larger_files_and_unknown_sizes_stay_multipart(app: App, init: dict[str, int]) -> None:
    assert upload_of(app, app.init(**init)).storage_upload_id not in {ONE_PUT, None}


def test_a_setting_disables_one_put(app: App) -> None:
    other = app.with_settings(one_put="off")
    assert upload_of(app, other.init(size=5)).storage_upload_id != ONE_PUT


def test_one_put_is_not_used_without_a_passed_storage_check(app: App) -> None:
    other = rebuilt(app, safety=FakeSafety(one_put=False))
    assert upload_of(app, other.init(size=5)).storage_upload_id != ONE_PUT


def test_a_checksum_is_signed(app: App) -> None:
    opened = app.init(size=5, checksum_algorithm="SHA256")
    assert opened["chunks"] == []
    answer = app.post("/upload/chunk/", upload_id=opened["upload_id"], chunk_index=0, checksum=HELLO_SHA256)
    (chunk,) = answer.json["data"]["chunks"]
    sums = {name: text for name, text in chunk["headers"].items() if "checksum" in name}
    assert sums == {"x-amz-checksum-sha256": HELLO_SHA256, "x-amz-sdk-checksum-algorithm": "SHA256"}
    app.put(chunk, b"hello")
    assert complete(app, opened).json["data"]["checksum"] == f"SHA256:{HELLO_SHA256}"
    receipt = upload_of(app, opened)
    assert receipt.checksum_algorithm == "SHA256"


def test_a_second_put_is_refused_and_retry_lists_the_first(app: App) -> None:
    opened = app.send()
    assert send_again(opened["chunks"][0], b"HELLO").status_code == 412
    found = app.post("/upload/retry", upload_id=opened["upload_id"]).json["data"]
    assert (found["missing"], found["chunks"]) == ([], [])
    assert found["uploaded"] == [{"chunk_index": 0, "size": 5, "etag": HELLO_MD5, "checksum": None}]
    complete(app, opened)
    app.assert_whole(opened)


def test_retry_signs_a_missing_chunk(app: App) -> None:
    opened = app.init(size=5)
    found = app.post("/upload/retry", file_id=opened["file_id"]).json["data"]
    assert (found["missing"], found["uploaded"]) == ([0], [])
    app.put(found["chunks"][0], b"hello")
    complete(app, opened)
    app.assert_whole(opened)


def test_status_shows_the_progress(app: App) -> None:
    opened = app.init(size=5)
    before = app.status(opened["file_id"]).json["data"]
    assert (before["stage"], before["uploaded_bytes"], before["uploaded_chunks"]) == ("uploading", 0, 0)
    app.put(opened["chunks"][0], b"hello")
    after = app.status(opened["file_id"]).json["data"]
    assert (after["stage"], after["uploaded_bytes"], after["uploaded_chunks"]) == ("uploading", 5, 1)


def test_a_completion_before_the_put_reports_the_missing_chunk(app: App) -> None:
    opened = app.init(size=5)
    answer = complete(app, opened)
    assert (answer.status_code, answer.json["code"], answer.json["missing"]) == (409, "chunks_missing", [0])
    app.put(opened["chunks"][0], b"hello")
    assert complete(app, opened).status_code == 200


def test_a_completion_with_another_etag_leaves_the_upload_open(app: App) -> None:
    opened = app.send()
    answer = complete(app, opened, parts=[{"chunk_index": 0, "etag": '"other"'}])
    assert (answer.status_code, answer.json["code"]) == (409, "etag_mismatch")
    assert complete(app, opened, parts=[{"chunk_index": 0, "etag": HELLO_MD5}]).status_code == 200


def test_a_completion_with_an_unknown_user_leaves_the_upload_open(app: App) -> None:
    opened = app.send()
    assert complete(app, opened, user_id=opened["file_id"]).status_code == 422
    assert complete(app, opened).status_code == 200


def test_completing_again_returns_the_same_file(app: App) -> None:
    opened = app.send()
    assert complete(app, opened).json == complete(app, opened).json
    app.assert_whole(opened)


@pytest.mark.parametrize(
    ("stored", "what"),
    [
        ({"ContentEncoding": "gzip"}, "content-encoding"),
        ({"ContentType": "text/html"}, "content-type"),
        ({"CacheControl": "public"}, "cache-control"),
        ({"ContentDisposition": "inline"}, "content-disposition"),
        ({"Expires": "Fri, 01 Jan 2100 00:00:00 GMT"}, "expires"),
        ({"Metadata": {}}, "metadata"),
        ({"Metadata": {"more": "than was signed"}}, "metadata"),
        ({"Body": b"hello again"}, "bytes"),
    ],
)
def test_an_object_that_differs_from_the_signed_put_aborts_the_upload(
    app: App, stored: dict[str, Any], what: str
) -> None:
    """On a store that lets a client store other bytes or headers than were signed."""
    opened = app.init(size=5)
    key = key_of(app, opened)
    signed = opened["chunks"][0]["headers"]
    metadata = {name.removeprefix("x-amz-meta-"): text for name, text in signed.items() if "-meta-" in name}
    if stored.get("Metadata"):
        stored = {"Metadata": metadata | stored["Metadata"]}
    fields = {
        "Body": b"hello",
        "ContentType": signed["content-type"],
        "ContentEncoding": signed["content-encoding"],
        "ContentDisposition": signed["content-disposition"],
        "CacheControl": signed["cache-control"],
        "Expires": signed["expires"],
        "Metadata": metadata,
    }
    app.s3.put_object(Bucket=PRIVATE, Key=key, **(fields | stored))
    answer = complete(app, opened)
    assert answer.status_code == 409
    assert what in answer.json["message"]
    assert (upload_of(app, opened).state, app.keys(PRIVATE)) == (UploadState.ABORTED, [])
    assert pending_deletions(app) == [("object", f"{PRIVATE}/{key}", timedelta(days=1) + SLOW_PUT)]


def test_metadata_of_another_upload_is_refused(app: App) -> None:
    first, second = app.init(size=5), app.init(size=5)
    foreign = first["chunks"][0]["headers"] | {"x-amz-meta-longshore-upload-id": second["upload_id"]}
    requests.put(second["chunks"][0]["url"], data=b"hello", headers=foreign, timeout=10)
    assert complete(app, second).json["code"] == "upload_aborted"


def test_a_false_head_response_of_a_proxy_leaves_the_upload_open(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = app.send()
    stored = app.deps.storage.head
    monkeypatch.setattr(app.deps.storage, "head", lambda at: replace(stored(at), size=77, etag='"page"'))
    assert complete(app, opened).status_code == 503
    monkeypatch.undo()
    assert complete(app, opened).status_code == 200


def test_abort_deletes_the_object_and_that_of_a_late_put(app: App) -> None:
    opened = app.send()
    key = key_of(app, opened)
    assert app.client.delete(f"/api/v1/file/upload/{opened['upload_id']}").status_code == 200
    assert (app.keys(PRIVATE), upload_of(app, opened).state) == ([], UploadState.ABORTED)
    assert send_again(opened["chunks"][0], b"hello").status_code == 200  # the URL is still valid
    app.clock.forward((timedelta(days=1) + SLOW_PUT).total_seconds())
    sweep(app.deps)
    assert (app.keys(PRIVATE), pending_deletions(app)) == ([], [])
    assert key not in app.keys(PRIVATE)


def test_expiry_deletes_the_object_and_that_of_a_late_put(app: App) -> None:
    opened = app.send()
    app.clock.forward(timedelta(days=1).total_seconds())
    assert sweep(app.deps).expired_uploads == 1
    assert (app.keys(PRIVATE), upload_of(app, opened).state) == ([], UploadState.EXPIRED)
    send_again(opened["chunks"][0], b"hello")
    app.clock.forward(SLOW_PUT.total_seconds())
    sweep(app.deps)
    assert (app.keys(PRIVATE), pending_deletions(app)) == ([], [])


def aborted_by_the_previous_release(app: App, *, settled: bool) -> str:
    """Abort an upload as a multipart upload (rolling upgrade); settled: its abort is done too. Returns the key."""
    upload = upload_of(app, app.send())
    abort = pending_deletion("multipart_upload", PRIVATE, upload.object_key, app.clock(), ONE_PUT)
    with app.deps.db.write() as session:
        move_upload(session, upload.id, UploadState.UPLOADING, UploadState.ABORTED)
        add_pending_deletions(session, *([] if settled else [abort]))
    return upload.object_key


def test_an_abort_by_the_previous_release_deletes_the_object(app: App) -> None:
    aborted_by_the_previous_release(app, settled=False)
    assert (sweep(app.deps).removed, app.keys(PRIVATE), pending_deletions(app)) == (1, [], [])


def test_an_object_left_by_the_previous_release_is_deleted_after_expiry(app: App) -> None:
    """And no other orphan, as ORPHAN_POLICY is `report`."""
    app.clock.now = datetime.now(UTC)  # that of moto
    key, other, kept = aborted_by_the_previous_release(app, settled=True), new_id(), app.send()
    complete(app, kept)
    app.s3.put_object(Bucket=PRIVATE, Key=other, Body=b"hello")
    app.s3.put_object(Bucket=PUBLIC, Key=key, Body=b"hello")
    sweep(app.deps)
    assert key in app.keys(PRIVATE)
    app.clock.forward(app.deps.settings.upload_ttl + MARGIN.total_seconds() + 60)
    assert sweep(app.deps).orphans == 3
    assert app.keys(PRIVATE) == sorted([other, key_of(app, kept)])
    assert (app.keys(PUBLIC), pending_deletions(app)) == ([key], [])


def test_recover_ignores_an_upload_that_its_client_may_still_complete(app: App) -> None:
    opened = app.send()

    def recovered() -> int:
        return sum(page.files for page in recover_files(app.deps, dry_run=False, opened=True))

    app.clock.now = datetime.now(UTC)  # that of moto
    assert recovered() == 0
    app.clock.forward(COMPLETED_WITHIN.total_seconds() + 1)
    assert (recovered(), upload_of(app, opened).state) == (1, UploadState.COMPLETED)


@pytest.mark.parametrize("way", ["deleted", "promoted", "quarantined", "erased"])
def test_the_object_of_a_late_put_is_deleted(app: App, way: str) -> None:
    if way == "erased":
        app = app.with_settings(infected_policy="delete")
    if way == "promoted":
        app = app.published()
    body = b"hello" if way in {"deleted", "promoted"} else SIGNATURE
    opened = app.send(body)
    file = complete(app, opened, body, credential={"pin": "1"} if way == "deleted" else None).json["data"]
    key = key_of(app, opened)
    app.scan(file["id"])
    sweep(app.deps)
    if way == "deleted":
        app.client.delete(f"/api/v1/file/{file['id']}", headers={"X-File-Credential": '{"pin": "1"}'})
    assert key not in app.keys(PRIVATE)
    assert send_again(opened["chunks"][0], body).status_code == 200
    found = sum(page.files for page in recover_files(app.deps, dry_run=False, opened=True))
    assert found == 0
    app.clock.forward((timedelta(days=1) + SLOW_PUT).total_seconds())
    sweep(app.deps)
    assert (key in app.keys(PRIVATE), pending_deletions(app)) == (False, [])


def test_the_sweeper_finishes_a_completion_of_the_previous_release(app: App) -> None:
    """During an upgrade: the old process lists no parts, completes the object, and crashes."""
    opened = app.send()
    wish = CompletionWish(opened["upload_id"], 1, 5, "hello.txt", "text/plain")
    upload = upload_of(app, opened)
    intent = intent_of(app.deps, upload, wish, [])
    assert app.deps.db.transact(begin_completion, upload, 0, intent, None, app.clock())
    app.clock.forward(1)
    assert sweep(app.deps).finished_completions == 1
    app.assert_whole(opened)


def test_abort_deletes_the_object_of_an_interrupted_completion(app: App) -> None:
    opened = app.send()
    wish = CompletionWish(opened["upload_id"], 1, 5, "hello.txt", "text/plain")
    upload = upload_of(app, opened)
    assert app.deps.db.transact(begin_completion, upload, 0, intent_of(app.deps, upload, wish, []), None, app.clock())
    app.clock.forward(1)
    assert app.client.delete(f"/api/v1/file/upload/{opened['upload_id']}").status_code == 200
    assert (app.keys(PRIVATE), len(pending_deletions(app))) == ([], 1)


def test_the_only_part_is_kept_for_receipts(app: App) -> None:
    opened = app.init(size=5, checksum_algorithm="SHA256")
    answer = app.post("/upload/chunk/", upload_id=opened["upload_id"], chunk_index=0, checksum=HELLO_SHA256)
    app.put(answer.json["data"]["chunks"][0], b"hello")
    complete(app, opened)
    with app.deps.db.read() as session:
        packed = session.scalar(select(Upload.parts))
    assert unpack_parts(packed or b"") == [StoredPart(1, 5, HELLO_MD5, HELLO_SHA256)]


def test_check_finds_nothing_wrong(app: App) -> None:
    opened = app.send()
    complete(app, opened)
    pages = list(check_files(app.deps, None, mark=False, adopt=False))
    assert [(page.files, page.flaws) for page in pages] == [(1, [])]


def test_a_repeated_init_returns_the_same_upload(app: App) -> None:
    key = {"Idempotency-Key": "one"}
    first, second = (
        app.client.post("/api/v1/file/upload/init/", json={"size": 5}, headers=key).json["data"] for _ in range(2)
    )
    assert (first["upload_id"], app.count(Upload)) == (second["upload_id"], 1)
    app.put(second["chunks"][0], b"hello")
    complete(app, first)
    app.assert_whole(first)


def test_a_late_deletion_keeps_the_object_of_an_existing_file(app: App) -> None:
    """`check --adopt` moved the object from quarantine back to its first key."""
    opened = app.send()
    complete(app, opened, credential={"pin": "1"})
    with app.deps.db.write() as session:
        add_late_deletions(session, app.deps, {key_of(app, opened): app.clock()})
    app.clock.forward(SLOW_PUT.total_seconds())
    sweep(app.deps)
    assert (app.keys(PRIVATE), pending_deletions(app)) == ([key_of(app, opened)], [])
