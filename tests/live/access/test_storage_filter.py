"""The storage filter of Caddy and of nginx, before a server that accepts everything."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest

from service.errors import StorageRefusedError
from service.storage.s3 import Storage
from tests.support.documents import block_of
from tests.support.live.proxies.presigned import BUCKET
from tests.support.live.proxies.recipes import PROXIES, STORAGE, TRIED, StorageBehind, hosts_lead_here
from tests.support.live.proxies.recording_upstream import Arrived, Echo, echo
from tests.support.live.proxies.storage_requests import (
    MARK,
    PART,
    PUBLIC,
    PUBLIC_FILE,
    REFUSED,
    StorageRequest,
    allowed,
    dropped_headers,
    odd,
)
from tools.stack.processes.ports import LOOPBACK, free_port
from tools.stack.pytest_parts import need
from tools.stack.servers.caddy import FRAGMENTS, Caddy

SECONDS = 10
CODE = b"<Code>RequestFiltered</Code>"
POLICY = "sandbox; default-src 'none'"


class Filter(NamedTuple):
    """A proxy before a server that accepts everything; authority: of its certificate, None without TLS."""

    server: Echo
    host: str
    port: int
    authority: Path | None

    def connect(self) -> socket.socket:
        plain = socket.create_connection((LOOPBACK, self.port), SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.authority is None:
            return plain
        context = ssl.create_default_context(cafile=str(self.authority))
        return context.wrap_socket(plain, server_hostname=self.host)

    def ask(self, request: StorageRequest) -> Answer:
        """The answer (status 0 without one), and the requests that reached the server meanwhile."""
        self.server.arrived.clear()
        with closing(self.connect()) as connection:
            try:
                connection.sendall(self.written(request))
                with HTTPResponse(connection, method=request.method) as response:
                    response.begin()
                    body = response.read()
            except (HTTPException, OSError):
                return Answer(0, {}, b"", list(self.server.arrived))
        headers = {name.lower(): ", ".join(response.headers.get_all(name, [])) for name in response.headers}
        return Answer(response.status, headers, body, list(self.server.arrived))

    def written(self, request: StorageRequest) -> bytes:
        host = f"{self.host}:{self.port}"
        lines = [f"{request.method} {request.target.replace('HOST', host)} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in request.headers]
        framed = any(name.lower().startswith("transfer-encoding") for name, _ in request.headers)
        if request.body is not None and not framed:
            lines.append(f"Content-Length: {len(request.body)}")
        head = "".join(f"{line}\r\n" for line in (*lines, "Connection: close", ""))
        return head.encode() + (request.body or b"")


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes
    arrived: list[Arrived]

    @property
    def policies(self) -> tuple[str | None, str | None]:
        """Headers of a response that browsers check."""
        return self.headers.get("content-security-policy"), self.headers.get("x-content-type-options")


@contextmanager
def filtering(name: str, folder: Path, public_bucket: str = PUBLIC) -> Iterator[Filter]:
    """One of FILTERS, running."""
    need("caddy" if name in OURS else name)
    with echo() as server:
        if name in OURS:
            proxy: Any = OURS[name](folder, {"STORAGE": server.address}, public_bucket)
            encrypted = name != "behind"
            port = proxy.storage if encrypted else proxy.https
            found = Filter(server, "localhost", port, proxy.authority if encrypted else None)
        else:
            port = free_port()
            proxy = PROXIES[name](folder, port, server.address, server.address)
            found = Filter(server, STORAGE, port, proxy.authority)
        proxy.start()
        try:
            yield found
        finally:
            proxy.stop()


OURS: dict[str, type[Caddy]] = {"Caddyfile": Caddy, "behind": StorageBehind}
FILTERS = (*OURS, *(name for name in TRIED if name != "caddy"))
"""The page's Caddy has the same file of rules as ours."""


@pytest.fixture(scope="module", params=FILTERS)
def filtered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filter]:
    with pytest.MonkeyPatch.context() as patch:
        hosts_lead_here(patch)
        with filtering(request.param, tmp_path_factory.mktemp(request.param)) as found:
            yield found


