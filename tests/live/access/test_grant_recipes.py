"""docs/grants.md: each recipe, served by its framework, returns a token that the service accepts."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import requests

import longshore
from service.db.models import File
from tests.support.backends import backend as backends
from tests.support.backends.backend import Backend
from tests.support.documents import block_of
from tests.support.live.backend_login import JWT_SECRET, LOGIN
from tests.support.live.client import Client
from tests.support.live.stack import Stack
from tools.stack.pytest_parts import need

USER = "ann"
"""The user of every backend; the login in the recipe for FastAPI is always this one."""


@pytest.fixture(scope="module")
def service(one_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """An API with login, the policy of the recipes and the backends' secret."""
    policies = tmp_path_factory.mktemp("policies") / "policies.toml"
    policies.write_text("[avatars]\nmax_size = 1_000_000\n")
    with one_stack.second_api(**LOGIN, POLICIES=str(policies)) as client:
        yield client


def ask_for_a_token(backend: Backend, headers: Mapping[str, str]) -> requests.Response:
    headers = {"Accept": "application/json", **headers}
    return requests.post(f"{backend.url}/uploads/token", headers=headers, timeout=30, allow_redirects=False)


@pytest.mark.parametrize(
    ("make", "without_login"),
    [
        (backends.flask, None),
        (backends.django, 302),
        (backends.fastapi, None),
        (backends.express, None),
        (backends.rails, None),
        (backends.laravel, 401),
    ],
    ids=lambda made: made.__name__ if callable(made) else "",
)
def test_a_backends_token_uploads_a_file(
    make: Callable[[Path, str], Backend], without_login: int | None, service: Client, one_stack: Stack, tmp_path: Path
) -> None:
    """without_login: the answer of a recipe that checks the login itself."""
    if make.__name__ in ("rails", "laravel"):
        need(make.__name__)
    backend = make(tmp_path / "site", JWT_SECRET)
    backend.start()
    try:
        answer = ask_for_a_token(backend, {"X-User": USER})
        if without_login:
            assert ask_for_a_token(backend, {}).status_code == without_login
    finally:
        backend.stop()
    assert (answer.status_code, [*answer.json()]) == (200, ["token"]), answer.text
    payload = tmp_path / "hello.txt"
    payload.write_bytes(b"hello")
    with longshore.Client(service.url, answer.json()["token"]) as page:
        file = page.upload(payload)
    row = one_stack.row(File, file.id)
    assert (file.virus_scan_status, row.owner, row.policy) == ("clean", USER, "avatars")


def test_the_key_of_a_backend_has_only_the_grant_scope() -> None:
    words = shlex.split(block_of("a key for grants"))
    assert words[:4] == ["./dev", "longshore", "keys", "create"]
    assert words[words.index("--scope") + 1] == "grant"
