"""Every request may be repeated, also concurrently: one file, one job, and no part is left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from service.db.models import File
from tests.support.live.client import CHUNK, FILE, Client, put, random_bytes
from tests.support.live.stack import Stack
from tests.support.matchers import A_TIME, AN_ETAG, failure

CROWD = 20
BODY = b"fifteen men on the dead man's chest"


@pytest.mark.parametrize("size", [1000, CHUNK + 1], ids=["one PUT", "two parts"])
def test_concurrent_completions_make_one_file_with_one_scan(stack: Stack, client: Client, size: int) -> None:
    body = random_bytes(size)
    opened = client.send(body)
    wish = client.completion(opened, body)
    with stack.without(stack.worker):
        with ThreadPoolExecutor(CROWD) as crowd:
            files = list(crowd.map(lambda _: client.complete(**wish), range(CROWD)))
        jobs = stack.waiting_jobs()
    assert files == [files[0]] * CROWD
    assert jobs.count(f"scan-{opened['file_id']}") == 1
    assert stack.count(File, upload_id=opened["upload_id"]) == 1
    assert client.download(client.wait_ready(opened["file_id"])).content == body
    assert stack.row(File, opened["file_id"]).scan_attempts == 1
    assert stack.logs().count(f"scan_finished file_id={opened['file_id']}") == 1


def test_complete_again_returns_the_same_file(stack: Stack, client: Client) -> None:
    opened = client.send(BODY)
    wish = client.completion(opened, BODY)
    with stack.without(stack.worker):
        first = client.complete(**wish)
        assert client.complete(**wish) == first
    ready = client.wait_ready(first["id"])
    fresh_link = {"download_url": ready["download_url"], "download_expires_at": ready["download_expires_at"]}
    assert client.complete(**wish) | fresh_link == ready
    assert put(opened["chunks"][0], BODY[::-1]).status_code >= 400
    assert client.download(client.get(first["id"])).content == BODY
    assert stack.row(File, first["id"]).scan_attempts == 1


def test_complete_reports_missing_chunks(client: Client) -> None:
    body = random_bytes(2 * CHUNK + 1)
    opened = client.init(size=len(body))
    assert put(opened["chunks"][1], body[CHUNK : 2 * CHUNK]).status_code == 200
    refused = client.post("/upload/complete/", client.completion(opened, body))
    assert (refused.status_code, refused.json()) == (409, failure("chunks_missing", missing=[0, 2]))
    resumed = client.retry(upload_id=opened["upload_id"])
    assert resumed == opened | {
        "uploaded": [{"chunk_index": 1, "size": CHUNK, "etag": AN_ETAG, "checksum": None}],
        "missing": [0, 2],
        "size": len(body),
        "checksum_algorithm": None,
        "chunks": [
            chunk | {"url": resumed["chunks"][at]["url"], "expires_at": A_TIME}
            for at, chunk in enumerate((opened["chunks"][0], opened["chunks"][2]))
        ],
    }
    assert put(resumed["chunks"][0], body[:CHUNK]).status_code == 200
    assert put(resumed["chunks"][1], body[2 * CHUNK :]).status_code == 200
    client.complete(**client.completion(opened, body))
    assert client.download(client.wait_ready(opened["file_id"])).content == body


@pytest.mark.parametrize("known", [True, False], ids=["size known", "size unknown"])
@pytest.mark.parametrize("change", [{"total_size": len(BODY) + 1}, {"total_size": len(BODY) - 1}, {"total_chunks": 2}])
def test_a_wrong_size_is_refused(client: Client, known: bool, change: dict[str, int]) -> None:
    opened = client.init(size=len(BODY)) if known else client.init()
    signed = client.chunk(upload_id=opened["upload_id"], chunk_index=0, chunk_size=len(BODY))
    assert put(signed["chunks"][0], BODY).status_code == 200
    refused = client.post("/upload/complete/", client.completion(opened, BODY, **change))
    assert (refused.status_code, refused.json()["code"]) == (409, "size_mismatch")
    assert client.complete(**client.completion(opened, BODY))["size"] == len(BODY)


def test_etags_are_checked_when_given(client: Client) -> None:
    opened = client.init(size=len(BODY))
    etag = put(opened["chunks"][0], BODY).headers["ETag"]
    other = f'"{"0" * 32}"'
    wish = client.completion(opened, BODY, parts=[{"chunk_index": 0, "etag": other}])
    refused = client.post("/upload/complete/", wish)
    assert (refused.status_code, refused.json()) == (
        409,
        failure("etag_mismatch", "[parts] chunk 0 has a different ETag in storage", mismatched=[0]),
    )
    assert client.complete(**wish | {"parts": [{"chunk_index": 0, "etag": etag}]})["id"] == opened["file_id"]


def test_a_chunk_that_is_sent_again_replaces_the_first(client: Client) -> None:
    body = random_bytes(CHUNK + 1)
    opened = client.init(size=len(body))
    for sent in (random_bytes(CHUNK), body[:CHUNK]):
        assert put(opened["chunks"][0], sent).status_code == 200
    assert put(opened["chunks"][1], body[CHUNK:]).status_code == 200
    client.complete(**client.completion(opened, body))
    assert client.download(client.wait_ready(opened["file_id"])).content == body


def test_abort_is_permanent(stack: Stack, client: Client) -> None:
    opened = client.init_part(len(BODY))
    assert put(opened["chunks"][0], BODY).status_code == 200
    key = stack.object_key(opened["upload_id"])
    assert len(stack.open_uploads(key)) == 1
    for _ in range(2):
        aborted = client.data("DELETE", f"{FILE}/upload/{opened['upload_id']}")
        assert aborted == {"upload_id": opened["upload_id"], "stage": "aborted"}
    assert client.status(opened["file_id"])["stage"] == "aborted"
    assert put(opened["chunks"][0], BODY).status_code == 404
    assert (stack.open_uploads(key), stack.buckets_of(key)) == ([], [])
    wishes: dict[str, dict[str, Any]] = {
        "/upload/chunk/": {"upload_id": opened["upload_id"], "chunk_index": 0},
        "/upload/complete/": client.completion(opened, BODY),
        "/upload/retry": {"upload_id": opened["upload_id"]},
    }
    for path, wish in wishes.items():
        refused = client.post(path, wish)
        assert (refused.status_code, refused.json()) == (409, failure("upload_aborted"))


def test_abort_after_complete_is_refused(client: Client) -> None:
    file = client.ready(BODY)
    refused = client.request("DELETE", f"{FILE}/upload/{file['upload_id']}")
    assert (refused.status_code, refused.json()) == (409, failure("upload_completed"))
    assert client.download(client.get(file["id"])).content == BODY


def test_retry_of_a_ready_file_is_refused(client: Client) -> None:
    file = client.ready(BODY)
    for wish in ({"file_id": file["id"]}, {"upload_id": file["upload_id"]}):
        refused = client.post("/upload/retry", wish)
        assert (refused.status_code, refused.json()) == (400, failure("file_already_uploaded"))
        assert refused.json()["message"] == "File uploaded previously!"


def test_retry_of_a_queued_file_is_refused(stack: Stack, client: Client) -> None:
    with stack.without(stack.worker):
        file = client.upload(BODY)
        refused = client.post("/upload/retry", {"file_id": file["id"]})
        assert (refused.status_code, refused.json()) == (400, failure("file_in_progress"))
    client.wait_ready(file["id"])
