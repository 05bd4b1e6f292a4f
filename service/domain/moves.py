"""Moving a file's object inside storage: the copy first, then the row that points to it, then the original goes.

A crash in between leaves the row at the original and a copy under a key that the next try, or the deletion, finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from service.db.models import File, Removal
from service.db.queries import removal
from service.deps import Deps
from service.domain.papers import papers_of_file
from service.scanner import ScanFailedError
from service.values import Location

QUARANTINE = "quarantine/"
"""How the keys of quarantined objects start; they lie in the private bucket."""


def place_of_file(file: File) -> Location:
    """Where a file's object lies."""
    return Location(file.bucket, file.object_key)


def public_place(deps: Deps, object_key: str) -> Location:
    """Where an object lies once everybody may have it."""
    return Location(deps.settings.s3_public_bucket, object_key.removeprefix(QUARANTINE))


def quarantine_place(deps: Deps, object_key: str) -> Location:
    """Where an object lies in quarantine: under another key, so that no link to it works any more."""
    return Location(deps.settings.s3_private_bucket, QUARANTINE + object_key.removeprefix(QUARANTINE))


def copies_of(deps: Deps, object_key: str) -> tuple[Location, Location]:
    """Where a scan may have put the object of this key, or be about to."""
    return public_place(deps, object_key), quarantine_place(deps, object_key)


def copy_object(deps: Deps, file: File, target: Location, headers: Mapping[str, Any]) -> str:
    """Storage copies the very object that the row names (its ETag is asked for); returns the copy's ETag.

    The copy carries the file's papers beside `headers`.

    Raises ScanFailedError for a copy of another size, and storage's errors.
    """
    headers = {**headers, "Metadata": papers_of_file(deps.settings, file)}
    deps.storage.copy(place_of_file(file), file.etag, file.size, target, headers)
    copied = deps.storage.head(target)
    if copied is None or copied.size != file.size:
        raise ScanFailedError(f"the copy in {target.bucket} has {copied.size if copied else 'no'} bytes")
    return copied.etag


def owe_removal(session: Session, deps: Deps, at: Location) -> None:
    """Owe storage the removal of an object."""
    session.execute(insert(Removal), [removal("object", at.bucket, at.object_key, deps.clock())])
