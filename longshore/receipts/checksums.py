"""Compute and check an object's checksum from those of its parts.

S3 has two kinds (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html): composite, the
checksum of the parts' checksums followed by the number of parts, and, for CRCs, full-object, that of all bytes, which
follows from the parts' CRCs and lengths.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cache

from longshore.receipts.hashing import CRCS, Crc, as_text, digest
from longshore.receipts.parts import StoredPart


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
    text, dash, count = value.partition("-")
    decoded = [base64.b64decode(one) for one in sums]
    if dash and count != str(len(parts)):
        return False
    if dash or len(parts) == 1:
        return text in composites(decoded, algorithm)
    if algorithm not in CRCS:
        return None
    crcs = [int.from_bytes(one, "big") for one in decoded]
    whole = combined(CRCS[algorithm], [(crc, part.size) for crc, part in zip(crcs, parts, strict=True)])
    return text == as_text(whole.to_bytes(CRCS[algorithm].width // 8, "big"))


def composites(checksums: Sequence[bytes], algorithm: str) -> set[str]:
    """Return the base64 texts that storage may report for an object of parts with these checksums.

    Of one part, it may also be the checksum of the bytes: an object of one PUT has it, and Ceph 20 writes "-1" behind
    the CRC of the bytes. Some servers leave the "-1" behind a composite one out.
    """
    texts = {as_text(digest(checksums, algorithm))}
    return texts | {as_text(checksums[0])} if len(checksums) == 1 else texts


def combined(crc: Crc, parts: Sequence[tuple[int, int]]) -> int:
    """Combine the parts' (CRC, length in bytes) into the CRC of all bytes, like zlib's crc32_combine."""
    whole = 0
    for value, length in parts:
        whole = _multiply(crc, _power_of_x(crc, 8 * length), whole) ^ value
    return whole


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
