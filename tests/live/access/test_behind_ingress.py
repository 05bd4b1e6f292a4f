"""The proxy behind an ingress (deploy/caddy/behind.caddy): page, API, and the client address from the ingress."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.support.live.client import SECONDS
from tests.support.live.proxies.recipes import Behind
from tests.support.live.proxies.recording_upstream import echo
from tools.stack.pytest_parts import need

INGRESS_HEADERS = {"Host": "uploads.example", "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    need("caddy")
    with echo() as api:
        made = Behind(tmp_path_factory.mktemp("behind"), {"API": api.address})
        made.start()
        try:
            yield made
        finally:
            made.stop()


def ask(proxy: Behind, path: str) -> requests.Response:
    address = f"http://127.0.0.1:{proxy.https}{path}"
    return requests.get(address, headers=INGRESS_HEADERS, timeout=SECONDS)


def test_the_api_receives_the_client_address_from_the_ingress(proxy: Behind) -> None:
    headers = ask(proxy, "/api/x?y=1").json()["headers"]
    assert headers["x-forwarded-for"] == "203.0.113.7, 127.0.0.1"
    assert (headers["host"], headers["x-forwarded-proto"]) == ("uploads.example", "https")


def test_the_page_is_served_and_internal_paths_are_not(proxy: Behind) -> None:
    page = ask(proxy, "/")
    assert (page.status_code, "<title>Longshore</title>" in page.text) == (200, True)
    assert f"connect-src 'self' {proxy.storage_url};" in page.headers["Content-Security-Policy"]
    assert [ask(proxy, path).status_code for path in ("/metrics", "/rq/", "/console/", "/alive")] == [404] * 4


def test_a_large_body_for_the_api_is_refused(proxy: Behind) -> None:
    refused = requests.post(
        f"http://127.0.0.1:{proxy.https}/api/x", data=b"x" * 4_000_000, headers=INGRESS_HEADERS, timeout=SECONDS
    )
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")
