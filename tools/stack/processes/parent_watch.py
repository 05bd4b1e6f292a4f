"""Ends the parts when the process that started them dies, even by SIGKILL.

Every part runs in a session of its own. A small watcher process holds the reading end of a pipe; when the starter
dies the kernel closes the writing end, and the watcher ends the sessions it was told of. As a script this file is the
watcher.
"""

import atexit
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

GRACE_SECONDS = 5.0


class ParentWatch:
    """The starter's side: tells the watcher which sessions to end. One per process; the watcher starts on first use."""

    def __init__(self) -> None:
        self._watcher: subprocess.Popen[bytes] | None = None
        self._pipe: IO[bytes] | None = None
        self._owner = 0
        self._kept: list[int] = []

    @contextmanager
    def keeping(self, descriptor: int) -> Iterator[None]:
        """A watcher that starts inside the block holds this file (a lock) open until it has ended all."""
        self._kept.append(descriptor)
        try:
            yield
        finally:
            self._kept.remove(descriptor)

    def hold(self, session: int) -> None:
        """From now on, `session` (a session leader's pid) ends with this process."""
        self._say(f"+{session}\n")

    def release(self, session: int) -> None:
        """`session` is over; its number may be given to a stranger, so forget it."""
        self._say(f"-{session}\n")

    def _say(self, line: str) -> None:
        if self._pipe is None or self._owner != os.getpid():
            self._owner = os.getpid()
            command = [sys.executable, "-I", "-S", __file__]
            self._watcher = subprocess.Popen(
                command, stdin=subprocess.PIPE, pass_fds=self._kept, start_new_session=True
            )
            self._pipe = self._watcher.stdin
            atexit.register(self._close)
        if self._pipe is not None:
            self._pipe.write(line.encode())
            self._pipe.flush()

    def _close(self) -> None:
        """At this process's own end: what still runs is ended before it is gone."""
        if self._watcher is not None and self._owner == os.getpid():
            self._watcher.communicate()


def members(session: int) -> list[int]:
    """Pids of the processes in `session` that still run; where there is no /proc, the leader alone."""
    if not Path("/proc/self/stat").exists():
        return [session] if is_running(session) else []
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _session_of(entry) == session:
            found.append(int(entry.name))
    return found


def signal_session(session: int, number: int) -> None:
    """Sends a signal to every process of `session`; those that are gone already are fine."""
    for pid in members(session):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def end_sessions(sessions: set[int]) -> None:
    """SIGTERM to all, and SIGKILL to what is left after GRACE_SECONDS."""
    for session in sessions:
        signal_session(session, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and any(members(session) for session in sessions):
        time.sleep(0.05)
    for session in sessions:
        signal_session(session, signal.SIGKILL)


def is_running(pid: int) -> bool:
    """Whether a process still does something; a zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    entry = Path(f"/proc/{pid}")
    return _session_of(entry) is not None if entry.exists() else True


def _session_of(entry: Path) -> int | None:
    """The session of a /proc entry, None for one that is gone or a zombie."""
    try:
        # The command name may hold spaces and brackets, so count from the last bracket: state, parent, group, session.
        state, _parent, _group, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
    except (OSError, ValueError):
        return None
    return None if state in "ZX" else int(session)


def _watch() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    held: set[int] = set()
    for line in sys.stdin:
        (held.add if line[0] == "+" else held.discard)(int(line[1:]))
    end_sessions(held)


leash = ParentWatch()

if __name__ == "__main__":
    _watch()
