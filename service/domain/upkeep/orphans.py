"""Orphans in storage: open multipart uploads without a row are aborted, objects are reported or deleted.

Both are searched in rounds through the buckets, some pages per sweep (`service.domain.records.positions`), together
with the rounds for replaced objects (`service.domain.files.replaced`) and for public files that are still in the
private bucket (`service.domain.scanning.promotion`). Only keys in this service's format are examined, with the prefixes
of today's policies; all other objects belong to other programs and are left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from service.db.session import Session
from service.db.statements.objects.deletions import add_pending_deletions, pending_deletion
from service.db.statements.objects.keys import objects_with_rows, open_uploads_of, uploads_of_keys, uploads_with_rows
from service.deps import Deps
from service.domain.files.replaced import compare_public
from service.domain.records.positions import Round, end_turn, recall, take_turn
from service.domain.scanning.promotion import queue_promotions
from service.errors import QueueUnavailableError, StorageRefusedError, StorageUnavailableError
from service.observability.logs import get_logger
from service.policy_file import storage_prefixes
from service.values import ONE_PUT, ListedObject, Location, MultipartPlace, SweepReport
from service.values.formats.ids import is_id
from service.values.object_keys import is_own, upload_key
from service.values.states import PendingKind, UploadState

log = get_logger(__name__)

PAGE = 1000
"""Entries of a list that are read and examined together: S3's maximum."""
PAGES = 20
"""Pages of each list that one sweep reads, unless PAGE orphans were found before: some seconds, 20,000 objects."""
REST = timedelta(hours=1)
"""Pause between two rounds: orphans are days old anyway."""
MARGIN = timedelta(hours=24)
"""Minimum age of an orphan beyond UPLOAD_TTL. Its age is by storage's clock, which may be off, even by a time zone; and
work in progress (a copy in parts, a probe, a completion) is never that old."""
SHOWN = 10
"""Keys of orphans in a log line."""

Walk = Callable[[Deps, SweepReport, str, Round], None]


def look_for_orphans(deps: Deps, report: SweepReport) -> None:
    """Make some steps of each due round. A failed one is left to the next sweeps, and the others continue."""
    walks = _walks(deps)
    for _ in range(PAGES):
        now = deps.clock()
        due = [name for name, seen in recall(deps, *walks).items() if seen.due_at <= now]
        walked = [_step(deps, report, name, *walks[name]) for name in due]
        if not any(walked) or report.orphans + report.unknown_multiparts >= PAGE:
            return


def _step(deps: Deps, report: SweepReport, name: str, walk: Walk, bucket: str) -> bool:
    """Make one step of a round; False if another process has it, or if storage or queue failed, which is reported."""
    turn = take_turn(deps, name)
    if turn is None:
        return False
    try:
        walk(deps, report, bucket, turn)
    except StorageRefusedError as error:
        # perhaps it cannot continue from here, or the list is not supported: start again, and not at once
        deps.db.transact(end_turn, turn, {}, deps.clock() + REST)
        report.errors.append(f"{name}: {error.code}")
        return False
    except (StorageUnavailableError, QueueUnavailableError) as error:
        report.errors.append(f"{name}: {error.code}")
        return False
    return True


def orphan_rounds(deps: Deps) -> list[str]:
    """The rounds that remember in `last_bytes` the bytes of objects without a row, as of the last complete one."""
    return [name for name, (walk, _) in _walks(deps).items() if walk is find_orphans]


def abort_orphan_uploads(deps: Deps, report: SweepReport, bucket: str, turn: Round) -> None:
    """Record the aborts of a page's old open multipart uploads without an open upload as pending deletions.

    MinIO lists only those in its process's memory, and aborts the others itself after a day
    (https://github.com/minio/minio/issues/20989). SeaweedFS reports no age, so none counts as old.
    """
    place = turn.memory.get("after")
    listed, after = deps.storage.multiparts_after(bucket, MultipartPlace(*place) if place else None, PAGE)
    before = _old_before(deps)
    prefixes = storage_prefixes(deps.settings.policies)
    old = [up for up in listed if up.initiated_at and up.initiated_at <= before and is_own(up.object_key, prefixes)]
    known: set[str] = set()
    if old:
        with deps.db.read() as session:
            known = uploads_with_rows(session, bucket, [up.object_key for up in old])
    unknown = [up for up in old if up.object_key not in known]
    now = deps.clock()
    owed = [
        pending_deletion(PendingKind.MULTIPART_UPLOAD, bucket, up.object_key, now, up.storage_upload_id)
        for up in unknown
    ]
    if _end(deps, turn, {"after": after}, owed) and unknown:
        report.unknown_multiparts += len(unknown)
        log.warning("unknown_multiparts_found", bucket=bucket, count=len(unknown))


