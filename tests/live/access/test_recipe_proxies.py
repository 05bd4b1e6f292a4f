"""docs/recipes/proxies.md: nginx and Caddy with the page's configurations.

LIVE_PROXIES=traefik tests Traefik too.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from service.limits import MAX_BODY_SIZE, MIB
from tests.support.live.client import CHUNK, SECONDS, Client, put, random_bytes
from tests.support.live.proxies.presigned import download_url, part_url, presigner, target_of
from tests.support.live.proxies.recipes import (
    FILES,
    PROXIES,
    STORAGE,
    TRIED,
    PageProxy,
    hosts_lead_here,
    trusted,
)
from tests.support.live.proxies.recording_upstream import HALVES, IN_HALVES, Echo, echo
from tests.support.live.stack import Stack
from tools.stack.processes.ports import LOOPBACK, free_port
from tools.stack.pytest_parts import need

PORT = free_port()
"""The same for all, one after the other: it is in the URLs that the service signs."""
PAGE_URL, STORAGE_URL = f"https://{FILES}:{PORT}", f"https://{STORAGE}:{PORT}"
CALLER, LIAR = "127.0.0.2", "203.0.113.7"
"""The client's address is the first, and it claims the second."""
LIE = {"X-Forwarded-For": LIAR, "X-Forwarded-Host": "elsewhere.example"}


@pytest.fixture(scope="module", autouse=True)
def patched() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        hosts_lead_here(patch)
        yield patch


@pytest.fixture(scope="module")
def behind(one_stack: Stack) -> Iterator[Client]:
    """The service as the page has it set up, on addresses of this machine."""
    settings = {"TRUSTED_PROXIES": "1", "PUBLIC_URL": PAGE_URL, "S3_PUBLIC_ENDPOINT_URL": STORAGE_URL}
    settings |= {"RATE_LIMIT_ADDRESS": "100000/minute"}
    with one_stack.behind_a_proxy(**settings), one_stack.second_api(**settings) as api:
        yield api


@contextmanager
def running(name: str, folder: Path, api: str, storage: str, patch: pytest.MonkeyPatch) -> Iterator[PageProxy]:
    """A proxy, by whose certificates requests are verified inside the block."""
    need(name)
    need("openssl")
    proxy = PROXIES[name](folder, PORT, api, storage)
    with trusted(proxy, patch):
        yield proxy


@pytest.fixture(params=TRIED)
def proxy(
    request: pytest.FixtureRequest, tmp_path: Path, behind: Client, one_stack: Stack, patched: pytest.MonkeyPatch
) -> Iterator[PageProxy]:
    """Before the service and its storage."""
    storage = one_stack.settings.s3_endpoint_url.removeprefix("http://")
    with running(request.param, tmp_path, behind.url.removeprefix("http://"), storage, patched) as started:
        yield started


@pytest.fixture(params=TRIED)
def before_echo(
    request: pytest.FixtureRequest, tmp_path: Path, patched: pytest.MonkeyPatch
) -> Iterator[tuple[PageProxy, Echo]]:
    """Before a server that returns what it received."""
    with echo() as server, running(request.param, tmp_path, server.address, server.address, patched) as started:
        yield started, server


class FromAnAddress(HTTPAdapter):
    """Connects from CALLER."""

    def init_poolmanager(self, *words: Any, **named: Any) -> None:
        super().init_poolmanager(*words, source_address=(CALLER, 0), **named)


def connect(proxy: PageProxy, host: str, *protocols: str) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(proxy.authority))
    context.set_alpn_protocols(protocols or ["http/1.1"])
    return context.wrap_socket(socket.create_connection((LOOPBACK, PORT), SECONDS), server_hostname=host)


def request_of(line: str, host: str, **headers: object) -> bytes:
    lines = [f"{line} HTTP/1.1", f"Host: {host}:{PORT}"]
    lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
    return "".join(f"{text}\r\n" for text in (*lines, "")).encode()


