"""Places on disk for files of the service: safe names, each given once, and never outside the target folder."""

from __future__ import annotations

import os
import tempfile
import unicodedata
from itertools import count
from pathlib import Path

from longshore.cli.terminal.names import numbered, safe_part
from longshore.client.downloads.file_system import USUAL_NAME_BYTES, name_bytes
from longshore.client.errors import LongshoreError


class NoPlaceError(LongshoreError):
    """A file or folder cannot be written to its place. Nothing was written."""

    code = "no_place"


class Names:
    """The names in one folder on disk. folds: whether its file system ignores case."""

    def __init__(self, folds: bool = False, most: int = USUAL_NAME_BYTES) -> None:
        self._folds, self._most = folds, most
        self._next: dict[str, int] = {}

    def take(self, name: str) -> str:
        """Return a safe name that was not taken before: `name (2).txt` for the second one of a name."""
        safe = safe_part(name, self._most)
        for number in count(self._next.get(self._key(safe), 1)):
            made = safe if number == 1 else numbered(safe, number, self._most)
            if self._key(made) not in self._next:
                self._next[self._key(safe)] = number + 1
                self._next.setdefault(self._key(made), 2)
                return made
        raise AssertionError("numbers do not end")

    def _key(self, name: str) -> str:
        return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()) if self._folds else name


class Target:
    """The folder on disk that a command writes to."""

    def __init__(self, root: Path) -> None:
        """Creates the folder. Raises OSError."""
        root.mkdir(parents=True, exist_ok=True)
        self.root, self._real, self._folds = root, root.resolve(), ignores_case(root)

    def names(self, folder: Path) -> Names:
        """Return the names of a folder, in which nothing is taken yet."""
        return Names(self._folds, name_bytes(folder))

    def enter(self, folder: Path) -> Path:
        """Create a folder below this one if it does not exist. Raises NoPlaceError, OSError."""
        try:
            folder.mkdir(exist_ok=True)
        except FileExistsError:
            raise NoPlaceError(f"{folder} exists and is not a folder.", "Move it away, then try again.") from None
        if not folder.resolve().is_relative_to(self._real):
            raise NoPlaceError(f"{folder} is a link that leads out of {self.root}.", "Remove the link.")
        return folder


def refuse_other_than_file(path: Path) -> bool:
    """Return whether a regular file is at the path. Raises NoPlaceError for anything else, such as a link."""
    if not os.path.lexists(path):
        return False
    if path.is_symlink() or not path.is_file():
        raise NoPlaceError(f"{path} exists and is not a file.", "Move it away, then try again.")
    return True


def ignores_case(folder: Path) -> bool:
    """Whether names in a folder that differ only in case are the same file. Raises OSError about the folder."""
    try:
        with tempfile.NamedTemporaryFile(prefix=".longshore-a", dir=folder) as made:
            path = Path(made.name)
            return path.with_name(path.name.upper()).exists()
    except OSError as error:
        # the name of the file that was tried means nothing to anyone
        raise OSError(error.errno, error.strerror, str(folder)) from None
