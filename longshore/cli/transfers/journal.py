"""The journal of this machine's open uploads: a file for each, without storage URLs, keys or credentials."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from longshore.cli.config.places import state_folder, write_private


@dataclass(frozen=True)
class Entry:
    """An open upload. path: absolute, `-` for a stream; mtime_ns: of the file at the start; private: has a credential.

    details: filename, content_type, user_id, appointment_id, policy, detail, as given.
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
        # a leftover is deleted when its upload has expired
        with suppress(OSError):
            path.unlink()


def entries() -> list[Entry]:
    """Return the uploads that have not expired, oldest first; delete the others."""
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
    """Return the entry of an upload, or None."""
    return _read(_path(upload_id))


@contextmanager
def locked(upload_id: str) -> Iterator[bool]:
    """Lock an upload while the block runs; yields False if another process has it. The lock ends with the process."""
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
