"""Objects that were replaced after the upload: detected by their ETag, and their files withdrawn at once.

Used by links, promotion, scans and the sweeper. Only a different object withdraws a file: storage that is unavailable
or returns no object may be a proxy's mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import Enum

from service.crashpoints import reach
from service.db.models import File
from service.db.statements.objects.keys import files_of_keys
from service.db.statements.transitions.moves import withdraw_replaced
from service.deps import Deps
from service.domain.records import audit
from service.domain.records.objects.moves import has_plain_link, place_of_file
from service.domain.records.positions import Round, end_turn
from service.domain.records.views import stage_of
from service.domain.webhooks.events import file_event, send_soon
from service.errors import ServiceError, StorageRefusedError, StorageUnavailableError
from service.observability.logs import get_logger
from service.observability.metrics import REPLACED
from service.values import CheckedFile, ListedObject, Location, StoredObject, SweepReport, same_etag
from service.values.operators.audit import Action
from service.values.states import Stage

log = get_logger(__name__)

REASON = "Its object in storage was replaced after the upload, so it is not served."
"""The file's `quarantine_reason` and `virus_scan_result`. Compared with stored rows: never change it."""
PAGE = 1000
"""Entries of the list that one step compares: S3's maximum."""
LOOKS = 100
"""Objects that one step requests individually, which takes a few seconds."""
REST = timedelta(hours=1)
"""Pause between two rounds through the public bucket."""


class Seen(Enum):
    """The object in a file's place. UNCLEAR: none, or two contradicting answers."""

    SAME = "same"
    REPLACED = "replaced"
    UNCLEAR = "unclear"


def linked_place(deps: Deps, file: File | CheckedFile) -> Location:
    """Return the location that a file's link leads to: the latest version for a plain link, else its version."""
    place = place_of_file(file)
    return Location(place.bucket, place.object_key) if has_plain_link(deps, file) else place


def compared_place(deps: Deps, file: File | CheckedFile) -> Location:
    """Return the location whose object must be the file's: that of its link.

    Of an adopted object it is the latest version: other programs replace and delete it, also in a versioned bucket.
    """
    place = linked_place(deps, file)
    return place if file.adopted_key is None else Location(place.bucket, place.object_key)


def compare(deps: Deps, file: File) -> Seen:
    """Check the object in a file's place, and withdraw the file if it was replaced.

    The bucket's list must show the same different object, as a page from a proxy has an ETag too. Raises the errors of
    storage and database.
    """
    at = compared_place(deps, file)
    stored = deps.storage.head(at)
    if stored is None:
        return Seen.UNCLEAR
    if _is_of_file(file, stored):
        return Seen.SAME
    listed = deps.storage.listed(at)
    if listed is None or not same_etag(listed.etag, stored.etag):
        log.warning("object_unclear", file_id=file.id, path=at)
        return Seen.UNCLEAR
    _withdraw(deps, file, stored)
    return Seen.REPLACED


def _is_of_file(file: File, stored: StoredObject) -> bool:
    """Whether an object is the file's. That of an adopted one is the version that was scanned, as its link names it."""
    same = stored.size == file.size and same_etag(stored.etag, file.etag)
    pinned = None if file.adopted_key is None else file.version_id
    return same and pinned in {None, stored.version_id}


def _withdraw(deps: Deps, file: File, found: StoredObject) -> None:
    """Withdraw a file, and make the move of its object into quarantine due, so that no earlier link leads to it.

    An adopted object stays where it is.
    """
    now = deps.clock()
    with deps.db.write() as session:
        withdrawn = withdraw_replaced(session, file, found, REASON, now if file.adopted_key is None else None)
        if withdrawn:
            change = f"ETag {file.etag}, now {found.etag} of {found.size} bytes"
            audit.record(session, now, audit.SYSTEM, Action.REPLACED, file.id, change)
            file_event(session, deps, "file.withdrawn", [file.id])
    if not withdrawn:
        return  # deleted, moved or withdrawn meanwhile
    reach("replaced.withdrawn")
    REPLACED.inc()
    log.error("object_replaced", file_id=file.id, was=file.etag, now=found.etag, size=found.size)
    send_soon(deps)
    if file.adopted_key is not None:
        return
    try:
        deps.queue.enqueue_scan(file.id, found.size, file.scan_attempts, REASON, filename=file.filename)
    except ServiceError as error:
        log.warning("quarantine_not_queued", file_id=file.id, reason=error.code)  # the sweeper queues it


def compare_public(deps: Deps, report: SweepReport, bucket: str, turn: Round) -> None:
    """Compare a page of the public bucket with the rows of its files: plain links lead there.

    The list has ETags; only differences are requested individually, as the lists of some stores are delayed.
    """
    listed, after = deps.storage.objects_after(bucket, turn.memory.get("after"), PAGE)
    files = {file.object_key: file for file in _served(deps, bucket, listed)}
    looked = 0
    for each in listed:
        file = files.get(each.object_key)
        if file is None or (each.size == file.size and same_etag(each.etag, file.etag)):
            continue
        report.replaced += _compare_or_note(deps, report, file) is Seen.REPLACED
        looked += 1
        if looked == LOOKS:
            after = each.object_key
            break
    deps.db.transact(end_turn, turn, {"after": after}, deps.clock() + (timedelta(0) if after else REST))


def _compare_or_note(deps: Deps, report: SweepReport, file: File) -> Seen:
    """Like `compare`, but an object that storage does not return now is compared in the next round."""
    try:
        return compare(deps, file)
    except (StorageRefusedError, StorageUnavailableError) as error:
        report.errors.append(f"comparison of {file.id}: {error.code}")
        return Seen.UNCLEAR


def _served(deps: Deps, bucket: str, listed: Sequence[ListedObject]) -> list[File]:
    """Return the files that are served from these objects."""
    if not listed:
        return []
    with deps.db.read() as session:
        found = files_of_keys(session, bucket, [each.object_key for each in listed])
    return [file for file in found if stage_of(file) is Stage.READY]
