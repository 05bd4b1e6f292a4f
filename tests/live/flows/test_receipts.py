"""Receipts with the parts that real storage reports, checked by the command, online and offline."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import requests
from click.testing import CliRunner, Result

from longshore.main import longshore
from tests.support.live.client import FILE, cut, put, random_bytes
from tests.support.live.stack import Stack


def verify(*words: object) -> Result:
    return CliRunner().invoke(longshore, ["verify", *map(str, words)])


def test_a_receipt_verifies_its_file_and_no_other(stack: Stack, tmp_path: Path) -> None:
    """Other bytes are detected whether storage reports a checksum of a part or only an ETag."""
    body = random_bytes(5 * 1024 * 1024 + 5)
    opened = stack.client.init(size=len(body), checksum_algorithm="SHA256", chunk_size=5 * 1024 * 1024)
    pieces = [cut(body, opened["chunk_size"], index) for index in range(opened["total_chunks"])]
    digests = [base64.b64encode(hashlib.sha256(piece).digest()).decode() for piece in pieces]
    wishes = [{"chunk_index": index, "checksum": digest} for index, digest in enumerate(digests)]
    for chunk, piece in zip(
        stack.client.chunk(upload_id=opened["upload_id"], chunks=wishes)["chunks"], pieces, strict=True
    ):
        assert put(chunk, piece).status_code == 200
    file = stack.client.complete(**stack.client.completion(opened, body))
    stack.client.wait_ready(file["id"])

    answer = stack.client.request("GET", f"{FILE}/receipt/{file['id']}")
    contents = answer.json()["data"]["contents"]
    assert [part["size"] for part in contents["parts"]] == [len(piece) for piece in pieces]
    assert [part["checksum"] for part in contents["parts"]] in (digests, [None, None])
    assert (contents["virus_scan_status"], contents["scanned_with"][:6]) == ("clean", "ClamAV")

    receipt, same, other = tmp_path / "receipt.json", tmp_path / "same", tmp_path / "other"
    receipt.write_bytes(answer.content)
    same.write_bytes(body)
    other.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))
    (tmp_path / "keys").write_bytes(requests.get(f"{stack.api.url}/.well-known/longshore-receipts.json").content)
    assert verify(receipt, same, "--url", stack.api.url).exit_code == 0
    assert verify(receipt, same, "--keys", tmp_path / "keys").exit_code == 0
    assert verify(receipt, other, "--keys", tmp_path / "keys").exit_code == 1
