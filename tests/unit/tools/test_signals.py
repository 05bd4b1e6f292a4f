"""A test run in the background: what it inherits from its shell, and what the programs inherit that tests start."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support import signals

TELL = "import signal; print([signal.getsignal(number) for number in (signal.SIGINT, signal.SIGQUIT)])"


@pytest.fixture
def in_the_background() -> Iterator[None]:
    """This process ignores what a shell makes a command ignore that it starts with `&`."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in signals.INHERITED}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("in_the_background")
def test_programs_of_a_run_in_the_background_can_be_interrupted(pytestconfig: pytest.Config) -> None:
    assert "Handlers.SIG_IGN" in told()
    registered = pytestconfig.pluginmanager.get_plugin("tests.support.signals")
    assert registered is not None
    registered.pytest_configure()
    assert "Handlers.SIG_IGN" not in told()


def told() -> str:
    """How a program that is started now treats these signals."""
    return subprocess.run([sys.executable, "-ISc", TELL], check=True, capture_output=True, text=True).stdout
