"""Objects that were replaced after the upload: noticed by their ETag, and their files withdrawn at once.

Links, promotion, scans and the sweeper all come here. Only another object is a reason to withdraw a file: storage that
cannot be asked, or that shows no object at all, may be a proxy's mistake.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from enum import Enum

from service.crashpoints import reach
from service.db.models import File
from service.db.rows_by_key import files_of_keys
from service.deps import Deps
from service.domain.records import audit
from service.domain.records.object_moves import has_plain_link
from service.domain.records.positions import Round, end_turn
from service.domain.records.transitions import withdraw_replaced
from service.domain.records.views import stage_of
from service.domain.webhooks.events import file_event, send_soon
from service.errors import LongshoreError, StorageRefusedError, StorageUnavailableError
from service.observability.metrics import REPLACED
from service.values import CheckedFile, ListedObject, Location, StoredObject, SweepReport, same_etag
from service.values.states import Stage

log = logging.getLogger(__name__)

REASON = "Its object in storage was replaced after the upload, so it is not served."
"""What a client is told, as `quarantine_reason` and as `virus_scan_result`."""
PAGE = 1000
"""Entries of the list that one step compares: S3's most."""
LOOKS = 100
"""Objects that one step asks storage about by themselves: a few seconds."""
REST = timedelta(hours=1)
"""Between the end of a round through the public bucket and the next one."""


class Seen(Enum):
    """What storage shows in a file's place. UNCLEAR: nothing, or two different things."""

    SAME = "same"
    REPLACED = "replaced"
    UNCLEAR = "unclear"


def linked_place(deps: Deps, file: File | CheckedFile) -> Location:
    """The object that a file's link leads to: a plain link to whatever is the latest, a signed one to its version."""
    version_id = None if has_plain_link(deps, file.bucket) else file.version_id
    return Location(file.bucket, file.object_key, version_id)


def compare(deps: Deps, file: File) -> Seen:
    """Look at the object that a file's link leads to, and withdraw the file where that is another one.

    The bucket's list has to show the same other object: a page that some proxy answers with has an ETag too. Raises
    the errors of storage and database.
    """
    at = linked_place(deps, file)
    stored = deps.storage.head(at)
    if stored is None:
        return Seen.UNCLEAR
    if stored.size == file.size and same_etag(stored.etag, file.etag):
        return Seen.SAME
    listed = deps.storage.listed(at)
    if listed is None or not same_etag(listed.etag, stored.etag):
        log.warning("object_unclear file_id=%s path=%s", file.id, at)
        return Seen.UNCLEAR
    _withdraw(deps, file, stored)
    return Seen.REPLACED


def _withdraw(deps: Deps, file: File, found: StoredObject) -> None:
    """Stop serving a file, and owe its object the move into quarantine, so that no earlier link leads to it."""
    now = deps.clock()
    with deps.db.write() as session:
        withdrawn = withdraw_replaced(session, file, found, REASON, now)
        if withdrawn:
            change = f"ETag {file.etag}, now {found.etag} of {found.size} bytes"
            audit.record(session, now, audit.SYSTEM, "replaced", file.id, change)
            file_event(session, deps, "file.withdrawn", File.id == file.id)
    if not withdrawn:
        return  # deleted, moved or withdrawn meanwhile
    reach("replaced.withdrawn")
    REPLACED.inc()
    log.error("object_replaced file_id=%s was=%s now=%s size=%d", file.id, file.etag, found.etag, found.size)
    send_soon(deps)
    try:
        deps.queue.enqueue_scan(file.id, found.size, file.scan_attempts, REASON)
    except LongshoreError as error:
        log.warning("quarantine_not_queued file_id=%s reason=%s", file.id, error.code)  # the sweeper queues it


def compare_public(deps: Deps, report: SweepReport, bucket: str, turn: Round) -> None:
    """Compare a page of the public bucket with the rows of its files: links that need no call lead there.

    The list has ETags; only what differs there is asked for by itself, as there are stores whose lists are behind.
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
    """`compare`; an object that storage does not show now is compared in the next round, the others meanwhile."""
    try:
        return compare(deps, file)
    except (StorageRefusedError, StorageUnavailableError) as error:
        report.errors.append(f"comparison of {file.id}: {error.code}")
        return Seen.UNCLEAR


def _served(deps: Deps, bucket: str, listed: Sequence[ListedObject]) -> list[File]:
    """The files that are served from these objects."""
    if not listed:
        return []
    with deps.db.read() as session:
        found = files_of_keys(session, bucket, [each.object_key for each in listed])
    return [file for file in found if stage_of(file) is Stage.READY]
