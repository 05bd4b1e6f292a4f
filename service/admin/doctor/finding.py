"""What a check finds, and what it has to work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import urllib3

from service.deps import Deps
from service.errors import StorageRefusedError, StorageUnavailableError

OK, WARN, FAIL, SKIPPED = "ok", "warn", "fail", "skipped"
"""skipped: what has to be there before is not, or nobody said where to look."""
SECONDS = 10.0
"""For each request of a check."""


class Finding(NamedTuple):
    """A state, what was seen, and what to change where it is not ok."""

    status: str
    says: str
    change: str = ""


def ok(says: str) -> Finding:
    return Finding(OK, says)


def warn(says: str, change: str) -> Finding:
    return Finding(WARN, says, change)


def fail(says: str, change: str) -> Finding:
    return Finding(FAIL, says, change)


def skipped(says: str) -> Finding:
    return Finding(SKIPPED, says)


class Answer(NamedTuple):
    """An HTTP answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Ground:
    """A deployment under examination.

    s3: boto3's client on storage as the service reaches it. url: where others find the page and the API, if known.
    """

    deps: Deps
    s3: Any
    http: Callable[..., Answer]
    url: str = ""

    def remove(self, bucket: str, *object_keys: str) -> None:
        """Delete objects that a check made. A failure is the finding of "reachable" or "deletion" alone."""
        with suppress(StorageRefusedError, StorageUnavailableError):
            self.deps.storage.delete(bucket, list(object_keys))


Check = Callable[[Ground], Finding]


def http(method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Answer:
    """One request, as a browser would send it: not repeated, not redirected, on a connection of its own."""
    with urllib3.PoolManager(retries=False, timeout=SECONDS) as pool:
        got = pool.request(method, url, headers=dict(headers or {}), body=body, redirect=False)
    return Answer(got.status, {name.lower(): value for name, value in got.headers.items()}, got.data)
