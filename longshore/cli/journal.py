"""Open uploads as this machine remembers them: a file each, written whole; no URL of storage, no key, no credential."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from longshore.cli.places import state_folder, write_private


@dataclass(frozen=True)
class Entry:
    """An open upload. path: absolute, `-` for a stream; mtime_ns: of the file when it was begun; private: it has to be.

    details: what the file is to be called and whose it is to be.
    """

    upload_id: str
    file_id: str
    url: str
    path: str
    size: int | None
    mtime_ns: int | None
    chunk_size: int
    expires_at: str
    private: bool = False
    details: dict[str, Any] = field(default_factory=dict)


def remember(entry: Entry) -> None:
    write_private(_path(entry.upload_id), json.dumps(asdict(entry), indent=1) + "\n")


def forget(upload_id: str) -> None:
    for path in (_path(upload_id), _path(upload_id).with_suffix(".lock")):
        # what stays behind is forgotten when its upload has expired
        with suppress(OSError):
            path.unlink()


def entries() -> list[Entry]:
    """All of which storage still keeps the parts, oldest first; the others are forgotten."""
    found = [entry for path in _folder().glob("*.json") if (entry := _read(path))]
    now = datetime.now(UTC)
    good = []
    for entry in sorted(found, key=lambda entry: entry.expires_at):
        if datetime.fromisoformat(entry.expires_at) > now:
            good.append(entry)
        else:
            forget(entry.upload_id)
    return good


def find(upload_id: str) -> Entry | None:
    """The entry of this upload."""
    return _read(_path(upload_id))


@contextmanager
def held(upload_id: str) -> Iterator[bool]:
    """Whether this process may work on the upload: False where another one is at it. The lock goes with the process."""
    lock = _path(upload_id).with_suffix(".lock")
    lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with lock.open("w") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _folder() -> Path:
    return state_folder() / "uploads"


def _path(upload_id: str) -> Path:
    return _folder() / f"{Path(upload_id).name}.json"


def _read(path: Path) -> Entry | None:
    try:
        found = json.loads(path.read_text())
        entry = Entry(**{each.name: found[each.name] for each in fields(Entry)})
        datetime.fromisoformat(entry.expires_at)
        return entry
    except (OSError, ValueError, KeyError, TypeError):
        return None
