"""A test of one crash: arm a point, let a process of the service die there, let time pass, judge what is left."""

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
from service.db.models import Upload
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
"""The points that some test lets a process die at."""


def dies_at(*points: str) -> pytest.MarkDecorator:
    """Runs a test once for each of these points; it gets the name as `point`."""
    CROSSED.update(points)
    return pytest.mark.parametrize("point", points)


class Scene:
    """What happens in one test, on a stack whose cron rests: sweeps are run when the test says so."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.client = stack.client
        self._before = look(stack)

    @contextmanager
    def armed(self, point: str, along: Part | None = None) -> Iterator[None]:
        """Whoever comes to this point inside the block dies there, and all of `along` with it; it has to be reached."""
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
            along.kill()  # what is left of it
            self.stack.let_pulses_stop()
            along.start()

    def api_dies(self, point: str, method: str, path: str, along: Part | None = None, **options: Any) -> None:
        """Make a call in the middle of which the API's process dies."""
        with self.armed(point, along), pytest.raises(requests.ConnectionError):
            self.client.request(method, path, **options)

    def sweeper_dies(self, point: str) -> None:
        """Run a sweep, in a process of its own, that dies half-way."""
        with self.armed(point):
            env = {**python_env(), **self.stack.env}
            sweeper = Child(Command("sweep", python_module("jobs.sweep"), env, ROOT), self.stack.folder / "logs")
            sweeper.wait(SECONDS)
        assert sweeper.exit_code() == -signal.SIGKILL

    def let_uploads_expire(self) -> None:
        """As if the open uploads of this scene were past their time."""
        mine = look_at_rows(self.stack).since(self._before).uploads
        with self.stack.db.write() as session:
            session.execute(update(Upload).where(Upload.id.in_(mine)).values(expires_at=utc_now() - timedelta(days=1)))

    def sweep_later(self) -> None:
        """Hours go by, then one sweep, in this process."""
        self.stack.let_time_pass()
        parts = self.stack.deps
        sweep(replace(parts, db=self.stack.db, storage=self.stack.storage, queue=self.stack.queue))

    def comes_to_rest(self, *file_ids: str) -> None:
        """Everything is in order, and these are the files that there are; waits for the scans that are under way."""
        eventually(lambda: faults(self.stack, self._before, set(file_ids)), lambda wrong: wrong == [], 15)
