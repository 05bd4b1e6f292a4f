"""Checksums of bytes, as S3 computes them:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Protocol

Buffer = bytes | bytearray | memoryview
Continue = Callable[[Buffer, int], int]
"""The CRC of some bytes and of those before them, whose CRC is given."""


@dataclass(frozen=True)
class Crc:
    """A CRC that starts with and is inverted by all ones, in the bit-reversed form in which S3 computes it."""

    width: int
    polynomial: int


CRCS = {
    "CRC32": Crc(32, 0xEDB88320),
    "CRC32C": Crc(32, 0x82F63B78),
    "CRC64NVME": Crc(64, 0x9A6C9329AC4BC9B5),
}
"""https://reveng.sourceforge.io/crc-catalogue/all.htm: CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME."""
QUICK_CRCS: dict[str, Continue] = {"CRC32": zlib.crc32}
"""Those that a C function computes; the others go by a table, at about ten MB a second."""
with suppress(ImportError):  # an extra, `crc32c`
    import google_crc32c

    QUICK_CRCS["CRC32C"] = lambda data, value: int(google_crc32c.extend(value, bytes(data)))
QUICK = ("SHA256", *QUICK_CRCS)
"""Algorithms for checksums of parts, in order of preference."""
ALGORITHMS = ("SHA256", *CRCS)


class Hash(Protocol):
    """The part of hashlib's objects that is used here."""

    def update(self, data: Buffer, /) -> None: ...

    def digest(self) -> bytes: ...


def new_hash(algorithm: str) -> Hash:
    """A hash to update: one of ALGORITHMS, or MD5, which is for comparing with ETags and protects nothing."""
    if algorithm == "MD5":
        return hashlib.md5(usedforsecurity=False)
    if algorithm == "SHA256":
        return hashlib.sha256()
    return _RunningCrc(CRCS[algorithm].width, QUICK_CRCS.get(algorithm) or by_table(algorithm))


def digest(pieces: Iterable[Buffer], algorithm: str) -> bytes:
    """The hash of bytes that come in pieces."""
    made = new_hash(algorithm)
    for piece in pieces:
        made.update(piece)
    return made.digest()


def as_text(checksum: bytes) -> str:
    """A checksum as S3's headers and lists have it."""
    return base64.b64encode(checksum).decode()


class _RunningCrc:
    def __init__(self, width: int, function: Continue) -> None:
        self._width, self._function, self._value = width, function, 0

    def update(self, data: Buffer, /) -> None:
        self._value = self._function(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._width // 8, "big")


def by_table(algorithm: str) -> Continue:
    """A function that computes one of CRCS byte by byte."""
    crc = CRCS[algorithm]
    ones, table = (1 << crc.width) - 1, _table(crc)

    def resume(data: Buffer, value: int) -> int:
        value ^= ones
        for byte in data:
            value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
        return value ^ ones

    return resume


@cache
def _table(crc: Crc) -> list[int]:
    """The table of a CRC, by byte."""
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ crc.polynomial if byte & 1 else byte >> 1
        table.append(byte)
    return table
