"""What storage itself enforces: tested on every store that can run here, unlike the other live tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devstack.clamd import Clamd
from devstack.localstack import LocalStack
from devstack.mariadb import MariaDb
from devstack.ministack import MiniStack
from devstack.redis import Redis
from tests.live.client import Client
from tests.live.conftest import EVERY_STORE, running_stack
from tests.live.stack import Stack


@pytest.fixture(scope="package")
def localstack_stack(
    tmp_path_factory: pytest.TempPathFactory,
    localstack_server: LocalStack,
    redis_server: Redis,
    mariadb_server: MariaDb,
    clamd_server: Clamd,
) -> Iterator[Stack]:
    """The service on LocalStack."""
    parts = {"storage": localstack_server, "redis": redis_server, "database": mariadb_server, "clamd": clamd_server}
    with running_stack(tmp_path_factory.mktemp("localstack"), "localstack", parts) as stack:
        yield stack


@pytest.fixture(scope="package")
def ministack_stack(
    tmp_path_factory: pytest.TempPathFactory,
    ministack_server: MiniStack,
    redis_server: Redis,
    mariadb_server: MariaDb,
    clamd_server: Clamd,
) -> Iterator[Stack]:
    """The service on MiniStack."""
    parts = {"storage": ministack_server, "redis": redis_server, "database": mariadb_server, "clamd": clamd_server}
    with running_stack(tmp_path_factory.mktemp("ministack"), "ministack", parts) as stack:
        yield stack


@pytest.fixture(scope="package", params=EVERY_STORE)
def stack(request: pytest.FixtureRequest) -> Stack:
    """The service, on each of the stores in turn."""
    made = request.getfixturevalue(f"{request.param}_stack")
    assert isinstance(made, Stack)
    return made


@pytest.fixture(scope="package")
def client(stack: Stack) -> Client:
    return stack.client
