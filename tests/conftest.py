"""What all tests share."""

from __future__ import annotations

pytest_plugins = ["tools.stack.pytest_parts", "tests.support.signals", "tests.support.fixtures"]
