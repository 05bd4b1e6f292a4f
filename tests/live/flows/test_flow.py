"""From init to a verified download, as the contract describes it, on real storage, queue, database and scanner."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from service.domain.records.objects.storage_safety import permits_one_put
from service.storage.one_put import METADATA, put_headers
from tests.support.live.client import CHUNK, FILE, Client, credential_header, cut, put, random_bytes, sha256
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tests.support.live.store_gaps import offered
from tests.support.matchers import A_TIME, A_TYPE, A_URL, AN_ETAG, AN_ID, UNASKED, Like, failure, new_file
from tools.stack.servers.clamd import eicar

SIZES = {
    "no bytes": 0,
    "one byte": 1,
    "one chunk": CHUNK,
    "two chunks": 2 * CHUNK,
    "two chunks and a byte": 2 * CHUNK + 1,
}
CREDENTIAL = {"pin": "open-sesame-4711"}
NAMES = {
    "path": ("../../etc/passwd", 'attachment; filename=".._.._etc_passwd"'),
    "quotes": ('a "quoted".txt', 'attachment; filename="a _quoted_.txt"'),
    "newline": ("line\r\nbreak.txt", 'attachment; filename="linebreak.txt"'),
    "emoji": ("🚢 ship.txt", "attachment; filename=\"_ ship.txt\"; filename*=UTF-8''%F0%9F%9A%A2%20ship.txt"),
    "right to left": ("photo\u202egpj.exe", 'attachment; filename="photogpj.exe"'),
}
"""A client's name of a file, and the name under which a browser saves it."""


SEALED = "longshore-p"
"""Names of recovery metadata."""


def signed_chunk(index: int, headers: Any) -> dict[str, Any]:
    return {
        "chunk_index": index,
        "part_number": index + 1,
        "method": "PUT",
        "url": A_URL,
        "headers": headers,
        "expires_at": A_TIME,
    }


