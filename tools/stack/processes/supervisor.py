"""Starts parts together, watches over them, and ends them in the reverse order."""

import time
from collections.abc import Callable, Sequence

from tools.stack.processes.child import Child
from tools.stack.processes.part import Part
from tools.stack.processes.ports import is_free

WATCH_SECONDS = 0.2
Say = Callable[[str], None]


def taken_ports(parts: Sequence[Part]) -> list[str]:
    """A sentence for each port that a part wants and another program has."""
    wanted = {port: purpose for part in parts for purpose, port in part.ports().items()}
    return [
        f"port {port} is taken by another program; it is wanted for {purpose}"
        for port, purpose in wanted.items()
        if not is_free(port)
    ]


class Supervisor:
    """The running parts, in the order of their start."""

    def __init__(self, say: Say) -> None:
        """`say` prints a line for the person at the terminal."""
        self._say = say
        self._stages: list[list[Part]] = []
        self._loading: list[Part] = []

    def start(self, parts: Sequence[Part], not_waited_for: Sequence[Part] = ()) -> None:
        """Starts `parts` side by side and returns when all are ready, but those `not_waited_for`."""
        self._stages.append([])
        for part in parts:
            part.prepare()
            self._stages[-1].append(part)
            part.spawn()
        for part in parts:
            if part in not_waited_for and not part.is_ready():
                self._loading.append(part)
            else:
                part.wait_ready()

    def watch(self) -> Child:
        """Returns when a process has ended by itself: that one."""
        while True:
            ended = (part.crashed() for stage in self._stages for part in stage)
            crashed = next((child for child in ended if child is not None), None)
            if crashed is not None:
                return crashed
            for part in [part for part in self._loading if part.is_ready()]:
                self._loading.remove(part)
                self._say(f"{part.name} is ready now")
            time.sleep(WATCH_SECONDS)

    def stop(self) -> None:
        """Ends all, the last started first; what was started together ends together."""
        while self._stages:
            for part in self._stages[-1]:
                part.terminate()
            for part in self._stages[-1]:
                part.stop()
            self._stages.pop()
