"""The test of docker-compose.yml: one deployment for all of it, where a Docker engine answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.deployment.compose_deployment import Deployment, can_have_minio
from tests.support.live.client import Client
from tools.stack.pytest_parts import need


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Built, up and healthy; MinIO's image where it can be had, else the stand-in. Afterwards nothing is left."""
    need("docker")
    made = Deployment(tmp_path_factory.mktemp("compose"))
    if not can_have_minio():
        made.use_stand_in()
    try:
        made.begin()
        with pytest.MonkeyPatch.context() as patch:
            # `requests` verifies servers with it
            patch.setenv("REQUESTS_CA_BUNDLE", str(made.authority()))
            yield made
    finally:
        made.down()
    assert made.left_over() == []


@pytest.fixture
def client(deployment: Deployment) -> Client:
    """At the front door."""
    return Client(deployment.url)
