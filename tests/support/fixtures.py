"""The fixtures of several suites. They import what they need on use: it takes a second, and most suites need none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from service.storage.s3 import Storage
    from tests.support.service_under_test import App
    from tests.support.storage.role import RoleEndpoint


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """The service, SQLite and moto in this process."""
    from moto import mock_aws

    from tests.support.service.checked_names import checked_names
    from tests.support.service_under_test import end, make_app_under_test

    with mock_aws(), checked_names(tmp_path):
        made = make_app_under_test(tmp_path)
        yield made
        end(made)


@pytest.fixture
def secured(app: App) -> App:
    """The service with login on."""
    return app.with_settings(login="on")


@pytest.fixture
def olivia(secured: App) -> App:
    """An operator."""
    return _operator(secured, "olivia")


@pytest.fixture
def ben(secured: App) -> App:
    """Another operator."""
    return _operator(secured, "ben")


def _operator(app: App, name: str) -> App:
    from service.values.access.caller import Scope
    from tests.support.login import login

    return login(app, name, Scope.ADMIN)


@pytest.fixture
def storage(app: App) -> Storage:
    """The service's calls to S3."""
    return app.deps.storage


@pytest.fixture
def shop(app: App) -> App:
    """The app of a backend with the scope `grant` alone; login is on."""
    from tests.support.service.grants import shop_of

    return shop_of(app)


@pytest.fixture
def no_role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Remove roles and cached credentials from the process, and pauses between botocore's attempts."""
    from tests.support.storage.role import without_role

    with without_role(tmp_path, monkeypatch):
        yield monkeypatch


@pytest.fixture
def role(no_role: pytest.MonkeyPatch) -> Iterator[RoleEndpoint]:
    """Give the process the role of this endpoint."""
    from tests.support.storage.role import RoleEndpoint

    with RoleEndpoint() as here:
        for name, text in here.environment().items():
            no_role.setenv(name, text)
        yield here
