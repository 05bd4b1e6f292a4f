"""Send requests like an attacker: nothing is signed, repeated or redirected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import urllib3

from service.errors import StorageUnavailableError

SECONDS = 10.0
"""Timeout of each request in seconds."""


class Answer(NamedTuple):
    """An HTTP answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Sender:
    """Sends to the host of each URL, or to `via` under that host's name.

    via: a host that serves all hosts, on the ports of the URLs: for processes that cannot reach the hosts by name.
    Certificates are not verified then, as the requests contain no secrets.
    """

    def __init__(self, via: str = "") -> None:
        self._via = via

    def send(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        """Send one request. Raises StorageUnavailableError without a response."""
        there = urlsplit(url)
        target = f"{there.path or '/'}?{there.query}" if there.query else there.path or "/"
        try:
            with self._pool(there) as pool:
                sent = {"Host": there.netloc, **(headers or {})}
                got = pool.urlopen(method, target, body=body, headers=sent, redirect=False)
                return Answer(got.status, {name.lower(): text for name, text in got.headers.items()}, got.data)
        except urllib3.exceptions.HTTPError as error:
            raise StorageUnavailableError from error

    def _pool(self, url: SplitResult) -> urllib3.HTTPConnectionPool:
        host = self._via or url.hostname or ""
        if url.scheme != "https":
            return urllib3.HTTPConnectionPool(host, url.port, timeout=SECONDS, retries=False)
        verify = "CERT_NONE" if self._via else "CERT_REQUIRED"
        return urllib3.HTTPSConnectionPool(
            host, url.port, timeout=SECONDS, retries=False, cert_reqs=verify, server_hostname=url.hostname
        )
