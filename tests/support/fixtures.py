"""The `world` of the API and job tests: the app, SQLite and moto in this process."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pytest
from moto import backend_index, mock_aws
from moto.core.base_backend import BaseBackend

from tests.support.checked_names import checked_names
from tests.support.service_under_test import App, end, make_app_under_test

SERVICES = {"s3", "iam"}
"""Configure moto for the tests."""
# moto registers every address of 170 services for each test and tries them all for each request: a third of the time
backend_index.backend_url_patterns[:] = [each for each in backend_index.backend_url_patterns if each[0] in SERVICES]
# it also builds the table of a backend's addresses for each request, which takes a twelfth of it
BaseBackend.urls = cached_property(BaseBackend.urls.fget)
BaseBackend.urls.__set_name__(BaseBackend, "urls")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with mock_aws(), checked_names(tmp_path):
        made = make_app_under_test(tmp_path)
        yield made
        end(made)
