"""The signals that a test run may inherit as ignored: programs that tests start would ignore them too."""

from __future__ import annotations

import signal

INHERITED = (signal.SIGINT, signal.SIGQUIT)
"""The signals that a shell without job control ignores in a command that it starts with `&` (POSIX sh, 2.11)."""


def pytest_configure() -> None:
    """Restore Ctrl-C, so that tests of it pass in a run that was started in the background too."""
    for number in INHERITED:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL)
