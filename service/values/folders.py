"""The names of folders: which paths are accepted, and when two are of the same folder."""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from dataclasses import dataclass
from datetime import datetime

from service.limits import MAX_FOLDER_DEPTH, MAX_NAME_LENGTH, MAX_PATH_NAME

_TREES = uuid.UUID("c1a4f2d0-64f7-4b7e-9f57-0c3f2b1d8e5a")
"""The namespace of the ids of owners' trees (RFC 9562, section 5.5)."""


@dataclass(frozen=True)
class FolderQuery:
    """A query for the subfolders of a folder. owner: of the folders, None for the caller."""

    limit: int
    cursor: str | None = None
    path_name: str = ""
    owner: str | None = None


@dataclass(frozen=True)
class FolderView:
    """A folder: its whole path, and its last name."""

    path_name: str
    name: str
    created_at: datetime


@dataclass(frozen=True)
class FolderRename:
    """A request to give a folder another path. owner: of the folders, None for the caller."""

    come_from: str
    to: str
    owner: str | None = None


def checked_path(text: str) -> str:
    """Return a path of a folder as it is; empty: no folder. Raises ValueError with the reason for any other text.

    Every name is accepted that a file system somewhere has, also a Windows device name or a trailing dot: programs that
    write files change such a name where they must.
    """
    if not text:
        return text
    if len(text) > MAX_PATH_NAME:
        raise ValueError(f"Longer than maximum length {MAX_PATH_NAME}.")
    if "\\" in text:
        raise ValueError("A backslash is not allowed; separate folders by slashes.")
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in text):
        raise ValueError("Control characters are not allowed.")
    names = names_of(text)
    if "" in names:
        raise ValueError("A folder's name is empty; leave out slashes at the start, at the end, and double ones.")
    if not {".", ".."}.isdisjoint(names):
        raise ValueError("`.` and `..` are no names of folders.")
    if len(names) > MAX_FOLDER_DEPTH:
        raise ValueError(f"More than {MAX_FOLDER_DEPTH} folders in each other.")
    if max(map(len, names)) > MAX_NAME_LENGTH:
        raise ValueError(f"A folder's name is longer than {MAX_NAME_LENGTH} characters.")
    return text


def names_of(path: str) -> list[str]:
    """Return the names of a path, from the top; none for an empty one."""
    return path.split("/") if path else []


def name_digest(name: str) -> str:
    """Return what two names of the same folder have in common, however their letters are composed (NFC).

    A digest, as databases compare text by rules of their own: MySQL's ignore spaces at the end.
    """
    return hashlib.sha256(unicodedata.normalize("NFC", name).encode()).hexdigest()


def is_same_or_below(path: str, top: str) -> bool:
    """Whether a path is that of a folder, or of one below."""
    names, tops = ([name_digest(name) for name in names_of(each)] for each in (path, top))
    return names[: len(tops)] == tops


def tree_of(owner: str | None) -> str:
    """Return the id that an owner's topmost folders have in place of a folder above them; None: of no owner."""
    return str(uuid.uuid5(_TREES, owner or ""))
