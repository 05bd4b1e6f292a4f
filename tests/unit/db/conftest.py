"""Fixtures for tests of the database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.db.session import Database
from tests.support.service.rows import empty_database


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    yield from empty_database(tmp_path)
