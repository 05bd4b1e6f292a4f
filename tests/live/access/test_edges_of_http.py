"""Slow, malformed and oversized requests, which do not reach our code: the responses have our envelope."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from service.limits import MAX_BODY_SIZE
from tests.support.live.proxies.recipes import trusted
from tests.support.matchers import failure
from tools.stack.pytest_parts import need
from tools.stack.servers.app import Api
from tools.stack.servers.caddy import Caddy

SLOW = 200
"""Clients that never finish their request."""
INIT = "/api/v1/file/upload/init/"
NOWHERE = "http://127.0.0.1:9"
CHUNKED = f"POST {INIT} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Of two processes, with nothing behind it."""
    folder = tmp_path_factory.mktemp("api")
    settings = {
        "DATABASE_URL": f"sqlite:///{folder}/x.sqlite3",
        "REDIS_URL": "redis://127.0.0.1:9",
        "S3_ENDPOINT_URL": NOWHERE,
        "S3_ACCESS_KEY": "access",
        "S3_SECRET_KEY": "secret-of-storage",
        "SECRET_KEY": "0123456789abcdef",
        "CLAMD_URL": "off",
    }
    part = Api(folder, settings)
    part.start()
    try:
        yield part
    finally:
        part.stop()


@contextmanager
def few_connections(api: Api, most: int) -> Iterator[Api]:
    """The same service, with processes that accept `most` connections each."""
    part = Api(api.data, {**api.settings, "GUNICORN_CMD_ARGS": f"--worker-connections={most}"})
    part.start()
    try:
        yield part
    finally:
        part.stop()


def connected(api: Api) -> socket.socket:
    return socket.create_connection(("127.0.0.1", api.port), timeout=30)


def answered(api: Api, request: bytes) -> tuple[int, dict[str, str], Any]:
    """Status, headers and JSON of the answer to these bytes."""
    with connected(api) as sock:
        sock.sendall(request)
        with sock.makefile("rb") as stream:
            status = int(stream.readline().split()[1])
            lines = iter(lambda: stream.readline().strip().decode(), "")
            headers = dict(line.lower().split(": ", 1) for line in lines)
            return status, headers, json.loads(stream.read(int(headers["content-length"])))


@pytest.mark.parametrize(
    "sent",
    [
        f"POST {INIT} HTTP/1.1\r\nHost: localhost\r\nContent-Len".encode(),
        f"POST {INIT} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{{".encode(),
        CHUNKED + b"64\r\n{",
        b"",
    ],
    ids=["half a head", "half a body", "half a chunk", "nothing"],
)
def test_the_api_responds_despite_many_slow_clients(api: Api, sent: bytes) -> None:
    with ExitStack() as slow:
        for _ in range(SLOW):
            slow.enter_context(connected(api)).sendall(sent)
        alive = [requests.get(f"{api.url}/api/health/live", timeout=5).status_code for _ in range(20)]
        refused = requests.post(f"{api.url}{INIT}", data="[]", timeout=5).status_code
    assert (alive, refused) == ([200] * 20, 422)


def test_idle_connections_leave_room_for_new_ones(api: Api) -> None:
    """Idle connections stay open for a minute, but never as many as a process accepts."""
    with few_connections(api, 2 * api.threads) as small, ExitStack() as idle:
        for _ in range(8 * api.threads):
            session = idle.enter_context(requests.Session())
            assert session.get(f"{small.url}/api/health/live", timeout=10).status_code == 200
        alive = [requests.get(f"{small.url}/api/health/live", timeout=10).status_code for _ in range(20)]
    assert alive == [200] * 20


