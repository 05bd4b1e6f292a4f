"""A process of a part: started in its own session, logged to a file, ended with this process."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.stack.processes import warm
from tools.stack.processes.parent_watch import members, parent_watch, signal_session
from tools.stack.processes.warm import WarmProcess

TAIL_LINES = 15


@dataclass(frozen=True)
class Command:
    """A command: `label` names it in messages and its log (LABEL.log), `env` extends this process's environment."""

    label: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None


def start_process(command: Command, log: Path) -> "subprocess.Popen[bytes] | WarmProcess":
    """Start a command in a new session; its output is appended to `log`."""
    env, cwd = {**os.environ, **command.env}, command.cwd or Path.cwd()
    if warm.enabled and warm.can_run(command.argv, env):
        return WarmProcess(command.argv, env, cwd, log)
    with log.open("ab") as out:
        return subprocess.Popen(
            list(command.argv),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )


class Child:
    """A running Command."""

    def __init__(self, command: Command, logs: Path) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self.label = command.label
        self.log = logs / f"{command.label}.log"
        self.log.touch()
        # only this run's output is shown if it fails
        self._log_start = self.log.stat().st_size
        self.process = start_process(command, self.log)
        parent_watch.register(self.pid)

    @property
    def pid(self) -> int:
        """The process id; also the session's id."""
        return self.process.pid

    def exit_code(self) -> int | None:
        """The exit code: None while it runs, -N if signal N ended it."""
        return self.process.poll()

    def terminate(self) -> None:
        """Ask it to end; `wait` waits for that."""
        if self.exit_code() is None:
            self.process.terminate()

    def wait(self, seconds: float) -> None:
        """Wait for its end, and kill it after `seconds`. No process of its session stays."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.kill()

    def kill(self) -> None:
        """Send SIGKILL to its whole session, as in a power cut."""
        while members(self.pid):
            signal_session(self.pid, signal.SIGKILL)
            self.process.poll()
        self.process.wait()
        parent_watch.unregister(self.pid)

    def tail(self, lines: int = TAIL_LINES) -> str:
        """Return the last lines of this run's log."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
