"""What all tests share."""

from __future__ import annotations

pytest_plugins = ["devstack.pytest_parts", "tests.signals", "tests.world_fixtures", "tests.role"]
