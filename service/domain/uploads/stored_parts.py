"""The parts of an open upload in storage."""

from __future__ import annotations

from service.deps import Deps
from service.domain.uploads.open_uploads import AnyUpload, is_one_put, place_of
from service.values import StoredObject, StoredPart


def stored_parts(deps: Deps, upload: AnyUpload) -> list[StoredPart]:
    """Return the parts in storage; of an upload by one PUT, its object as the only part.

    Raises NotThereError if storage has no such multipart upload (any more), and storage's errors.
    """
    at = place_of(deps, upload)
    if not is_one_put(upload):
        return deps.storage.list_parts(at, upload.storage_upload_id or "")
    stored = deps.storage.head(at)
    return [] if stored is None else [only_part(upload, stored)]


def only_part(upload: AnyUpload, stored: StoredObject) -> StoredPart:
    """Return the object of one PUT as a part, with its checksum if the upload has an algorithm."""
    algorithm, _, checksum = (stored.checksum or "").partition(":")
    return StoredPart(1, stored.size, stored.etag, checksum if algorithm == upload.checksum_algorithm else None)
