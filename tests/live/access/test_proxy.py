"""The proxy of production (Caddyfile): forwarding, added headers, refusals, and its log."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from longshore.receipts.signatures import checked
from service.limits import MAX_BODY_SIZE, MIB
from tests.support.documents import pages
from tests.support.live.client import CHUNK, FILE, SECONDS, Client, put, put_status, random_bytes
from tests.support.live.eventually import eventually
from tests.support.live.proxies.presigned import BUCKET, download_url, part_url, presigner, target_of
from tests.support.live.proxies.recipes import trusted
from tests.support.live.proxies.recording_upstream import Echo, echo
from tests.support.live.stack import Stack
from tests.support.matchers import failure
from tools.programs import ROOT, program
from tools.stack.pytest_parts import need
from tools.stack.servers.caddy import CADDYFILE, FRAGMENTS, Caddy
from tools.stack.servers.caddy_program import caddy_path

BODY_LIMIT = 4_000_000
"""Of the API's requests, in the Caddyfile."""
CLOSE = {"Connection": "close"}
PAGE_HEADERS = ("Cache-Control", "Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options", "Content-Type")


@pytest.fixture(scope="module", autouse=True)
def _trusting() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def caddy(tmp_path_factory: pytest.TempPathFactory, one_stack: Stack, _trusting: pytest.MonkeyPatch) -> Iterator[Caddy]:
    """Before the service on Swift."""
    need("caddy")
    proxy = Caddy(tmp_path_factory.mktemp("caddy"))
    proxy.upstreams["STORAGE"] = one_stack.settings.s3_endpoint_url.removeprefix("http://")
    settings = {"S3_PUBLIC_ENDPOINT_URL": proxy.storage_url}
    with one_stack.behind_a_proxy(**settings), one_stack.second_api(**settings) as behind:
        proxy.upstreams["API"] = behind.url.removeprefix("http://")
        with trusted(proxy, _trusting):
            yield proxy


@pytest.fixture
def through(caddy: Caddy) -> Client:
    return Client(caddy.url)


@pytest.fixture
def before_echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Caddy, Echo]]:
    """A proxy before servers that return the requests they received; the API is missing."""
    need("caddy")
    with echo() as behind:
        proxy = Caddy(tmp_path, dict.fromkeys(("STORAGE", "CONSOLE", "DASHBOARD"), behind.address))
        proxy.start()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(proxy.authority))
        try:
            yield proxy, behind
        finally:
            proxy.stop()


def connect(caddy: Caddy, port: int) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(caddy.authority))
    plain = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
    return context.wrap_socket(plain, server_hostname="localhost")


def request_of(line: str, port: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"{line} HTTP/1.1", f"Host: localhost:{port}", *(f"{name}: {text}" for name, text in headers.items())]
    return "".join(f"{text}\r\n" for text in (*lines, "")).encode()


def test_signed_urls_work_through_the_proxy(caddy: Caddy, through: Client, one_stack: Stack) -> None:
    body = random_bytes(2 * CHUNK + 1)
    opened = through.send(body)
    ours = f"{caddy.storage_url}/{one_stack.settings.s3_private_bucket}/"
    assert [chunk["url"] for chunk in opened["chunks"] if not chunk["url"].startswith(ours)] == []
    file = through.complete(**through.completion(opened, body))
    assert through.download(through.wait_ready(file["id"])).content == body


@pytest.mark.parametrize("one_put", [True, False], ids=["one PUT", "a part"])
def test_the_proxy_does_not_bypass_the_signature(through: Client, one_put: bool) -> None:
    opened = through.init(size=10) if one_put else through.init_part(10)
    [chunk] = opened["chunks"]
    assert ("partNumber=1" in chunk["url"]) is not one_put
    assert put_status(chunk, b"eleven bytes") == 403
    for original, changed in (("partNumber=1", "partNumber=2"), ("X-Amz-Expires=", "X-Amz-Expires=1")):
        if original in chunk["url"]:
            assert put_status(chunk, b"ten bytes.", url=chunk["url"].replace(original, changed)) == 403
    assert through.retry(upload_id=opened["upload_id"])["uploaded"] == []
    assert put(chunk, b"ten bytes.").status_code == 200
    through.complete(**through.completion(opened, b"ten bytes."))
    assert through.download(through.wait_ready(opened["file_id"])).content == b"ten bytes."


