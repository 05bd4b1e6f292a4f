"""Compare the rows of files with storage and find lost, damaged, different or restored objects. Changes nothing itself.

Rows and lists are read in parallel, a page at a time, both by key; differences are checked with a HEAD request, as the
lists of some stores are delayed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.db.statements.objects.keys import buckets_of_files, checked_file, files_after
from service.db.statements.transitions.repairs import mark_unusable, release_replaced, rescan_file, take_object
from service.deps import Deps
from service.domain.files.replaced import REASON, compared_place
from service.domain.records import audit
from service.observability.logs import get_logger
from service.values import CheckedFile, CheckedPage, Flaw, ListedObject, Location, StoredObject, same_etag
from service.values.object_keys import QUARANTINE
from service.values.operators.audit import Action
from service.values.states import Verdict

log = get_logger(__name__)

PAGE = 1000
"""Rows and list entries in memory at a time."""
LOST, DAMAGED, CHANGED, REPLACED, BACK = "lost", "damaged", "changed", "replaced", "back"
WORDS = {
    LOST: "Its object is missing from storage.",
    DAMAGED: "Its object in storage is of another size.",
    CHANGED: "Its object in storage is another one.",
}
"""The `virus_scan_result` of such files."""


def check_files(deps: Deps, after: Location | None, *, mark: bool, adopt: bool) -> Iterator[CheckedPage]:
    """Check all files after `after`, a page at a time.

    mark: a file without its object gets no link and shows why; one whose object is back is scanned and served. adopt:
    an object of the right size becomes the file's, and is scanned before the file is served again; also the object for
    which a file was withdrawn.
    """
    with deps.db.read() as session:
        buckets = buckets_of_files(session)
    for bucket in buckets:
        if after is not None and bucket < after.bucket:
            continue
        place = after if after is not None and bucket == after.bucket else Location(bucket, "")
        while rows := _next(deps, place):
            listed = _listed(deps, place, [row.object_key for row in rows if row.adopted_key is None])
            place = Location(bucket, rows[-1].object_key)
            flaws = [flaw for row in rows if (flaw := _checked(deps, row, listed, mark, adopt)) is not None]
            yield CheckedPage(len(rows), sum(row.size for row in rows), place, flaws)


def _next(deps: Deps, place: Location) -> list[CheckedFile]:
    with deps.db.read() as session:
        return files_after(session, place, PAGE)


def _listed(deps: Deps, place: Location, keys: Sequence[str]) -> dict[str, ListedObject]:
    """Return the list's entries for these keys, in their order; other objects are between them.

    Those of adopted objects are not among them: their rows have another order, and each gets a HEAD request.
    """
    found: dict[str, ListedObject] = {}
    wanted = set(keys)
    after: str | None = place.object_key
    while keys and after is not None and after < keys[-1]:
        objects, after = deps.storage.objects_after(place.bucket, after or None, PAGE)
        found |= {each.object_key: each for each in objects if each.object_key in wanted}
    return found


def _checked(deps: Deps, row: CheckedFile, listed: dict[str, ListedObject], mark: bool, adopt: bool) -> Flaw | None:
    """Return what is wrong with a file, and what was done about it; None if nothing is wrong."""
    at, seen = compared_place(deps, row), listed.get(row.object_key)
    blocked = row.quarantine_reason == REASON
    marked = row.virus_scan_status == Verdict.ERROR and row.virus_scan_result in WORDS.values()
    as_listed = seen is not None and seen.size == row.size and same_etag(seen.etag, row.etag)
    # a list shows the latest versions only, and a version is lost when its bucket is copied
    if as_listed and not (marked or blocked or at.version_id):
        return None
    stored = deps.storage.head(at)
    if stored is None and at.version_id is not None:
        stored = deps.storage.head(Location(row.bucket, row.object_key))
    kind = _kind(row, at, stored) or (BACK if marked else None)
    if kind is None or (kind == LOST and _was_erased(row)) or _is_other_now(deps, row):
        return None
    found = "nothing" if stored is None else f"{stored.size} bytes, ETag {stored.etag}"
    done = None
    if stored is not None and stored.size == row.size and (adopt or (kind == BACK and mark)):
        done = _take(deps, row, stored)
    elif mark and kind not in {BACK, REPLACED} and not marked:
        done = _mark(deps, row, kind)
    return Flaw(row.id, kind, str(at), row.size, found, done)


def _kind(row: CheckedFile, at: Location, stored: StoredObject | None) -> str | None:
    if stored is None:
        return LOST
    if row.quarantine_reason == REASON:
        return REPLACED
    if stored.size != row.size:
        return DAMAGED
    pinned = at.version_id if row.adopted_key is None else row.version_id
    return None if same_etag(stored.etag, row.etag) and pinned in {None, stored.version_id} else CHANGED


def _was_erased(row: CheckedFile) -> bool:
    """Infected and deleted (INFECTED_POLICY=delete): otherwise it would be in quarantine, or its move would be due."""
    stays = row.adopted_key is not None or row.object_key.startswith(QUARANTINE)
    return row.virus_scan_status == Verdict.INFECTED and row.scan_due_at is None and not stays


def _is_other_now(deps: Deps, row: CheckedFile) -> bool:
    """Whether the file was deleted or moved since its row was read, and so was never wrong."""
    with deps.db.read() as session:
        now = checked_file(session, row.id)
    return now is None or (now.bucket, now.object_key, now.etag) != (row.bucket, row.object_key, row.etag)


def _mark(deps: Deps, row: CheckedFile, kind: str) -> str | None:
    with deps.db.write() as session:
        marked = mark_unusable(session, row, WORDS[kind])
        if marked:
            audit.record(session, deps.clock(), audit.SYSTEM, Action.LOST, row.id, WORDS[kind])
    return "marked" if marked else None


def _take(deps: Deps, row: CheckedFile, stored: StoredObject) -> str | None:
    """Make the existing object the file's; a sweep scans it, unless the file is blocked."""
    repair_row = release_replaced if row.quarantine_reason == REASON else rescan_file
    with deps.db.write() as session:
        scanned = repair_row(session, row, stored, deps.clock())
        taken = scanned or (row.quarantine_reason != REASON and take_object(session, row, stored))
        if taken:
            audit.record(session, deps.clock(), audit.SYSTEM, Action.FOUND, row.id, f"ETag {stored.etag}")
    return "to be scanned" if scanned else "taken" if taken else None
