"""Adoptions over HTTP: adopted and skipped objects, repetition, cancelling, and permissions."""

from __future__ import annotations

import pytest
import requests

from service.db.models import PendingDeletion, Upload
from service.domain.adoptions import candidates
from service.domain.upkeep.sweep import sweep
from service.values.access.caller import Scope
from tests.support.fakes import SIGNATURE
from tests.support.files.adoption import (
    ADOPTIONS,
    ARCHIVE,
    OBJECT,
    adopt,
    adopted,
    audits,
    counts,
    file_of,
    files,
    put,
    row,
    shown,
    swept,
    verdicts,
    with_archive,
)
from tests.support.login import login
from tests.support.matchers import A_TIME, AN_ID, failure
from tests.support.service_under_test import FILE, App


@pytest.fixture
def archive(app: App) -> App:
    return with_archive(app)


def test_an_adopted_object_is_scanned_and_can_be_downloaded(archive: App) -> None:
    put(archive, OBJECT["Key"], b"the bytes")
    made = adopt(archive, prefix="2025/")
    assert made == {
        "adoption_id": AN_ID,
        "bucket": ARCHIVE,
        "prefix": "2025/",
        "owner": None,
        "policy": None,
        "follow": False,
        "state": "running",
        "adopted": 0,
        "renewed": 0,
        "unchanged": 0,
        "skipped": 0,
        "failed": 0,
        "bytes": 0,
        "reasons": [],
        "position": None,
        "problem": None,
        "created_by": "anonymous",
        "created_at": A_TIME,
        "ended_at": None,
    }
    assert sweep(archive.deps).adopted_objects == 1
    done = shown(archive, made["adoption_id"])
    assert done == made | {
        "state": "done",
        "adopted": 1,
        "bytes": 9,
        "position": OBJECT["Key"],
        "ended_at": A_TIME,
    }
    file = file_of(archive)
    assert (file["virus_scan_status"], file["download_url"], file["path"]) == (
        "pending",
        None,
        "archive/2025/report.txt",
    )
    archive.scan(file["id"])
    ready = file_of(archive)
    assert (ready["filename"], ready["content_type"], ready["size"], ready["is_private"]) == (
        "report.txt",
        "text/plain",
        9,
        False,
    )
    assert requests.get(ready["download_url"], timeout=10).content == b"the bytes"
    [listed] = archive.client.get(f"{FILE}/all").json["data"]["items"]  # a list does not request each object
    assert listed == ready | {"download_url": None, "download_expires_at": None}
    assert archive.keys(ARCHIVE) == [OBJECT["Key"]]
    assert archive.queue.again == {file["id"]}
    why = f"adoption {made['adoption_id']}"
    assert audits(archive, made["adoption_id"]) == [("anonymous", "adoption_created", "archive/2025/")]
    assert audits(archive, file["id"]) == [("anonymous", "adopted", why)]


UNUSUAL = (
    "with space + plus.txt",
    "%41&=?#.txt",
    "grün/日本/😀.txt",
    "quote'\"`.txt",
    "😀" * 256,
    "l" * 240 + "/" + "é" * 390 + ".tx",
)


def test_unusual_keys_are_served_exactly(archive: App) -> None:
    assert len(UNUSUAL[-1].encode()) == 1024
    for number, key in enumerate(UNUSUAL):
        put(archive, key, f"bytes {number}".encode())
    put(archive, "empty.txt", b"")
    done = adopted(archive)
    assert counts(done) == {"state": "done", "adopted": 7}
    for number, key in enumerate(UNUSUAL):
        url = file_of(archive, key)["download_url"]
        assert len(url) < 8000
        assert requests.get(url, timeout=10).content == f"bytes {number}".encode()
    assert requests.get(file_of(archive, "empty.txt")["download_url"], timeout=10).content == b""
    assert sorted(archive.keys(ARCHIVE)) == sorted([*UNUSUAL, "empty.txt"])


