"""ZIP64 entries that clamd skips are detected, wherever the pieces are cut; entries that it reads are not."""

from __future__ import annotations

import os
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as some

from service.scanner.contents.zip64 import Zip64Watch
from service.scanner.samples import cabinet, encrypted_zip, nested, zipped
from tests.support.scanner.pieces import cut
from tests.support.scanner.zips import OneWay

ZIP64 = zipped(b"bytes", zip64=True)


def streamed_zip() -> bytes:
    """A zip whose entry has ZIP64's mark in its local header, and its true length in the directory, where clamd
    looks."""
    packed = OneWay()
    with zipfile.ZipFile(packed, "w") as archive, archive.open("inside.bin", "w", force_zip64=True) as inside:
        inside.write(b"bytes")
    return packed.getvalue()


def found(*pieces: bytes) -> bool:
    watch = Zip64Watch()
    assert list(watch.past(iter(pieces))) == list(pieces)
    return watch.found


@given(before=some.binary(max_size=100), cuts=some.sets(some.integers(0, len(ZIP64) + 100)))
def test_zip64_is_detected_at_any_place_and_cut(before: bytes, cuts: set[int]) -> None:
    body = before + ZIP64
    assert found(*cut(body, cuts))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"PK",
        zipped(b"bytes"),
        streamed_zip(),
        encrypted_zip(),
        nested(2),
        cabinet(),
        ZIP64[:17],
        os.urandom(10**6),
    ],
    ids=["nothing", "two letters", "zip", "streamed", "encrypted", "gzip", "cabinet", "cut short", "noise"],
)
def test_files_that_clamd_reads_are_not_reported(body: bytes) -> None:
    assert not found(body)
    assert not found(*(body[at : at + 1] for at in range(min(len(body), 1000))))


def test_a_zip64_mark_only_in_the_directory_is_detected() -> None:
    assert found(ZIP64[ZIP64.index(b"PK\x01\x02") :].replace(b"\x07\x00\x00\x00\x05\x00\x00\x00", b"\xff" * 8))
