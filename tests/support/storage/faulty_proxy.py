"""An HTTP proxy before a real server that fails on request: it refuses, changes, repeats or loses requests.

It is not a pytest-httpserver, which adds its own Date and Server headers to relayed ones.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.support.listening import listening

SECONDS = 60.0
OF_ONE_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "expect", "content-length"})


class ProxiedRequest(NamedTuple):
    """A received request; the names of headers are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return {name: texts[0] for name, texts in parse_qs(urlsplit(self.path).query, keep_blank_values=True).items()}


class Reply(NamedTuple):
    """A response; the names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes = b""

    def with_headers(self, **headers: str | None) -> Reply:
        """Return it with changed headers; None removes one."""
        changed = self.headers | {name.replace("_", "-"): text for name, text in headers.items() if text is not None}
        gone = {name.replace("_", "-") for name, text in headers.items() if text is None}
        return self._replace(headers={name: text for name, text in changed.items() if name not in gone})


class LostError(Exception):
    """A rule raises it to hang up without a response."""


Forward = Callable[[ProxiedRequest], Reply]
Rule = Callable[[ProxiedRequest, Forward], Reply]
"""The handling of a request: a rule can forward it, change it or its response, or respond itself."""


def honest(request: ProxiedRequest, forward: Forward) -> Reply:
    return forward(request)


def refusing(status: int, code: str) -> Reply:
    """Return an error as S3 writes it."""
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>told to</Message></Error>"
    return Reply(status, {"content-type": "application/xml"}, body.encode())


def is_completion(request: ProxiedRequest) -> bool:
    return request.method == "POST" and "uploadId" in request.query


class FaultyProxy(ThreadingHTTPServer):
    """A proxy on a new port, before `target` (host:port). certificate: a file for TLS."""

    daemon_threads = True

    def __init__(self, target: str, host: str = "127.0.0.1", certificate: str | None = None) -> None:
        super().__init__((host, 0), _Handler)
        self.target = target
        self.rule: Rule = honest
        self.url = f"{'https' if certificate else 'http'}://{host}:{self.server_port}"
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        if certificate:
            self.certify(certificate)
            self.socket = self._context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def certify(self, certificate: str) -> None:
        """Set the rule."""
        self._context.load_cert_chain(certificate)

    @contextmanager
    def doing(self, rule: Rule) -> Iterator[None]:
        """Add a rule inside the block."""
        usual = self.rule
        self.rule = lambda request, forward: rule(request, lambda request: usual(request, forward))
        try:
            yield
        finally:
            self.rule = usual

    def forward(self, request: ProxiedRequest) -> Reply:
        connection = http.client.HTTPConnection(self.target, timeout=SECONDS)
        try:
            headers = {name: text for name, text in request.headers.items() if name not in OF_ONE_HOP}
            body = request.body if request.body or "content-length" in request.headers else None
            connection.request(request.method, request.path, body, headers)
            got = connection.getresponse()
            body = got.read()
            kept = {name.lower(): text for name, text in got.getheaders()}
            length = kept.get("content-length", "0") if request.method == "HEAD" else str(len(body))
            kept = {name: text for name, text in kept.items() if name not in OF_ONE_HOP}
            return Reply(got.status, kept | ({} if got.status in {204, 304} else {"content-length": length}), body)
        finally:
            connection.close()

    def handle_error(self, *_: Any) -> None:
        """Ignore clients that hang up or reject our certificate."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = SECONDS
    wbufsize = -1
    disable_nagle_algorithm = True
    server: FaultyProxy

    def _pass_on(self) -> None:
        headers = {name.lower(): text for name, text in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        try:
            reply = self.server.rule(ProxiedRequest(self.command, self.path, headers, body), self.server.forward)
        except (LostError, OSError, http.client.HTTPException):
            self.close_connection = True
            return
        self.send_response_only(reply.status)
        if self.command != "HEAD" and reply.status not in {204, 304}:
            reply = reply.with_headers(content_length=str(len(reply.body)))
        for name, text in reply.headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(reply.body)

    def handle_expect_100(self) -> bool:
        answered = super().handle_expect_100()
        self.wfile.flush()
        return answered

    def __getattr__(self, name: str) -> Any:
        """Return `do_GET` and all other methods."""
        if name.startswith("do_"):
            return self._pass_on
        raise AttributeError(name)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def harmful(target: str, host: str = "127.0.0.1", certificate: str | None = None) -> Iterator[FaultyProxy]:
    """Run a proxy during the block."""
    proxy = FaultyProxy(target, host, certificate)
    with listening(proxy):
        yield proxy
