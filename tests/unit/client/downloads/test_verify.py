"""Checksums of downloads: of whole files and of parts, and which bytes they distinguish."""

from __future__ import annotations

from hashlib import md5
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.client.downloads import verify as verifying
from longshore.client.downloads.verify import RunningChecksum, digests, is_composite, verify
from longshore.client.errors import StoppedError
from longshore.client.parts import MIB, PartPlan, chunk_sizes
from longshore.client.stopping import Stop
from longshore.receipts.hashing import QUICK, by_table, digest, new_hash
from tests.support.client.bodies import TO_FILES, full, source, text

BODIES = st.binary(max_size=30)


def of_parts(body: bytes, size: int, algorithm: str = "SHA256") -> str:
    parts = [digest([body[at : at + size]], algorithm) for at in range(0, max(1, len(body)), size)]
    return f"{algorithm}:{text(digest(parts, algorithm))}-{len(parts)}"


def running(body: bytes, cuts: list[int], checksum: str | None, chunk_size: int | None) -> str | None:
    made = RunningChecksum(checksum, chunk_size, len(body))
    ends = sorted({min(cut, len(body)) for cut in cuts} | {0, len(body)})
    for start, end in pairwise(ends):
        made.update(memoryview(body)[start:end])
    return made.result()


@TO_FILES
@given(BODIES, BODIES, st.integers(1, 12), st.sampled_from(QUICK), st.lists(st.integers(0, 30)))
def test_a_checksum_matches_its_bytes_and_no_others(
    path: Path, body: bytes, other: bytes, size: int, algorithm: str, cuts: list[int]
) -> None:
    expected = None if other != body else algorithm
    known = [(full(body, algorithm), None), (of_parts(body, size, algorithm), size)]
    # Ceph 20 writes the number of the only part behind the CRC of the bytes
    known += [(f"{full(body, algorithm)}-1", size)] if len(body) <= size else []
    for checksum, chunk_size in known:
        assert verify(source(path, body), checksum, chunk_size, Stop()) == algorithm
        assert verify(source(path, other), checksum, chunk_size, Stop()) == expected
        assert running(body, cuts, checksum, chunk_size) == algorithm
        assert running(other, cuts, checksum, chunk_size) == expected


@pytest.mark.parametrize("checksum", [None, "", "MD4:x", "CRC64NVME:AAAA", "CRC64NVME:AAAA-2"])
def test_an_unsupported_checksum_falls_back_to_the_size(path: Path, checksum: str | None) -> None:
    assert verify(source(path, b"abc"), checksum, None, Stop()) == "size"
    assert running(b"abc", [1], checksum, None) == "size"


@pytest.mark.parametrize(
    ("most", "size", "verified"),
    [(19, 10, "size"), (20, 10, "SHA256"), (0, 3, "SHA256")],
)
def test_chunk_sizes_are_tried_up_to_a_limit_of_bytes_read(
    path: Path, monkeypatch: pytest.MonkeyPatch, most: int, size: int, verified: str
) -> None:
    """Ten bytes in two parts: 6 or 9 each, if these are whole threes."""
    monkeypatch.setattr("longshore.client.parts.MIB", 3 if size == 10 else 1)
    monkeypatch.setattr(verifying, "MOST_READ", most)
    body = bytes(range(size))
    made = of_parts(body, 6 if size == 10 else 3)
    assert verify(source(path, body), made, None, Stop()) == verified
    assert running(body, [], made, None) == ("SHA256" if size == 3 else "size")


def test_an_impossible_number_of_parts_falls_back_to_the_size(path: Path) -> None:
    assert verify(source(path, b"abc"), f"SHA256:{'A' * 44}-2", None, Stop()) == "size"


@pytest.mark.parametrize(
    ("checksum", "of_parts"), [(None, False), ("SHA256:ab", False), ("SHA256:ab-3", True), ("CRC-32:ab", False)]
)
def test_a_checksum_with_a_number_of_parts_is_composite(checksum: str | None, of_parts: bool) -> None:
    assert is_composite(checksum) is of_parts


def test_verifying_can_be_stopped(path: Path) -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(StoppedError):
        verify(source(path, b"abc"), of_parts(b"abc", 1), 1, stop)
    with pytest.raises(StoppedError):
        digests(source(path, b"abc"), PartPlan(3, 1), "SHA256", stop)


@pytest.mark.parametrize(("algorithm", "size"), [("CRC32", 4), ("CRC32C", 4), ("CRC64NVME", 8), ("MD5", 16)])
def test_checksums_of_no_bytes_have_known_values(algorithm: str, size: int) -> None:
    nothing = md5(b"").digest() if algorithm == "MD5" else bytes(size)
    assert digest([], algorithm) == new_hash(algorithm).digest() == nothing


def test_a_crc_table_continues_from_earlier_bytes() -> None:
    crc = by_table("CRC32C")
    assert crc(b"6789", crc(b"12345", 0)) == crc(b"123456789", 0) == 0xE3069283


@given(st.integers(1, 200 * MIB), st.integers(1, 40))
def test_chunk_sizes_are_all_whole_mib_that_give_the_number_of_parts(size: int, total: int) -> None:
    found = chunk_sizes(size, total)
    fits = [mib * MIB for mib in range(1, 201) if PartPlan(size, mib * MIB).total_chunks == total]
    assert found == ([size] if total == 1 else fits)


def test_an_empty_file_is_one_empty_chunk() -> None:
    assert (chunk_sizes(0, 1), PartPlan(0, 5).total_chunks, PartPlan(0, 5).length(0)) == ([1], 1, 0)
