"""A test run in the background: programs that tests start do not inherit ignored signals."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support import signals

SHOW_HANDLERS = "import signal; print([signal.getsignal(number) for number in (signal.SIGINT, signal.SIGQUIT)])"


@pytest.fixture
def in_the_background() -> Iterator[None]:
    """Ignore the signals that a shell makes a command with `&` ignore."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in signals.INHERITED}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("in_the_background")
def test_programs_of_a_run_in_the_background_can_be_interrupted(pytestconfig: pytest.Config) -> None:
    assert "Handlers.SIG_IGN" in handlers_of_a_program()
    registered = pytestconfig.pluginmanager.get_plugin("tests.support.signals")
    assert registered is not None
    registered.pytest_configure()
    assert "Handlers.SIG_IGN" not in handlers_of_a_program()


def handlers_of_a_program() -> str:
    """Return the handlers of these signals in a new program."""
    return subprocess.run([sys.executable, "-ISc", SHOW_HANDLERS], check=True, capture_output=True, text=True).stdout
