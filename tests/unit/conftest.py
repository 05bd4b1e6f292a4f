"""What the tests of the client share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_service import BODY, FakeService


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService() as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of BODY."""
    path = tmp_path / "bytes.bin"
    path.write_bytes(BODY)
    return path
