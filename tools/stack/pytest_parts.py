"""pytest plugin: real parts as session fixtures, each on free ports in a temporary folder, started on first use.

A part that cannot run on this machine skips its tests and is listed at the end; with CI=true its tests fail instead,
unless the suite cannot install it (MAY_BE_MISSING).
A test that stops a part starts it again: `with redis_server.down(): …`.
"""

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tools.stack.parts import MAY_BE_MISSING, PARTS, chromium, firefox
from tools.stack.processes import warm
from tools.stack.processes.part import Part
from tools.stack.servers.clamd import Clamd
from tools.stack.servers.icap import CIcap
from tools.stack.servers.mariadb import MariaDb
from tools.stack.servers.mysql import MySql
from tools.stack.servers.redis import Redis
from tools.stack.stores.ceph import Ceph, OldCeph
from tools.stack.stores.localstack import LocalStack
from tools.stack.stores.minio import Minio
from tools.stack.stores.ministack import MiniStack
from tools.stack.stores.swift import Swift

NEEDS = "needs "
AnyPart = TypeVar("AnyPart", bound=Part)


def pytest_configure() -> None:
    """Start programs of the service from a process that has imported their libraries."""
    warm.enabled = True


def need(name: str) -> None:
    """Skip the test if part `name` cannot run; fail it with CI=true unless the part may be missing there."""
    reason = PARTS[name]()
    if reason is None:
        return
    message = f"{NEEDS}{name}: {reason}"
    if os.environ.get("CI") == "true" and name not in MAY_BE_MISSING:
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def _folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="longshore-", ignore_cleanup_errors=True)


def _run(name: str, part_class: type[AnyPart]) -> Iterator[AnyPart]:
    need(name)
    with _folder() as folder:
        part = part_class(Path(folder))
        part.start()
        try:
            yield part
        finally:
            part.stop()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """Redis; its env() contains REDIS_URL."""
    yield from _run("redis", Redis)


@pytest.fixture(scope="session")
def swift_server() -> Iterator[Swift]:
    """An S3 storage that checks signatures; CORS is open to every origin."""
    yield from _run("swift", Swift)


@pytest.fixture(scope="session")
def ceph_server() -> Iterator[Ceph]:
    """The strict S3 storage: checksums, policies, tags. Created once per machine (two minutes) and cached."""
    yield from _run("ceph", Ceph)


@pytest.fixture(scope="session")
def ceph16_server() -> Iterator[OldCeph]:
    """An older version without checksums."""
    yield from _run("ceph16", OldCeph)


@pytest.fixture(scope="session")
def localstack_server() -> Iterator[LocalStack]:
    """An S3 storage that checks signatures of URLs, and lets requests without one through."""
    yield from _run("localstack", LocalStack)


@pytest.fixture(scope="session")
def ministack_server() -> Iterator[MiniStack]:
    """An S3 storage that checks every signature."""
    yield from _run("ministack", MiniStack)


@pytest.fixture(scope="session")
def minio_server() -> Iterator[Minio]:
    """MinIO, if the machine has one."""
    yield from _run("minio", Minio)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDb]:
    """MariaDB; create your own database with connect(), its name starting with the default's."""
    yield from _run("mariadb", MariaDb)


@pytest.fixture(scope="session")
def mysql_server() -> Iterator[MySql]:
    """MySQL, used like MariaDB. Its packages are downloaded once per machine (up to two minutes) and cached."""
    yield from _run("mysql", MySql)


@pytest.fixture(scope="session")
def clamd_server() -> Iterator[Clamd]:
    """A clamd that detects only EICAR, with the service's own size limit."""
    yield from _run("clamd", Clamd)


@pytest.fixture(scope="session")
def icap_server(clamd_server: Clamd) -> Iterator[CIcap]:
    """A c-icap whose antivirus service asks that clamd."""
    need("icap")
    with _folder() as folder:
        part = CIcap(Path(folder), clamd_server)
        part.start()
        try:
            yield part
        finally:
            part.stop()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of the browser."""
    need("chromium")
    return str(chromium())


@pytest.fixture(scope="session")
def firefox_path() -> str:
    """The path of the other browser."""
    need("firefox")
    return str(firefox())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print which tests were skipped because a part is missing."""
    lost: dict[str, list[str]] = defaultdict(list)
    for report in terminalreporter.getreports("skipped"):
        if isinstance(report.longrepr, tuple) and NEEDS in report.longrepr[2]:
            lost[report.longrepr[2].partition(NEEDS)[2]].append(report.nodeid)
    if lost:
        terminalreporter.section("did NOT run", yellow=True)
        for why, tests in lost.items():
            terminalreporter.line(f"{why}")
            for test in tests:
                terminalreporter.line(f"    {test}")
