"""Read values from Redis, which any client with access to it may have written. Nothing here raises."""

from __future__ import annotations

from datetime import datetime

from rq.utils import utcparse


def text_of(raw: bytes | None) -> str:
    """Return a text; empty without one."""
    return (raw or b"").decode(errors="replace")


def number_of(raw: bytes | None, least: int, most: int, default: int) -> int:
    """Return a number between `least` and `most`, the nearest one if it is another; `default` if it is none."""
    try:
        return min(max(int(raw or b""), least), most)
    except ValueError:
        return default


def date_of(raw: bytes | None) -> datetime | None:
    """Return a time as RQ writes it; None without one."""
    try:
        return utcparse(text_of(raw)) if raw else None
    except ValueError:
        return None
