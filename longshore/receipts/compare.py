"""Compare a file's bytes with a receipt: part by part, and the whole object."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from longshore.receipts.checksums import follows
from longshore.receipts.hashing import as_text, digest, new_hash
from longshore.receipts.parts import StoredPart

READ_SIZE = 1024 * 1024
MD5 = "MD5"
_ETAG = re.compile(r'"?([0-9a-f]{32})(?:-(\d+))?"?')
"""The MD5 of the bytes, or the one of the parts' MD5s with their number, where S3 does not encrypt by KMS or SSE-C
(https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html)."""


@dataclass
class Comparison:
    """compared: texts for what was compared besides the size; differences: texts. Both empty: nothing to compare."""

    compared: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)


def compare(contents: Mapping[str, Any], file: BinaryIO) -> Comparison:
    """Compare the bytes of a file with a receipt's contents. Constant memory, one pass."""
    promised = _promised_parts(contents)
    algorithm = _algorithm(contents, promised)
    found = list(_read(file, promised, algorithm))
    comparison = Comparison()
    size = sum(part.size for part in found) + (READ_SIZE if file.read(1) else 0)
    if size != contents["size"]:
        longer = size > contents["size"]
        comparison.differences.append(
            f"the file is {'longer' if longer else 'shorter'} than the {contents['size']} bytes of the receipt"
        )
    elif algorithm == MD5:
        _compare_etags(contents, promised, found, comparison)
    else:
        _compare_checksums(contents, algorithm, promised, found, comparison)
    return comparison


def _promised_parts(contents: Mapping[str, Any]) -> list[StoredPart]:
    """Return the receipt's parts; without parts, the whole file as one."""
    if contents["parts"] is not None:
        return [StoredPart(**part) for part in contents["parts"]]
    return [StoredPart(1, contents["size"], "")]


def _algorithm(contents: Mapping[str, Any], promised: Sequence[StoredPart]) -> str:
    """Return the algorithm to compare by: the parts' checksums, else the object's, else ETags."""
    if contents["checksum_algorithm"] and any(part.checksum for part in promised):
        return str(contents["checksum_algorithm"])
    return (contents["checksum"] or MD5).partition(":")[0]


def _read(file: BinaryIO, promised: Sequence[StoredPart], algorithm: str) -> Iterator[StoredPart]:
    """Yield the parts of the file, each with its digest in base64, or with its MD5 as its ETag."""
    for part in promised:
        running = new_hash(algorithm)
        left = part.size
        while left and (piece := file.read(min(left, READ_SIZE))):
            running.update(piece)
            left -= len(piece)
        found = running.digest()
        read = replace(part, size=part.size - left)
        yield replace(read, etag=found.hex()) if algorithm == MD5 else replace(read, checksum=as_text(found))


def _compare_checksums(
    contents: Mapping[str, Any],
    algorithm: str,
    promised: Sequence[StoredPart],
    found: Sequence[StoredPart],
    comparison: Comparison,
) -> None:
    known = [(one, other) for one, other in zip(promised, found, strict=True) if one.checksum]
    if known:
        comparison.compared.append(f"the {algorithm} of {_parts(len(known))}")
    comparison.differences += [
        f"part {one.part_number} has a different {algorithm}" for one, other in known if one.checksum != other.checksum
    ]
    whole = follows(algorithm, found, contents["checksum"])
    if whole is not None:
        comparison.compared.append(f"the {algorithm} of the whole file")
    if whole is False:
        comparison.differences.append(f"the whole file has a different {algorithm}")


def _compare_etags(
    contents: Mapping[str, Any],
    promised: Sequence[StoredPart],
    found: Sequence[StoredPart],
    comparison: Comparison,
) -> None:
    """Compare the parts' ETags; if they are unknown, the object's, if it was made of the same parts."""
    pairs = [(_ETAG.fullmatch(one.etag), one, other) for one, other in zip(promised, found, strict=True)]
    known = [(match[1], one, other) for match, one, other in pairs if match and not match[2]]
    if known:
        comparison.compared.append(f"the MD5 (ETag) of {_parts(len(known))}")
        comparison.differences += [
            f"part {one.part_number} has a different MD5" for md5, one, other in known if md5 != other.etag
        ]
        return
    match = _ETAG.fullmatch(contents["etag"])
    md5s = [bytes.fromhex(part.etag) for part in found]
    if match and match[2] == str(len(md5s)):
        joined = digest(md5s, MD5).hex()
    elif match and not match[2] and len(md5s) == 1:
        joined = md5s[0].hex()
    else:
        return
    comparison.compared.append("the MD5 (ETag) of the whole file")
    if match[1] != joined:
        comparison.differences.append("the whole file has a different MD5")


def _parts(count: int) -> str:
    return "1 part" if count == 1 else f"{count} parts"
