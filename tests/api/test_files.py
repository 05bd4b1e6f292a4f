"""GET /get, GET /status, lists and DELETE: what a client is shown at each stage, and to whom."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from service.db.models import File, Removal, Upload
from service.domain.upkeep.sweep import sweep
from service.domain.uploads import status
from service.values import ScanVerdict
from tests.support.fakes import SIGNATURE
from tests.support.matchers import A_TIME, A_URL, AN_ETAG, Like, failure, success
from tests.support.service_under_test import CHUNK, FILE, World

NOBODY = "3f0e8a52-0000-4000-8000-000000000000"
CREDENTIAL = {"pin": "1234", "name": "Ada"}
HEADER = {"X-File-Credential": '{"name": "Ada", "pin": "1234"}'}


def status_of(world: World, file_id: str) -> dict[str, Any]:
    return world.status(file_id).json["data"]


def test_a_clean_public_file_is_served_from_the_public_bucket(world: World) -> None:
    file = world.ready(b"hello", filename="ü.txt")
    shown = world.get(file["id"]).json["data"]
    assert shown == file | {
        "path": file["path"].replace("private", "public"),
        "download_url": A_URL,
        "download_expires_at": "2026-01-02T03:09:05.678901Z",
        "virus_scan_status": "clean",
        "virus_scan_date": A_TIME,
    }
    assert (world.keys("longshore-private"), world.keys("longshore-public")) == ([], [file["path"].partition("/")[2]])
    download = requests.get(shown["download_url"], timeout=10)
    assert (download.content, download.headers["Content-Type"]) == (b"hello", "text/plain")
    assert download.headers["Content-Disposition"] == "inline; filename=\"_.txt\"; filename*=UTF-8''%C3%BC.txt"


def test_a_public_address_makes_a_plain_link(world: World) -> None:
    public = world.with_settings(s3_public_base_url="https://cdn.example")
    file = public.ready(content_type="text/html")
    shown = public.get(file["id"]).json["data"]
    key = shown["path"].partition("/")[2]
    assert (shown["download_url"], shown["download_expires_at"]) == (f"https://cdn.example/{key}", None)
    head = world.s3.head_object(Bucket="longshore-public", Key=key)
    assert (head["ContentType"], head["ContentDisposition"]) == (
        "application/octet-stream",
        'attachment; filename="hello.txt"',
    )


def test_a_private_file_stays_in_the_private_bucket(world: World) -> None:
    file = world.ready(credential=CREDENTIAL)
    shown = world.get(file["id"], headers=HEADER).json["data"]
    assert (shown["is_private"], shown["path"], shown["download_url"]) == (True, file["path"], A_URL)
    assert requests.get(shown["download_url"], timeout=10).content == b"hello"
    assert "1234" not in str(shown)


@pytest.mark.parametrize("ask", [{"headers": HEADER}, {"query_string": CREDENTIAL}], ids=["header", "query"])
def test_a_credential_opens_a_private_file(world: World, ask: dict[str, Any]) -> None:
    file = world.upload(credential=CREDENTIAL, detail={"deck": 7})
    assert world.get(file["id"], **ask).json == success(file)
    assert file["detail"] == {"deck": 7}
    assert world.status(file["id"], **ask).json["data"]["stage"] == "queued"


WRONG = failure("wrong_credential")


@pytest.mark.parametrize("what", ["get", "status"])
@pytest.mark.parametrize(
    ("ask", "refusal"),
    [
        ({}, WRONG),
        ({"headers": {"X-File-Credential": "{}"}}, WRONG),
        ({"headers": {"X-File-Credential": '{"pin": "1234"}'}, "query_string": CREDENTIAL}, WRONG),
        ({"query_string": {"pin": "1234"}}, WRONG),
        ({"query_string": CREDENTIAL | {"more": "x"}}, WRONG),
        ({"headers": {"X-File-Credential": "[]"}}, "must be a JSON object"),
        ({"headers": {"X-File-Credential": '{"pin": 1234}'}}, "must be an object of strings"),
        ({"headers": {"X-File-Credential": "no json"}}, "is not JSON in UTF-8"),
        ({"headers": {"X-File-Credential": "\xff"}}, "is not JSON in UTF-8"),
    ],
)
def test_nothing_else_opens_it(world: World, what: str, ask: dict[str, Any], refusal: Any) -> None:
    """refusal: the envelope, or the reason of a 422."""
    file = world.upload(credential=CREDENTIAL)
    answer = world.client.get(f"{FILE}/{what}/{file['id']}", **ask)
    malformed = (422, failure("invalid_body", f"[X-File-Credential] {refusal}"))
    assert (answer.status_code, answer.json) == ((403, WRONG) if refusal is WRONG else malformed)


@pytest.mark.parametrize("path", ["get", "status"])
@pytest.mark.parametrize("file_id", [NOBODY, "nonsense", "%00", "%F0%9F%93%8E", "x" * 300, NOBODY.upper()])
def test_no_such_file(world: World, path: str, file_id: str) -> None:
    answer = world.client.get(f"{FILE}/{path}/{file_id}")
    assert (answer.status_code, answer.json) == (404, failure("file_not_found"))


# the stages


def test_status_from_init_to_ready(world: World) -> None:
    opened = world.init(size=CHUNK + 1)
    before = {
        "status": "PENDING",
        "stage": "uploading",
        "upload_id": opened["upload_id"],
        "file_id": opened["file_id"],
        "size": CHUNK + 1,
        "uploaded_bytes": 0,
        "total_chunks": 2,
        "uploaded_chunks": 0,
        "chunk_size": CHUNK,
        "checksum_algorithm": None,
        "uploaded": [],
        "scanned_bytes": None,
        "virus_scan_status": None,
        "job": None,
        "expires_at": opened["expires_at"],
    }
    assert world.status(opened["file_id"]).json == success(before)
    world.put(opened["chunks"][0], b"x" * CHUNK)
    first = {"chunk_index": 0, "size": CHUNK, "etag": AN_ETAG, "checksum": None}
    half = before | {"uploaded_bytes": CHUNK, "uploaded_chunks": 1, "uploaded": [first]}
    assert world.status(opened["file_id"]).json == success(half)
    world.put(opened["chunks"][1], b"y")
    world.post("/upload/complete/", **world.completion(opened, b"x" * CHUNK + b"y"))
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
    assert world.status(opened["file_id"]).json == success(queued)
    world.scanner.max_size = 2 * CHUNK
    world.scan(opened["file_id"])
    ready = queued | {
        "status": "SUCCESS",
        "stage": "ready",
        "scanned_bytes": CHUNK + 1,
        "virus_scan_status": "clean",
        "job": job | {"status": "finished", "attempts": 1},
    }
    assert world.status(opened["file_id"]).json == success(ready)


def test_status_while_the_size_is_unknown(world: World) -> None:
    status = status_of(world, world.init()["file_id"])
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
def test_what_follows_from_a_verdict(
    world: World, verdict: ScanVerdict, policy: dict[str, str], stage: str, word: str
) -> None:
    world = world.with_settings(**policy)
    world.scanner.says = verdict
    file = world.ready()
    status, shown = status_of(world, file["id"]), world.get(file["id"]).json["data"]
    assert (status["stage"], status["status"], status["virus_scan_status"]) == (stage, word, verdict.status)
    assert (shown["virus_scan_result"], shown["download_url"]) == (verdict.result, A_URL if word == "SUCCESS" else None)
    reasons = {
        "infected": "The virus scanner found Eicar.",
        "unscannable": "The virus scanner could not scan this file (too_large: 1), so it is not served.",
    }
    reason = reasons[verdict.status] if stage == "quarantined" else None
    assert (shown["is_quarantined"], shown["quarantine_reason"]) == (reason is not None, reason)


@pytest.mark.parametrize(("policy", "left"), [("keep", 1), ("delete", 0)])
def test_an_infected_files_object(world: World, policy: str, left: int) -> None:
    file = world.with_settings(infected_policy=policy).ready(SIGNATURE)
    assert (len(world.keys("longshore-private")), world.keys("longshore-public")) == (left, [])
    assert world.get(file["id"]).json["data"]["virus_scan_result"] == "Fake-Virus"


def test_aborted_and_expired(world: World) -> None:
    aborted, expired = world.init(size=1), world.init(size=1)
    world.client.delete(f"{FILE}/upload/{aborted['upload_id']}")
    world.clock.forward(24 * 3600)
    stages = {status_of(world, opened["file_id"])["stage"]: opened for opened in (aborted, expired)}
    assert stages == {"aborted": aborted, "expired": expired}
    sweep(world.deps)
    assert status_of(world, expired["file_id"])["stage"] == "expired"


def test_the_queue_cannot_be_asked(world: World) -> None:
    file = world.upload()
    world.queue.down = True
    status = status_of(world, file["id"])
    assert (status["stage"], status["job"]) == ("queued", None)


# the bytes themselves


def content_of(world: World, file_id: str, query: str = "", **headers: str) -> Any:
    return world.client.get(f"{FILE}/content/{file_id}{query}", headers=headers)


@pytest.mark.parametrize(
    ("query", "kind"),
    [("", "inline"), ("?disposition=inline", "inline"), ("?disposition=attachment", "attachment")],
)
@pytest.mark.parametrize("base", [None, "https://cdn.example"])
def test_content_is_a_redirect_to_the_bytes(world: World, query: str, kind: str, base: str | None) -> None:
    public = world.with_settings(s3_public_base_url=base) if base else world
    file = public.ready(b"hello", filename="hello.txt")
    answer = content_of(public, file["id"], query)
    assert answer.status_code == 302
    if base and kind == "inline":
        assert answer.location == f"{base}/{file['path'].partition('/')[2]}"
        return
    assert answer.headers["Cache-Control"] == "private, max-age=300"
    assert [name for name in ("Accept", "Authorization", "X-File-Credential") if name not in answer.vary] == []
    download = requests.get(answer.location, timeout=10)
    assert (download.content, download.headers["Content-Disposition"]) == (b"hello", f'{kind}; filename="hello.txt"')


def test_who_asks_for_json_is_told_the_link(world: World) -> None:
    file = world.ready(b"hello", credential=CREDENTIAL)
    asked = {"Accept": "application/json"} | HEADER
    answer = content_of(world, file["id"], "?disposition=attachment", **asked)
    assert answer.json == success({"url": A_URL, "expires_at": "2026-01-02T03:09:05.678901Z"})
    assert requests.get(answer.json["data"]["url"], timeout=10).headers["Content-Disposition"].startswith("attachment")


def test_content_wants_the_credential_as_a_header(world: World) -> None:
    file = world.ready(credential=CREDENTIAL)
    assert content_of(world, file["id"]).json == failure("wrong_credential")
    assert content_of(world, file["id"], "?pin=1234&name=Ada").json == failure("wrong_credential")
    assert content_of(world, file["id"], **HEADER).status_code == 302
    strange = content_of(world, file["id"], "?disposition=elsewhere", **HEADER)
    assert strange.json == failure("invalid_body", Like(r"\[disposition\] .+"))


def test_content_that_is_not_served(world: World) -> None:
    waiting = world.upload()
    infected = world.ready(SIGNATURE)
    answers = [content_of(world, file_id) for file_id in (waiting["id"], infected["id"], NOBODY)]
    assert [(answer.status_code, answer.json) for answer in answers] == [
        (409, failure("file_not_ready")),
        (410, failure("file_gone")),
        (404, failure("file_not_found")),
    ]


# aborting and deleting


def test_abort_twice_is_once(world: World) -> None:
    upload_id = world.send()["upload_id"]
    for _ in range(2):
        answer = world.client.delete(f"{FILE}/upload/{upload_id}")
        assert answer.json == success({"upload_id": upload_id, "stage": "aborted"})
    assert "Uploads" not in world.s3.list_multipart_uploads(Bucket="longshore-private")
    assert world.count(Removal) == 0


def test_what_cannot_be_aborted(world: World) -> None:
    file = world.upload()
    answer = world.client.delete(f"{FILE}/upload/{file['upload_id']}")
    assert (answer.status_code, answer.json) == (409, failure("upload_completed"))
    answer = world.client.delete(f"{FILE}/upload/{NOBODY}")
    assert answer.status_code == 404
    assert answer.json == failure("upload_not_found", f"[upload_id] no upload has the id {NOBODY!r}")


@pytest.mark.parametrize("scanned", [True, False])
def test_delete(world: World, scanned: bool) -> None:
    file = world.ready() if scanned else world.upload()
    link = world.get(file["id"]).json["data"]["download_url"]
    assert link is None or requests.get(link, timeout=10).content == b"hello"
    assert world.client.delete(f"{FILE}/{file['id']}").json == success({"id": file["id"]})
    again = world.client.delete(f"{FILE}/{file['id']}")
    assert (again.status_code, again.json) == (404, failure("file_not_found"))
    assert names(world.client.get(f"{FILE}/all")) == []
    assert (link is not None) is scanned
    assert link is None or not requests.get(link, timeout=10).ok
    assert (world.keys("longshore-private"), world.keys("longshore-public")) == ([], [])
    assert (world.count(File), world.count(Upload)) == (0, 0)


def test_a_private_file_is_deleted_only_with_its_credential(world: World) -> None:
    file = world.upload(credential=CREDENTIAL)
    assert world.client.delete(f"{FILE}/{file['id']}").json == failure("wrong_credential")
    assert (len(world.keys("longshore-private")), world.count(File)) == (1, 1)
    assert world.client.delete(f"{FILE}/{file['id']}", headers=HEADER).json == success({"id": file["id"]})
    assert (world.keys("longshore-private"), world.count(File)) == ([], 0)


# lists


def names(answer: Any) -> list[str]:
    return [item["filename"] for item in answer.json["data"]["items"]]


def test_pages_newest_first(world: World) -> None:
    for number in range(5):
        world.clock.forward(number % 2)  # some at the same moment
        world.upload(filename=f"{number}")
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        answer = world.client.get(f"{FILE}/all", query_string=query)
        seen += names(answer)
        cursor = answer.json["data"]["next_cursor"]
    assert (sorted(seen), cursor) == (["0", "1", "2", "3", "4"], None)
    assert set(seen[:2]) == {"3", "4"}


def test_by_user_and_by_appointment(world: World) -> None:
    user = world.client.post("/api/v1/users/", json={"name": "Ada"}).json["data"]["id"]
    body = {"user_id": user, "title": "Check-up"}
    appointment = world.client.post("/api/v1/appointments/", json=body).json["data"]["id"]
    world.upload(filename="hers", user_id=user)
    world.upload(filename="the appointment's", appointment_id=appointment)
    world.upload(filename="nobody's")
    assert names(world.client.get(f"{FILE}/all?user_id={user}")) == ["hers"]
    assert names(world.client.get(f"{FILE}/appointment/{appointment}")) == ["the appointment's"]
    assert names(world.client.get(f"{FILE}/appointment/{NOBODY}")) == []
    assert len(names(world.client.get(f"{FILE}/all/"))) == 3


def test_a_list_shows_little_of_a_private_file(world: World) -> None:
    world.ready(credential=CREDENTIAL, detail={"diagnosis": "secret"})
    listed = world.client.get(f"{FILE}/all").json["data"]["items"][0]
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
def test_a_list_that_cannot_be(world: World, query: str, reason: str) -> None:
    answer = world.client.get(f"{FILE}/all?{query}")
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))


def test_the_signature_is_for_the_browsers_endpoint(world: World) -> None:
    opened = world.init(size=1)
    url = urlsplit(opened["chunks"][0]["url"])
    assert url.netloc == "s3.us-east-1.amazonaws.com"
    assert parse_qs(url.query)["X-Amz-Expires"] == ["3600"]


def test_status_asked_while_the_completion_commits(world: World) -> None:
    """The file is not there at the first look, the upload is completed at the second."""
    file = world.upload()
    upload_of_file = status.upload_of_file

    with patch.object(world.deps.db, "read", wraps=world.deps.db.read) as read:
        first = patch("service.domain.uploads.status.file_and_chunk_size", return_value=None)
        first.start()

        def second(*args: Any) -> Any:
            first.stop()
            return upload_of_file(*args)

        with patch("service.domain.uploads.status.upload_of_file", second):
            assert status_of(world, file["id"])["stage"] == "queued"
    assert read.call_count == 2
