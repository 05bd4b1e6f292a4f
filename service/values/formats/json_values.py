"""JSON values that every database can store."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from service.limits import MAX_DETAIL_DEPTH


def why_not_storable(value: Any) -> str | None:
    """Return why a database may not store a JSON value, None if all do."""
    level = [value]
    for _ in range(MAX_DETAIL_DEPTH):
        level = [child for item in level for child in children(item)]
        # 1e400 is JSON too, and infinity to Python
        if any(isinstance(child, int | float) and not abs(child) <= sys.float_info.max for child in level):
            return "Contains a number that does not fit into a 64-bit float."
    return f"Nested more than {MAX_DETAIL_DEPTH} levels deep." if level else None


def children(value: Any) -> Iterable[Any]:
    """Return the direct contents of a JSON value."""
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
