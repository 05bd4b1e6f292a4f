"""The measured system: real storage, the service as processes on it, and other parts of a benchmark."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from service.db.cached.safety import FACT
from service.db.models import Fact
from service.deps import build_deps, utc_now
from service.domain.records.objects.storage_safety import PUBLIC, tried_on
from service.settings import Settings
from tools.stack.processes.parent_watch import members
from tools.stack.processes.part import Part
from tools.stack.servers.app import Api, run_prepare
from tools.stack.stores.swift import Swift
from tools.stack.try_storage import try_storage

AnyPart = TypeVar("AnyPart", bound=Part)
UPLOAD_KEY = {"S3_UPLOAD_ACCESS_KEY": "upload", "S3_UPLOAD_SECRET_KEY": "never used here"}
"""A separate key for parts, for services that only sign."""


class OneProcess(Api):
    """gunicorn with one process, as its peers have one; its processor time and memory are one number."""

    workers = 1

    def pids(self) -> list[int]:
        """Return the ids of all its processes."""
        return [pid for child in self.children for pid in members(child.pid)]


class BareFlask(OneProcess):
    """The same server with a view that does nothing: no endpoint can be faster."""

    name = "bare-flask"
    application = "tools.bench.peers.bare_flask:app"


class Rig:
    """Parts in a temporary folder, which run until the benchmark is over."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self.storage = self.run(Swift(folder))

    def run(self, part: AnyPart) -> AnyPart:
        """Start a part; it is stopped with the rig."""
        part.start()
        self._stack.callback(part.stop)
        return part

    def settings(self, **changes: str) -> dict[str, str]:
        """Return the service's environment: SQLite, no queue and no scanner unless `changes` name one."""
        return {
            "DATABASE_URL": f"sqlite:///{self.folder}/bench.sqlite3",
            "REDIS_URL": "redis://127.0.0.1:9",
            "SECRET_KEY": "only-for-this-bench",
            "CLAMD_URL": "off",
            **self.storage.env(),
            **changes,
        }

    def api(self, settings: dict[str, str], folder: Path | None = None) -> OneProcess:
        """Prepare database and storage and start the service, one process. folder: its own if there are several."""
        own = folder or self.folder
        run_prepare(settings, own)
        return self.run(OneProcess(own, settings))


def trust_storage(env: Mapping[str, str]) -> None:
    """Try the attacks on storage, and record the result for a service with UPLOAD_KEY: its links need no request.

    env: the service's environment without UPLOAD_KEY, which storage does not know. Raises AssertionError if storage
    accepts an attack.
    """
    tried = try_storage(env)
    if not tried.is_proven(PUBLIC, utc_now()):
        raise AssertionError("this storage accepts attacks")
    deps = build_deps(Settings.from_env({**env, **UPLOAD_KEY}))
    with deps.db.write() as session:
        session.merge(Fact(name=FACT, value=replace(tried, tried_on=tried_on(deps.settings)).as_fact()))
    deps.disconnect()


@contextmanager
def rig() -> Iterator[Rig]:
    """Yield a rig that runs inside the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="longshore-bench-")))
        yield Rig(folder, stack)