def find_orphans(deps: Deps, report: SweepReport, bucket: str, turn: Round) -> None:
    """Count a page's old objects without a row, and record pending deletions.

    Of all with ORPHAN_POLICY=delete, and always of those that closed uploads by one PUT have left.
    """
    listed, after = deps.storage.objects_after(bucket, turn.memory.get("after"), PAGE)
    before = _old_before(deps)
    prefixes = storage_prefixes(deps.settings.policies)
    old = {each.object_key: each for each in listed if each.modified_at <= before and is_own(each.object_key, prefixes)}
    known: set[str] = set()
    if old:
        with deps.db.read() as session:
            known = objects_with_rows(session, bucket, {key: upload_key(key) for key in old})
    orphans = [each for key, each in old.items() if key not in known]
    now = deps.clock()
    unwanted = orphans if deps.settings.orphan_policy == "delete" else _left_by_one_put(deps, bucket, orphans)
    owed = [
        pending_deletion(PendingKind.OBJECT, bucket, each.object_key, now)
        for each in _without_row(deps, bucket, unwanted)
    ]
    size = turn.memory.get("bytes", 0) + sum(each.size for each in orphans)
    last = turn.memory.get("last_bytes", 0) if after else size
    memory = {"after": after, "bytes": size if after else 0, "last_bytes": last}
    if _end(deps, turn, memory, owed) and orphans:
        _tell(report, bucket, orphans, len(owed))


def _walks(deps: Deps) -> dict[str, tuple[Walk, str]]:
    """The rounds by name: their step, and the bucket."""
    buckets = {deps.settings.s3_public_bucket: "public", deps.settings.s3_private_bucket: "private"}
    walks: dict[str, tuple[Walk, str]] = {
        f"sweep.{kind}.{name}": (walk, bucket)
        for kind, walk in (("multiparts", abort_orphan_uploads), ("objects", find_orphans))
        for bucket, name in buckets.items()
    }
    walks["sweep.replaced.public"] = (compare_public, deps.settings.s3_public_bucket)
    if deps.settings.s3_public_base_url:
        walks["sweep.promotions"] = (queue_promotions, deps.settings.s3_private_bucket)
    return walks


def _end(deps: Deps, turn: Round, memory: dict[str, object], owed: list[dict[str, object]]) -> bool:
    """Record what was found and the next position, in one transaction; False if another process did."""
    due = deps.clock() + (timedelta(0) if memory["after"] else REST)

    def write(session: Session) -> bool:
        ended = end_turn(session, turn, memory, due)
        if ended:
            add_pending_deletions(session, *owed)
        return ended

    return deps.db.transact(write)


def _left_by_one_put(deps: Deps, bucket: str, orphans: Sequence[ListedObject]) -> list[ListedObject]:
    """Return the objects of aborted and expired uploads by one PUT: they never become files.

    During an upgrade, a process of the release before closes such an upload without deleting its object.
    """
    if not orphans or bucket != deps.settings.s3_private_bucket:
        return []
    with deps.db.read() as session:
        uploads = uploads_of_keys(session, [each.object_key for each in orphans])
    left = {
        upload.object_key
        for upload in uploads.values()
        if upload.storage_upload_id == ONE_PUT and upload.state in {UploadState.ABORTED, UploadState.EXPIRED}
    }
    return [each for each in orphans if each.object_key in left]


def _without_row(deps: Deps, bucket: str, orphans: Sequence[ListedObject]) -> list[ListedObject]:
    """Return the objects without the mark of an open upload: with one, a completion will record it."""
    marks: dict[str, str] = {}
    gone: set[str] = set()
    for each in orphans:
        try:
            stored = deps.storage.head(Location(bucket, each.object_key))
        except (StorageRefusedError, StorageUnavailableError):
            stored = None  # an object that cannot be examined is not deleted; it is reported each time
        if stored is None:
            gone.add(each.object_key)
        elif stored.upload_id and is_id(stored.upload_id):
            marks[each.object_key] = stored.upload_id
    with deps.db.read() as session:
        open_ones = open_uploads_of(session, list(marks.values()))
    return [each for each in orphans if each.object_key not in gone and marks.get(each.object_key) not in open_ones]


def _tell(report: SweepReport, bucket: str, orphans: Sequence[ListedObject], removed: int) -> None:
    size = sum(each.size for each in orphans)
    report.orphans += len(orphans)
    report.orphan_bytes += size
    some = ",".join(each.object_key for each in orphans[:SHOWN])
    log.warning("orphans_found", bucket=bucket, count=len(orphans), bytes=size, removed=removed, keys=some)


def _old_before(deps: Deps) -> datetime:
    return deps.clock() - timedelta(seconds=deps.settings.upload_ttl) - MARGIN
