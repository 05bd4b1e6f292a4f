"""Start parts together, watch them, and stop them in reverse order."""

import time
from collections.abc import Callable, Sequence

from tools.stack.processes.child import Child
from tools.stack.processes.part import Part
from tools.stack.processes.ports import is_free

WATCH_SECONDS = 0.2
Say = Callable[[str], None]


def taken_ports(parts: Sequence[Part]) -> list[str]:
    """Return a message for each needed port that another program uses."""
    wanted = {port: purpose for part in parts for purpose, port in part.ports().items()}
    return [
        f"port {port} is used by another program; it is needed for {purpose}"
        for port, purpose in wanted.items()
        if not is_free(port)
    ]


class Supervisor:
    """The running parts in start order."""

    def __init__(self, say: Say) -> None:
        """`say` prints a line on the terminal."""
        self._say = say
        self._stages: list[list[Part]] = []
        self._loading: list[Part] = []

    def start(self, *stages: Sequence[Part], not_waited_for: Sequence[Part] = ()) -> None:
        """Start all parts in parallel and return when they are ready, except those `not_waited_for`.

        A later stage is stopped before an earlier one.
        """
        self.spawn(*stages)
        self.wait([part for parts in stages for part in parts], not_waited_for=not_waited_for)

    def spawn(self, *stages: Sequence[Part]) -> None:
        """Start all parts like `start`, without waiting."""
        for parts in stages:
            self._stages.append([])
            for part in parts:
                part.prepare()
                self._stages[-1].append(part)
                part.spawn()

    def wait(self, parts: Sequence[Part], *, not_waited_for: Sequence[Part] = ()) -> None:
        """Return when these started parts are ready, except those `not_waited_for`, which `watch` reports later."""
        for part in parts:
            if part in not_waited_for and not part.is_ready():
                self._loading.append(part)
            else:
                part.wait_ready()

    def watch(self) -> Child:
        """Wait until a process ends by itself and return it."""
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
        """Stop all parts in reverse order; parts that started together stop together."""
        while self._stages:
            for part in self._stages[-1]:
                part.terminate()
            for part in self._stages[-1]:
                part.stop()
            self._stages.pop()
