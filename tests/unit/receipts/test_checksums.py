"""The checksum of an object follows from those of its parts."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.receipts.checksums import combined, disagrees, follows
from longshore.receipts.hashing import CRCS, digest
from service.values import StoredPart

CHECK = b"123456789"
ALGORITHMS = ["SHA256", *CRCS]


def text(checksum: bytes) -> str:
    return base64.b64encode(checksum).decode()


def stored(algorithm: str, bodies: list[bytes]) -> list[StoredPart]:
    return [
        StoredPart(number, len(body), "etag", text(digest([body], algorithm)))
        for number, body in enumerate(bodies, start=1)
    ]


@pytest.mark.parametrize(
    ("algorithm", "value"), [("CRC32", 0xCBF43926), ("CRC32C", 0xE3069283), ("CRC64NVME", 0xAE8B14860A799888)]
)
def test_crcs_match_the_check_values_of_the_catalogue(algorithm: str, value: int) -> None:
    assert int.from_bytes(digest([CHECK], algorithm), "big") == value


@given(st.lists(st.binary(max_size=50), max_size=6), st.sampled_from(sorted(CRCS)))
def test_the_crc_of_an_object_follows_from_those_of_its_parts(bodies: list[bytes], algorithm: str) -> None:
    parts = [(int.from_bytes(digest([body], algorithm), "big"), len(body)) for body in bodies]
    assert combined(CRCS[algorithm], parts) == int.from_bytes(digest(bodies, algorithm), "big")


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=4), st.sampled_from(ALGORITHMS))
def test_a_correct_object_checksum_matches_its_parts(bodies: list[bytes], algorithm: str) -> None:
    parts = stored(algorithm, bodies)
    composite = text(digest([digest([body], algorithm) for body in bodies], algorithm))
    assert not disagrees(algorithm, parts, f"{algorithm}:{composite}-{len(bodies)}")
    if algorithm != "SHA256":
        assert not disagrees(algorithm, parts, f"{algorithm}:{text(digest(bodies, algorithm))}")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_another_objects_checksum_does_not_match(algorithm: str) -> None:
    parts = stored(algorithm, [b"one", b"two"])
    other = text(digest([b"another"], algorithm))
    composite = text(digest([digest([body], algorithm) for body in (b"one", b"two")], algorithm))
    assert disagrees(algorithm, parts, f"{algorithm}:{other}-2")
    assert disagrees(algorithm, parts, f"{algorithm}:{composite}-3")
    assert disagrees(algorithm, parts, f"{algorithm}:{other}") == (algorithm != "SHA256")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_object_of_one_part_may_have_the_checksum_of_its_bytes(algorithm: str) -> None:
    [part] = stored(algorithm, [b"one"])
    for count in ("", "-1"):  # Ceph 20 counts the part of a multipart object although it reports the CRC of its bytes
        assert follows(algorithm, [part], f"{algorithm}:{part.checksum}{count}") is True
        assert follows(algorithm, [part], f"{algorithm}:{text(digest([b'other'], algorithm))}{count}") is False
    assert follows(algorithm, [part], f"{algorithm}:{part.checksum}-2") is False


def test_a_composite_of_one_part_may_lack_its_count() -> None:
    composite = text(digest([digest([b"own"], "SHA256")], "SHA256"))
    assert follows("SHA256", stored("SHA256", [b"own"]), f"SHA256:{composite}") is True


@pytest.mark.parametrize("reported", [None, "", "CRC32:AAAAAA==-2"])
def test_a_missing_object_checksum_is_no_mismatch(reported: str | None) -> None:
    assert not disagrees("SHA256", stored("SHA256", [b"one", b"two"]), reported)


def test_missing_part_checksums_are_no_mismatch() -> None:
    assert not disagrees("SHA256", [StoredPart(1, 3, "etag")], "SHA256:AAAA-1")
    assert not disagrees("SHA256", [], "SHA256:AAAA-1")
