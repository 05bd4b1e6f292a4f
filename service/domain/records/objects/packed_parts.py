"""The packed parts of a file in its upload's row, for receipts: there can be 10,000 of them.

10,000 parts are about 500 KB, of which their ETags and SHA-256 are 480; one part is about 60 bytes.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence

from service.values import StoredPart


def pack_parts(parts: Sequence[StoredPart]) -> bytes | None:
    """Pack the parts into bytes; None if they are unknown."""
    if not parts:
        return None
    rows = [[part.part_number, part.size, part.etag, part.checksum] for part in parts]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode())


def unpack_parts(packed: bytes) -> list[StoredPart]:
    """Unpack the parts from `pack_parts`."""
    return [StoredPart(*row) for row in json.loads(zlib.decompress(packed))]
