"""The `world` of the API and job tests: the app, SQLite and moto in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from tests.world import World, end, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with mock_aws():
        made = make_world(tmp_path)
        yield made
        end(made)
