"""What every part of the stack has in common: prepare, spawn, wait until ready, stop, kill, restart."""

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
    """One part, of one or several processes. It keeps its data in `data` and its ports over stop, kill and restart.

    `prepare` and `spawn` do not wait for the processes and `wait_ready` does, so that several parts can come up at the
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
        """None where this part can run, else the reason why it cannot."""
        return None

    def prepare(self) -> None:
        """Writes configuration and makes what the processes need before their first start."""

    def commands(self) -> Sequence[Command]:
        """The processes in the order of their start; they are stopped in the reverse order."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Whether it does its work now. Must not raise while the part is on its way up."""
        raise NotImplementedError

    def describe(self) -> str:
        """What it uses, in a few words, without secrets."""
        raise NotImplementedError

    def env(self) -> dict[str, str]:
        """The settings by which the service finds this part."""
        return {}

    def ports(self) -> dict[str, int]:
        """The loopback ports it wants, by what they are for."""
        return {}

    @property
    def logs(self) -> Path:
        """Folder of the processes' logs."""
        return self.data / "logs"

    def start(self) -> None:
        """Starts it and returns when it is ready."""
        self.prepare()
        self.spawn()
        self.wait_ready()

    def spawn(self) -> None:
        """Starts the processes without waiting."""
        self.children = []
        for command in self.commands():
            self.children.append(Child(command, self.logs))

    def wait_ready(self) -> None:
        """Returns when the part is ready. PartError, with its last words, when it ended or takes too long."""
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
        """The first process of this part that has ended by itself, if any."""
        return next((child for child in self.children if child.exit_code() is not None), None)

    def is_down(self) -> bool:
        """Whether it, or a process of it, does not run."""
        return not self.children or self.crashed() is not None

    def terminate(self) -> None:
        """Asks all processes to end, without waiting; `stop` sees it through."""
        for child in self.children:
            child.terminate()

    def stop(self) -> None:
        """Ends it in good order; does nothing when it does not run."""
        for child in reversed(self.children):
            child.terminate()
            child.wait(self.stop_seconds)
        self.children = []

    def kill(self) -> None:
        """Ends it with SIGKILL, as in a power cut."""
        for child in self.children:
            child.kill()
        self.children = []

    def freeze(self) -> None:
        """From now on it takes connections and answers nothing."""
        for child in self.children:
            signal_session(child.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume after `freeze`."""
        for child in self.children:
            signal_session(child.pid, signal.SIGCONT)

    def restart(self) -> None:
        """Starts it again on the same data and the same ports, stopping it first when it runs."""
        self.stop()
        self.start()

    @contextmanager
    def down(self) -> Iterator[None]:
        """For tests of bad days: the part is dead (SIGKILL) inside the block and back, on the same data, after it."""
        self.kill()
        try:
            yield
        finally:
            self.start()


def last_words(child: Child) -> str:
    """A sentence about a process that ended, with the end of its log."""
    code = child.exit_code()
    how = f"was stopped by signal {-code}" if code is not None and code < 0 else f"ended with exit code {code}"
    return f"{child.label} {how}; the end of its log ({child.log}):\n{child.tail()}"
