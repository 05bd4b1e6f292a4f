"""Request ids, which find all effects of a request: in our logs, its jobs, and storage's access log."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{7,63}", re.ASCII)
"""Clients can choose it; it must fit into a log line, a header and a user agent unchanged."""

_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def current() -> str | None:
    """Return the id of this thread's request."""
    return _current.get()


def begin(sent: str | None = None) -> str:
    """Begin a new request in this thread: with the given id if it is valid, else with a new one."""
    request_id = sent if sent is not None and _SANE.fullmatch(sent) else secrets.token_hex(8)
    _current.set(request_id)
    return request_id
