"""Checksums of parts, as S3 wants them; https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterable
from functools import cache
from typing import Protocol

Buffer = bytes | bytearray | memoryview
SLOW = {"CRC32C": (32, 0x82F63B78), "CRC64NVME": (64, 0x9A6C9329AC4BC9B5)}
"""Width and reflected polynomial of those that Python has no quick function for: some ten MB a second."""
QUICK = ("SHA256", "CRC32")
"""What parts carry where storage holds them to it, the first that it does."""
ALGORITHMS = (*QUICK, *SLOW)


class Hash(Protocol):
    """What hashlib's objects can do, of which this much is needed."""

    def update(self, data: Buffer, /) -> None: ...

    def digest(self) -> bytes: ...


def new_hash(algorithm: str) -> Hash:
    """A hash to be fed: one of ALGORITHMS, or MD5, which is for comparing with ETags and guards nothing."""
    if algorithm == "MD5":
        return hashlib.md5(usedforsecurity=False)
    if algorithm == "SHA256":
        return hashlib.sha256()
    return _Crc32() if algorithm == "CRC32" else _SlowCrc(*SLOW[algorithm])


def digest(pieces: Iterable[Buffer], algorithm: str) -> bytes:
    """The hash of bytes that come in pieces."""
    made = new_hash(algorithm)
    for piece in pieces:
        made.update(piece)
    return made.digest()


def as_text(checksum: bytes) -> str:
    """A checksum as S3's headers and lists have it."""
    return base64.b64encode(checksum).decode()


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: Buffer, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


class _SlowCrc:
    """A reflected CRC by a table of bytes."""

    def __init__(self, width: int, polynomial: int) -> None:
        self._width, self._ones, self._table = width, (1 << width) - 1, _table(polynomial)
        self._value = self._ones

    def update(self, data: Buffer, /) -> None:
        value, table = self._value, self._table
        for byte in data:
            value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
        self._value = value

    def digest(self) -> bytes:
        return (self._value ^ self._ones).to_bytes(self._width // 8, "big")


@cache
def _table(polynomial: int) -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ polynomial if byte & 1 else byte >> 1
        table.append(byte)
    return table
