"""What is measured: real storage, the service as processes on it, and whatever else a benchmark starts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from tools.stack.processes.parent_watch import members
from tools.stack.processes.part import Part
from tools.stack.servers.app import Api, run_prepare
from tools.stack.stores.swift import Swift

AnyPart = TypeVar("AnyPart", bound=Part)


class OneProcess(Api):
    """gunicorn with one process: a ratio is fair only against the same, and its CPU and memory are one number."""

    workers = 1

    def pids(self) -> list[int]:
        """Of all its processes."""
        return [pid for child in self.children for pid in members(child.pid)]


class BareFlask(OneProcess):
    """The same server around a view that does nothing: the ceiling of every endpoint."""

    name = "bare-flask"
    application = "tools.bench.peers.bare_flask:app"


class Rig:
    """Parts in a folder of their own that run until the benchmark is over."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self.storage = self.run(Swift(folder))

    def run(self, part: AnyPart) -> AnyPart:
        """Start a part; it is stopped when the rig is."""
        part.start()
        self._stack.callback(part.stop)
        return part

    def settings(self, **changes: str) -> dict[str, str]:
        """The service's environment: SQLite, no queue and no scanner unless `changes` name one."""
        return {
            "DATABASE_URL": f"sqlite:///{self.folder}/bench.sqlite3",
            "REDIS_URL": "redis://127.0.0.1:9",
            "SECRET_KEY": "only-for-this-bench",
            "CLAMD_URL": "off",
            **self.storage.env(),
            **changes,
        }

    def api(self, settings: dict[str, str], folder: Path | None = None) -> OneProcess:
        """The service, one process, its database and storage prepared; folder: of its own where there are several."""
        own = folder or self.folder
        run_prepare(settings, own)
        return self.run(OneProcess(own, settings))


@contextmanager
def rig() -> Iterator[Rig]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="longshore-bench-")))
        yield Rig(folder, stack)