def test_skipped_objects_are_reported_with_the_reason(archive: App) -> None:
    put(archive, "folder/", b"")
    put(archive, "up/../etc.txt")
    put(archive, "a//b.txt")
    put(archive, "trailing/")
    put(archive, "cold.txt", StorageClass="GLACIER")
    put(archive, "type.exe", ContentType="application/x-msdownload")
    put(archive, "z-large.txt", b"123456")
    app = archive.with_settings(max_upload_size=5, allowed_content_types=("text/plain",))
    done = adopted(app)
    assert counts(done) == {"state": "done", "skipped": 7}
    assert {each["key"]: each["reason"] for each in done["reasons"]} == {
        "a//b.txt": candidates.DOTS,
        "trailing/": candidates.DOTS,
        "folder/": candidates.FOLDER,
        "up/../etc.txt": candidates.DOTS,
        "cold.txt": candidates.ARCHIVED,
        "type.exe": "[content_type] only files of these types are accepted: text/plain",
        "z-large.txt": "file_too_large: The file has 6 bytes, and this service accepts at most 5.",
    }
    assert files(app) == {}


def test_an_object_that_is_too_large_to_scan_is_never_clean(archive: App) -> None:
    archive.scanner.max_size = 4
    put(archive, OBJECT["Key"])
    adopted(archive)
    file = file_of(archive)
    assert (file["virus_scan_status"], file["is_quarantined"], file["download_url"]) == ("unscannable", True, None)
    assert (archive.keys(ARCHIVE), row(archive).scan_due_at) == ([OBJECT["Key"]], None)


def test_an_infected_object_stays_where_it_is_and_is_not_served(archive: App) -> None:
    put(archive, OBJECT["Key"], b"a" + SIGNATURE)
    app = archive.with_settings(infected_policy="delete", s3_public_base_url="https://cdn.example")
    adopted(app)
    file = file_of(app)
    assert (file["virus_scan_status"], file["is_quarantined"], file["download_url"]) == ("infected", True, None)
    for _ in range(3):
        app.clock.forward(3600)
        swept(app)
    assert app.s3.get_object(**OBJECT)["Body"].read() == b"a" + SIGNATURE
    assert (row(app).scan_due_at, app.count(PendingDeletion)) == (None, 0)


def test_adopting_again_takes_only_new_and_changed_objects(archive: App) -> None:
    for key in ("a", "b", "c"):
        put(archive, key)
    first = adopted(archive)
    put(archive, "b", b"changed")
    put(archive, "d")
    archive.clock.forward(1)
    again = adopt(archive)
    sweep(archive.deps)
    assert counts(first) == {"state": "done", "adopted": 3}
    assert counts(shown(archive, again["adoption_id"])) == {"state": "done", "adopted": 1, "renewed": 1, "unchanged": 2}
    assert verdicts(archive) == {"a": "clean", "b": "pending", "c": "clean", "d": "pending"}
    assert (file_of(archive, "b")["download_url"], row(archive, "b").size) == (None, 7)
    swept(archive)
    assert requests.get(file_of(archive, "b")["download_url"], timeout=10).content == b"changed"
    with archive.deps.db.read() as session:
        upload = session.get_one(Upload, row(archive, "b").upload_id)
    assert (upload.size, upload.state, archive.count(Upload)) == (7, "completed", 4)


