"""Fixtures that the tests of the client and the command line share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.client.fake_service import FakeService


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService() as running:
        yield running
