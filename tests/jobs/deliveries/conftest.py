"""The app whose webhook is a FakeSender."""

from __future__ import annotations

import pytest

from tests.support.service.deliveries import URL, FakeSender
from tests.support.service_under_test import App, rebuilt


@pytest.fixture
def sender() -> FakeSender:
    return FakeSender()


@pytest.fixture
def hooked(app: App, sender: FakeSender) -> App:
    return rebuilt(app.with_settings(webhooks=(URL,)), sender=sender)
