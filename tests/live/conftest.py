"""Live tests: the service as processes, on real parts. One stack a store, for the whole session.

LIVE_STORES=minio,localstack tests on other stores than usual; `given` is the one that S3_ENDPOINT_URL names.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.support.live.client import Client
from tests.support.live.given_store import GivenStore
from tests.support.live.stack import Stack, new_database
from tools.stack.processes.part import Part
from tools.stack.servers.clamd import Clamd
from tools.stack.servers.mysql import MySql
from tools.stack.servers.redis import Redis
from tools.stack.servers.sql_server import SqlServer

STORE_PARTS: dict[str, str] = {
    "swift": "swift_server",
    "ceph": "ceph_server",
    "ceph16": "ceph16_server",
    "localstack": "localstack_server",
    "ministack": "ministack_server",
    "minio": "minio_server",
    "given": "given_server",
}
"""Every store that the service can be tested on, and the fixture that runs it."""
STORES = tuple(os.environ.get("LIVE_STORES", "swift,ceph").split(","))
"""The stores of this run; what is not about a store at all is tested on the first one."""
_running: list[Stack] = []


@pytest.fixture(autouse=True)
def _revived() -> None:
    for stack in _running:
        stack.revive()


def stores_of(item: pytest.Function) -> set[str]:
    """The stores whose stacks a test works with."""
    fixed = {"one_stack": STORES[0], "last_stack": STORES[-1]} | {f"{name}_stack": name for name in STORE_PARTS}
    found = {fixed[name] for name in item.fixturenames if name in fixed}
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return found | {parameters["stack"]} if "stack" in parameters else found


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Function) -> None:
    """Freeze the sweepers of the stacks that a test does not work with: one a second takes processor time from it.

    Here and not in a fixture, because the fixtures of a module come before those of a test.
    """
    used = stores_of(item)
    for stack in _running:
        if stack.store in used:
            stack.cron.thaw()
        else:
            stack.cron.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Function, nextitem: pytest.Function | None) -> None:
    """Let all sweepers run while the fixtures of a module end."""
    if nextitem is None or nextitem.path != item.path:
        for stack in _running:
            stack.cron.thaw()


@contextmanager
def running_stack(folder: Path, name: str, parts: dict[str, Part]) -> Iterator[Stack]:
    redis, database = parts["redis"], parts["database"]
    assert isinstance(redis, Redis)
    assert isinstance(database, SqlServer)
    own = {
        "DATABASE_URL": new_database(database, name),
        "REDIS_URL": redis.url(list(STORE_PARTS).index(name)),
        "CORS_ORIGINS": "http://page.example",
        # never the names that a service at work may have on a store that is given
        "S3_PRIVATE_BUCKET": "longshore-tests-private",
        "S3_PUBLIC_BUCKET": "longshore-tests-public",
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
def first_database(request: pytest.FixtureRequest) -> SqlServer:
    """MySQL, under the first of the stores; the others are on MariaDB, so that what runs on all of them has both.

    Where MySQL cannot run it is MariaDB too; with CI=true that is a failure.
    """
    can_run = MySql.available() is None or os.environ.get("CI") == "true"
    server: SqlServer = request.getfixturevalue("mysql_server" if can_run else "mariadb_server")
    return server


def stack_on(name: str, scope: Literal["session", "package"] = "session") -> Any:
    """The fixture `NAME_stack`: the service on a store."""

    @pytest.fixture(scope=scope, name=f"{name}_stack")
    def on_store(
        request: pytest.FixtureRequest,
        tmp_path_factory: pytest.TempPathFactory,
        redis_server: Redis,
        clamd_server: Clamd,
    ) -> Iterator[Stack]:
        store: Part = request.getfixturevalue(STORE_PARTS[name])
        database: Part = request.getfixturevalue("first_database" if name == STORES[0] else "mariadb_server")
        parts = {"storage": store, "redis": redis_server, "database": database, "clamd": clamd_server}
        with running_stack(tmp_path_factory.mktemp(name), name, parts) as stack:
            yield stack

    return on_store


globals().update({f"{name}_stack": stack_on(name) for name in STORES})


def on(name: str, request: pytest.FixtureRequest) -> Stack:
    """The service on the store of this name."""
    stack = request.getfixturevalue(f"{name}_stack")
    assert isinstance(stack, Stack)
    return stack


@pytest.fixture(scope="session")
def given_server() -> GivenStore:
    return GivenStore(Path(), os.environ)


@pytest.fixture(scope="session")
def one_stack(request: pytest.FixtureRequest) -> Stack:
    """The service, on the first of the stores."""
    return on(STORES[0], request)


@pytest.fixture(scope="session")
def last_stack(request: pytest.FixtureRequest) -> Stack:
    """The service, on the last of the stores: another one than `one_stack`, where there are several."""
    return on(STORES[-1], request)


@pytest.fixture(scope="session", params=STORES)
def stack(request: pytest.FixtureRequest) -> Stack:
    """The service, on each of the stores in turn."""
    return on(request.param, request)


@pytest.fixture(scope="session")
def client(stack: Stack) -> Client:
    return stack.client
