"""Start an upload."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from service.crashpoints import reach
from service.db.models import Upload
from service.db.session import Session
from service.db.statements.transitions.uploads import note_storage_upload
from service.deps import Deps
from service.domain.accounts.grants import write_signed_grant
from service.domain.files.replacements import replacer_of, require_replaceable
from service.domain.records.kept_rules import storage_parameters
from service.domain.records.objects.recovery_metadata import recovery_metadata_of_upload
from service.domain.records.objects.storage_safety import permits_one_put
from service.domain.uploads.granted import policy_for
from service.domain.uploads.idempotency import init_key, write_once
from service.domain.uploads.open_uploads import known_plan, place_of, refuse_unless_uploading
from service.domain.uploads.parts import choose_chunk_size
from service.domain.uploads.policies import refuse_init, rules_to_keep
from service.domain.uploads.signing import sign_first
from service.errors import (
    InitInProgressError,
    InvalidBodyError,
    UploadExpiredError,
)
from service.observability.logs import get_logger
from service.observability.metrics import UPLOADS
from service.values import (
    ONE_PUT,
    NewMultipart,
    OpenedUpload,
    UploadWish,
)
from service.values.access.caller import Caller
from service.values.formats.ids import new_id
from service.values.policies import DEFAULT
from service.values.states import UploadState

log = get_logger(__name__)


def initialize_upload(deps: Deps, caller: Caller, wish: UploadWish) -> OpenedUpload:
    """Start an upload: first its row, then storage's multipart upload, then storage's id in the row.

    So storage never has an upload without a row. A file of one part needs no multipart upload if storage permits it
    (`permits_one_put`). A repeated init (the same idempotency_key) returns the same upload.
    Raises FileTooLargeError, PolicyRefusedError, QuotaExceededError, TooManyUploadsError, GrantRefusedError,
    InvalidBodyError (an unknown policy, a file that is not accepted, a key that was used for another init), the errors
    of `require_replaceable` for the file to replace,
    InitInProgressError, for a repeated init the errors of a closed upload, and the errors of storage and database.
    """
    if wish.checksum_algorithm:
        _refuse_unchecked(deps, wish.checksum_algorithm)
    new = _new_upload(deps, caller, wish)
    write_signed_grant(deps, caller.grant)
    reach("init.begun")
    upload = write_once(deps, new, lambda session: _refuse_replacement(session, deps, caller, wish))
    reach("init.row_written")
    if upload.storage_upload_id is None and upload.state == UploadState.UPLOADING:
        upload = _open_in_storage(deps, upload)
    elif upload is new:  # by one PUT: storage need not be asked
        _report(upload)
    refuse_unless_uploading(upload, deps.clock())
    plan = known_plan(upload)
    return OpenedUpload(
        upload_id=upload.id,
        file_id=upload.file_id,
        chunk_size=upload.chunk_size,
        total_chunks=plan.total_chunks if plan else None,
        expires_at=upload.expires_at,
        chunks=sign_first(deps, upload, range(plan.total_chunks)) if plan else [],
    )


def _refuse_unchecked(deps: Deps, algorithm: str) -> None:
    """Raises InvalidBodyError for an algorithm that storage does not verify, as it would not protect anything."""
    if not deps.checksums.enforces(algorithm):
        enforced = deps.checksums.enforced()
        usable = f"use one of {', '.join(sorted(enforced))}" if enforced else "leave it out"
        raise InvalidBodyError(errors=[f"[checksum_algorithm] this storage does not verify {algorithm}; {usable}"])


def _refuse_replacement(session: Session, deps: Deps, caller: Caller, wish: UploadWish) -> None:
    if wish.replaces is not None:
        require_replaceable(session, deps, caller, wish.replaces, wish.replaced_credential)


def _new_upload(deps: Deps, caller: Caller, wish: UploadWish) -> Upload:
    policy = policy_for(deps.settings, caller, wish.policy)
    refuse_init(policy, wish)
    now = deps.clock()
    chunk_size = choose_chunk_size(wish.size, wish.chunk_size, policy.chunk_size)
    rules = rules_to_keep(deps.settings, policy)
    return Upload(
        id=new_id(),
        owner=caller.subject,
        file_id=new_id(),
        # random, without the name: keys are visible in URLs and logs
        object_key=policy.storage_prefix + new_id(),
        storage_upload_id=ONE_PUT if _fits_one_put(deps, wish, chunk_size, rules) else None,
        state=UploadState.UPLOADING,
        filename=wish.filename,
        content_type=wish.content_type,
        size=wish.size,
        reserved=0 if caller.subject is None else wish.size or 0,
        chunk_size=chunk_size,
        checksum_algorithm=wish.checksum_algorithm,
        init_key=wish.idempotency_key and init_key(caller, wish.idempotency_key),
        policy=rules and policy.name,
        rules=rules,
        grant_id=caller.grant and caller.grant.id,
        replaces=wish.replaces,
        replacer=None if wish.replaces is None else replacer_of(caller),
        path_name=wish.path_name,
        created_at=now,
        expires_at=now + timedelta(seconds=policy.upload_ttl),
    )


def _fits_one_put(deps: Deps, wish: UploadWish, chunk_size: int, rules: Mapping[str, Any] | None) -> bool:
    """Whether one PUT can store the file: not with parameters that only CreateMultipartUpload sets."""
    fits = wish.size is not None and wish.size <= chunk_size and not storage_parameters(rules)
    return fits and permits_one_put(deps)


def _open_in_storage(deps: Deps, upload: Upload) -> Upload:
    """Open storage's multipart upload for a row without storage's id; returns the updated row.

    Raises InitInProgressError, UploadExpiredError.
    """
    new = NewMultipart(
        place_of(deps, upload),
        upload.id,
        upload.checksum_algorithm,
        recovery=recovery_metadata_of_upload(deps.settings, upload),
        kept=storage_parameters(upload.rules),
    )
    storage_upload_id = deps.storage.create_upload(new)
    reach("init.storage_opened")
    known = deps.db.transact(note_storage_upload, upload, storage_upload_id)
    if not known:  # closed while storage was slow, or a repeated init was faster
        with deps.db.read() as session:
            still = session.get(Upload, upload.id)
        if still is None or still.state != UploadState.UPLOADING:
            raise UploadExpiredError
        if still.storage_upload_id is None:
            raise InitInProgressError
        return still
    reach("init.id_noted")
    upload.storage_upload_id = storage_upload_id
    _report(upload)
    return upload


def _report(upload: Upload) -> None:
    UPLOADS.labels("initialized", upload.policy or DEFAULT).inc()
    log.info("upload_initialized", upload_id=upload.id, file_id=upload.file_id, size=upload.size)
