"""A part of an object, as storage and receipts describe it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StoredPart:
    """A part as ListParts reports it. size: bytes; checksum: base64, or None where the store reports none."""

    part_number: int
    size: int
    etag: str
    checksum: str | None = None
