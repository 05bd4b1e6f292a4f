"""Move a file's object in storage: copy first, then update the row, then delete the original.

A crash in between leaves the row at the original, and a copy under a key that the next attempt or the deletion finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.db.models import File
from service.db.session import Session
from service.db.statements.files.folders import path_of
from service.db.statements.objects.deletions import add_pending_deletions, pending_deletion
from service.deps import Deps
from service.domain.records.kept_rules import storage_parameters
from service.domain.records.objects.late_puts import expect_late_put
from service.domain.records.objects.recovery_metadata import recovery_metadata_of_file
from service.scanner import ScanFailedError
from service.values import CheckedFile, Location, StoredObject, same_etag
from service.values.object_keys import QUARANTINE, upload_key
from service.values.states import PendingKind


def place_of_file(file: File | CheckedFile) -> Location:
    """Return the location of a file's object, with its version if its bucket is versioned."""
    return Location(file.bucket, file.adopted_key or file.object_key, file.version_id)


def has_plain_link(deps: Deps, file: File | CheckedFile) -> bool:
    """Whether the link of a file has no signature: in the public bucket (S3_PUBLIC_BASE_URL), unless it is adopted."""
    in_public = file.bucket == deps.settings.s3_public_bucket and file.adopted_key is None
    return bool(deps.settings.s3_public_base_url) and in_public


def private_place(deps: Deps, object_key: str) -> Location:
    """Return the location of a private file's object."""
    return Location(deps.settings.s3_private_bucket, upload_key(object_key))


def public_place(deps: Deps, object_key: str) -> Location:
    """Return the location of a public object."""
    return Location(deps.settings.s3_public_bucket, upload_key(object_key))


def quarantine_place(deps: Deps, object_key: str) -> Location:
    """Return the location of an object in quarantine: under another key, so that no earlier link works."""
    return Location(deps.settings.s3_private_bucket, QUARANTINE + upload_key(object_key))


def served_place(deps: Deps, file: File) -> Location:
    """Return the location from which a file is served if nothing blocks it.

    That of a public file is the public bucket if its objects have links without a signature. Otherwise every link is
    signed, and the object stays where it is; one in quarantine moves back (`check --adopt`). An adopted object is never
    moved.
    """
    if file.adopted_key is not None:
        return place_of_file(file)
    if file.credential_hash is None and deps.settings.s3_public_base_url:
        return public_place(deps, file.object_key)
    in_quarantine = file.object_key.startswith(QUARANTINE)
    return private_place(deps, file.object_key) if in_quarantine else place_of_file(file)


def copies_of(deps: Deps, object_key: str) -> tuple[Location, Location]:
    """Return the locations where a scan may have put the object of this key."""
    return public_place(deps, object_key), quarantine_place(deps, object_key)


def copy_object(
    deps: Deps,
    file: File,
    target: Location,
    rules: Mapping[str, Any],
    headers: Mapping[str, Any],
    found: StoredObject | None = None,
) -> StoredObject:
    """Copy the object that the row references (checked by its ETag), or `found` in its place.

    The copy has the file's recovery metadata, the storage class and tags of its rules, and `headers`. Returns the copy
    as storage reports it, which must be the one that was made, as another process may have written there.

    Raises ScanFailedError if the copy is another object, ObjectChangedError, and storage's errors.
    """
    etag, size = (found.etag, found.size) if found else (file.etag, file.size)
    with deps.db.read() as session:
        recovery = recovery_metadata_of_file(deps.settings, file, path_of(session, file))
    headers = {**headers, **storage_parameters(rules), "Metadata": recovery}
    made = deps.storage.copy(place_of_file(file), etag, size, target, headers)
    copied = deps.storage.head(target)
    if copied is None or copied.size != size:
        raise ScanFailedError(f"the copy in {target.bucket} has {copied.size if copied else 'no'} bytes")
    if made and not same_etag(made, copied.etag):
        raise ScanFailedError(f"the copy in {target.bucket} was replaced: its ETag was {made} and is {copied.etag}")
    return copied


def add_pending_deletion(session: Session, deps: Deps, at: Location) -> None:
    """Record the pending deletion of an object."""
    add_pending_deletions(session, pending_deletion(PendingKind.OBJECT, at.bucket, at.object_key, deps.clock()))
    if at == private_place(deps, at.object_key):
        expect_late_put(session, deps, at.object_key)
