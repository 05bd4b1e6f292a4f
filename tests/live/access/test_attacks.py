"""The proxy of production refuses attacks on a storage that leaks; test_survey.py tests storage alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from service.db.models import PendingDeletion
from service.deps import Deps
from service.domain.records.objects.storage_safety import attack
from service.storage.attacks import ATTACKS
from service.values.object_keys import PROBE
from tests.support.live.eventually import eventually
from tests.support.live.proxies.recipes import trusted
from tests.support.live.stack import Stack
from tests.support.storage.faulty_proxy import harmful
from tests.support.storage.leaks import LEAKS, leaking
from tools.stack.pytest_parts import need
from tools.stack.servers.caddy import Caddy


@pytest.fixture
def deps(stack: Stack) -> Deps:
    return stack.deps_under(stack.settings)


def let_through(deps: Deps, address: str) -> set[str]:
    """The attacks that an address does not refuse; all of them could be tried."""
    found = attack(deps, address, "")
    assert (list(found.outcomes), found.untried) == (list(ATTACKS), None)
    return set(found.let_through)


def left(stack: Stack, deps: Deps) -> list[str]:
    """Leftovers of attacks, in storage and as pending deletions."""
    private, public = stack.settings.s3_private_bucket, stack.settings.s3_public_bucket
    still_open = [up.object_key for up in stack.storage.open_uploads(private, PROBE)]
    return [*stack.keys(private, PROBE), *stack.keys(public, PROBE), *still_open, *pending_deletions(deps)]


def pending_deletions(deps: Deps) -> list[str]:
    with deps.db.read() as session:
        return list(
            session.scalars(select(PendingDeletion.object_key).where(PendingDeletion.object_key.startswith(PROBE)))
        )


def test_the_proxy_refuses_attacks_that_storage_lets_through(
    stack: Stack, deps: Deps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("caddy")
    before = set(left(stack, deps))  # of probes of checksums, which are planned for some minutes
    with harmful(stack.settings.s3_endpoint_url.removeprefix("http://")) as storage, leaking(storage, stack.s3):
        assert let_through(deps, storage.url) == set().union(*(attacks for _, attacks in LEAKS.values()))
        proxy = Caddy(tmp_path, {"STORAGE": storage.url.removeprefix("http://")})
        with trusted(proxy, monkeypatch):
            monkeypatch.setenv("SSL_CERT_FILE", str(proxy.authority))
            assert let_through(deps, proxy.storage_url) == set()
    # cron's own round ends as well
    eventually(lambda: set(left(stack, deps)) - before, lambda keys: not keys)
