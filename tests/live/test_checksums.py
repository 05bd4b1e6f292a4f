"""Checksums that real storage holds parts to: what the probe finds out, and every algorithm it finds, end to end."""

from __future__ import annotations

import base64

import pytest

from service.deps import make_presigner, utc_now
from service.domain.checksums import checksum_of
from service.storage.probe import CHECKSUMS, ChecksumProbe
from service.storage.s3 import Storage
from tests.live.client import Client, cut, put, random_bytes, sha256
from tests.live.stack import Stack
from tests.world import CHUNK


def text(algorithm: str, body: bytes) -> str:
    return base64.b64encode(checksum_of(algorithm, body)).decode()


def test_the_probe_finds_them_all_and_leaves_nothing(stack: Stack) -> None:
    presigner = make_presigner(stack.settings, stack.settings.s3_endpoint_url, utc_now)
    bucket = stack.settings.s3_private_bucket
    assert ChecksumProbe(Storage(stack.s3), presigner, bucket).enforced() == set(CHECKSUMS)
    assert stack.s3.list_multipart_uploads(Bucket=bucket, Prefix="probe-").get("Uploads", []) == []


@pytest.mark.parametrize("algorithm", sorted(CHECKSUMS))
def test_a_flipped_bit_is_refused_and_the_right_bytes_arrive(client: Client, algorithm: str) -> None:
    body = random_bytes(CHUNK + 100)
    opened = client.init(size=len(body), checksum_algorithm=algorithm)
    parts = [cut(body, CHUNK, index) for index in range(2)]
    wishes = [{"chunk_index": index, "checksum": text(algorithm, part)} for index, part in enumerate(parts)]
    signed = client.chunk(upload_id=opened["upload_id"], chunks=wishes)["chunks"]
    assert put(signed[0], bytes([parts[0][0] ^ 1]) + parts[0][1:]).status_code in {400, 403}
    assert [put(chunk, part).status_code for chunk, part in zip(signed, parts, strict=True)] == [200, 200]
    client.complete(**client.completion(opened, body))
    assert sha256(client.download(client.wait_ready(opened["file_id"])).content) == sha256(body)
