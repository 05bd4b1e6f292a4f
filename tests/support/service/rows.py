"""Rows of an otherwise empty database, for tests of statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import event

from service.db.models import Base, Delivery, File, Upload
from service.db.session import Database

NOW = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


@dataclass
class Parts:
    """The part of `Deps` for steps that need only settings, database and time."""

    settings: Any = None
    db: Any = None
    now: datetime = NOW

    def clock(self) -> datetime:
        return self.now


def empty_database(folder: Path) -> Iterator[Database]:
    """Create a database with the current tables, for a fixture."""
    database = Database(f"sqlite:///{folder}/rows.sqlite3")
    event.listen(database.engine, "connect", lambda made, _record: made.execute("PRAGMA synchronous=OFF"))
    Base.metadata.create_all(database.engine)
    yield database
    database.engine.dispose()


def upload(name: str, **changes: Any) -> Upload:
    values = {"id": name, "file_id": f"file-{name}", "object_key": f"key-{name}", "state": "uploading", "chunk_size": 5}
    return Upload(**(values | {"size": 5, "reserved": 5, "created_at": NOW, "expires_at": NOW} | changes))


def file(name: str, **changes: Any) -> File:
    values = {"id": f"file-{name}", "upload_id": name, "bucket": "private", "object_key": f"key-{name}", "size": 5}
    values |= {"filename": name, "content_type": "text/plain", "total_chunks": 1, "etag": '"e"', "created_at": NOW}
    return File(**(values | {"virus_scan_status": "clean", "scan_attempts": 1} | changes))


def delivery(name: str, **changes: Any) -> Delivery:
    values = {"id": name, "event": "file.ready", "url": "https://a/", "payload": {"n": name}, "state": "owed"}
    values |= {"attempts": 0, "created_at": NOW, "pending_since": NOW, "due_at": NOW}
    return Delivery(**(values | changes))


def add(db: Database, *rows: Base) -> None:
    """Add rows; those that others refer to come first."""
    with db.write() as writing:
        for _, some in groupby(rows, type):
            writing.add_all(some)
            writing.flush()


def both(name: str, **changes: Any) -> tuple[Upload, File]:
    """Return a file with its upload and the same owner."""
    return upload(name, state="completed", owner=changes.get("owner")), file(name, **changes)