def test_a_request_body_streams_to_storage(before_echo: tuple[Caddy, Echo]) -> None:
    """Storage receives the beginning before the rest is sent."""
    caddy, behind = before_echo
    size = 3 * MIB
    with connect(caddy, caddy.storage) as connection:
        line = f"PUT {target_of(part_url(presigner(caddy.storage_url), length=size))}"
        connection.sendall(request_of(line, caddy.storage, {"Content-Length": str(size)}))
        connection.sendall(b"x" * MIB)
        assert behind.first_byte.wait(SECONDS)
        connection.sendall(b"x" * (size - MIB))
        assert b" 200 " in connection.makefile("rb").readline()
    assert behind.taken == size


@pytest.fixture
def all_echo(before_echo: tuple[Caddy, Echo]) -> tuple[Caddy, Echo]:
    """The same with an API."""
    caddy, behind = before_echo
    caddy.stop()
    caddy.upstreams["API"] = behind.address
    caddy.start()
    return caddy, behind


def test_a_large_body_is_accepted_for_storage_and_refused_for_the_api(all_echo: tuple[Caddy, Echo]) -> None:
    assert BODY_LIMIT <= MAX_BODY_SIZE
    caddy, _ = all_echo
    body = bytes(BODY_LIMIT)
    part = part_url(presigner(caddy.storage_url), length=BODY_LIMIT)
    assert requests.put(part, data=body, timeout=SECONDS).json() == {"taken": BODY_LIMIT}
    below = requests.post(f"{caddy.url}{FILE}/", data=body[1:], timeout=SECONDS)
    assert below.json() == {"taken": 2 * BODY_LIMIT - 1}
    with connect(caddy, caddy.https) as connection:
        # refused by its Content-Length, before any of it arrives
        connection.sendall(request_of(f"POST {FILE}/", caddy.https, {"Content-Length": str(BODY_LIMIT), **CLOSE}))
        head, _, content = connection.makefile("rb").read().partition(b"\r\n\r\n")
    assert (head.split()[1], json.loads(content)) == (b"413", failure("body_too_large"))


def test_a_large_chunked_body_for_the_api_is_refused(all_echo: tuple[Caddy, Echo]) -> None:
    caddy, _ = all_echo
    with connect(caddy, caddy.https) as connection:
        connection.sendall(request_of(f"POST {FILE}/", caddy.https, {"Transfer-Encoding": "chunked", **CLOSE}))
        connection.sendall(b"%x\r\n" % (BODY_LIMIT + 1) + bytes(BODY_LIMIT + 1) + b"\r\n0\r\n\r\n")
        status = connection.makefile("rb").readline().split()[1]
    # older versions of Caddy report 503, because the API had begun to read the body
    assert status in {b"413", b"503"}


def test_with_the_api_down_the_proxy_answers_503(before_echo: tuple[Caddy, Echo]) -> None:
    caddy, _ = before_echo
    answer = requests.get(f"{caddy.url}/api/health/live", timeout=SECONDS)
    assert (answer.status_code, answer.json()) == (503, failure("service_unavailable"))
    assert answer.headers["Retry-After"] == "5"


