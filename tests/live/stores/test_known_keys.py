"""No security by obscurity: path, access key and ids of a file do not allow a client to change or read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from service.storage.attacks import Sender
from service.storage.attacks.tries import STREAM, STREAMED
from tests.live.conftest import STORES, on
from tests.live.stores.conftest import BESIDE
from tests.support.live.client import Client, put
from tests.support.live.stack import Stack
from tests.support.live.store_gaps import GAPS

BODY = b"the bytes that were judged"


class Known(NamedTuple):
    """url: the object's address; link: a download link of it; part: a part URL of its upload."""

    url: str
    link: str
    part: str

    @property
    def credential(self) -> str:
        return "X-Amz-Credential=" + quote(parse_qs(urlsplit(self.link).query)["X-Amz-Credential"][0], safe="")

    def of(self, object_key: str, query: str = "") -> str:
        """Another object's address in the same bucket."""
        return f"{self.url.rpartition('/')[0]}/{object_key}{query and '?'}{query}"


class Try(NamedTuple):
    method: str
    url: Callable[[Known], str]
    headers: Mapping[str, str] | None = None
    body: bytes = b"forged"


TRIES = {
    "overwrite": Try("PUT", lambda known: known.url),
    "overwrite, naming the key": Try("PUT", lambda known: f"{known.url}?{known.credential}"),
    "overwrite by a stream": Try("PUT", lambda known: f"{known.url}?{known.credential}", STREAM, STREAMED),
    "overwrite by the link's signature": Try("PUT", lambda known: known.link),
    "overwrite by the part's signature": Try(
        "PUT", lambda known: f"{known.url}?{known.part.partition('?')[2].partition('&partNumber=')[2]}"
    ),
    "send the part again": Try("PUT", lambda known: known.part, body=BODY[:-1] + b"X"),
    "delete": Try("DELETE", lambda known: known.url),
    "delete by the link's signature": Try("DELETE", lambda known: known.link),
    "delete many": Try("POST", lambda known: known.of("", "delete")),
    "open an upload": Try("POST", lambda known: f"{known.url}?uploads"),
    "tag": Try("PUT", lambda known: f"{known.url}?tagging"),
    "open to all users": Try("PUT", lambda known: f"{known.url}?acl", {"x-amz-acl": "public-read"}),
}
READS = {
    "read": lambda known: known.url,
    "read, naming the key": lambda known: f"{known.url}?{known.credential}",
    "read as a page": lambda known: f"{known.url}?response-content-type=text%2Fhtml",
    "read a link without its signature": lambda known: known.link.partition("&X-Amz-Signature=")[0],
    "list": lambda known: known.of("", "list-type=2"),
    "list versions": lambda known: known.of("", "versions"),
    "list uploads": lambda known: known.of("", "uploads"),
    "read the policy": lambda known: known.of("", "policy"),
}


WITH_ACCESS_CONTROL = tuple(name for name in (*STORES, *BESIDE) if "no query" not in GAPS[name])


@pytest.fixture(scope="module", params=WITH_ACCESS_CONTROL)
def stack(request: pytest.FixtureRequest) -> Stack:
    """Stores that do not treat unsigned requests as their administrator's."""
    return on(request.param, request)


@pytest.fixture(scope="module")
def client(stack: Stack) -> Client:
    return stack.client


@pytest.fixture(scope="module")
def file(stack: Stack, client: Client) -> tuple[str, Known]:
    """A private file that was scanned: its id, and everything that a client can know about it."""
    opened = client.init_part(len(BODY))
    assert put(opened["chunks"][0], BODY).status_code == 200
    made = client.complete(**client.completion(opened, BODY, credential={"pin": "1"}))
    ready = client.wait_ready(made["id"], {"pin": "1"})
    bucket, object_key = ready["path"].split("/", 1)
    url = f"{stack.settings.s3_public_endpoint_url}/{bucket}/{object_key}"
    return made["id"], Known(url, ready["download_url"], opened["chunks"][0]["url"])


@pytest.mark.parametrize("name", TRIES)
def test_ids_and_urls_of_a_file_permit_no_change(
    stack: Stack, client: Client, file: tuple[str, Known], name: str
) -> None:
    """For any answer of storage, the scanned file stays unchanged and is served."""
    file_id, known = file
    attempt = TRIES[name]
    Sender().send(attempt.method, attempt.url(known), attempt.headers, attempt.body)
    ready = client.get(file_id, {"pin": "1"})
    assert ready["virus_scan_status"] == "clean"
    assert client.download(ready).content == BODY


@pytest.mark.parametrize("name", READS)
def test_ids_of_a_file_permit_no_download(stack: Stack, file: tuple[str, Known], name: str) -> None:
    answer = Sender().send("GET", READS[name](file[1]))
    assert 400 <= answer.status < 500
    assert BODY not in answer.body
