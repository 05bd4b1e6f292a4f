"""Test a crash: arm a point, let a process of the service die there, let time pass, check the result."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import update

from service.crashpoints import NAMES
from service.db.models import File, Upload
from service.deps import utc_now
from service.domain.upkeep.sweep import sweep
from tests.support.live.client import SECONDS
from tests.support.live.eventually import eventually
from tests.support.live.ledger import faults, look, look_at_rows
from tests.support.live.stack import Stack
from tools.programs import ROOT, python_env, python_module
from tools.stack.processes.child import Child, Command
from tools.stack.processes.part import Part

CROSSED: set[str] = set()
"""The points at which tests kill a process."""


def dies_at(*points: str) -> pytest.MarkDecorator:
    """Run a test once for each of these points; it gets the name as `point`."""
    CROSSED.update(points)
    return pytest.mark.parametrize("point", points)


class Scene:
    """The steps of a crash test, on a stack without a running cron: tests run sweeps themselves."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.client = stack.client
        self._before = look(stack)

    @contextmanager
    def armed(self, point: str, along: Part | None = None) -> Iterator[None]:
        """Kill the process that reaches this point inside the block, and those of `along`; it must be reached."""
        assert point in NAMES
        folder = self.stack.crash_folder
        armed = folder / point
        draft = armed.with_suffix(".draft")
        draft.write_text(" ".join(str(child.pid) for child in along.children) if along else "")
        draft.rename(armed)
        try:
            yield
            eventually(lambda: [path.name for path in folder.iterdir()], lambda never_reached: never_reached == [], 15)
        finally:
            armed.unlink(missing_ok=True)
        if along:
            along.kill()  # the rest of it
            self.stack.let_pulses_stop()
            along.start()

    def api_dies(self, point: str, method: str, path: str, along: Part | None = None, **options: Any) -> None:
        """Make a call during which the API's process dies."""
        with self.armed(point, along), pytest.raises(requests.ConnectionError):
            self.client.request(method, path, **options)

    def sweeper_dies(self, point: str) -> None:
        """Run a sweep in a separate process that dies during it."""
        with self.armed(point):
            env = {**python_env(), **self.stack.env}
            sweeper = Child(Command("sweep", python_module("jobs.sweep"), env, ROOT), self.stack.folder / "logs")
            sweeper.wait(SECONDS)
        assert sweeper.exit_code() == -signal.SIGKILL

    def let_uploads_expire(self) -> None:
        """Let the open uploads of this scene expire."""
        mine = look_at_rows(self.stack).since(self._before).uploads
        with self.stack.db.write() as session:
            session.execute(update(Upload).where(Upload.id.in_(mine)).values(expires_at=utc_now() - timedelta(days=1)))

    def let_files_expire(self) -> None:
        """Let the files of this scene expire."""
        mine = look_at_rows(self.stack).since(self._before).uploads
        with self.stack.db.write() as session:
            ended = update(File).where(File.upload_id.in_(mine))
            session.execute(ended.values(expires_at=utc_now() - timedelta(days=1)))

    def sweep_later(self) -> None:
        """Let hours pass, then run a sweep in this process."""
        self.stack.let_time_pass()
        parts = self.stack.deps
        sweep(replace(parts, db=self.stack.db, storage=self.stack.storage, queue=self.stack.queue))

    def comes_to_rest(self, *file_ids: str) -> None:
        """Wait for running scans, and assert that everything is consistent and these are all files."""
        eventually(lambda: faults(self.stack, self._before, set(file_ids)), lambda wrong: wrong == [], 15)
