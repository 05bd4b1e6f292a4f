"""End the parts when the process that started them dies, even by SIGKILL.

Every part runs in its own session. A small watcher process reads from a pipe; when the starter dies, the kernel closes
the writing end, and the watcher ends the registered sessions. Run as a script, this file is the watcher.
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
    """The starter's side: registers sessions with the watcher. One per process; the watcher starts on first use."""

    def __init__(self) -> None:
        self._watcher: subprocess.Popen[bytes] | None = None
        self._pipe: IO[bytes] | None = None
        self._owner = 0
        self._kept: list[int] = []

    @contextmanager
    def keeping_open(self, descriptor: int) -> Iterator[None]:
        """Let a watcher that starts inside the block keep this file (a lock) open until it has ended all sessions."""
        self._kept.append(descriptor)
        try:
            yield
        finally:
            self._kept.remove(descriptor)

    def register(self, session: int) -> None:
        """Register `session` (a session leader's pid), so that it ends with this process."""
        self._say(f"+{session}\n")

    def unregister(self, session: int) -> None:
        """Remove `session`, which has ended: another process may get its number."""
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
        """End what still runs when this process exits."""
        if self._watcher is not None and self._owner == os.getpid():
            self._watcher.communicate()


def members(session: int) -> list[int]:
    """Return the pids of the running processes in `session`; without /proc only the leader's."""
    if not Path("/proc/self/stat").exists():
        return [session] if is_running(session) else []
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _session_of(entry) == session:
            found.append(int(entry.name))
    return found


def signal_session(session: int, number: int) -> None:
    """Send a signal to every process of `session` that still exists."""
    for pid in members(session):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def end_sessions(sessions: set[int]) -> None:
    """Send SIGTERM to all, and SIGKILL to those that still run after GRACE_SECONDS."""
    for session in sessions:
        signal_session(session, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and any(members(session) for session in sessions):
        time.sleep(0.05)
    for session in sessions:
        signal_session(session, signal.SIGKILL)


def is_running(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    entry = Path(f"/proc/{pid}")
    return _session_of(entry) is not None if entry.exists() else True


def _session_of(entry: Path) -> int | None:
    """Return the session of a /proc entry, or None if the process has ended or is a zombie."""
    try:
        # the command name may contain spaces and brackets, so count from the last bracket: state, parent, group,
        # session
        state, _parent, _group, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
    except (OSError, ValueError):
        return None
    return None if state in "ZX" else int(session)


def _watch() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sessions: set[int] = set()
    for line in sys.stdin:
        (sessions.add if line[0] == "+" else sessions.discard)(int(line[1:]))
    end_sessions(sessions)


parent_watch = ParentWatch()

if __name__ == "__main__":
    _watch()