def test_a_refused_request_does_not_reach_storage(filtered: Filter) -> None:
    answers = {name: filtered.ask(request) for name, request in REFUSED.items()}
    assert {name: answer.arrived for name, answer in answers.items() if answer.arrived} == {}
    # the HTTP server itself refuses malformed requests
    assert {name: answer.status for name, answer in answers.items() if not 400 <= answer.status <= 501} == {}


def test_a_refusal_has_the_format_of_storages_errors(filtered: Filter) -> None:
    for request in (StorageRequest("DELETE", PART), StorageRequest("PUT", PART, (("x-amz-copy-source", "/b/k"),), b"")):
        answer = filtered.ask(request)
        assert (answer.status, CODE in answer.body) == (403, True)
        assert answer.headers["content-type"] == "application/xml"
        assert answer.policies == (POLICY, "nosniff")


def test_unlisted_headers_do_not_reach_storage(filtered: Filter) -> None:
    """Each header twice, once in odd upper and lower case."""
    leaked = {}
    for name in dropped_headers():
        answer = filtered.ask(StorageRequest("PUT", PART, ((odd(name), MARK), (name, MARK)), b"body"))
        [arrived] = answer.arrived or [Arrived("", "", [(name, "the whole request was refused")])]
        if MARK in str(arrived) or name.lower() in dict(arrived.headers):
            leaked[name] = arrived
    assert leaked == {}


def test_every_request_of_our_clients_reaches_storage(filtered: Filter) -> None:
    for name, request in allowed().items():
        answer = filtered.ask(request)
        assert answer.status == 200, name
        [arrived] = answer.arrived
        assert (arrived.method, arrived.target) == (request.method, request.target), name
        headers = dict(arrived.headers)
        length = {} if request.body is None else {"content-length": str(len(request.body))}
        # the proxy itself answers this one
        wanted = {header.lower(): value for header, value in request.headers if header != "Expect"} | length
        assert {header: headers.get(header) for header in wanted} == wanted, name
        assert headers["host"] == f"{filtered.host}:{filtered.port}"
        assert "" not in headers.values()


def test_the_service_reports_that_it_uses_the_public_address(filtered: Filter) -> None:
    scheme = "http" if filtered.authority is None else "https"
    client = boto3.client(
        "s3",
        endpoint_url=f"{scheme}://{filtered.host}:{filtered.port}",
        verify=filtered.authority and str(filtered.authority),
        region_name="us-east-1",
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="not-a-secret",
    )
    with pytest.raises(StorageRefusedError) as refused:
        Storage(client).ping(BUCKET)
    assert refused.value.extra == {"storage_code": "RequestFiltered"}
    assert "Set S3_ENDPOINT_URL to the address of storage behind the filter" in refused.value.message


def test_responses_of_storage_are_sandboxed(filtered: Filter) -> None:
    """Every response of storage."""
    answer = filtered.ask(StorageRequest("GET", PUBLIC_FILE))
    assert answer.policies == (POLICY, "nosniff")


@pytest.mark.parametrize("name", OURS)
def test_without_a_public_bucket_unsigned_downloads_are_refused(name: str, tmp_path: Path) -> None:
    with filtering(name, tmp_path, public_bucket="") as found:
        for target in (PUBLIC_FILE, "//k", "/k", "///k"):
            answer = found.ask(StorageRequest("GET", target))
            assert (answer.status, answer.arrived) == (403, [])


def test_the_rules_of_nginx_match_caddys() -> None:
    """nginx's patterns and headers are those of Caddy's file."""
    ours, nginx = (FRAGMENTS / "storage_filter.caddy").read_text(), block_of("nginx before it")
    patterns = re.compile(r'"(~\S* \S.*)" (refused|part|put|download|public)\b')
    assert patterns.findall(nginx)[:5] == patterns.findall(ours.replace("{$S3_PUBLIC_BUCKET}", PUBLIC))
    put_back = re.findall(r"request_header (?:@\S+ )?(\S+) \{vars\.\1\}", ours)
    assert put_back == re.findall(
        r"proxy_set_header (\S+) \$(?:http|put)_", nginx[nginx.index("storage.example.pem") :]
    )
