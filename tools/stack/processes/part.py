"""The base class of all parts: prepare, spawn, wait until ready, stop, kill, restart."""

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.stack.processes.child import Child, Command
from tools.stack.processes.parent_watch import signal_session

POLL_SECONDS = 0.02


class PartError(Exception):
    """A part could not be started; the message is for the user."""


class Part:
    """A part of one or several processes. It keeps its data in `data` and its ports over stop, kill and restart.

    `prepare` and `spawn` do not wait for the processes and `wait_ready` does, so that several parts can start at the
    same time.
    """

    name = "part"
    ready_seconds = 30.0
    stop_seconds = 10.0

    def __init__(self, data: Path) -> None:
        self.data = data.absolute()
        self.children: list[Child] = []

    @classmethod
    def available(cls) -> str | None:
        """Return why this part cannot run here, or None if it can."""
        return None

    def prepare(self) -> None:
        """Write the configuration and create what the processes need before their first start."""

    def commands(self) -> Sequence[Command]:
        """Return the processes in the order of their start; they are stopped in reverse order."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Whether the part is ready. Must not raise while it starts."""
        raise NotImplementedError

    def describe(self) -> str:
        """Describe program, address and data in a few words, without secrets."""
        raise NotImplementedError

    def env(self) -> dict[str, str]:
        """Return the settings by which the service finds this part."""
        return {}

    def ports(self) -> dict[str, int]:
        """Return the loopback ports that it needs, by purpose."""
        return {}

    @property
    def logs(self) -> Path:
        """The folder of the processes' logs."""
        return self.data / "logs"

    def start(self) -> None:
        """Start the part and return when it is ready."""
        self.prepare()
        self.spawn()
        self.wait_ready()

    def spawn(self) -> None:
        """Start the processes without waiting."""
        self.children = []
        for command in self.commands():
            self.children.append(Child(command, self.logs))

    def wait_ready(self) -> None:
        """Return when the part is ready. Raises PartError with the end of its log if it ended or takes too long."""
        deadline = time.monotonic() + self.ready_seconds
        while not self.is_ready():
            crashed = self.crashed()
            if crashed is not None:
                raise PartError(last_words(crashed))
            if time.monotonic() > deadline:
                tails = "\n".join(child.tail() for child in self.children)
                self.stop()
                raise PartError(
                    f"{self.name} is not ready after {self.ready_seconds:.0f} s; the end of its log:\n{tails}"
                )
            time.sleep(POLL_SECONDS)

    def crashed(self) -> Child | None:
        """Return the first process of this part that has ended by itself, if any."""
        return next((child for child in self.children if child.exit_code() is not None), None)

    def is_down(self) -> bool:
        """Whether the part, or one of its processes, does not run."""
        return not self.children or self.crashed() is not None

    def terminate(self) -> None:
        """Ask all processes to end, without waiting; `stop` waits."""
        for child in self.children:
            child.terminate()

    def stop(self) -> None:
        """Stop the part gracefully; do nothing if it does not run."""
        for child in reversed(self.children):
            child.terminate()
            child.wait(self.stop_seconds)
        self.children = []

    def kill(self) -> None:
        """End the part with SIGKILL, as in a power cut."""
        for child in self.children:
            child.kill()
        self.children = []

    def freeze(self) -> None:
        """Stop the processes (SIGSTOP): the part accepts connections and does not respond."""
        for child in self.children:
            signal_session(child.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume the processes after `freeze`."""
        for child in self.children:
            signal_session(child.pid, signal.SIGCONT)

    def restart(self) -> None:
        """Start the part again on the same data and ports; stop it first if it runs."""
        self.stop()
        self.start()

    @contextmanager
    def down(self) -> Iterator[None]:
        """Kill the part (SIGKILL) inside the block, and start it again on the same data after it."""
        self.kill()
        try:
            yield
        finally:
            self.start()


def last_words(child: Child) -> str:
    """Return a sentence about a process that ended, with the end of its log."""
    code = child.exit_code()
    how = f"was stopped by signal {-code}" if code is not None and code < 0 else f"ended with exit code {code}"
    return f"{child.label} {how}; the end of its log ({child.log}):\n{child.tail()}"
