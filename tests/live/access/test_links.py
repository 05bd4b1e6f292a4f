"""Links on the real stack: exact for many clients at once, and opened as browsers and programs open them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from longshore.links import sign_link
from tests.support.documents import block_of
from tests.support.live.client import FILE, SECONDS, Caller, Client
from tests.support.live.keys import caller
from tests.support.live.races import at_once
from tests.support.live.stack import Stack
from tests.support.programs.shell import Shell
from tests.support.programs.warm_commands import python_command

BODY = b"message in a bottle"
MANY, COUNT = 10, 3
JWT_SECRET = "a-secret-that-the-backend-has-too!"
LOGIN = {"LOGIN": "on", "JWT_SECRET": JWT_SECRET, "JWT_ISSUER": "https://app.example/", "JWT_AUDIENCE": "longshore"}


@pytest.fixture(scope="module")
def service(one_stack: Stack) -> Iterator[Client]:
    """An API with login and a secret that a backend has too, on the parts that the stack runs on."""
    with one_stack.second_api(**LOGIN) as client:
        yield client


@pytest.fixture(scope="module")
def ann(one_stack: Stack, service: Client) -> Caller:
    return caller(one_stack, service)


@pytest.fixture(params=["by the service", "by a backend"])
def sharing(request: pytest.FixtureRequest, ann: Caller) -> tuple[str, str]:
    """A file, and a link to it with a password and COUNT downloads."""
    file_id = ann.ready(BODY)["id"]
    limits: dict[str, Any] = {"expires_in": 600, "max_downloads": COUNT, "password": "seven seas"}
    if request.param == "by the service":
        return file_id, ann.data("POST", f"{FILE}/{file_id}/links", json=limits)["url"]
    subject = ann.data("GET", "/api/v1/users/me")["subject"]
    return file_id, sign_link(JWT_SECRET, service_url=ann.url, file_id=file_id, subject=subject, **limits).url


def opened(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers={"X-Link-Password": "seven seas", **headers}, timeout=SECONDS)


def test_concurrent_downloads_succeed_up_to_the_links_limit(ann: Caller, sharing: tuple[str, str]) -> None:
    file_id, url = sharing
    head = requests.head(url, headers={"X-Link-Password": "seven seas"}, allow_redirects=True, timeout=SECONDS)
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(BODY)))
    redirect = requests.head(url, headers={"X-Link-Password": "seven seas"}, timeout=SECONDS)
    assert requests.get(redirect.headers["Location"], timeout=SECONDS).status_code == 403, "a HEAD opens nothing"
    assert requests.post(url, data={"password": "wrong"}, timeout=SECONDS).status_code == 403
    answers = at_once(*[lambda: opened(url, Range="bytes=8-9")] * MANY)
    assert Counter((answer.status_code, answer.content == b"in") for answer in answers) == {
        (206, True): COUNT,
        (410, False): MANY - COUNT,
    }
    [found] = ann.data("GET", f"{FILE}/{file_id}/links")["items"]
    assert (found["downloads"], found["state"]) == (COUNT, "used_up")


def test_a_link_to_a_deleted_file_gives_410_immediately(ann: Caller, sharing: tuple[str, str]) -> None:
    file_id, url = sharing
    assert requests.post(url, json={"password": "seven seas"}, timeout=SECONDS).content == BODY
    ann.data("DELETE", f"{FILE}/{file_id}")
    assert (opened(url).status_code, opened(url).json()["code"]) == (410, "file_gone")
    gone = ann.request("GET", f"{FILE}/content/{file_id}")
    assert (gone.status_code, gone.json()["code"]) == (410, "file_gone")


def test_the_python_in_the_manual_creates_and_revokes_a_link(ann: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"URL": ann.url, "KEY": ann.key, "FILE_ID": ann.ready(BODY)["id"]}
    exec(block_of("a link in Python"), names)
    url, downloads = capsys.readouterr().out.split()
    assert (url, downloads) == (names["link"].url, "0")
    assert requests.get(url, timeout=SECONDS).json()["reason"] == "revoked"


def test_the_shell_commands_in_the_manual_manage_links(ann: Caller, tmp_path: Path) -> None:
    file_id = ann.ready(BODY)["id"]
    made = ann.data("POST", f"{FILE}/{file_id}/links", json={"password": "seven seas"})
    env = {"LONGSHORE_URL": ann.url, "LONGSHORE_TOKEN": ann.key, "FILE_ID": file_id, "LINK_ID": made["link_id"]}
    done = Shell(tmp_path, python=python_command()).run(block_of("links by command"), env)
    assert done.count("active") == 3
    assert opened(made["url"]).json()["reason"] == "revoked"


def test_the_manual_opens_a_link_by_curl(ann: Caller, tmp_path: Path) -> None:
    file_id = ann.ready(BODY)["id"]
    made = ann.data("POST", f"{FILE}/{file_id}/links", json={"password": "seven seas"})
    Shell(tmp_path).run(block_of("a link by curl"), {"LINK": made["url"]})
    assert (tmp_path / "file.bin").read_bytes() == BODY