def test_the_proxy_forwards_paths_and_the_real_client_address(before_echo: tuple[Caddy, Echo]) -> None:
    caddy, _ = before_echo
    lie = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Host": "elsewhere.example"}

    def ask(url: str) -> Any:
        return requests.get(url, headers=lie, timeout=SECONDS).json()

    host = f"localhost:{caddy.storage}"
    download = download_url(presigner(caddy.storage_url), "k +")
    storage = ask(download)
    assert (storage["path"], storage["headers"]["host"]) == (target_of(download), host)
    assert "/k%20%2B?" in storage["path"]
    console = ask(f"{caddy.console_url}/login?x=1")
    assert console["path"] == "/login?x=1"
    dashboard = ask(f"{caddy.dashboard_url}/0/view/queues")
    assert dashboard["path"] == "/0/view/queues"
    # the real address, and not the forged one
    assert dashboard["headers"]["x-forwarded-for"] in {"127.0.0.1", "::1"}
    assert dashboard["headers"]["x-forwarded-host"] == f"localhost:{caddy.dashboard}"
    assert dashboard["headers"]["x-forwarded-proto"] == "https"


def test_the_console_works_with_websockets(before_echo: tuple[Caddy, Echo]) -> None:
    caddy, _ = before_echo
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    with connect(caddy, caddy.console) as connection:
        connection.sendall(request_of("GET /ws", caddy.console, upgrade | {"Sec-WebSocket-Key": "A" * 22 + "=="}))
        answer = connection.makefile("rb")
        assert b" 101 " in answer.readline()
        while answer.readline().strip():
            pass
        connection.sendall(b"ping")
        assert answer.read(4) == b"PING"


@pytest.mark.parametrize("path", ["/", "/admin/", "/admin", "/zip/worker.js", "/assets/"])
def test_the_page_and_its_headers_are_the_services(caddy: Caddy, through: Client, path: str) -> None:
    if path == "/assets/":
        path += next((ROOT / "web" / "dist" / "assets").glob("*.js")).name
    ours = through.request("GET", path)
    services = requests.get(f"http://{caddy.upstreams['API']}{path}", timeout=SECONDS)
    assert (ours.status_code, ours.content) == (200, services.content)
    for name in PAGE_HEADERS:
        assert ours.headers.get(name, "no-referrer") == services.headers.get(name, "no-referrer"), name
    assert (ours.headers["X-Frame-Options"], "Server" in ours.headers) == ("DENY", False)
    # other programs use localhost, too
    assert "Strict-Transport-Security" not in ours.headers


def test_the_api_documentation_is_served_unchanged(caddy: Caddy, through: Client) -> None:
    answer = through.request("GET", "/api/docs")
    services = requests.get(f"http://{caddy.upstreams['API']}/api/docs", timeout=SECONDS)
    assert (answer.status_code, answer.content) == (200, services.content)
    assert "style-src 'self' 'unsafe-inline'" in answer.headers["Content-Security-Policy"]


def test_the_public_keys_of_receipts_are_served(through: Client) -> None:
    """They verify receipts."""
    keys = through.request("GET", "/.well-known/longshore-receipts.json").json()["keys"]
    file_id = through.ready(b"hello")["id"]
    receipt = through.data("GET", f"{FILE}/receipt/{file_id}")["receipt"]
    assert checked(receipt, keys)[0]["file_id"] == file_id


@pytest.mark.parametrize(
    "path", ["/docs.html", "/index.html", "/admin.html", "/admin/x", "/.env", "/assets/../index.html", "/metrics"]
)
def test_other_paths_are_not_served(through: Client, path: str) -> None:
    answer = through.request("GET", path)
    assert (answer.status_code, answer.content) == (404, b"")


