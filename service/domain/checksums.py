"""Compute and check an object's checksum from those of its parts.

S3 has two kinds (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html): composite, the
checksum of the parts' checksums followed by the number of parts, and, for CRCs, full-object, that of all bytes, which
follows from the parts' CRCs and lengths.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from service.values import StoredPart


@dataclass(frozen=True)
class Crc:
    """A CRC that starts with all ones and is inverted at the end, in the bit-reversed form that S3 uses."""

    width: int
    polynomial: int


CRCS = {
    "CRC32": Crc(32, 0xEDB88320),
    "CRC32C": Crc(32, 0x82F63B78),
    "CRC64NVME": Crc(64, 0x9A6C9329AC4BC9B5),
}
"""https://reveng.sourceforge.io/crc-catalogue/all.htm: CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME."""


def disagrees(algorithm: str, parts: Sequence[StoredPart], reported: str | None) -> bool:
    """Whether the object's reported checksum contradicts those of its parts."""
    return follows(algorithm, parts, reported) is False


def follows(algorithm: str, parts: Sequence[StoredPart], reported: str | None) -> bool | None:
    """Return whether an object's checksum follows from those of its parts; None if unknown.

    reported: `SHA256:base64` or `SHA256:base64-3`. Unknown without it, and without one for each part.
    """
    name, _, value = (reported or "").partition(":")
    sums = [part.checksum for part in parts if part.checksum]
    if name != algorithm or len(sums) != len(parts) or not parts:
        return None
    digest, dash, count = value.partition("-")
    decoded = [base64.b64decode(one) for one in sums]
    if dash:
        return (digest, count) == (_text(checksum_of(algorithm, b"".join(decoded))), str(len(parts)))
    if algorithm not in CRCS:
        return None
    crcs = [int.from_bytes(one, "big") for one in decoded]
    whole = combined(CRCS[algorithm], [(crc, part.size) for crc, part in zip(crcs, parts, strict=True)])
    return digest == _text(whole.to_bytes(CRCS[algorithm].width // 8, "big"))


def checksum_of(algorithm: str, body: bytes) -> bytes:
    """Compute the checksum of a few bytes; too slow for a file."""
    if algorithm == "SHA256":
        return sha256(body).digest()
    crc = CRCS[algorithm]
    table, ones = _table(crc), (1 << crc.width) - 1
    value = ones
    for byte in body:
        value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
    return (value ^ ones).to_bytes(crc.width // 8, "big")


def combined(crc: Crc, parts: Sequence[tuple[int, int]]) -> int:
    """Combine the parts' (CRC, length in bytes) into the CRC of all bytes, like zlib's crc32_combine."""
    whole = 0
    for value, length in parts:
        whole = _multiply(crc, _power_of_x(crc, 8 * length), whole) ^ value
    return whole


@cache
def _table(crc: Crc) -> list[int]:
    """Return the effect of each byte value on a CRC."""
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ crc.polynomial if byte & 1 else byte >> 1
        table.append(byte)
    return table


def _multiply(crc: Crc, a: int, b: int) -> int:
    """a · b modulo the polynomial; the highest bit is x⁰."""
    product, bit = 0, 1 << (crc.width - 1)
    while a:
        if a & bit:
            product ^= b
            a ^= bit
        bit >>= 1
        b = (b >> 1) ^ crc.polynomial if b & 1 else b >> 1
    return product


@cache
def _power_of_x(crc: Crc, exponent: int) -> int:
    """x to the power of `exponent` modulo the polynomial, by squaring."""
    result, square = 1 << (crc.width - 1), 1 << (crc.width - 2)
    while exponent:
        if exponent & 1:
            result = _multiply(crc, square, result)
        square = _multiply(crc, square, square)
        exponent >>= 1
    return result


def _text(checksum: bytes) -> str:
    return base64.b64encode(checksum).decode()
