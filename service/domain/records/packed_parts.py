"""The parts of a file as its upload's row keeps them for receipts: packed, as there may be 10,000 of them.

10,000 parts are about 500 KB so, of which their ETags and SHA-256 are 480; one part is about 60 bytes.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence

from service.values import StoredPart


def pack_parts(parts: Sequence[StoredPart]) -> bytes | None:
    """The parts as bytes; None where there are none, as nobody knows them."""
    if not parts:
        return None
    rows = [[part.part_number, part.size, part.etag, part.checksum] for part in parts]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode())


def unpack_parts(packed: bytes) -> list[StoredPart]:
    """What `pack_parts` was given."""
    return [StoredPart(*row) for row in json.loads(zlib.decompress(packed))]
