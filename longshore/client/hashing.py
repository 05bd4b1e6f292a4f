"""Checksums of parts, as S3 expects them; https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from typing import Protocol

Buffer = bytes | bytearray | memoryview
GoOn = Callable[[Buffer, int], int]
"""Compute the CRC of bytes, continuing the CRC of the bytes before them."""
CRC_BITS = {"CRC32": 32, "CRC32C": 32, "CRC64NVME": 64}
POLYNOMIALS = {"CRC32C": 0x82F63B78, "CRC64NVME": 0x9A6C9329AC4BC9B5}
"""Reflected polynomials that Python has no function for; a table computes about ten MB per second."""
QUICK_CRCS: dict[str, GoOn] = {"CRC32": zlib.crc32}
with suppress(ImportError):  # an extra, `crc32c`
    import google_crc32c

    QUICK_CRCS["CRC32C"] = lambda data, value: int(google_crc32c.extend(value, bytes(data)))
QUICK = ("SHA256", *QUICK_CRCS)
"""Algorithms in order of preference: the first that storage verifies is used."""
ALGORITHMS = ("SHA256", *CRC_BITS)


class Hash(Protocol):
    """The needed part of hashlib's interface."""

    def update(self, data: Buffer, /) -> None: ...

    def digest(self) -> bytes: ...


def new_hash(algorithm: str) -> Hash:
    """Return a running hash: one of ALGORITHMS, or MD5 to compare with ETags, which is not secure."""
    if algorithm == "MD5":
        return hashlib.md5(usedforsecurity=False)
    if algorithm == "SHA256":
        return hashlib.sha256()
    return _Crc(CRC_BITS[algorithm], QUICK_CRCS.get(algorithm) or by_table(algorithm))


def digest(pieces: Iterable[Buffer], algorithm: str) -> bytes:
    """Compute the hash of bytes in pieces."""
    made = new_hash(algorithm)
    for piece in pieces:
        made.update(piece)
    return made.digest()


def as_text(checksum: bytes) -> str:
    """Return a checksum in the format of S3."""
    return base64.b64encode(checksum).decode()


class _Crc:
    def __init__(self, bits: int, go_on: GoOn) -> None:
        self._bits, self._go_on, self._value = bits, go_on, 0

    def update(self, data: Buffer, /) -> None:
        self._value = self._go_on(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._bits // 8, "big")


def by_table(algorithm: str) -> GoOn:
    """A CRC with one of POLYNOMIALS, byte by byte."""
    ones, table = (1 << CRC_BITS[algorithm]) - 1, _table(POLYNOMIALS[algorithm])

    def go_on(data: Buffer, value: int) -> int:
        value ^= ones
        for byte in data:
            value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
        return value ^ ones

    return go_on


@cache
def _table(polynomial: int) -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ polynomial if byte & 1 else byte >> 1
        table.append(byte)
    return table
