"""Fixtures for tests of the client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore import Client
from tests.support.client.fake_service import AT_ONCE, BODY, FakeService
from tests.support.client.observer import TOKEN


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of BODY."""
    path = tmp_path / "bytes.bin"
    path.write_bytes(BODY)
    return path


@pytest.fixture
def client(service: FakeService) -> Iterator[Client]:
    with Client(service.url, TOKEN, retry=AT_ONCE, connections=(2, 2)) as made:
        yield made


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    path = tmp_path / "bytes.bin"
    path.write_bytes(BODY)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.bin"
