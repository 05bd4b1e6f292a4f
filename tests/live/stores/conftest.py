"""Tests of what storage itself enforces, on every store that can run here, unlike the other live tests."""

from __future__ import annotations

import pytest

from tests.live.conftest import STORES, on, stack_on
from tests.support.live.client import Client
from tests.support.live.stack import Stack
from tools.stack.servers.mariadb import MariaDb


@pytest.fixture(scope="session")
def first_database(mariadb_server: MariaDb) -> MariaDb:
    """The database that starts sooner, as these tests do not depend on it."""
    return mariadb_server


BESIDE = tuple(name for name in ("localstack", "ministack") if name not in STORES)

globals().update({f"{name}_stack": stack_on(name, "package") for name in BESIDE})


@pytest.fixture(scope="package", params=(*STORES, *BESIDE))
def stack(request: pytest.FixtureRequest) -> Stack:
    """The service, on each of the stores in turn."""
    return on(request.param, request)


@pytest.fixture(scope="package")
def client(stack: Stack) -> Client:
    return stack.client
