"""What no URL allows is refused: by storage itself, and by the proxy of production before a storage that leaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devstack.caddy import Caddy
from devstack.pytest_parts import need
from devstack.survey.attacks import WORDS
from devstack.survey.table import kept
from service.deps import Deps, build_deps
from service.domain.safety import DIRECT, PUBLIC, Attacked, attack_storage
from service.settings import Settings
from service.storage.attacks import ATTACKS, Outcome
from tests.harm import harmful
from tests.leaks import LEAKS
from tests.live.proxies import trusted
from tests.live.stack import Stack

OPEN_BUCKET = "response-content-type on a public object"


@pytest.fixture
def deps(stack: Stack) -> Iterator[Deps]:
    made = build_deps(stack.settings)
    yield made
    made.db.engine.dispose()


def attacked(deps: Deps, settings: Settings) -> dict[str, Attacked]:
    return attack_storage(replace(deps, settings=settings))


def let_through(found: Attacked) -> set[str]:
    """Every attack was tried."""
    assert (list(found.outcomes), found.untried) == (list(ATTACKS), None)
    return set(found.let_through)


def test_storage_refuses_what_the_page_says(stack: Stack, deps: Deps) -> None:
    """But for what only a bucket that is open to everybody could let through."""
    told = [column["observed"] for column in kept([stack.store])]
    expected = {name for observed in told for name in ATTACKS if observed[name] == WORDS[Outcome.LET_THROUGH]}
    found = let_through(attacked(deps, stack.settings)[DIRECT])
    assert found - {OPEN_BUCKET} == expected - {OPEN_BUCKET}


def test_nothing_of_an_attack_stays(stack: Stack, deps: Deps) -> None:
    attacked(deps, stack.settings)
    for bucket in (stack.settings.s3_private_bucket, stack.settings.s3_public_bucket):
        assert stack.keys(bucket, "probe-") == []
    assert stack.storage.open_uploads(stack.settings.s3_private_bucket, "probe-") == []


@pytest.mark.parametrize("leak", LEAKS)
def test_the_proxy_refuses_what_a_storage_lets_through(
    stack: Stack, deps: Deps, leak: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("caddy")
    rule, attacks = LEAKS[leak]
    with harmful(stack.settings.s3_endpoint_url.removeprefix("http://")) as leaky, leaky.doing(rule(stack.s3)):
        direct = replace(stack.settings, s3_public_endpoint_url=leaky.url)
        assert let_through(attacked(deps, direct)[PUBLIC]) >= attacks
        proxy = Caddy(tmp_path, {"STORAGE": leaky.url.removeprefix("http://")})
        with trusted(proxy, monkeypatch):
            monkeypatch.setenv("SSL_CERT_FILE", str(proxy.authority))
            filtered = replace(stack.settings, s3_public_endpoint_url=proxy.storage_url)
            assert let_through(attacked(deps, filtered)[PUBLIC]) == set()
