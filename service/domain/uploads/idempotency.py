"""Repeated inits: the same Idempotency-Key of the same subject is the same upload.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

from service.db.failures import IntegrityError
from service.db.models import Upload
from service.db.session import Session
from service.db.statements.execution import add_row
from service.db.statements.objects.deletions import add_pending_deletions, pending_deletion
from service.db.statements.transitions.uploads import open_elsewhere
from service.db.statements.uploads import upload_of_init_key
from service.deps import Deps
from service.domain.accounts.grants import count_use
from service.domain.accounts.quota import in_quota, reserve_new
from service.errors import (
    GrantRefusedError,
    InitInProgressError,
    InvalidBodyError,
    PolicyRefusedError,
    QuotaExceededError,
    TooManyUploadsError,
)
from service.values.access.caller import Caller
from service.values.formats.ids import new_id
from service.values.object_keys import prefix_of
from service.values.policies import DEFAULT
from service.values.states import PendingKind, UploadState

COMPARED = ("filename", "size", "content_type", "checksum_algorithm", "path_name", "replaces")
"""Fields that a repeated init must repeat, besides the policy."""
OPENING = timedelta(minutes=10)
"""For how long the first init may still be opening its upload in storage; leftovers are deleted then."""


def init_key(caller: Caller, idempotency_key: str) -> str:
    """Return the stored form of an Idempotency-Key, which is different for each subject and each grant."""
    of_grant = [] if caller.grant is None else [caller.grant.id]
    return hashlib.sha256(json.dumps([caller.subject, idempotency_key, *of_grant]).encode()).hexdigest()


def write_once(deps: Deps, upload: Upload, refuse: Callable[[Session], None]) -> Upload:
    """Write a new upload's row, reserve its bytes and count it; or return the row of the same earlier init.

    refuse: called first in the transaction of a new upload. Raises what it raises; QuotaExceededError,
    TooManyUploadsError, PolicyRefusedError, GrantRefusedError; InvalidBodyError if the key was used for another init;
    InitInProgressError.
    """
    first = _first(deps, upload)
    if first is None:
        try:
            in_quota(deps, upload.owner, lambda session: _add(session, deps, upload, refuse))
            return upload
        except (IntegrityError, QuotaExceededError, TooManyUploadsError, PolicyRefusedError, GrantRefusedError):
            # a repetition may have been faster and have reserved the quota
            first = _first(deps, upload)
            if first is None:
                raise
    _refuse_other(first, upload)
    if first.storage_upload_id is None and first.state == UploadState.UPLOADING:
        _open_again(deps, first)
    return first


def _first(deps: Deps, upload: Upload) -> Upload | None:
    if upload.init_key is None:
        return None
    with deps.db.read() as session:
        return upload_of_init_key(session, upload.init_key)


def _add(session: Session, deps: Deps, upload: Upload, refuse: Callable[[Session], None]) -> None:
    refuse(session)
    # first, as it locks the subject's counter: concurrent inserts of one key may deadlock
    reserve_new(session, deps, upload)
    count_use(session, upload.grant_id, deps.clock())
    add_row(session, upload)


def _refuse_other(first: Upload, upload: Upload) -> None:
    policies = [each.policy or DEFAULT for each in (first, upload)]
    if policies[0] != policies[1] or any(getattr(first, name) != getattr(upload, name) for name in COMPARED):
        raise InvalidBodyError(errors=["[Idempotency-Key] was used for another upload; make a new one for each"])


def _open_again(deps: Deps, upload: Upload) -> None:
    """Open the upload under another key, as the first init has not recorded storage's id; delete its leftovers."""
    old = upload.object_key
    key = prefix_of(old) + new_id()

    def move(session: Session) -> None:
        if not open_elsewhere(session, upload, key):
            raise InitInProgressError
        left = pending_deletion(
            PendingKind.MULTIPART_UPLOAD, deps.settings.s3_private_bucket, old, deps.clock() + OPENING
        )
        add_pending_deletions(session, left)

    deps.db.transact(move)
    upload.object_key = key
