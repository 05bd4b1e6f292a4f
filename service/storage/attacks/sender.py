"""Send requests like an attacker: nothing is signed, repeated or redirected."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import urllib3

from service.errors import StorageUnavailableError

SECONDS = 10.0
"""Timeout of each request in seconds."""
BEGUN_SECONDS = 2.0
"""Seconds after which a server has examined a request whose body is still on its way."""


class Answer(NamedTuple):
    """An HTTP answer; header names are in lower case. status: 0 if the connection ended without one."""

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

    @contextmanager
    def slow_put(self, url: str, headers: Mapping[str, str], body: bytes) -> Iterator[Callable[[], Answer]]:
        """Send the first half of a PUT; the yielded function sends the rest and returns the answer.

        The server has examined the request before the block. Raises StorageUnavailableError without a connection.
        """
        there, half = urlsplit(url), len(body) // 2
        sent = {"Host": there.netloc, **headers, "Content-Length": str(len(body))}
        try:
            connection = self._connection(there)
        except OSError as error:
            raise StorageUnavailableError from error

        def finish() -> Answer:
            with suppress(OSError):  # refused before its end: the answer may be there
                connection.send(body[half:])
            try:
                got = connection.getresponse()
                return Answer(got.status, {name.lower(): text for name, text in got.getheaders()}, got.read())
            except (OSError, HTTPException):
                return Answer(0, {}, b"")

        try:
            connection.putrequest("PUT", f"{there.path}?{there.query}", skip_host=True, skip_accept_encoding=True)
            for name, text in sent.items():
                connection.putheader(name, text)
            with suppress(OSError):
                connection.endheaders(body[:half])
            time.sleep(BEGUN_SECONDS)
            yield finish
        finally:
            connection.close()

    def _connection(self, url: SplitResult) -> HTTPConnection:
        """Return a new connection, without the pool's requests as a whole."""
        port = url.port or (443 if url.scheme == "https" else 80)
        connection = HTTPConnection(url.hostname or "", port, timeout=SECONDS)
        connection.sock = socket.create_connection((self._via or url.hostname, port), SECONDS)
        if url.scheme == "https":
            context = ssl.create_default_context()
            if self._via:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection.sock = context.wrap_socket(connection.sock, server_hostname=url.hostname)
        return connection

    def _pool(self, url: SplitResult) -> urllib3.HTTPConnectionPool:
        host = self._via or url.hostname or ""
        if url.scheme != "https":
            return urllib3.HTTPConnectionPool(host, url.port, timeout=SECONDS, retries=False)
        verify = "CERT_NONE" if self._via else "CERT_REQUIRED"
        return urllib3.HTTPSConnectionPool(
            host, url.port, timeout=SECONDS, retries=False, cert_reqs=verify, server_hostname=url.hostname
        )
