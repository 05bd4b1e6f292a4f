"""Claim a completion: check the request and every part, then make the upload `completing`; or take over the claim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.crashpoints import reach
from service.db.models import Upload
from service.db.session import Session
from service.db.statements.transitions.uploads import begin_completion, take_over_completion
from service.deps import Deps
from service.domain.accounts.assignable import what_is_gone
from service.domain.accounts.quota import in_quota, reserve
from service.domain.files.credentials import credential_hash, require_for_completion
from service.domain.files.replacements import replacer_of, require_replaceable
from service.domain.records.objects.packed_parts import pack_parts
from service.domain.uploads.completion.failures import expire_forgotten, reopen
from service.domain.uploads.completion.verification import fingerprint, planned_parts, refuse_wrong_parts
from service.domain.uploads.granted import assigner
from service.domain.uploads.open_uploads import is_one_put, place_of, refuse_unless_uploading
from service.domain.uploads.policies import policy_of, refuse_completion
from service.domain.uploads.stored_parts import stored_parts
from service.errors import InvalidBodyError
from service.observability.logs import get_logger
from service.observability.tracing import span
from service.storage.replies import NotThereError
from service.values import CompletionWish, StoredPart
from service.values.access.caller import Caller
from service.values.states import UploadState

log = get_logger(__name__)

LEASE = timedelta(seconds=30)
"""For how long other processes leave a completion to the one that started it."""


@dataclass(frozen=True)
class Claimed:
    """A `completing` upload that this process finishes, and its verified parts; none if storage has completed it."""

    upload: Upload
    parts: list[StoredPart]


def claim(deps: Deps, caller: Caller, upload: Upload, wish: CompletionWish) -> Claimed | None:
    """Claim the completion of an open upload, or take over an abandoned one.

    Returns None if another process was faster or is working on it, or if the upload is open again. Raises the errors of
    `complete_upload`.
    """
    match UploadState(upload.state):
        case UploadState.COMPLETING:
            require_for_completion(deps, caller, upload, wish.credential)
            return take_over(deps, upload)
        case UploadState.COMPLETED:  # without a file: it was deleted between the two reads
            return None
        case _:
            with span("complete.claim", upload_id=upload.id):
                return _claim_open(deps, caller, upload, wish)


def take_over(deps: Deps, upload: Upload) -> Claimed | None:
    """Take over a completion whose lease has expired.

    Returns None while a process is working on it, or if a part changed since the parts were verified: then the upload
    is open again.
    """
    if not _take_lease(deps, upload):
        return None
    parts = listed_parts(deps, upload) or []  # none: completed already, then the object is there
    if parts and fingerprint(parts) != (upload.completion or {})["parts"]:
        reopen(deps, upload)
        log.warning("completion_reopened", upload_id=upload.id, reason="parts changed after they were verified")
        return None
    return Claimed(upload, parts)


def _claim_open(deps: Deps, caller: Caller, upload: Upload, wish: CompletionWish) -> Claimed | None:
    now = deps.clock()
    refuse_unless_uploading(upload, now)
    refuse_completion(policy_of(deps.settings, upload), wish)
    plan = planned_parts(upload, wish)
    with deps.db.read() as session:
        gone = what_is_gone(session, assigner(caller), wish.user_id, wish.appointment_id)
        note_replacement(session, deps, caller, upload, wish)
    if gone:
        raise InvalidBodyError(errors=[gone])
    parts = listed_parts(deps, upload)
    if parts is not None:
        refuse_wrong_parts(plan, parts, wish.etags)
    elif deps.storage.head(place_of(deps, upload)) is None:
        expire_forgotten(deps, upload)
        return None
    # without parts but with an object, the row may come from a backup older than the completion
    upload.completion, upload.path_name = intent_of(deps, upload, wish, parts or []), path_wanted(upload, wish)
    reach("complete.verified")
    if not _claim_with_quota(deps, upload, wish.total_size, parts or [], now + LEASE):
        return None
    deps.open_uploads.forget(upload.id)
    reach("complete.claimed")
    return Claimed(upload, parts or [])


def note_replacement(session: Session, deps: Deps, caller: Caller, upload: Upload, wish: CompletionWish) -> None:
    """Set the file that the upload's file replaces, if the completion names another one than init.

    The one of init was permitted then: if it was deleted since, there is nothing to replace. Raises the errors of
    `require_replaceable`.
    """
    if wish.replaces is None or wish.replaces == upload.replaces:
        return
    require_replaceable(session, deps, caller, wish.replaces, wish.replaced_credential)
    upload.replaces, upload.replacer = wish.replaces, replacer_of(caller)


def listed_parts(deps: Deps, upload: Upload) -> list[StoredPart] | None:
    """Return the parts in storage; None if it has no such multipart upload (any more)."""
    if is_one_put(upload):  # claimed by the release before, which lists no parts of it and continues with the object
        return None
    try:
        return stored_parts(deps, upload)
    except NotThereError:
        return None


def _claim_with_quota(deps: Deps, upload: Upload, size: int, parts: list[StoredPart], until: datetime) -> bool:
    """Claim the completion, and reserve quota that is not reserved yet: everything if init had no size."""
    reserved = 0 if upload.owner is None else size
    packed = pack_parts(parts)

    def claim(session: Session) -> bool:
        claimed = begin_completion(session, upload, reserved, upload.completion or {}, packed, until)
        if claimed and reserved != upload.reserved:
            reserve(session, deps, upload.owner, reserved - upload.reserved)
        return claimed

    return in_quota(deps, upload.owner, claim)


def _take_lease(deps: Deps, upload: Upload) -> bool:
    """Take a lease that has expired; False while another process has it."""
    now = deps.clock()
    if upload.lease_until is not None and upload.lease_until > now:
        return False
    taken = deps.db.transact(take_over_completion, upload.id, now, now + LEASE)
    if taken:
        reach("complete.taken_over")
    return taken


def path_wanted(upload: Upload, wish: CompletionWish) -> str | None:
    """Return the path of the file's folder: of the completion if it has one, else of the start."""
    return upload.path_name if wish.path_name is None else wish.path_name or None


def intent_of(deps: Deps, upload: Upload, wish: CompletionWish, parts: list[StoredPart]) -> dict[str, Any]:
    """Return the request and its parts for the row; the credential only as its hash."""
    hashed = (
        credential_hash(deps.settings.secret_key, upload.file_id, wish.credential)
        if wish.credential is not None
        else None
    )
    return {
        "begun_at": deps.clock().isoformat(),
        "parts": fingerprint(parts),
        "total_size": wish.total_size,
        "total_chunks": wish.total_chunks,
        "filename": wish.filename,
        "content_type": wish.content_type,
        "file_extension": wish.file_extension,
        "credential_hash": hashed,
        "detail": wish.detail,
        "appointment_id": wish.appointment_id,
        "user_id": wish.user_id,
    }
