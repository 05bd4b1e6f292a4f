"""The healthy deployment, to which each test adds a fault."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from service.admin.doctor import ports, public
from service.storage.attacks import sender
from tests.support.doctor.healthy_deployment import HealthyDeployment, running_deployment
from tests.support.live.stack import new_database
from tools.stack.processes.ports import FREE_RANGE, is_free
from tools.stack.servers.clamd import Clamd
from tools.stack.servers.mariadb import MariaDb
from tools.stack.servers.redis import Redis
from tools.stack.stores.ministack import MiniStack

UNUSED = range(FREE_RANGE.stop, FREE_RANGE.stop + 700)
"""Ports that neither other tests nor outgoing connections get: nothing listens there except for a fault."""


@pytest.fixture(scope="package")
def _patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="package")
def deployment(
    tmp_path_factory: pytest.TempPathFactory,
    ministack_server: MiniStack,
    mariadb_server: MariaDb,
    redis_server: Redis,
    clamd_server: Clamd,
    _patch: pytest.MonkeyPatch,
) -> Iterator[HealthyDeployment]:
    folder = tmp_path_factory.mktemp("doctor")
    _patch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    # this storage examines a request at once
    _patch.setattr(sender, "BEGUN_SECONDS", 0.1)
    # other programs of this machine may use the usual ports
    _patch.setattr(ports, "PRIVATE", dict(zip(filter(is_free, UNUSED), ports.PRIVATE.values(), strict=False)))
    redis_url = redis_server.url(9)
    database_url = new_database(mariadb_server, "doctor_well")
    with running_deployment(folder, ministack_server, database_url, redis_url, clamd_server) as healthy:
        _patch.setattr(public, "PLAIN", {urlsplit(healthy.front.url).port: urlsplit(healthy.plain.url).port})
        yield healthy


@pytest.fixture
def healthy(deployment: HealthyDeployment) -> Iterator[HealthyDeployment]:
    deployment.restore()
    yield deployment
    deployment.restore()
