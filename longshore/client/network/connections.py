"""Connections to the service and storage, kept open for all threads, through the environment's proxy."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

__all__ = ["ConnectionPools", "HTTPError", "cause_of", "is_of_tls", "is_silence", "origin_of", "seconds_to_wait"]

CONNECT_SECONDS = 30.0
"""Seconds to connect, which can take long on a slow and busy line."""
FIRST_CONNECT_SECONDS = 5.0
"""Seconds for the first connection to a server whose address may be wrong: three SYN packets (tcp(7)), and TLS."""
STALL_SECONDS = 90.0
"""Seconds after which a connection that accepts no bytes is closed."""
USER_AGENT = "longshore-client"
SOCKET_OPTIONS: list[tuple[int, int, int | bytes]] = [
    *HTTPConnection.default_socket_options,
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in {
            "TCP_KEEPIDLE": 30,
            "TCP_KEEPINTVL": 15,
            "TCP_KEEPCNT": 4,
            "TCP_USER_TIMEOUT": int(STALL_SECONDS * 1000),
        }.items()
        if hasattr(socket, name)
    ),
]
"""Options that make the system close dead connections (tcp(7)), so that waiting long for an answer is safe."""
NOT_CONNECTED = (NewConnectionError, ConnectTimeoutError, SSLError, ProxyError)
REDIRECTS = urllib3.Retry(total=None, connect=0, read=0, status=0, other=0, redirect=5)


class _Sending:
    """A connection with STALL_SECONDS for each write: urllib3 uses the connect timeout for writes."""

    sock: Any

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]
        self.sock.settimeout(STALL_SECONDS)
        super().send(data)  # type: ignore[misc]


class _Http(_Sending, HTTPConnection):
    pass


class _Https(_Sending, HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except TimeoutError as error:
            # urllib3 reports a TLS handshake that times out as an answer that did
            raise ConnectTimeoutError(self, "the TLS handshake timed out") from error


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Https


class ConnectionPools:
    """Send single requests: without retries, and without redirects by default."""

    def __init__(self, most: int, quick: bool = False) -> None:
        """most: maximum number of parallel parts. quick: FIRST_CONNECT_SECONDS for servers that never answered."""
        # a little more, for the calls of several files: what does not fit is closed, and opened again
        self._most = 2 * most + 16
        self._proxies = getproxies()
        self._pools: dict[str | None, urllib3.PoolManager] = {}
        self._quick = quick
        self._asked: set[str] = set()
        self._reached: set[str] = set()

    def ask(
        self,
        method: str,
        url: str,
        *,
        body: Any = None,
        headers: Mapping[str, str],
        seconds: float,
        whole: bool = True,
        redirect: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        """Return the answer, whatever its status. body: bytes, or pieces whose length is in a header.

        seconds: timeout of a single read, also of the first, which waits for the answer. Writes have STALL_SECONDS.

        whole: read the body at once; else the caller reads and releases it. Raises urllib3's HTTPError.
        """
        self._asked.add(origin_of(url))
        connect = FIRST_CONNECT_SECONDS if self._quick and self.awaits_first_answer(url) else CONNECT_SECONDS
        answer = self._pool(url).request(
            method,
            url,
            body=body,
            headers={"User-Agent": USER_AGENT, **headers},
            timeout=urllib3.Timeout(connect=connect, read=seconds),
            retries=REDIRECTS if redirect else False,
            redirect=redirect,
            preload_content=whole,
            decode_content=False,
        )
        self._reached.add(origin_of(url))
        return answer

    def awaits_first_answer(self, url: str) -> bool:
        """Whether requests were sent to this server, but it never answered any."""
        return origin_of(url) in self._asked - self._reached

    def never_reached(self, url: str, error: HTTPError) -> bool:
        """Whether a request failed because no connection was made, and none to this server was made before."""
        # redirects are followed by urllib3's retries, which wrap the error
        first = error.reason if isinstance(error, MaxRetryError) else error
        return isinstance(first, NOT_CONNECTED) and origin_of(url) not in self._reached

    def close(self) -> None:
        for pool in self._pools.values():
            pool.clear()

    def _pool(self, url: str) -> urllib3.PoolManager:
        proxy = self._proxy_for(url)
        if proxy not in self._pools:
            options: dict[str, Any] = {"maxsize": self._most, "socket_options": SOCKET_OPTIONS}
            manager = urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)
            manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
            self._pools[proxy] = manager
        return self._pools[proxy]

    def _proxy_for(self, url: str) -> str | None:
        parts = urlsplit(url)
        proxy = self._proxies.get(parts.scheme)
        return None if not proxy or proxy_bypass(parts.hostname or "") else proxy


def origin_of(url: str) -> str:
    """Return the scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def is_of_tls(error: HTTPError) -> bool:
    """Whether the connection failed at its certificate or protocol."""
    return isinstance(error, SSLError)


def is_silence(error: HTTPError) -> bool:
    """Whether the server accepted the connection, and did not answer in time."""
    return isinstance(error, ReadTimeoutError)


def cause_of(error: HTTPError) -> str:
    """Return the cause, without urllib3's addresses of objects and without the path."""
    if is_of_tls(error) and isinstance(inner := error.args[0], ssl.SSLError):
        # "self-signed certificate", or OpenSSL's name such as WRONG_VERSION_NUMBER
        return getattr(inner, "verify_message", "") or str(inner.reason or "TLS").lower().replace("_", " ")
    reason = getattr(error, "reason", None) or error
    cause = reason.__cause__ or reason.__context__ or reason
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    return (getattr(cause, "strerror", None) or type(cause).__name__).strip()


def seconds_to_wait(headers: Mapping[str, str]) -> float:
    """Return the seconds of Retry-After: a number, or a date relative to the answer's Date; 0 without it."""
    text = headers.get("Retry-After", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0