BODIES = {
    "no size": b"\r\n{}\r\n0\r\n\r\n",
    "not a size": b"zz\r\n{}\r\n0\r\n\r\n",
    "a negative size": b"-2\r\n{}\r\n0\r\n\r\n",
    "a size of 17 digits": b"10000000000000002\r\n{}\r\n0\r\n\r\n",
    "a chunk that is longer": b"2\r\n{}}}\r\n0\r\n\r\n",
    "a bare carriage return": b"2;a\rb\r\n{}\r\n0\r\n\r\n",
    "a bad extension": b"2;=\r\n{}\r\n0\r\n\r\n",
    "a bad trailer": b"2\r\n{}\r\n0\r\nno colon\r\n\r\n",
    "bare line feeds": b"2\n{}\n0\n\n",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_malformed_chunked_body_is_refused(api: Api, body: bytes) -> None:
    status, headers, envelope = answered(api, CHUNKED + body)
    assert (status, envelope, headers["connection"]) == (400, failure("bad_request"), "close")


MANY = "X: x\r\n" * 101
HEADS = {
    "a long query": (f"GET /api/health/live?{'x' * 12_000} HTTP/1.1\r\nHost: a\r\n\r\n", 414, "address_too_long"),
    "a long query, no end": (f"GET /api/health/live?{'x' * 12_000}", 414, "address_too_long"),
    "a long header": (f"GET / HTTP/1.1\r\nHost: a\r\nX: {'x' * 9_000}\r\n\r\n", 431, "headers_too_large"),
    "many headers": (f"GET / HTTP/1.1\r\nHost: a\r\n{MANY}\r\n", 431, "headers_too_large"),
    "a head of 100 kB": ("GET / HTTP/1.1\r\n" + "X: x\r\n" * 17_000, 431, "headers_too_large"),
    "no HTTP": ("hello\r\n\r\n", 400, "bad_request"),
    "no such version": ("GET / HTTP/9.9\r\nHost: a\r\n\r\n", 400, "bad_request"),
    "a bad header": ("GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400, "bad_request"),
    "two lengths": (f"POST {INIT} HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "bad_request"),
    "an unknown coding": (f"POST {INIT} HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\n", 400, "bad_request"),
    "an unknown expectation": (f"POST {INIT} HTTP/1.1\r\nExpect: x\r\nContent-Length: 0\r\n\r\n", 400, "bad_request"),
    "a body of 5 MB": (
        f"POST {INIT} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {MAX_BODY_SIZE + 1}\r\n\r\n",
        413,
        "body_too_large",
    ),
}


@pytest.mark.parametrize(("head", "status", "code"), HEADS.values(), ids=HEADS)
def test_a_request_refused_by_the_server_has_our_envelope(api: Api, head: str, status: int, code: str) -> None:
    found, headers, envelope = answered(api, head.encode())
    assert (found, envelope, headers["content-type"]) == (status, failure(code), "application/json")
    assert len(headers["x-request-id"]) >= 8


def test_a_chunked_body_that_is_too_large_is_refused(api: Api) -> None:
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    assert answered(api, CHUNKED + chunk * 4 + b"1\r\n")[::2] == (413, failure("body_too_large"))


def test_the_log_does_not_contain_a_refused_request(api: Api) -> None:
    answered(api, b"GET /?secret=hidden-word HTTP/9.9\r\nAuthorization: hidden-word\r\n\r\n")
    log = (api.logs / "api.log").read_text()
    assert "request_refused code=bad_request reason=InvalidHTTPVersion address=127.0.0.1" in log
    assert "hidden-word" not in log


def test_requests_that_arrive_in_pieces_or_pipelined_are_answered(api: Api) -> None:
    body = b"2\r\n[]\r\n0\r\n\r\n"
    request = CHUNKED + body
    with connected(api) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request[:-3]:
            sock.send(bytes([byte]))
        sock.sendall(request[-3:] + request * 3)
        sock.shutdown(socket.SHUT_WR)
        answers = b"".join(iter(lambda: sock.recv(65536), b""))
    assert answers.count(b"HTTP/1.1 422 ") == answers.count(b"[body] must be a JSON object") == 4


def test_expect_100_continue_is_answered(api: Api) -> None:
    lines = ("Host: localhost", "Expect: 100-continue", "Content-Length: 2", "Connection: close")
    head = "\r\n".join((f"POST {INIT} HTTP/1.1", *lines, "", ""))
    with connected(api) as sock:
        sock.sendall(head.encode())
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"[]")
        assert b"".join(iter(lambda: sock.recv(65536), b"")).startswith(b"HTTP/1.1 422 ")


@pytest.mark.parametrize("path", ["/metrics/", "/x/metrics", "/%6detrics", "http://localhost/metrics"])
@pytest.mark.parametrize(
    "header", ["SCRIPT_NAME: /x", "SCRIPT-NAME: /x", "PATH_INFO: /metrics", "X-Forwarded-Prefix: /x"]
)
def test_metrics_are_not_served_at_variants_of_their_path(api: Api, path: str, header: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n"
    assert answered(api, request.encode())[::2] == (404, failure("not_found"))


def test_the_api_responds_despite_many_slow_bodies_through_the_proxy(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("caddy")
    proxy = Caddy(tmp_path, {"API": f"127.0.0.1:{api.port}"})
    head = f"POST {INIT} HTTP/1.1\r\nHost: localhost:{proxy.https}\r\nContent-Length: 100\r\n\r\n"
    with trusted(proxy, monkeypatch), ExitStack() as slow:
        context = ssl.create_default_context(cafile=str(proxy.authority))
        for _ in range(SLOW):
            plain = slow.enter_context(socket.create_connection(("127.0.0.1", proxy.https), timeout=30))
            slow.enter_context(context.wrap_socket(plain, server_hostname="localhost")).sendall(head.encode() + b"{")
        alive = [requests.get(f"{proxy.url}/api/health/live", timeout=5).status_code for _ in range(20)]
        refused = requests.post(f"{proxy.url}{INIT}", data="[]", timeout=5).status_code
    assert (alive, refused) == ([200] * 20, 422)
