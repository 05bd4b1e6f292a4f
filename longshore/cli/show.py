"""What people see of what is under way, where there is a terminal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.table import Column

from longshore.cli.sizes import pace_text
from longshore.cli.words import Lines, plain
from longshore.client import Observer
from longshore.client.observer import Comparison, Session
from longshore.client.progress import Progress as Moved

NAME_WIDTH = 24


class Display:
    """Bars for what is under way, on standard error; without a terminal, or where none is wanted, nothing.

    files: how many there will be; of several all together have a line too. size: their bytes, None where nobody knows.
    """

    def __init__(self, files: int, size: int | None, shown: bool) -> None:
        self._progress: Progress | None = None
        self._all: TaskID | None = None
        if not shown or not sys.stderr.isatty():
            return
        whole = Column(no_wrap=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False, table_column=whole),
            # what the words leave: in 80 columns all of them have room
            BarColumn(None, table_column=Column(ratio=1)),
            DownloadColumn(binary_units=True, table_column=whole),
            TextColumn("{task.fields[pace]}", markup=False, table_column=whole),
            TextColumn("{task.fields[stage]}", markup=False, table_column=whole),
            console=Console(stderr=True),
            expand=True,
            transient=True,
            # lines come through `_write`: click finds the terminal behind a redirection, and writes into the bars
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._files, self._size = files, size
        self._done = self._gone = 0
        self._under_way: dict[TaskID, Moved] = {}
        self._lock = threading.Lock()
        if files > 1:
            self._all = self._progress.add_task(f"0 of {files} files", total=size, stage="", pace="")

    def __enter__(self) -> Display:
        if self._progress:
            self._progress.start()
            Lines.write = self._write
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress:
            Lines.write = Lines.plainly
            self._progress.stop()

    def _write(self, text: str, err: bool) -> None:
        """A line above the bars; what goes to a file or a pipe is no line of the terminal."""
        if self._progress is None or not (err or sys.stdout.isatty()):
            Lines.plainly(text, err)
        else:
            self._progress.console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)

    @contextmanager
    def watching(self, name: str) -> Iterator[Observer]:
        """An observer of one file, whose bar is there while the block runs."""
        if self._progress is None:
            yield Observer()
            return
        task = self._progress.add_task(_end_of(plain(name)), total=None, stage="", pace="")
        try:
            yield _Bar(self._progress, task, self._got_on)
        finally:
            self._progress.remove_task(task)
            with self._lock:
                self._done += 1
                last = self._under_way.pop(task, None)
                self._gone += last.moved if last else 0
                self._tell_all()

    def _got_on(self, task: TaskID, moved: Moved) -> None:
        with self._lock:
            self._under_way[task] = moved
            self._tell_all()

    def _tell_all(self) -> None:
        """The line of all files: those that are done, and the few that are under way."""
        if self._progress is None or self._all is None:
            return
        each = self._under_way.values()
        gone, speed = self._gone + sum(one.moved for one in each), sum(one.speed for one in each)
        left = (self._size - gone) / speed if self._size is not None and speed else None
        self._progress.update(
            self._all,
            description=f"{self._done} of {self._files} files",
            completed=gone,
            pace=pace_text(speed, left),
        )


def _end_of(name: str) -> str:
    """What tells a file from the others: a path's end."""
    return name if len(name) <= NAME_WIDTH else f"…{name[1 - NAME_WIDTH :]}"


class _Bar(Observer):
    def __init__(self, progress: Progress, task: TaskID, tell: Callable[[TaskID, Moved], None]) -> None:
        self._progress, self._task, self._tell = progress, task, tell

    def stage(self, stage: str) -> None:
        self._progress.update(self._task, stage=plain(stage), pace="")

    def progress(self, progress: Moved) -> None:
        pace = pace_text(progress.speed, progress.seconds_left)
        self._progress.update(self._task, completed=progress.moved, total=progress.size, pace=pace)
        self._tell(self._task, progress)


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
