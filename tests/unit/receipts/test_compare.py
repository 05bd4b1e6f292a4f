"""Compare a file's bytes with a receipt, by the best checksum in it."""

from __future__ import annotations

import base64
import io
from hashlib import md5
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.receipts.checksums import combined
from longshore.receipts.compare import Comparison, compare
from longshore.receipts.hashing import CRCS, digest

CHUNK = 7
ALGORITHMS = ["SHA256", *CRCS]
BODIES = st.binary(max_size=40)


def text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def cut(body: bytes) -> list[bytes]:
    return [body[start : start + CHUNK] for start in range(0, max(len(body), 1), CHUNK)]


def contents(body: bytes, **changes: Any) -> dict[str, Any]:
    """A receipt's contents from storage with MD5 only."""
    pieces = cut(body)
    joined = md5(b"".join(md5(piece).digest() for piece in pieces)).hexdigest()
    parts = [
        {"part_number": number, "size": len(piece), "etag": f'"{md5(piece).hexdigest()}"', "checksum": None}
        for number, piece in enumerate(pieces, start=1)
    ]
    return {
        "size": len(body),
        "chunk_size": CHUNK,
        "total_chunks": len(pieces),
        "parts": parts,
        "etag": f'"{joined}-{len(pieces)}"',
        "checksum_algorithm": None,
        "checksum": None,
    } | changes


def of_no_parts(body: bytes, etag: str) -> dict[str, Any]:
    """A receipt's contents for a file with unknown parts."""
    return contents(body, parts=None, chunk_size=None, etag=etag)


def with_checksums(body: bytes, algorithm: str, kind: str, *, of_parts: bool = True) -> dict[str, Any]:
    pieces = cut(body)
    digests = [digest([piece], algorithm) for piece in pieces]
    if kind == "composite":
        whole = f"{algorithm}:{text(digest(digests, algorithm))}-{len(pieces)}"
    else:
        whole = f"{algorithm}:{text(digest([body], algorithm))}"
    receipt = contents(body, checksum_algorithm=algorithm, checksum=whole)
    if of_parts:
        for part, checksum in zip(receipt["parts"], digests, strict=True):
            part["checksum"] = text(checksum)
    return receipt


@given(BODIES, st.sampled_from(ALGORITHMS), st.sampled_from(["composite", "full-object"]), st.booleans(), st.data())
def test_checksums_distinguish_the_file_from_any_other(
    body: bytes, algorithm: str, kind: str, of_parts: bool, data: st.DataObject
) -> None:
    receipt = with_checksums(body, algorithm, kind, of_parts=of_parts)
    same = compare(receipt, io.BytesIO(body))
    # the SHA256 of several parts does not give that of the whole
    cannot_compare = algorithm == "SHA256" and kind == "full-object" and len(cut(body)) > 1
    assert same.differences == []
    assert bool(same.compared) is (of_parts or not cannot_compare)
    other = data.draw(BODIES.filter(lambda drawn: drawn != body))
    assert compare(receipt, io.BytesIO(other)).differences or not same.compared


@given(BODIES, st.sampled_from(["parts", "whole"]), st.data())
def test_md5_is_compared_if_a_receipt_has_no_checksum(body: bytes, known: str, data: st.DataObject) -> None:
    receipt = contents(body) if known == "parts" else of_no_parts(body, f'"{md5(body).hexdigest()}"')
    assert compare(receipt, io.BytesIO(body)).differences == []
    assert compare(receipt, io.BytesIO(body)).compared
    other = data.draw(BODIES.filter(lambda drawn: drawn != body))
    assert compare(receipt, io.BytesIO(other)).differences


@pytest.mark.parametrize(
    ("receipt", "compared"),
    [
        (
            with_checksums(b"0123456789", "SHA256", "composite"),
            ["the SHA256 of 2 parts", "the SHA256 of the whole file"],
        ),
        (with_checksums(b"0123456789", "CRC32C", "full-object", of_parts=False), ["the CRC32C of the whole file"]),
        (contents(b"0123456789"), ["the MD5 (ETag) of 2 parts"]),
        (of_no_parts(b"0123456789", f'"{md5(b"0123456789").hexdigest()}"'), ["the MD5 (ETag) of the whole file"]),
        (of_no_parts(b"0123456789", '"other-9"'), []),
        (of_no_parts(b"0123456789", f'"{"0" * 32}-3"'), []),
    ],
)
def test_a_comparison_names_the_compared_checksums(receipt: dict[str, Any], compared: list[str]) -> None:
    assert compare(receipt, io.BytesIO(b"0123456789")) == Comparison(compared)


def test_a_full_object_crc_is_combined_from_those_of_the_parts() -> None:
    parts = [(int.from_bytes(digest([piece], "CRC64NVME"), "big"), len(piece)) for piece in cut(b"0123456789")]
    assert combined(CRCS["CRC64NVME"], parts).to_bytes(8, "big") == digest([b"0123456789"], "CRC64NVME")
