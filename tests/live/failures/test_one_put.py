"""A file of one part by one conditional PUT, on real storage: the check that permits it, the upload, and late PUTs."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
import requests

from longshore import Client as PythonClient
from service.db.models import PendingDeletion
from service.deps import Deps
from service.domain.records.objects.storage_safety import attack_storage, permits_one_put
from service.domain.uploads.completion.complete import complete_upload
from service.domain.uploads.initialization import initialize_upload
from service.domain.uploads.retry import retry
from service.domain.uploads.signing import sign_chunks
from service.values import ChunkWish, CompletionWish, OpenedUpload, SignedChunk, UploadWish
from service.values.access.caller import UNRESTRICTED
from tests.support.live.client import CHUNK, DONE, FILE, Client, put, random_bytes
from tests.support.live.eventually import eventually
from tests.support.live.ledger import faults, look
from tests.support.live.stack import Stack
from tests.support.storage.faulty_proxy import Forward, LostError, ProxiedRequest, Reply, harmful
from tools.stack.servers.clamd import eicar

SECONDS = 30
REFUSED = {400, 403, 501}
"""501: Swift supports no other condition than `*`."""


@pytest.fixture(scope="module")
def deps(stack: Stack) -> Deps:
    """The service's own dependencies after its daily attacks."""
    assert permits_one_put(stack.deps)
    return stack.deps


def open_for(deps: Deps, body: bytes, algorithm: str | None = None) -> OpenedUpload:
    return initialize_upload(deps, UNRESTRICTED, UploadWish(size=len(body), checksum_algorithm=algorithm))


def send(chunk: SignedChunk, body: bytes, **headers: str) -> requests.Response:
    return requests.put(chunk.url, data=body, headers=chunk.headers | headers, timeout=SECONDS)


def complete(deps: Deps, opened: OpenedUpload, body: bytes) -> Any:
    return complete_upload(deps, UNRESTRICTED, CompletionWish(opened.upload_id, 1, len(body), "a.bin", "text/plain"))


def test_the_store_meets_every_condition(deps: Deps) -> None:
    assert {address: found.one_put for address, found in attack_storage(deps).items()} == {"public": (), "direct": ()}


@pytest.mark.parametrize("size", [0, 1, CHUNK])
def test_an_uploaded_file_is_downloaded_unchanged(stack: Stack, client: Client, deps: Deps, size: int) -> None:
    body = random_bytes(size)
    opened = open_for(deps, body)
    (chunk,) = opened.chunks
    assert "uploadId" not in chunk.url
    assert (send(chunk, body).status_code, stack.open_uploads(stack.object_key(opened.upload_id))) == (200, [])
    file = complete(deps, opened, body)
    ready = client.wait_ready(file.id)
    assert client.download(ready).content == body


def test_other_requests_are_refused_and_keep_the_stored_chunk(client: Client, deps: Deps) -> None:
    opened = open_for(deps, b"hello")
    (chunk,) = opened.chunks
    for name in chunk.headers:
        assert send(chunk, b"hello", **{name: "other"}).status_code in REFUSED, name
    assert send(chunk, b"hello again").status_code in REFUSED
    assert send(chunk, b"hello").status_code == 200
    assert send(chunk, b"HELLO").status_code == 412
    found: Any = retry(deps, UNRESTRICTED, file_id=None, upload_id=opened.upload_id, credential=None)
    assert ([each.size for each in found.uploaded], found.missing, found.chunks) == ([5], [], [])
    file = complete(deps, opened, b"hello")
    assert client.download(client.wait_ready(file.id)).content == b"hello"


def test_a_checksum_is_enforced(stack: Stack, deps: Deps) -> None:
    if not deps.checksums.enforces("SHA256"):
        pytest.skip(f"{stack.store} enforces no SHA256")
    opened = open_for(deps, b"hello", "SHA256")
    checksum = base64.b64encode(hashlib.sha256(b"hello").digest()).decode()
    (chunk,) = sign_chunks(deps, UNRESTRICTED, opened.upload_id, [ChunkWish(0, checksum=checksum)])
    assert send(chunk, b"HELLO").status_code == 400
    assert send(chunk, b"hello").status_code == 200
    assert complete(deps, opened, b"hello").size == len(b"hello")


def test_the_python_client_finds_its_chunk_after_a_lost_response(stack: Stack, tmp_path: Path) -> None:
    statuses: list[int] = []
    payload = tmp_path / "hello.bin"
    payload.write_bytes(b"hello")

    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        reply = forward(request)
        if request.method == "PUT":
            statuses.append(reply.status)
            if len(statuses) == 1:
                raise LostError
        return reply

    with (
        harmful(stack.settings.s3_endpoint_url.removeprefix("http://")) as proxy,
        stack.behind_a_proxy(S3_PUBLIC_ENDPOINT_URL=proxy.url),
        stack.second_api(S3_PUBLIC_ENDPOINT_URL=proxy.url) as client,
        PythonClient(client.url) as python,
        proxy.doing(rule),
    ):
        file = python.upload(payload)
        assert python.download(file.id, tmp_path / "out.bin").path.read_bytes() == b"hello"
    assert (statuses[0], set(statuses[1:]) <= {412}) == (200, True)


@pytest.mark.parametrize("end", ["aborted before its PUT", "aborted", "deleted", "quarantined"])
def test_a_late_put_is_removed(stack: Stack, client: Client, end: str) -> None:
    """The URL outlives its object; a second deletion waits until the URL has expired."""
    before = look(stack)
    body = eicar() if end == "quarantined" else b"hello"
    opened = client.init(size=len(body))
    (chunk,), key, bucket = opened["chunks"], stack.object_key(opened["upload_id"]), stack.settings.s3_private_bucket
    if end != "aborted before its PUT":
        assert put(chunk, body).status_code == 200
    if end.startswith("aborted"):
        client.data("DELETE", f"{FILE}/upload/{opened['upload_id']}")
    else:
        file_id = client.complete(**client.completion(opened, body))["id"]
        client.wait_stage(file_id, *DONE)
        if end == "deleted":
            client.data("DELETE", f"{FILE}/{file_id}")
    eventually(lambda: stack.count(PendingDeletion, bucket=bucket, object_key=key), lambda count: count == 1)
    with stack.without(stack.cron):  # a sweep that began earlier may still delete the key
        assert (stack.keys(bucket, key), put(chunk, body).status_code, stack.keys(bucket, key)) == ([], 200, [key])
    stack.wait_forgotten(key)
    kept = {file_id} if end == "quarantined" else set()
    eventually(lambda: faults(stack, before, kept), lambda wrong: wrong == [])
