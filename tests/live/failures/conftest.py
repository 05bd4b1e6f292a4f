"""Fixtures of tests that kill a process at a crash point."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.live.crash_scene import Scene
from tests.support.live.stack import Stack


@pytest.fixture(scope="module")
def one_without_cron(one_stack: Stack) -> Iterator[Stack]:
    """The test runs all sweeps."""
    with one_stack.without(one_stack.cron):
        yield one_stack


@pytest.fixture(scope="module")
def last_without_cron(one_without_cron: Stack, last_stack: Stack) -> Iterator[Stack]:
    if last_stack is one_without_cron:
        yield last_stack
        return
    with last_stack.without(last_stack.cron):
        yield last_stack


@pytest.fixture
def scene(one_without_cron: Stack) -> Scene:
    return Scene(one_without_cron)
