"""Resuming on another machine with the file and its upload_id; another file is detected."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Any

import pytest

from longshore.receipts.hashing import digest
from tests.support.live.client import CHUNK, Client, cut, put, random_bytes, sha256
from tests.support.live.stack import Stack
from tests.support.live.store_gaps import GAPS, NO_CHECKSUMS

FILE = random_bytes(2 * CHUNK + 1)


def text(algorithm: str, body: bytes) -> str:
    return b64encode(digest([body], algorithm)).decode()


def is_same(stored: dict[str, Any], algorithm: str, part: bytes) -> bool:
    """The digest that a client compares: the checksum, or on a store without one the ETag, the part's MD5."""
    if stored["checksum"] is not None:
        return bool(stored["checksum"] == text(algorithm, part))
    return bool(stored["etag"].strip('"') == hashlib.md5(part, usedforsecurity=False).hexdigest())


def wishes(body: bytes, indexes: list[int], algorithm: str | None) -> list[dict[str, Any]]:
    sums = [{"checksum": text(algorithm, cut(body, CHUNK, index))} if algorithm else {} for index in indexes]
    return [{"chunk_index": index} | checksum for index, checksum in zip(indexes, sums, strict=True)]


@pytest.fixture
def interrupted(stack: Stack, client: Client) -> dict[str, Any]:
    """An upload of FILE, with SHA-256 where storage checks it, whose middle chunk is in storage."""
    algorithm = None if NO_CHECKSUMS in GAPS[stack.store] else "SHA256"
    opened = client.init(size=len(FILE), checksum_algorithm=algorithm)
    chunk = client.chunk(upload_id=opened["upload_id"], chunks=wishes(FILE, [1], algorithm))["chunks"][0]
    assert put(chunk, cut(FILE, CHUNK, 1)).status_code == 200
    return opened


def test_an_upload_resumes_from_its_file_and_upload_id(client: Client, interrupted: dict[str, Any]) -> None:
    found = client.retry(upload_id=interrupted["upload_id"])
    assert (found["size"], found["chunk_size"], found["missing"]) == (len(FILE), CHUNK, [0, 2])
    assert [is_same(stored, found["checksum_algorithm"], cut(FILE, CHUNK, 1)) for stored in found["uploaded"]] == [True]
    signed = client.chunk(
        upload_id=found["upload_id"], chunks=wishes(FILE, found["missing"], found["checksum_algorithm"])
    )["chunks"]
    assert [put(chunk, cut(FILE, CHUNK, chunk["chunk_index"])).status_code for chunk in signed] == [200, 200]
    client.complete(**client.completion(interrupted, FILE))
    assert sha256(client.download(client.wait_ready(found["file_id"])).content) == sha256(FILE)


def test_another_file_has_other_digests(client: Client, interrupted: dict[str, Any]) -> None:
    other = random_bytes(len(FILE))
    found = client.retry(upload_id=interrupted["upload_id"])
    assert [is_same(stored, found["checksum_algorithm"], cut(other, CHUNK, 1)) for stored in found["uploaded"]] == [
        False
    ]


def test_the_status_has_the_same_fields_without_signed_urls(client: Client, interrupted: dict[str, Any]) -> None:
    found, status = client.retry(upload_id=interrupted["upload_id"]), client.status(interrupted["file_id"])
    same = (
        "upload_id",
        "file_id",
        "size",
        "chunk_size",
        "total_chunks",
        "checksum_algorithm",
        "expires_at",
        "uploaded",
    )
    assert {name: status[name] for name in same} == {name: found[name] for name in same}
    assert "chunks" not in status
