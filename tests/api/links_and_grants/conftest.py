"""The app whose files have links."""

from __future__ import annotations

import pytest

from tests.support.service.links import of_ann
from tests.support.service_under_test import App


@pytest.fixture
def ann(app: App) -> App:
    return of_ann(app)
