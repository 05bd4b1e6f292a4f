"""Promotion: copy the object of a clean public file into the public bucket, from which it is served without signatures.

Only with S3_PUBLIC_BASE_URL. Without it every link is signed, also of files that were promoted earlier, and objects
stay where they are. After the setting was added, the sweeper queues the files in the private bucket, some at a time;
until a file is promoted, its link stays a signed one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from service.crashpoints import reach
from service.db.models import File
from service.db.session import Session
from service.db.statements.objects.keys import files_to_promote
from service.db.statements.transitions.moves import claim_promotion, end_promotion
from service.deps import Deps
from service.domain.files.disposition import content_disposition, served_content_type
from service.domain.records.backoff import wait_after
from service.domain.records.kept_rules import rules_of_file
from service.domain.records.objects.moves import (
    add_pending_deletion,
    copy_object,
    place_of_file,
    public_place,
    served_place,
)
from service.domain.records.objects.pending_deletions import settle_at_once
from service.domain.records.positions import Round, end_turn
from service.domain.records.views import stage_of
from service.domain.scanning.failures import ERROR_WAIT, MAX_RESCAN_WAIT, SCAN_GRACE
from service.observability.logs import get_logger
from service.queue.jobs import RESCAN_QUEUE
from service.values import Location, SweepReport
from service.values.formats.ids import new_id
from service.values.states import Stage

log = get_logger(__name__)

PAGE = 1000
"""Entries of the private bucket's list that one step examines: S3's maximum."""
WAITING_AT_MOST = 500
"""Jobs in the queue of rescans above which no promotion is added, so that workers and storage set the rate."""
PAUSE = timedelta(seconds=30)
"""Pause of the round while that many wait."""
REST = timedelta(hours=1)
"""Pause between two rounds: new files are promoted with their verdict, so it only finds what failed."""


def copy_to_serve(deps: Deps, file: File, target: Location) -> dict[str, Any]:
    """Copy a clean file's object to where it is served from; returns the row's values for the copy.

    Raises the errors of `copy_object`.
    """
    rules = rules_of_file(deps, file)
    cached = {"CacheControl": rules["cache_control"]} if rules.get("cache_control") else {}
    headers = cached | {
        "ContentType": served_content_type(file.content_type),
        "ContentDisposition": content_disposition(file.filename, file.content_type, file.file_extension),
    }
    copied = copy_object(deps, file, target, rules, headers)
    reach("promote.copied")
    at = {"bucket": target.bucket, "object_key": target.object_key}
    return at | {"etag": copied.etag, "version_id": copied.version_id}


def serving_place(deps: Deps, file: File) -> Location:
    """Return the location from which a file without a reason to block is served, by the settings.

    If an earlier attempt made a copy in the public bucket and died, it is that copy's, although S3_PUBLIC_BASE_URL was
    removed meanwhile. So no copy is left without a row. Raises storage's errors.
    """
    place, public = served_place(deps, file), public_place(deps, file.object_key)
    movable = file.credential_hash is None and file.adopted_key is None
    interrupted = movable and file.scan_attempts > 1 and public not in {place, place_of_file(file)}
    return public if interrupted and deps.storage.head(public) is not None else place


def needs_promotion(deps: Deps, file: File) -> bool:
    """Whether a file is served from another location than it should be, or a promotion of it did not end."""
    interrupted = file.scan_due_at is not None and file.scan_attempts > 1
    return (
        file.adopted_key is None
        and stage_of(file) is Stage.READY
        and (interrupted or served_place(deps, file) != place_of_file(file))
    )


def promote(deps: Deps, file: File) -> str:
    """Promote a file that is served already. Idempotent; only one process at a time.

    Returns a short result for the job's log. Raises ObjectChangedError, ScanFailedError, storage's and the database's
    errors. One that did not end stays due, with growing delays, and is finished by the next attempt, which is a rescan
    if files are scanned again.
    """
    token = new_id()
    if not deps.db.transact(claim_promotion, file, token, deps.clock() + _next_after(file)):
        return "changed meanwhile"
    reach("promote.claimed")
    target = serving_place(deps, file)
    values = {} if target == place_of_file(file) else copy_to_serve(deps, file, target)
    moved = deps.db.transact(_record, deps, file, token, target, values)
    reach("promote.recorded")
    settle_at_once(deps, file.object_key)
    if not (moved and values):
        return "nothing to promote"
    log.info("file_promoted", file_id=file.id, path=target)
    return "promoted"


def _record(session: Session, deps: Deps, file: File, token: str, target: Location, values: dict[str, Any]) -> bool:
    """Write the copy's location; False if the file was deleted or blocked while it was copied."""
    moved = end_promotion(session, file.id, token, **values)
    if moved and values:
        add_pending_deletion(session, deps, place_of_file(file))
    if not moved:
        now = session.get(File, file.id)
        # no other process promotes a deleted or blocked file, so the copy is not used
        if now is None or (now.quarantine_reason is not None and place_of_file(now) != target):
            add_pending_deletion(session, deps, target)
    return moved


def _next_after(file: File) -> timedelta:
    """Return after which time the sweeper queues a promotion that did not end again."""
    return max(SCAN_GRACE, wait_after(file.scan_attempts, ERROR_WAIT, MAX_RESCAN_WAIT))


def queue_promotions(deps: Deps, report: SweepReport, bucket: str, turn: Round) -> None:
    """Queue the promotions of a page of the private bucket, as many as WAITING_AT_MOST permits.

    The bucket's list is shorter than that of all files: in the end it has only private and unfinished ones. Raises the
    errors of storage, database and queue.
    """
    after = turn.memory.get("after")
    room = WAITING_AT_MOST - deps.queue.backlogs()[RESCAN_QUEUE].waiting
    if room > 0:
        listed, after_page = deps.storage.objects_after(bucket, after, PAGE)
        with deps.db.read() as session:
            found = files_to_promote(session, bucket, [each.object_key for each in listed])
        for file in found[:room]:
            report.queued_promotions += deps.queue.enqueue_scan(file.id, file.size, again=True, filename=file.filename)
        after = found[room - 1].object_key if len(found) > room else after_page
        room -= len(found)
    wait = PAUSE if room <= 0 else REST if after is None else timedelta(0)
    deps.db.transact(end_turn, turn, {"after": after}, deps.clock() + wait)