def test_an_upload_works_through_each_proxy(proxy: PageProxy) -> None:
    """As from the page, whose origin differs from storage's."""
    through = Client(PAGE_URL)
    page = through.request("GET", "/")
    assert "<title>Longshore</title>" in page.text
    assert STORAGE_URL in page.headers["Content-Security-Policy"]
    body = random_bytes(2 * CHUNK + 1)
    opened = through.send(body)
    assert [chunk["url"] for chunk in opened["chunks"] if not chunk["url"].startswith(f"{STORAGE_URL}/")] == []
    asks = {"Origin": PAGE_URL, "Access-Control-Request-Method": "PUT"}
    preflight = requests.options(opened["chunks"][0]["url"], headers=asks, timeout=SECONDS)
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (200, PAGE_URL)
    file = through.complete(**through.completion(opened, body))
    assert through.download(through.wait_ready(file["id"])).content == body

    [chunk] = through.init(size=10)["chunks"]
    assert put(chunk, b"eleven bytes").status_code == 403
    assert put(chunk | {"headers": chunk["headers"] | {"content-type": "text/html"}}, b"ten bytes.").status_code == 403
    assert put(chunk, b"ten bytes.").status_code == 200
    [chunk] = through.init_part(10)["chunks"]
    assert put(chunk, b"eleven bytes").status_code == 403
    assert put(chunk, b"ten bytes.", url=chunk["url"].replace("partNumber=1", "partNumber=2")).status_code == 403
    assert through.request("GET", "/metrics").status_code == 404
    with closing(connect(proxy, FILES)) as connection:
        # refused by its Content-Length, before any of it arrives
        connection.sendall(request_of("POST /api/v1/file/upload/init/", FILES, Content_Length=MAX_BODY_SIZE + 1))
        assert b" 413 " in connection.makefile("rb").readline()
    assert "X-Amz-" not in proxy.said()


def test_the_service_receives_the_real_client_address(proxy: PageProxy, one_stack: Stack) -> None:
    one_stack.redis.flushdb()
    with requests.Session() as session:
        session.mount("https://", FromAnAddress())
        session.get(f"{PAGE_URL}/api/v1/file/all", headers=LIE, timeout=SECONDS).raise_for_status()
    counted = [key.decode() for key in one_stack.redis.keys("*longshore:limits*")]
    assert any(CALLER in key for key in counted)
    assert not any(LIAR in key for key in counted)


def test_the_proxy_forwards_the_signed_path_and_host(before_echo: tuple[PageProxy, Echo]) -> None:
    proxy, _ = before_echo
    download = download_url(presigner(STORAGE_URL), "k +")
    received = requests.get(download, headers=LIE, timeout=SECONDS).json()
    assert received["path"] == target_of(download)
    assert "/k%20%2B?" in received["path"]
    assert received["headers"]["host"] == f"{STORAGE}:{PORT}"
    # each part has a connection of its own
    with closing(connect(proxy, STORAGE, "h2", "http/1.1")) as connection:
        assert connection.selected_alpn_protocol() == "http/1.1"


def test_bodies_stream_in_both_directions(before_echo: tuple[PageProxy, Echo]) -> None:
    """In both directions the receiver gets the beginning before the sender has sent the rest."""
    proxy, server = before_echo
    size = 8 * MIB
    with closing(connect(proxy, STORAGE)) as connection:
        line = f"PUT {target_of(part_url(presigner(STORAGE_URL), length=size))}"
        connection.sendall(request_of(line, STORAGE, Content_Length=size))
        connection.sendall(bytes(MIB))
        assert server.first_byte.wait(SECONDS)
        connection.sendall(bytes(size - MIB))
        assert b" 200 " in connection.makefile("rb").readline()
    assert server.taken == size
    with requests.get(download_url(presigner(STORAGE_URL), IN_HALVES), stream=True, timeout=SECONDS) as answer:
        assert answer.raw.read(len(HALVES[0])) == HALVES[0]
        server.second_half.set()
        assert answer.raw.read() == HALVES[1]


@pytest.mark.parametrize("name", TRIED)
def test_with_storage_down_the_log_contains_no_signature(
    name: str, tmp_path: Path, patched: pytest.MonkeyPatch
) -> None:
    nobody = f"{LOOPBACK}:{free_port()}"
    with echo() as server, running(name, tmp_path, server.address, nobody, patched) as proxy:
        url = download_url(presigner(STORAGE_URL, session_token="secret-4711"))
        assert requests.get(url, timeout=SECONDS).status_code == 502
    assert "secret-4711" not in proxy.said()
