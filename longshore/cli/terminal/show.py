"""Progress bars on a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.table import Column

from longshore.cli.terminal.sizes import pace_text
from longshore.cli.terminal.words import Lines, plain
from longshore.client import Observer
from longshore.client.observer import Comparison, Session
from longshore.client.progress import Progress as Moved

NAME_WIDTH = 24
DRAW_EVERY = 0.05
"""Seconds between two updates of the bars."""


class Display:
    """Progress bars on standard error; nothing without a terminal or if not `shown`.

    files: number of files, None if unknown; several also have a line for all together. size: their bytes, None if
    unknown.
    """

    def __init__(self, files: int | None, size: int | None, shown: bool) -> None:
        self._progress: Progress | None = None
        self._all: TaskID | None = None
        if not shown or not sys.stderr.isatty():
            return
        whole = Column(no_wrap=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False, table_column=whole),
            # the rest of the line: 80 columns have room for all columns
            BarColumn(None, table_column=Column(ratio=1)),
            DownloadColumn(binary_units=True, table_column=whole),
            TextColumn("{task.fields[pace]}", markup=False, table_column=whole),
            TextColumn("{task.fields[stage]}", markup=False, table_column=whole),
            console=Console(stderr=True),
            expand=True,
            transient=True,
            # only `_draw` draws: rich's own thread could interrupt the line of another thread
            auto_refresh=False,
            # lines are printed by `_write`: click would find the terminal behind a redirection and write into the bars
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._files, self._size = files, size
        self._done = self._gone = 0
        self._under_way: dict[TaskID, Moved] = {}
        self._drawn_at = 0.0
        self._lock = threading.RLock()
        if files != 1:
            self._all = self._progress.add_task(self._count(), total=size, stage="", pace="")

    def __enter__(self) -> Display:
        if self._progress:
            self._progress.start()
            Lines.write = self._write
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress:
            Lines.write = Lines.plainly
            with self._lock:
                self._progress.stop()

    def _write(self, text: str, err: bool) -> None:
        """Print a line above the bars, unless it goes to a file or a pipe."""
        if self._progress is None or not (err or sys.stdout.isatty()):
            Lines.plainly(text, err)
        else:
            with self._lock:
                self._progress.console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)

    @contextmanager
    def watching(self, name: str) -> Iterator[Observer]:
        """Yield the observer of one file, whose bar is shown while the block runs."""
        if self._progress is None:
            yield Observer()
            return
        progress = self._progress
        with self._lock:
            task = progress.add_task(_end_of(plain(name)), total=None, stage="", pace="")
            self._draw()
        try:
            yield _Bar(self, task)
        finally:
            with self._lock:
                progress.remove_task(task)
                self._done += 1
                last = self._under_way.pop(task, None)
                self._gone += last.moved if last else 0
                self._tell_all()
                self._draw()

    def change(self, task: TaskID, moved: Moved | None = None, **fields: Any) -> None:
        """Update the bar of a file; moved: its progress."""
        if self._progress is None:
            return
        with self._lock:
            self._progress.update(task, **fields)
            if moved:
                self._under_way[task] = moved
                self._tell_all()
            # a stage may be the last change for a long time
            self._draw(at_once=moved is None)

    def _draw(self, at_once: bool = False) -> None:
        """Draw the bars at most every DRAW_EVERY seconds. Call with the lock."""
        now = time.monotonic()
        if self._progress and (at_once or now - self._drawn_at >= DRAW_EVERY):
            self._drawn_at = now
            self._progress.refresh()

    def _tell_all(self) -> None:
        """Update the line for all files."""
        if self._progress is None or self._all is None:
            return
        each = self._under_way.values()
        gone, speed = self._gone + sum(one.moved for one in each), sum(one.speed for one in each)
        left = (self._size - gone) / speed if self._size is not None and speed else None
        self._progress.update(
            self._all,
            description=self._count(),
            completed=gone,
            pace=pace_text(speed, left),
        )

    def _count(self) -> str:
        return f"{self._done} files" if self._files is None else f"{self._done} of {self._files} files"


def _end_of(name: str) -> str:
    """Return the end of a long path, which distinguishes files best."""
    return name if len(name) <= NAME_WIDTH else f"…{name[1 - NAME_WIDTH :]}"


class _Bar(Observer):
    def __init__(self, display: Display, task: TaskID) -> None:
        self._display, self._task = display, task

    def stage(self, stage: str) -> None:
        self._display.change(self._task, stage=plain(stage), pace="")

    def progress(self, progress: Moved) -> None:
        pace = pace_text(progress.speed, progress.seconds_left)
        self._display.change(self._task, progress, completed=progress.moved, total=progress.size, pace=pace)


class Several(Observer):
    """Pass every event to several observers."""

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