def sha256_header(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_an_uploaded_file_is_downloaded_unchanged(stack: Stack, client: Client, size: int) -> None:
    body = random_bytes(size)
    total = max(1, -(-size // CHUNK))
    opened = client.init(size=size, filename="bytes.bin")
    headers = {}
    if total == 1 and permits_one_put(stack.deps):
        names = [name.removeprefix(METADATA) for name in opened["chunks"][0]["headers"] if SEALED in name]
        headers = put_headers(opened["upload_id"], dict.fromkeys(names, Like(".+")))
    assert opened == {
        "upload_id": AN_ID,
        "file_id": AN_ID,
        "chunk_size": CHUNK,
        "total_chunks": total,
        "expires_at": A_TIME,
        "chunks": [signed_chunk(index, headers) for index in range(total)],
    }
    for chunk in opened["chunks"]:
        assert put(chunk, cut(body, CHUNK, chunk["chunk_index"])).status_code == 200
    completed = client.complete(**client.completion(opened, body))
    assert completed == new_file(opened, stack.settings.s3_private_bucket, size=size, checksum=UNASKED)
    ready = client.wait_ready(opened["file_id"])
    assert ready == completed | {
        "detected_content_type": A_TYPE,
        "virus_scan_status": "clean",
        "virus_scan_date": A_TIME,
        "download_url": A_URL,
        "download_expires_at": A_TIME,
    }
    download = client.download(ready)
    assert sha256(download.content) == sha256(body)
    assert len(download.content) == size


def test_the_status_reports_each_stage_of_a_file(stack: Stack, client: Client) -> None:
    body = random_bytes(CHUNK + 1)
    opened = client.init(size=len(body))
    put(opened["chunks"][0], body[:CHUNK])
    uploading = {
        "status": "PENDING",
        "stage": "uploading",
        "upload_id": opened["upload_id"],
        "file_id": opened["file_id"],
        "path_name": None,
        "policy": "default",
        "grant_id": None,
        "size": len(body),
        "uploaded_bytes": CHUNK,
        "total_chunks": 2,
        "uploaded_chunks": 1,
        "chunk_size": CHUNK,
        "checksum_algorithm": None,
        "uploaded": [{"chunk_index": 0, "size": CHUNK, "etag": AN_ETAG, "checksum": None}],
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
    assert client.status(opened["file_id"]) == uploading
    put(opened["chunks"][1], body[CHUNK:])
    with stack.without(stack.worker):
        client.complete(**client.completion(opened, body))
        job = {
            "id": f"scan-{opened['file_id']}",
            "status": "queued",
            "enqueued_at": A_TIME,
            "started_at": None,
            "ended_at": None,
            "attempts": 0,
            "last_error": None,
        }
        queued = uploading | {
            "stage": "queued",
            "uploaded_bytes": len(body),
            "uploaded_chunks": 2,
            "uploaded": None,
            "virus_scan_status": "pending",
            "job": job,
            "expires_at": None,
        }
        assert client.status(opened["file_id"]) == queued
    client.wait_ready(opened["file_id"])
    done = eventually(
        lambda: client.status(opened["file_id"]), lambda status: (status["job"] or {}).get("ended_at") is not None
    )
    assert done == queued | {
        "status": "SUCCESS",
        "stage": "ready",
        "scanned_bytes": len(body),
        "virus_scan_status": "clean",
        "detected_content_type": A_TYPE,
        "job": job | {"status": "finished", "started_at": A_TIME, "ended_at": A_TIME, "attempts": 1},
    }


def test_size_and_name_can_be_given_at_completion(client: Client) -> None:
    body = random_bytes(CHUNK + 7)
    opened = client.init()
    assert (opened["total_chunks"], opened["chunks"]) == (None, [])
    for index in range(2):
        part = cut(body, CHUNK, index)
        signed = client.chunk(upload_id=opened["upload_id"], chunk_index=index, chunk_size=len(part))
        assert signed == {
            "upload_id": opened["upload_id"],
            "chunk_index": index,
            "chunks": [signed_chunk(index, {})],
        }
        assert put(signed["chunks"][0], part).status_code == 200
    client.complete(**client.completion(opened, body))
    assert client.download(client.wait_ready(opened["file_id"])).content == body


@pytest.mark.parametrize(("name", "disposition"), NAMES.values(), ids=NAMES.keys())
def test_hostile_names_are_kept_and_made_harmless_in_downloads(client: Client, name: str, disposition: str) -> None:
    file = client.ready(b"hello", filename=name, content_type="text/html")
    download = client.download(file)
    assert file["filename"] == name
    assert download.headers["Content-Disposition"] == disposition
    assert download.headers["Content-Type"] == "application/octet-stream"
    assert download.content == b"hello"


def test_a_private_file_requires_its_credential(stack: Stack, client: Client) -> None:
    body = random_bytes(1000)
    file = client.ready(body, credential=CREDENTIAL, detail={"note": "to whom it may concern"})
    path = f"{FILE}/get/{file['id']}"
    for wrong in ({}, {"headers": credential_header({"pin": "1234"})}, {"params": {"pin": "1234"}}):
        refused = client.request("GET", path, **wrong)
        assert (refused.status_code, refused.json()) == (403, failure("wrong_credential"))
    assert client.request("GET", f"{FILE}/status/{file['id']}").status_code == 403
    assert client.request("DELETE", f"{FILE}/{file['id']}").status_code == 403
    assert client.data("GET", path, params=CREDENTIAL)["is_private"] is True
    assert file["path"].startswith("longshore-tests-private/")
    assert client.download(file).content == body
    assert CREDENTIAL["pin"] not in json.dumps(file)
    assert CREDENTIAL["pin"] not in stack.logs()


def test_a_clean_public_file_stays_where_it_was_uploaded(stack: Stack, client: Client) -> None:
    file = client.ready(random_bytes(10), filename="manifest-of-may.bin")
    bucket, _, key = file["path"].partition("/")
    assert (bucket, key) == ("longshore-tests-private", AN_ID)
    assert key not in {file["id"], file["upload_id"]}
    assert stack.buckets_of(key) == ["longshore-tests-private"]


@pytest.mark.parametrize("head", [0, CHUNK + 1], ids=["at the start", "in the second chunk"])
def test_an_infected_file_never_gets_a_link(stack: Stack, client: Client, head: int) -> None:
    file = client.upload(random_bytes(head) + eicar())
    seen: list[dict[str, Any]] = []

    def ask() -> dict[str, Any]:
        seen.append(client.get(file["id"]))
        return seen[-1]

    bucket, key = file["path"].split("/")
    infected = eventually(ask, lambda now: now["path"] != file["path"])
    assert infected == file | {
        "path": f"{bucket}/quarantine/{key}",
        "virus_scan_status": "infected",
        "detected_content_type": A_TYPE,
        "virus_scan_result": Like("Eicar-Test-Signature.*"),
        "virus_scan_date": A_TIME,
        "is_quarantined": True,
        "quarantine_reason": Like(".*Eicar-Test-Signature.*"),
    }
    assert [answer["download_url"] for answer in seen] == [None] * len(seen)
    assert client.status(file["id"])["stage"] == "quarantined"
    refused = client.post("/upload/retry", {"file_id": file["id"]})
    assert (refused.status_code, refused.json()) == (409, failure("file_quarantined"))
    assert stack.keys(bucket, f"quarantine/{key}") == [f"quarantine/{key}"]
    eventually(lambda: stack.buckets_of(key), lambda buckets: buckets == [])


def test_storage_checks_the_checksum_of_each_chunk(stack: Stack, client: Client) -> None:
    body = random_bytes(CHUNK + 100)
    if not offered(stack, "SHA256"):
        return
    opened = client.init(size=len(body), checksum_algorithm="SHA256")
    assert opened["chunks"] == []
    parts = [cut(body, CHUNK, index) for index in range(2)]
    wishes = [{"chunk_index": index, "checksum": sha256_header(part)} for index, part in enumerate(parts)]
    signed = client.chunk(upload_id=opened["upload_id"], chunks=wishes)["chunks"]
    assert signed == [
        signed_chunk(index, {"x-amz-checksum-sha256": sha256_header(part), "x-amz-sdk-checksum-algorithm": "SHA256"})
        for index, part in enumerate(parts)
    ]
    flipped = bytes([parts[1][0] ^ 1]) + parts[1][1:]
    assert put(signed[1], flipped).status_code in {400, 403}
    assert put(signed[1] | {"headers": {}}, parts[1]).status_code in {400, 403}
    assert client.retry(upload_id=opened["upload_id"])["missing"] == [0, 1]
    assert [put(chunk, part).status_code for chunk, part in zip(signed, parts, strict=True)] == [200, 200]
    client.complete(**client.completion(opened, body))
    ready = client.wait_ready(opened["file_id"])
    assert ready["checksum"] is None or ready["checksum"].startswith("SHA256:")
    assert sha256(client.download(ready).content) == sha256(body)


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_request_bodies_may_be_forms(stack: Stack, client: Client, kind: str) -> None:
    def form(fields: dict[str, str]) -> dict[str, Any]:
        return {"data": fields} if kind == "urlencoded" else {"files": {name: (None, fields[name]) for name in fields}}

    def post(path: str, fields: dict[str, str]) -> Any:
        return client.data("POST", f"{FILE}/upload/{path}", **form(fields))

    opened = post("init/", {"filename": "grüße.txt", "size": "5"})
    wishes = json.dumps([{"chunk_index": 0, "chunk_size": 5}])
    signed = post("chunk/", {"upload_id": opened["upload_id"], "chunks": wishes})
    etag = put(signed["chunks"][0], b"hello").headers["ETag"]
    fields = {
        "upload_id": opened["upload_id"],
        "total_chunks": "1",
        "total_size": "5",
        "filename": "grüße.txt",
        "content_type": "text/plain",
        "credential": json.dumps(CREDENTIAL),
        "detail": json.dumps({"ship": "Ägir", "tons": 12}),
        "parts": json.dumps([{"chunk_index": 0, "etag": etag}]),
    }
    file = post("complete/", fields)
    assert file == new_file(
        opened,
        stack.settings.s3_private_bucket,
        size=5,
        checksum=UNASKED,
        filename="grüße.txt",
        content_type="text/plain",
        is_private=True,
        detail={"ship": "Ägir", "tons": 12},
    )
    assert client.download(client.wait_ready(file["id"], CREDENTIAL)).content == b"hello"


def test_the_api_refuses_the_bytes_of_a_file(client: Client) -> None:
    opened = client.init(size=5)
    refused = client.request(
        "POST",
        f"{FILE}/upload/chunk/",
        data={"upload_id": opened["upload_id"], "chunk_index": "0"},
        files={"file": ("hello.txt", b"hello")},
    )
    assert (refused.status_code, refused.json()) == (422, failure("file_not_accepted"))


def test_a_deleted_file_is_removed_from_storage(stack: Stack, client: Client) -> None:
    public, private = client.ready(b"public"), client.ready(b"private", credential=CREDENTIAL)
    for file, headers in ((public, {}), (private, credential_header(CREDENTIAL))):
        assert client.data("DELETE", f"{FILE}/{file['id']}", headers=headers) == {"id": file["id"]}
        gone = client.request("GET", f"{FILE}/get/{file['id']}")
        assert (gone.status_code, gone.json()) == (404, failure("file_not_found"))
        assert stack.buckets_of(file["path"].partition("/")[2]) == []
