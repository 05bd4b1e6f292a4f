"""Quarantine: the object of a file that must not be served goes to another key, where no earlier link leads."""

from __future__ import annotations

import logging

from service.crashpoints import reach
from service.db.models import File
from service.deps import Deps
from service.domain import audit
from service.domain.moves import copy_object, owe_removal, place_of_file, quarantine_place
from service.domain.removals import settle_at_once
from service.domain.transitions import note_quarantine
from service.media_types import OPAQUE_TYPE
from service.storage.replies import ObjectChangedError
from service.values import same_etag

log = logging.getLogger(__name__)

HEADERS = {"ContentType": OPAQUE_TYPE, "ContentDisposition": "attachment"}


def owes_quarantine(file: File) -> bool:
    """Whether a file is held, and its object has not been moved yet."""
    return file.quarantine_reason is not None and file.scan_due_at is not None


def move_into_quarantine(deps: Deps, file: File) -> str:
    """Move a held file's object; the row has said since its verdict that this is owed. Done twice is done once.

    Whatever lies there now is moved, as earlier links lead to it: also another object than the one that was judged.
    Returns what became of it, in a word or two, for the job's log. Raises storage's and the database's errors: the
    move stays owed.
    """
    source, target = place_of_file(file), quarantine_place(deps, file.object_key)
    found = deps.storage.head(source)
    if found is None:
        raise ObjectChangedError
    copied = copy_object(deps, file, target, HEADERS, found) if source != target else found
    reach("quarantine.copied")
    with deps.db.write() as session:
        moved = note_quarantine(session, file, target, copied)
        if moved and not same_etag(found.etag, file.etag):
            audit.record(
                session, deps.clock(), audit.SYSTEM, "replaced", file.id, f"ETag {file.etag}, now {found.etag}"
            )
        if moved and source != target:
            owe_removal(session, deps, source)
            audit.record(session, deps.clock(), audit.SCANNER, "quarantined", file.id, file.quarantine_reason)
        gone = session.get(File, file.id) is None
        if gone:  # deleted while it was copied: the copy has no row
            owe_removal(session, deps, target)
    reach("quarantine.moved")
    log.info("file_quarantined file_id=%s moved=%s", file.id, moved)
    settle_at_once(deps, (target if gone else source).object_key)
    return "deleted" if gone else "quarantined"
