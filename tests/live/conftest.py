"""Live tests: the service as processes, on real parts. One stack a store, for the whole session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devstack.clamd import Clamd
from devstack.mariadb import MariaDb
from devstack.part import Part
from devstack.redis import Redis
from devstack.swift import Swift
from tests.live.client import Client
from tests.live.stack import Stack, new_database

STORES = ("swift", "ceph")
EVERY_STORE = (*STORES, "localstack", "ministack")
_running: list[Stack] = []


@pytest.fixture(autouse=True)
def _revived() -> None:
    for stack in _running:
        stack.revive()


@contextmanager
def running_stack(folder: Path, name: str, parts: dict[str, Part]) -> Iterator[Stack]:
    redis, mariadb = parts["redis"], parts["database"]
    assert isinstance(redis, Redis)
    assert isinstance(mariadb, MariaDb)
    own = {
        "DATABASE_URL": new_database(mariadb, name),
        "REDIS_URL": f"redis://127.0.0.1:{redis.port}/{EVERY_STORE.index(name)}",
        "CORS_ORIGINS": "http://page.example",
    }
    stack = Stack(name, folder, parts, own)
    try:
        stack.start()
        _running.append(stack)
        yield stack
        _running.remove(stack)
    finally:
        stack.stop()


@pytest.fixture(scope="session")
def swift_stack(
    tmp_path_factory: pytest.TempPathFactory,
    swift_server: Swift,
    redis_server: Redis,
    mariadb_server: MariaDb,
    clamd_server: Clamd,
) -> Iterator[Stack]:
    """The service on Swift."""
    parts = {"storage": swift_server, "redis": redis_server, "database": mariadb_server, "clamd": clamd_server}
    with running_stack(tmp_path_factory.mktemp("swift"), "swift", parts) as stack:
        yield stack


@pytest.fixture(scope="session")
def ceph_stack(
    tmp_path_factory: pytest.TempPathFactory,
    ceph_server: Part,
    redis_server: Redis,
    mariadb_server: MariaDb,
    clamd_server: Clamd,
) -> Iterator[Stack]:
    """The service on Ceph."""
    parts = {"storage": ceph_server, "redis": redis_server, "database": mariadb_server, "clamd": clamd_server}
    with running_stack(tmp_path_factory.mktemp("ceph"), "ceph", parts) as stack:
        yield stack


@pytest.fixture(scope="session", params=STORES)
def stack(request: pytest.FixtureRequest) -> Stack:
    """The service, on each of the stores in turn."""
    made = request.getfixturevalue(f"{request.param}_stack")
    assert isinstance(made, Stack)
    return made


@pytest.fixture(scope="session")
def client(stack: Stack) -> Client:
    return stack.client