def test_the_owners_quota_counts_adopted_bytes(archive: App) -> None:
    app = archive.with_settings(login="on", quota=12)
    operator = login(app, "olivia", Scope.ADMIN)
    for key in ("a", "b", "c"):
        put(app, key)
    done = adopted(operator, owner="ann")
    assert counts(done) == {"state": "done", "adopted": 2, "skipped": 1}
    refusal = "quota_exceeded: 10 of your 12 bytes are in use, and this needs 5 more."
    assert done["reasons"] == [{"key": "c", "reason": refusal}]
    ann = login(app, "ann", Scope.READ, Scope.DELETE)
    assert ann.client.get("/api/v1/users/me").json["data"]["used_bytes"] == 10
    put(app, "a", b"1234567")
    assert counts(adopted(operator, owner="ben")) == {"state": "done", "adopted": 1, "renewed": 1, "unchanged": 1}
    assert ann.client.get("/api/v1/users/me").json["data"]["used_bytes"] == 12
    assert file_of(ann, "a")["download_url"] is not None
    assert [row(app, key).owner for key in "abc"] == ["ann", "ann", "ben"]


def test_an_invalid_adoption_is_refused(archive: App) -> None:
    assert adopt(archive, bucket="other", code=422) == failure(
        "invalid_body", errors=["[bucket] is not one of ADOPT_BUCKETS, which lists archive"]
    )
    assert adopt(archive, owner=" ann", code=422)["errors"][0].startswith("[owner] must be 1 to 255")
    assert adopt(archive, prefix="é" * 600, code=422)["errors"] == ["[prefix] has more than 1024 bytes"]
    assert adopt(archive, policy="none", code=422)["code"] == "invalid_body"
    missing = archive.with_settings(adopt_buckets=("missing",))
    assert adopt(missing, bucket="missing", code=422)["errors"] == ["[bucket] does not exist in storage"]
    assert adopt(archive.without_storage(), code=503)["code"] == "storage_unavailable"
    private = archive.with_settings(policies={"secret": {"visibility": "private"}})
    assert adopt(private, policy="secret", code=422)["rule"] == "visibility"
    assert archive.client.get(ADOPTIONS).json["data"] == {"items": [], "next_cursor": None}


def test_an_adoption_requires_the_scope_admin(archive: App) -> None:
    app = archive.with_settings(login="on")
    ann = login(app, "ann", Scope.UPLOAD, Scope.READ, Scope.DELETE, Scope.GRANT)
    assert adopt(ann, code=403)["code"] == "scope_missing"
    assert adopt(app, code=401)["code"] == "login_required"


def test_a_cancelled_adoption_adopts_no_more(archive: App) -> None:
    put(archive, "a")
    made = adopt(archive)
    path = f"{ADOPTIONS}/{made['adoption_id']}"
    assert archive.client.delete(path).json["data"]["state"] == "cancelled"
    assert archive.client.delete(path).json["data"]["state"] == "cancelled"
    swept(archive)
    assert files(archive) == {}
    done = adopted(archive)
    ended = archive.client.delete(f"{ADOPTIONS}/{done['adoption_id']}")
    assert (ended.status_code, ended.json["code"]) == (409, "adoption_ended")
    missing = archive.client.get(f"{ADOPTIONS}/{AN_ID}")
    assert (missing.status_code, missing.json["code"]) == (404, "adoption_not_found")
    assert len(archive.client.get(ADOPTIONS).json["data"]["items"]) == 2


def test_the_services_own_objects_are_never_adopted(archive: App) -> None:
    """Foreign objects in the service's buckets are adopted, but never promoted."""
    file = archive.ready()
    public = archive.deps.settings.s3_public_bucket
    app = archive.with_settings(adopt_buckets=(public,), s3_public_base_url="https://cdn.example")
    for key in ("foreign.txt", "quarantine/x", file["id"], f"invoices/{file['id']}", "probe-x"):
        app.s3.put_object(Bucket=public, Key=key, Body=b"hello", ContentType="text/plain")
    done = adopted(app, bucket=public)
    assert counts(done) == {"state": "done", "adopted": 1, "skipped": 4}
    assert {each["reason"] for each in done["reasons"]} == {candidates.OURS}
    url = file_of(app, "foreign.txt")["download_url"]
    assert "X-Amz-Signature" in url
    assert requests.get(url, timeout=10).content == b"hello"
    swept(app)
    assert row(app, "foreign.txt").bucket == public
