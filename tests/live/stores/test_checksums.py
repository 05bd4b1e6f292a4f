"""Checksums that real storage enforces: the probe finds them, and each is tested from upload to download."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest

from longshore.receipts.hashing import digest
from service.deps import make_presigner, utc_now
from service.storage.presign import ALGORITHM_HEADER
from service.storage.probe import CHECKSUMS, ChecksumProbe
from service.storage.s3 import Storage
from service.values import Location
from tests.support.live.client import Client, cut, put, random_bytes, sha256
from tests.support.live.stack import Stack
from tests.support.live.store_gaps import GAPS, NO_CHECKSUMS, offered, refused
from tests.support.service_under_test import CHUNK

FILE = random_bytes(CHUNK + 100)


@cache
def text(algorithm: str, body: bytes) -> str:
    """As S3 writes it; seconds for the CRC of a whole chunk, so each is made for one store and kept for the others."""
    return base64.b64encode(digest([body], algorithm)).decode()


def test_the_probe_finds_the_enforced_checksums_and_leaves_nothing(stack: Stack) -> None:
    presigner = make_presigner(stack.settings, stack.settings.s3_endpoint_url, utc_now)
    bucket = stack.settings.s3_private_bucket
    planned: list[Location] = []
    expected = set() if NO_CHECKSUMS in GAPS[stack.store] else set(CHECKSUMS)
    assert ChecksumProbe(Storage(stack.s3), presigner, bucket, planned.append).enforced() == expected
    assert len(planned) == len(CHECKSUMS)
    assert stack.s3.list_multipart_uploads(Bucket=bucket, Prefix="probe-").get("Uploads", []) == []


@pytest.mark.parametrize("algorithm", sorted(CHECKSUMS))
def test_a_chunk_with_a_flipped_bit_is_refused(stack: Stack, client: Client, algorithm: str) -> None:
    if not offered(stack, algorithm):
        return
    opened = client.init(size=len(FILE), checksum_algorithm=algorithm)
    parts = [cut(FILE, CHUNK, index) for index in range(2)]
    wishes = [{"chunk_index": index, "checksum": text(algorithm, part)} for index, part in enumerate(parts)]
    signed = client.chunk(upload_id=opened["upload_id"], chunks=wishes)["chunks"]
    assert put(signed[0], bytes([parts[0][0] ^ 1]) + parts[0][1:]).status_code in {400, 403}
    assert [put(chunk, part).status_code for chunk, part in zip(signed, parts, strict=True)] == [200, 200]
    client.complete(**client.completion(opened, FILE))
    assert sha256(client.download(client.wait_ready(opened["file_id"])).content) == sha256(FILE)


@pytest.mark.parametrize("algorithm", sorted(CHECKSUMS))
def test_a_file_of_one_part_is_uploaded_with_each_checksum(stack: Stack, client: Client, algorithm: str) -> None:
    """Servers report its checksum in several ways; without a known size it is not stored by one PUT."""
    if not offered(stack, algorithm):
        return
    body = b"one part"
    opened = client.init(checksum_algorithm=algorithm)
    wish = {"chunk_index": 0, "chunk_size": len(body), "checksum": text(algorithm, body)}
    [signed] = client.chunk(upload_id=opened["upload_id"], chunks=[wish])["chunks"]
    assert put(signed, body).status_code == 200
    client.complete(**client.completion(opened, body))
    assert client.download(client.wait_ready(opened["file_id"])).content == body


def without(chunk: dict[str, Any], *names: str) -> dict[str, Any]:
    return chunk | {"headers": {name: value for name, value in chunk["headers"].items() if name not in names}}


def with_checksum(chunk: dict[str, Any], checksum: str) -> dict[str, Any]:
    return chunk | {"headers": chunk["headers"] | {HEADER: checksum}}


HEADER = "x-amz-checksum-sha256"
BODY = b"what the checksum was made of"
OTHER = b"WHAT THE CHECKSUM WAS MADE OF"
FORGERIES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "checksum left out": lambda chunk: without(chunk, HEADER),
    "no checksum headers": lambda chunk: without(chunk, HEADER, ALGORITHM_HEADER),
    "checksum of other bytes": lambda chunk: with_checksum(chunk, text("SHA256", OTHER)),
    "checksum in the query": lambda chunk: (
        without(chunk, HEADER) | {"url": f"{chunk['url']}&{urlencode({HEADER: text('SHA256', OTHER)})}"}
    ),
}


@pytest.mark.parametrize("size", [len(BODY), None], ids=["one PUT", "a part"])
@pytest.mark.parametrize("check", FORGERIES)
def test_other_bytes_are_refused_whatever_the_checksum_headers(
    stack: Stack, client: Client, check: str, size: int | None
) -> None:
    if not offered(stack, "SHA256"):
        return
    opened = client.init(size=size, checksum_algorithm="SHA256")
    wish = {"chunk_index": 0, "chunk_size": len(BODY), "checksum": text("SHA256", BODY)}
    chunk = client.chunk(upload_id=opened["upload_id"], chunks=[wish])["chunks"][0]
    sums = {name: value for name, value in chunk["headers"].items() if name in {HEADER, ALGORITHM_HEADER}}
    assert sums == {HEADER: text("SHA256", BODY), ALGORITHM_HEADER: "SHA256"}
    refused(stack, check, put(FORGERIES[check](chunk), OTHER))
    assert client.retry(upload_id=opened["upload_id"])["uploaded"] == []
    assert put(chunk, BODY).status_code == 200
    client.complete(**client.completion(opened, BODY))
    assert client.download(client.wait_ready(opened["file_id"])).content == BODY
