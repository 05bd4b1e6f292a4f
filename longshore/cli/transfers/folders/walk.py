"""Find the files below a folder on disk, in the order of their names."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from longshore.client.details import in_utf8
from longshore.client.errors import FileUnreadableError

CONTROL = "Cc"
MOST_FOLDERS = 32
"""Folders in each other that the service accepts."""


@dataclass(frozen=True)
class Found:
    """A file. folder: its folder on the service, "" for none."""

    path: str
    folder: str
    size: int


@dataclass(frozen=True)
class Skipped:
    """A file that is left out on purpose."""

    path: str
    reason: str


@dataclass(frozen=True)
class Unreadable:
    """A file or folder that cannot be read."""

    path: str
    error: FileUnreadableError


@dataclass(frozen=True)
class Renamed:
    """A folder that has another name on the service. It comes before its files."""

    path: str
    folder: str


Entry = Found | Skipped | Unreadable | Renamed


def folder_of(path: str) -> str:
    """Return the folder that `path` becomes: its last name, as `cp -r` does; "" for `photos/`, `.`, `..` and `/`."""
    last = path.rpartition("/")[2]
    return "" if last in {".", ".."} else service_name(last)


def service_name(name: str) -> str:
    """Return a folder's name for the service, which refuses backslashes and control characters."""
    return "".join("_" if char == "\\" or unicodedata.category(char) == CONTROL else char for char in in_utf8(name))


def joined(*names: str) -> str:
    """Return a folder path of the names that are not empty."""
    return "/".join(name for name in names if name)


def walk_all(paths: Iterable[str], folder: str, follow: bool) -> Iterator[Entry]:
    """Yield the given files, and all files below the given folders.

    folder: the folder of the service for the files and for the folders themselves.
    """
    for path in paths:
        if os.path.isdir(path):
            inner = joined(folder, folder_of(path))
            if folder_of(path) and folder_of(path) != path.rpartition("/")[2]:
                yield Renamed(path, inner)
            yield from walk(path, inner, follow)
            continue
        try:
            yield Found(path, folder, os.stat(path).st_size)
        except OSError as error:
            yield _unreadable(path, error)


def walk(root: str, folder: str, follow: bool) -> Iterator[Entry]:
    """Yield all files below `root`, which go into `folder`; memory holds one folder's names at each level.

    follow: whether to follow symbolic links, each only if it does not lead into a folder above it.
    """
    yield from _below(root, folder, follow, ())


def _below(path: str, folder: str, follow: bool, above: tuple[tuple[int, int], ...]) -> Iterator[Entry]:
    try:
        found = os.stat(path)
        with os.scandir(path) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError as error:
        yield _unreadable(path, error)
        return
    here = (found.st_dev, found.st_ino)
    if here in above:
        yield Skipped(path, "it leads back to a folder above it")
        return
    if folder.count("/") >= MOST_FOLDERS:
        yield Unreadable(path, FileUnreadableError(f"{path} is below more than {MOST_FOLDERS} folders.", "Move it up."))
        return
    for entry in entries:
        try:
            yield from _entry(entry, folder, follow, (*above, here))
        except OSError as error:
            yield _unreadable(entry.path, error)


def _entry(entry: os.DirEntry[str], folder: str, follow: bool, above: tuple[tuple[int, int], ...]) -> Iterator[Entry]:
    if entry.is_symlink() and not follow:
        yield Skipped(entry.path, "it is a symbolic link (--follow-links)")
    elif entry.is_dir():
        inner = joined(folder, service_name(entry.name))
        if service_name(entry.name) != entry.name:
            yield Renamed(entry.path, inner)
        yield from _below(entry.path, inner, follow, above)
    elif entry.is_file():
        yield Found(entry.path, folder, entry.stat().st_size)
    else:
        # a link without a target fails here
        entry.stat()
        yield Skipped(entry.path, "it is a pipe, a socket or a device")


def _unreadable(path: str, error: OSError) -> Unreadable:
    return Unreadable(path, FileUnreadableError(f"{path} cannot be read: {error.strerror or error}."))


def totals(entries: Iterable[Entry]) -> tuple[int, int]:
    """Return the number of files and their bytes."""
    count = size = 0
    for entry in entries:
        if isinstance(entry, Found):
            count, size = count + 1, size + entry.size
    return count, size
