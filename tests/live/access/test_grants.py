"""Grants on the real stack: exact for many browsers at once, and used by our clients like any token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

import longshore
from longshore.client.errors import GrantRefusedError
from longshore.grants import Grant, sign_grant
from tests.support.documents import block_of
from tests.support.live.backend_login import JWT_SECRET, LOGIN
from tests.support.live.client import FILE, Caller, Client
from tests.support.live.keys import keys
from tests.support.live.races import at_once
from tests.support.live.stack import Stack
from tests.support.programs.commands import run_module

MANY, COUNT = 10, 3
GRANTS = "/api/v1/grants/"


@pytest.fixture(scope="module")
def service(one_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """An API with login, a policy and a secret that a backend has too, on the parts that the stack runs on."""
    policies = tmp_path_factory.mktemp("policies") / "policies.toml"
    policies.write_text("[avatars]\nmax_size = 1_000_000\n")
    with one_stack.second_api(**LOGIN, POLICIES=str(policies)) as client:
        yield client


@pytest.fixture(scope="module")
def backend(one_stack: Stack, service: Client) -> Caller:
    made = keys(one_stack, "create", "--json", "--name=live", "--subject=shop", "--scope=grant")
    return Caller(service.url, made["key"])


@pytest.fixture(params=["by the service", "by a backend"])
def grant(request: pytest.FixtureRequest, backend: Caller) -> Grant:
    """A grant of COUNT uploads."""
    if request.param == "by a backend":
        return sign_grant(JWT_SECRET, subject="ann", count=COUNT, expires_in=600, detail={"order": 7})
    with longshore.Client(backend.url, backend.key) as client:
        return client.create_grant(subject="ann", count=COUNT, expires_in=600, detail={"order": 7})


def test_concurrent_inits_succeed_up_to_the_grants_count(service: Client, backend: Caller, grant: Grant) -> None:
    page = Caller(service.url, grant.token)
    answers = at_once(*[lambda: page.post("/upload/init/", {"size": 5})] * MANY)
    assert Counter((answer.status_code, answer.json().get("reason")) for answer in answers) == {
        (200, None): COUNT,
        (403, "used_up"): MANY - COUNT,
    }
    opened = [answer.json()["data"]["upload_id"] for answer in answers if answer.status_code == 200]
    aborted = at_once(*[lambda: page.request("DELETE", f"{FILE}/upload/{opened[0]}")] * MANY)
    assert {answer.status_code for answer in aborted} <= {200, 409}
    found = backend.data("GET", GRANTS + grant.grant_id)
    assert (found["used"], found["count"], found["state"]) == (COUNT - 1, COUNT, "active"), "given back once"


def test_the_python_client_uploads_with_a_grant(service: Client, grant: Grant, tmp_path: Path) -> None:
    payload = tmp_path / "hello.txt"
    payload.write_bytes(b"hello" * 1000)
    with longshore.Client(service.url, grant.token) as page:
        file = page.upload(payload)
        assert (file.virus_scan_status, file.download_url, file.detail) == ("clean", None, {"order": 7})
        assert file.grant_id == grant.grant_id
        with pytest.raises(GrantRefusedError, match="not allowed with a grant") as refused:
            page.get(file.id)
    assert refused.value.reason == "not_allowed"


def test_the_command_uploads_with_a_grant(service: Client, grant: Grant, tmp_path: Path) -> None:
    payload = tmp_path / "hello.txt"
    payload.write_bytes(b"hello")
    env = {"LONGSHORE_URL": service.url, "LONGSHORE_TOKEN": grant.token}
    done = run_module("longshore.main", "upload", str(payload), env=env)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_manual_creates_shows_and_revokes_a_grant(backend: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"URL": backend.url, "KEY": backend.key}
    exec(block_of("a grant in Python"), names)
    token, state = capsys.readouterr().out.split()
    assert (token, state) == (names["grant"].token, "active")
    answer = requests.post(
        f"{backend.url}/api/v1/file/upload/init/", headers={"Authorization": f"Bearer {token}"}, timeout=10
    )
    assert (answer.status_code, answer.json()["reason"]) == (403, "revoked")
