"""Conditions for completing an upload: the client's numbers, the parts in storage, and the object."""

from __future__ import annotations

from hashlib import sha256

from longshore.receipts.checksums import disagrees
from service.db.models import Upload
from service.deps import Deps
from service.domain.records.objects.recovery_metadata import NAME, read_recovery_metadata
from service.domain.uploads.completion.failures import WrongObjectError
from service.domain.uploads.open_uploads import is_one_put
from service.domain.uploads.parts import plan_parts
from service.errors import (
    ChecksumMismatchError,
    ChunksMissingError,
    EtagMismatchError,
    SizeMismatchError,
)
from service.storage.multiparts import UPLOAD_ID_METADATA
from service.storage.one_put import unsigned_headers
from service.values import CompletionWish, PartPlan, StoredObject, StoredPart


def planned_parts(upload: Upload, wish: CompletionWish) -> PartPlan:
    """Return the plan of the file's parts. Raises if the client's numbers do not match the upload."""
    if upload.size is not None and wish.total_size != upload.size:
        raise SizeMismatchError(
            f"total_size is {wish.total_size}, but the upload was started with {upload.size} bytes."
            " Complete with that size, or start a new upload."
        )
    try:
        plan = plan_parts(wish.total_size, upload.chunk_size)
    except ValueError as error:
        raise SizeMismatchError(f"total_size is not possible: {error}. Complete with the file's size.") from error
    if plan.total_chunks != wish.total_chunks:
        raise SizeMismatchError(
            f"total_chunks is {wish.total_chunks}, but {wish.total_size} bytes in chunks of {upload.chunk_size}"
            f" are {plan.total_chunks}. Complete with that number."
        )
    return plan


def refuse_wrong_parts(plan: PartPlan, parts: list[StoredPart], etags: dict[int, str] | None) -> None:
    """Raises unless storage has exactly the planned parts, each with the planned length (and the given ETag)."""
    stored = {part.part_number - 1: part for part in parts}
    missing = [index for index in range(plan.total_chunks) if index not in stored]
    if missing:
        raise ChunksMissingError(missing)
    surplus = sorted(index for index in stored if index >= plan.total_chunks)
    if surplus:
        raise SizeMismatchError(
            f"Storage has {len(surplus)} more chunks than {plan.size} bytes need."
            " Check total_size, or start a new upload.",
            surplus=surplus,
        )
    wrong = [index for index, part in sorted(stored.items()) if part.size != plan.length(index)]
    if wrong:
        first = wrong[0]
        raise SizeMismatchError(
            f"Chunk {first} has {stored[first].size} bytes in storage, not {plan.length(first)}."
            " Upload the chunks in `mismatched` again, then complete.",
            mismatched=wrong,
        )
    changed = [
        index for index, etag in (etags or {}).items() if index not in stored or not _same_etag(stored[index], etag)
    ]
    if changed:
        raise EtagMismatchError(sorted(changed))


def refuse_wrong_object(deps: Deps, upload: Upload, parts: list[StoredPart], stored: StoredObject) -> None:
    """Raises WrongObjectError unless the object is the one that the stored request describes."""
    if is_one_put(upload) and (unsigned := _unsigned(deps, upload, stored)):
        raise WrongObjectError(stored, f"the object in storage has another {', '.join(unsigned)} than was signed")
    if stored.upload_id not in {upload.id, None}:
        raise WrongObjectError(stored, "the object in storage belongs to another upload")
    size = (upload.completion or {})["total_size"]
    if stored.size != size:
        reason = f"the object in storage has {stored.size} bytes, not {size}"
        raise WrongObjectError(stored, reason, SizeMismatchError)
    if upload.checksum_algorithm and disagrees(upload.checksum_algorithm, parts, stored.checksum):
        reason = f"the object in storage has the checksum {stored.checksum}, which does not match its parts"
        raise WrongObjectError(stored, reason, ChecksumMismatchError)


def _unsigned(deps: Deps, upload: Upload, stored: StoredObject) -> list[str]:
    """Return what the object of one PUT does not have as it was signed.

    The recovery metadata is encrypted for this key alone, so that readable one was signed for this upload.
    """
    foreign = [name for name in stored.metadata if not name.startswith(NAME) and name != UPLOAD_ID_METADATA]
    recovery = read_recovery_metadata(deps.settings, upload.object_key, stored.metadata) or {}
    is_own = stored.upload_id == recovery.get("upload_id") == upload.id
    return [*unsigned_headers(stored), *(["metadata"] if foreign or not is_own else [])]


def fingerprint(parts: list[StoredPart]) -> str:
    """Return a short fingerprint of parts, instead of 10,000 ETags."""
    text = "".join(f"{part.part_number}:{part.size}:{part.etag}\n" for part in parts)
    return sha256(text.encode()).hexdigest()


def _same_etag(part: StoredPart, etag: str) -> bool:
    return part.etag.strip('"') == etag.strip('"')
