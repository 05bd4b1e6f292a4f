"""What people see of what is under way, where there is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from longshore.cli.words import plain
from longshore.client import Observer
from longshore.client.observer import Comparison, Session
from longshore.client.progress import Progress as Moved


class Display:
    """Bars for what is under way, on standard error; without a terminal, or where none is wanted, nothing."""

    def __init__(self, total: int, shown: bool) -> None:
        self._progress: Progress | None = None
        self._all: TaskID | None = None
        if not shown or not sys.stderr.isatty():
            return
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(binary_units=True),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[stage]}", markup=False),
            console=Console(stderr=True),
            transient=True,
            # lines for a file or a pipe go there, not between the bars
            redirect_stdout=sys.stdout.isatty(),
        )
        self._total, self._done = total, 0
        if total > 1:
            self._all = self._progress.add_task(f"0 of {total} files", total=None, stage="")

    def __enter__(self) -> Display:
        if self._progress:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress:
            self._progress.stop()

    @contextmanager
    def watching(self, name: str) -> Iterator[Observer]:
        """An observer of one file, whose bar is there while the block runs."""
        if self._progress is None:
            yield Observer()
            return
        task = self._progress.add_task(plain(name), total=None, stage="")
        try:
            yield _Bar(self._progress, task)
        finally:
            self._progress.remove_task(task)
            self._done += 1
            if self._all is not None:
                self._progress.update(self._all, description=f"{self._done} of {self._total} files")


class _Bar(Observer):
    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def stage(self, stage: str) -> None:
        self._update(stage=plain(stage))

    def progress(self, progress: Moved) -> None:
        self._update(completed=progress.moved, total=progress.size)

    def _update(self, **what: Any) -> None:
        self._progress.update(self._task, **what)


class Several(Observer):
    """Tells several observers the same."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def session(self, session: Session) -> None:
        for observer in self._observers:
            observer.session(session)

    def stage(self, stage: str) -> None:
        for observer in self._observers:
            observer.stage(stage)

    def compared(self, comparison: Comparison) -> None:
        for observer in self._observers:
            observer.compared(comparison)

    def progress(self, progress: Moved) -> None:
        for observer in self._observers:
            observer.progress(progress)

    def aborted(self) -> None:
        for observer in self._observers:
            observer.aborted()

    def stored(self) -> None:
        for observer in self._observers:
            observer.stored()