def test_responses_are_compressed(through: Client) -> None:
    answer = through.request("GET", "/api/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert (answer.headers["Content-Encoding"], answer.json()["openapi"]) == ("gzip", "3.0.3")


class WithFiles(Caddy):
    """The same with a certificate of the operator's, as docs/production.md has it in `.env`."""

    @property
    def authority(self) -> Path:
        return self.folder / "cert.pem"

    def prepare(self) -> None:
        super().prepare()
        words = "req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost"
        command = [program("openssl"), *words.split(), "-keyout", "key.pem", "-out", "cert.pem"]
        subprocess.run(command, cwd=self.folder, capture_output=True, check=True)

    def environment(self) -> dict[str, str]:
        [tls] = re.findall(r"`TLS=(/certificates/\S+ /certificates/\S+)`", pages()["docs/production.md"])
        return super().environment() | {"TLS": tls.replace("/certificates", str(self.folder))}


def test_a_custom_certificate_is_used_for_every_site(tmp_path: Path) -> None:
    need("caddy")
    need("openssl")
    proxy = WithFiles(tmp_path)
    proxy.start()
    try:
        sites = (proxy.https, proxy.storage, proxy.dashboard, proxy.console)
        served = {ssl.get_server_certificate(("localhost", port), timeout=SECONDS) for port in sites}
        assert served == {proxy.authority.read_text()}
        page = requests.get(proxy.url, verify=str(proxy.authority), timeout=SECONDS)
        assert "<title>Longshore</title>" in page.text
    finally:
        proxy.stop()


def test_http_redirects_to_https(caddy: Caddy) -> None:
    answer = requests.get(f"http://localhost:{caddy.http}/a?b=c", timeout=SECONDS, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (308, f"{caddy.url}/a?b=c")


def test_the_log_contains_no_secret(before_echo: tuple[Caddy, Echo]) -> None:
    """Of successful and of failed requests."""
    caddy, _ = before_echo
    headers = dict.fromkeys(("Authorization", "X-File-Credential", "Cookie", "Referer"), "secret-4711")

    def storage(name: str) -> str:
        signer = presigner(caddy.storage_url, session_token="secret-4711")
        return download_url(signer, name)

    def ask(*urls: str) -> None:
        for url in urls:
            requests.get(url, headers=headers, timeout=SECONDS, allow_redirects=False)

    secret = "?X-Amz-Signature=secret-4711"
    refused = f"{caddy.storage_url}/refused{secret}"
    consoles = [f"{caddy.dashboard_url}/0/view/queues", f"{caddy.console_url}/login"]
    apis = [f"{caddy.url}/api/down", f"{caddy.url}/api/v1/links/secret-4711"]
    others = [*apis, *consoles, f"http://localhost:{caddy.http}/x"]
    ask(storage("fine"), refused, *(f"{url}{secret}" for url in others))
    caddy.stop()
    caddy.upstreams.clear()
    caddy.start()
    ask(storage("down"))

    def logged() -> set[tuple[str, str]]:
        entries = [json.loads(line) for line in caddy.log.read_text().splitlines()]
        return {(entry["request"]["uri"], entry["level"]) for entry in entries if "request" in entry}

    fine = {(path, "info") for path in (f"/{BUCKET}/fine", "/0/view/queues", "/login", "/x")}
    failed = {(path, "error") for path in ("/api/down", "/api/v1/links/", f"/{BUCKET}/down")}
    eventually(logged, lambda seen: fine | failed <= seen and "/refused" in dict(seen))
    assert "secret-4711" not in caddy.log.read_text()


def test_the_configuration_is_valid_and_formatted(tmp_path: Path) -> None:
    need("caddy")
    environment = Caddy(tmp_path).environment()
    behind = ((FRAGMENTS / name, "none") for name in ("behind.caddy", "storage_behind.caddy"))
    for file, sites in ((CADDYFILE, "storage"), (CADDYFILE, "none"), *behind):
        checked = subprocess.run(
            [caddy_path(), "validate", "--config", str(file), "--adapter", "caddyfile"],
            env=environment | {"STORAGE_SITE": sites},
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.returncode == 0, checked.stderr
    for file in (CADDYFILE, *FRAGMENTS.glob("*.caddy")):
        formatted = subprocess.run([caddy_path(), "fmt", str(file)], capture_output=True, text=True, check=False)
        assert formatted.stdout == file.read_text()
