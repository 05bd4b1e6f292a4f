"""Empty a database of a real Redis."""

from __future__ import annotations

from redis import Redis as Connection


def emptied(url: str) -> str:
    """The URL of a database of a real Redis, which is empty now."""
    with Connection.from_url(url) as connection:
        connection.flushdb()
    return url
