"""GET /get, GET /status and lists: responses at each stage, and the credential of private files."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
import requests

from service.domain.upkeep.sweep import sweep
from service.domain.uploads import status
from service.values import ScanVerdict
from tests.support.fakes import SIGNATURE
from tests.support.files.credentials import CREDENTIAL, HEADER
from tests.support.matchers import A_TIME, A_URL, AN_ETAG, failure, success
from tests.support.service_under_test import CHUNK, FILE, App

UNKNOWN_ID = "3f0e8a52-0000-4000-8000-000000000000"


def status_of(app: App, file_id: str) -> dict[str, Any]:
    return app.status(file_id).json["data"]


def test_a_clean_public_file_is_served_from_where_it_was_uploaded(app: App) -> None:
    """Every link is signed, so a copy would serve no one."""
    file = app.ready(b"hello", filename="ü.txt")
    shown = app.get(file["id"]).json["data"]
    assert shown == file | {
        "download_url": A_URL,
        "download_expires_at": "2026-01-02T03:09:05.678901Z",
        "virus_scan_status": "clean",
        "virus_scan_date": A_TIME,
        "detected_content_type": "text/plain",
    }
    assert (app.keys("longshore-private"), app.keys("longshore-public")) == ([file["path"].partition("/")[2]], [])
    download = requests.get(shown["download_url"], timeout=10)
    assert (download.content, download.headers["Content-Type"]) == (b"hello", "text/plain")
    assert download.headers["Content-Disposition"] == "inline; filename=\"_.txt\"; filename*=UTF-8''%C3%BC.txt"


def test_a_public_address_makes_a_plain_link(app: App) -> None:
    public = app.with_settings(s3_public_base_url="https://cdn.example")
    file = public.ready(content_type="text/html")
    shown = public.get(file["id"]).json["data"]
    key = shown["path"].partition("/")[2]
    assert (shown["download_url"], shown["download_expires_at"]) == (f"https://cdn.example/{key}", None)
    head = app.s3.head_object(Bucket="longshore-public", Key=key)
    assert (head["ContentType"], head["ContentDisposition"]) == (
        "application/octet-stream",
        'attachment; filename="hello.txt"',
    )


def test_a_private_file_stays_in_the_private_bucket(app: App) -> None:
    file = app.ready(credential=CREDENTIAL)
    shown = app.get(file["id"], headers=HEADER).json["data"]
    assert (shown["is_private"], shown["path"], shown["download_url"]) == (True, file["path"], A_URL)
    assert requests.get(shown["download_url"], timeout=10).content == b"hello"
    assert CREDENTIAL["pin"] not in str(shown)


@pytest.mark.parametrize("ask", [{"headers": HEADER}, {"query_string": CREDENTIAL}], ids=["header", "query"])
def test_a_credential_opens_a_private_file(app: App, ask: dict[str, Any]) -> None:
    file = app.upload(credential=CREDENTIAL, detail={"deck": 7})
    assert app.get(file["id"], **ask).json == success(file)
    assert file["detail"] == {"deck": 7}
    assert app.status(file["id"], **ask).json["data"]["stage"] == "queued"


WRONG = failure("wrong_credential")


@pytest.mark.parametrize("what", ["get", "status"])
@pytest.mark.parametrize(
    ("ask", "refusal"),
    [
        ({}, WRONG),
        ({"headers": {"X-File-Credential": "{}"}}, WRONG),
        ({"headers": {"X-File-Credential": '{"pin": "a pin that is no id"}'}, "query_string": CREDENTIAL}, WRONG),
        ({"query_string": {"pin": "a pin that is no id"}}, WRONG),
        ({"query_string": CREDENTIAL | {"more": "x"}}, WRONG),
        ({"headers": {"X-File-Credential": "[]"}}, "must be a JSON object"),
        ({"headers": {"X-File-Credential": '{"pin": 1234}'}}, "must be an object of strings"),
        ({"headers": {"X-File-Credential": "no json"}}, "is not JSON in UTF-8"),
        ({"headers": {"X-File-Credential": "\xff"}}, "is not JSON in UTF-8"),
    ],
)
def test_a_wrong_credential_does_not_open_a_private_file(
    app: App, what: str, ask: dict[str, Any], refusal: Any
) -> None:
    """refusal: the envelope, or the reason of a 422."""
    file = app.upload(credential=CREDENTIAL)
    answer = app.client.get(f"{FILE}/{what}/{file['id']}", **ask)
    malformed = (422, failure("invalid_body", f"[X-File-Credential] {refusal}"))
    assert (answer.status_code, answer.json) == ((403, WRONG) if refusal is WRONG else malformed)


@pytest.mark.parametrize("path", ["get", "status"])
@pytest.mark.parametrize("file_id", [UNKNOWN_ID, "nonsense", "%00", "%F0%9F%93%8E", "x" * 300, UNKNOWN_ID.upper()])
def test_an_unknown_file_is_not_found(app: App, path: str, file_id: str) -> None:
    answer = app.client.get(f"{FILE}/{path}/{file_id}")
    assert (answer.status_code, answer.json) == (404, failure("file_not_found"))


# the stages


def test_status_from_init_to_ready(app: App) -> None:
    opened = app.init(size=CHUNK + 1)
    before = {
        "status": "PENDING",
        "stage": "uploading",
        "upload_id": opened["upload_id"],
        "file_id": opened["file_id"],
        "path_name": None,
        "policy": "default",
        "grant_id": None,
        "size": CHUNK + 1,
        "uploaded_bytes": 0,
        "total_chunks": 2,
        "uploaded_chunks": 0,
        "chunk_size": CHUNK,
        "checksum_algorithm": None,
        "uploaded": [],
        "scanned_bytes": None,
        "virus_scan_status": None,
        "virus_scan_result": None,
        "detected_content_type": None,
        "job": None,
        "expires_at": opened["expires_at"],
        "legal_hold": False,
        "decision": None,
        "owner": None,
    }
    assert app.status(opened["file_id"]).json == success(before)
    app.put(opened["chunks"][0], b"x" * CHUNK)
    first = {"chunk_index": 0, "size": CHUNK, "etag": AN_ETAG, "checksum": None}
    half = before | {"uploaded_bytes": CHUNK, "uploaded_chunks": 1, "uploaded": [first]}
    assert app.status(opened["file_id"]).json == success(half)
    app.put(opened["chunks"][1], b"y")
    app.post("/upload/complete/", **app.completion(opened, b"x" * CHUNK + b"y"))
    job = {
        "id": f"scan-{opened['file_id']}",
        "status": "queued",
        "enqueued_at": None,
        "started_at": None,
        "ended_at": None,
        "attempts": 0,
        "last_error": None,
    }
    queued = half | {
        "stage": "queued",
        "uploaded_bytes": CHUNK + 1,
        "uploaded_chunks": 2,
        "uploaded": None,
        "virus_scan_status": "pending",
        "job": job,
        "expires_at": None,
    }
    assert app.status(opened["file_id"]).json == success(queued)
    app.scanner.max_size = 2 * CHUNK
    app.scan(opened["file_id"])
    ready = queued | {
        "status": "SUCCESS",
        "stage": "ready",
        "scanned_bytes": CHUNK + 1,
        "virus_scan_status": "clean",
        "detected_content_type": "text/plain",
        "job": job | {"status": "finished", "attempts": 1},
    }
    assert app.status(opened["file_id"]).json == success(ready)


def test_status_shows_no_total_while_the_size_is_unknown(app: App) -> None:
    status = status_of(app, app.init()["file_id"])
    assert (status["stage"], status["size"], status["total_chunks"]) == ("uploading", None, None)


@pytest.mark.parametrize(
    ("verdict", "policy", "stage", "word"),
    [
        (ScanVerdict("clean"), {}, "ready", "SUCCESS"),
        (ScanVerdict("infected", "Eicar"), {}, "quarantined", "FAILURE"),
        (ScanVerdict("unscannable", "too_large: 1"), {}, "quarantined", "FAILURE"),
        (ScanVerdict("unscannable", "too_large: 1"), {"unscannable_policy": "release"}, "ready", "SUCCESS"),
        (ScanVerdict("infected", "Eicar"), {"unscannable_policy": "release"}, "quarantined", "FAILURE"),
    ],
)
def test_the_verdict_and_the_settings_decide_the_stage(
    app: App, verdict: ScanVerdict, policy: dict[str, str], stage: str, word: str
) -> None:
    app = app.with_settings(**policy)
    app.scanner.says = verdict
    file = app.ready()
    status, shown = status_of(app, file["id"]), app.get(file["id"]).json["data"]
    assert (status["stage"], status["status"], status["virus_scan_status"]) == (stage, word, verdict.status)
    assert (shown["virus_scan_result"], shown["download_url"]) == (verdict.result, A_URL if word == "SUCCESS" else None)
    reasons = {
        "infected": "The virus scanner found Eicar.",
        "unscannable": "The virus scanner could not scan this file (too_large: 1), so it is not served.",
    }
    reason = reasons[verdict.status] if stage == "quarantined" else None
    assert (shown["is_quarantined"], shown["quarantine_reason"]) == (reason is not None, reason)


@pytest.mark.parametrize(("policy", "left"), [("keep", 1), ("delete", 0)])
def test_infected_policy_keeps_or_deletes_the_object(app: App, policy: str, left: int) -> None:
    file = app.with_settings(infected_policy=policy).ready(SIGNATURE)
    assert (len(app.keys("longshore-private")), app.keys("longshore-public")) == (left, [])
    assert app.get(file["id"]).json["data"]["virus_scan_result"] == "Fake-Virus"


def test_status_shows_aborted_and_expired_uploads(app: App) -> None:
    aborted, expired = app.init(size=1), app.init(size=1)
    app.client.delete(f"{FILE}/upload/{aborted['upload_id']}")
    app.clock.forward(24 * 3600)
    stages = {status_of(app, opened["file_id"])["stage"]: opened for opened in (aborted, expired)}
    assert stages == {"aborted": aborted, "expired": expired}
    sweep(app.deps)
    assert status_of(app, expired["file_id"])["stage"] == "expired"


def test_status_works_while_the_queue_is_down(app: App) -> None:
    file = app.upload()
    app.queue.down = True
    status = status_of(app, file["id"])
    assert (status["stage"], status["job"]) == ("queued", None)


# lists


def names(answer: Any) -> list[str]:
    return [item["filename"] for item in answer.json["data"]["items"]]


def test_a_list_has_the_newest_files_first(app: App) -> None:
    for number in range(5):
        app.clock.forward(number % 2)  # some at the same moment
        app.upload(filename=f"{number}")
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        answer = app.client.get(f"{FILE}/all", query_string=query)
        seen += names(answer)
        cursor = answer.json["data"]["next_cursor"]
    assert (sorted(seen), cursor) == (["0", "1", "2", "3", "4"], None)
    assert set(seen[:2]) == {"3", "4"}


def test_files_are_listed_by_user_and_by_appointment(app: App) -> None:
    user = app.client.post("/api/v1/users/", json={"name": "Ada"}).json["data"]["id"]
    body = {"user_id": user, "title": "Check-up"}
    appointment = app.client.post("/api/v1/appointments/", json=body).json["data"]["id"]
    app.upload(filename="hers", user_id=user)
    app.upload(filename="the appointment's", appointment_id=appointment)
    app.upload(filename="nobody's")
    assert names(app.client.get(f"{FILE}/all?user_id={user}")) == ["hers"]
    assert names(app.client.get(f"{FILE}/appointment/{appointment}")) == ["the appointment's"]
    assert names(app.client.get(f"{FILE}/appointment/{UNKNOWN_ID}")) == []
    assert len(names(app.client.get(f"{FILE}/all/"))) == 3


def test_a_list_hides_the_detail_and_url_of_a_private_file(app: App) -> None:
    app.ready(credential=CREDENTIAL, detail={"diagnosis": "secret"})
    listed = app.client.get(f"{FILE}/all").json["data"]["items"][0]
    assert (listed["is_private"], listed["detail"], listed["download_url"]) == (True, None, None)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("limit=0", "[limit] Must be greater than or equal to 1 and less than or equal to 200."),
        ("limit=201", "[limit] Must be greater than or equal to 1 and less than or equal to 200."),
        ("limit=x", "[limit] Not a valid integer."),
        ("cursor=x", "[cursor] is not valid; use next_cursor of the page before"),
        ("cursor=%F0%9F%93%8E", "[cursor] is not valid; use next_cursor of the page before"),
        ("cursor=MjAyNi0wMS0wMXxh", "[cursor] is not valid; use next_cursor of the page before"),
    ],
)
def test_an_invalid_limit_or_cursor_is_refused(app: App, query: str, reason: str) -> None:
    answer = app.client.get(f"{FILE}/all?{query}")
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))


def test_status_finds_the_file_while_its_completion_commits(app: App) -> None:
    """The first query finds no file yet, the second one finds the upload completed."""
    file = app.upload()
    upload_of_file = status.upload_of_file

    with patch.object(app.deps.db, "read", wraps=app.deps.db.read) as read:
        first = patch("service.domain.uploads.status.file_and_chunk_size", return_value=None)
        first.start()

        def second(*args: Any) -> Any:
            first.stop()
            return upload_of_file(*args)

        with patch("service.domain.uploads.status.upload_of_file", second):
            assert status_of(app, file["id"])["stage"] == "queued"
    assert read.call_count == 2
