"""Late PUTs: the URL of one PUT may still be valid when its object is deleted: it is deleted again later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from service.db.models import Upload
from service.db.session import Session
from service.db.statements.objects.deletions import add_pending_deletions, pending_deletion
from service.db.statements.uploads import one_puts
from service.deps import Deps
from service.limits import SLOW_PUT
from service.values.states import PendingKind


def add_late_deletions(session: Session, deps: Deps, ends: Mapping[str, datetime]) -> None:
    """Record the later deletions of objects that are gone or pending. ends: of their URLs, by key."""
    bucket, now = deps.settings.s3_private_bucket, deps.clock()
    rows = [
        pending_deletion(PendingKind.OBJECT, bucket, object_key, max(now, end) + SLOW_PUT)
        for object_key, end in ends.items()
    ]
    add_pending_deletions(session, *rows)


def expect_late_puts_of_files(session: Session, deps: Deps, file_ids: Sequence[str]) -> None:
    """Record the later deletions for files whose rows are about to be deleted."""
    add_late_deletions(session, deps, one_puts(session, Upload.file_id, file_ids, deps.clock() - SLOW_PUT))


def expect_late_put(session: Session, deps: Deps, object_key: str) -> None:
    """Record the later deletion for an upload's key whose object is deleted."""
    add_late_deletions(session, deps, one_puts(session, Upload.object_key, [object_key], deps.clock() - SLOW_PUT))
