"""The result of a check, and the deployment that checks examine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import urllib3

from service.deps import Deps
from service.errors import StorageRefusedError, StorageUnavailableError

OK, WARN, FAIL, SKIPPED = "ok", "warn", "fail", "skipped"
"""skipped: a required check failed, or no URL was given."""
SECONDS = 10.0
"""Timeout for each request of a check."""


class Finding(NamedTuple):
    """A status, what was found, and what to change if it is not ok."""

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
class CheckContext:
    """The deployment to examine.

    s3: boto3's client for storage at the service's address. url: public URL of the page and the API, if given.
    """

    deps: Deps
    s3: Any
    http: Callable[..., Answer]
    url: str = ""

    def remove(self, bucket: str, *object_keys: str) -> None:
        """Delete objects that a check created; failures are reported by "reachable" and "deletion"."""
        with suppress(StorageRefusedError, StorageUnavailableError):
            self.deps.storage.delete(bucket, list(object_keys))


Check = Callable[[CheckContext], Finding]


def http(method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Answer:
    """Send one request like a browser: no retry, no redirect, on a new connection."""
    with urllib3.PoolManager(retries=False, timeout=SECONDS) as pool:
        got = pool.request(method, url, headers=dict(headers or {}), body=body, redirect=False)
    return Answer(got.status, {name.lower(): value for name, value in got.headers.items()}, got.data)
