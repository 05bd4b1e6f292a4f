"""Adopt one object: a row for it, with its scan due. It is served by its verdict, from where it lies.

The row is unique for bucket and key. So of two adoptions of an object one wins, and the other finds its file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.crashpoints import reach
from service.db.failures import IntegrityError
from service.db.models import File, Upload
from service.db.session import Session
from service.db.statements.execution import add_row
from service.db.statements.objects.keys import files_of_keys
from service.db.statements.operators.adoptions import lock_upload
from service.db.statements.transitions.repairs import adopt_again
from service.db.statements.usages import uploads_under
from service.deps import Deps
from service.domain.accounts.quota import in_quota, reserve
from service.domain.adoptions.candidates import Looked, content_type_of, filename_of, is_unchanged
from service.domain.records import audit
from service.domain.records.kept_rules import end_of_retention
from service.domain.uploads.policies import policy_with, refuse_names, refuse_size, rules_to_keep
from service.domain.webhooks.events import file_event
from service.errors import (
    FileTooLargeError,
    InvalidBodyError,
    PolicyRefusedError,
    QuotaExceededError,
    ServiceError,
)
from service.values import StoredObject
from service.values.formats.ids import new_id
from service.values.object_keys import adopted_name, location_hash
from service.values.operators.adoptions import Outcome
from service.values.operators.audit import Action, Actor
from service.values.policies import Policy
from service.values.states import UploadState, Verdict

ATTEMPTS = 3
"""How often an object is looked at again whose file changes at the same moment."""
ON_HOLD = "It changed, but its file has a legal hold."
DECIDED = "It changed, but an operator blocked its file."
CHANGED = "Its file changed at the same moment. Adopt it again."
"""Why an object is skipped, besides the reasons of `service.domain.adoptions.candidates`."""


@dataclass(frozen=True)
class Order:
    """The owner and policy of an adoption's files, and who adopts them."""

    adoption_id: str
    bucket: str
    owner: str | None
    policy: Policy
    actor: Actor


Count = Callable[[Session, Outcome, str | None, int], None]
"""Counts an object in the transaction that adopts it: its outcome, why it was skipped, and the bytes of a new one."""


class _TakenError(Exception):
    """Another process changed or adopted the object's file first."""


def adopt_object(deps: Deps, order: Order, object_key: str, found: Looked, count: Count) -> Outcome:
    """Adopt an object, or the new one in the place of an adopted one, and count it in the same transaction.

    found: by `look_at`. Raises the errors of the database, and those of `count`: then nothing was changed or counted.
    """
    if isinstance(found, str):
        return _counted(deps, count, Outcome.SKIPPED, found)
    if isinstance(found, ServiceError):
        return _counted(deps, count, Outcome.FAILED, ": ".join((found.code, *found.extra.values())))
    for _ in range(ATTEMPTS):
        try:
            return _adopt(deps, order, object_key, found, count)
        except (FileTooLargeError, InvalidBodyError, PolicyRefusedError, QuotaExceededError) as error:
            return _counted(deps, count, Outcome.SKIPPED, _refusal(error))
        except (_TakenError, IntegrityError):
            continue
    return _counted(deps, count, Outcome.SKIPPED, CHANGED)


def _adopt(deps: Deps, order: Order, object_key: str, found: StoredObject, count: Count) -> Outcome:
    name = adopted_name(order.bucket, object_key)
    with deps.db.read() as session:
        known = files_of_keys(session, order.bucket, [name])
    if not known:
        return _add(deps, order, object_key, found, count)
    file = known[0]
    if is_unchanged(file, found):
        return _counted(deps, count, Outcome.UNCHANGED)
    if file.legal_hold:
        return _counted(deps, count, Outcome.SKIPPED, ON_HOLD)
    if file.virus_scan_status == Verdict.BLOCKED and file.decided_by is not None:
        return _counted(deps, count, Outcome.SKIPPED, DECIDED)
    return _renew(deps, order, file, found, count)


def _add(deps: Deps, order: Order, object_key: str, found: StoredObject, count: Count) -> Outcome:
    """Create the file of an object, and its upload, which never was open. Raises what its policy and quota refuse."""
    upload, file = _rows(deps, order, object_key, found)
    refuse_names(order.policy, file.filename, file.content_type)
    refuse_size(order.policy, found.size)

    def write(session: Session) -> None:
        reserve(session, deps, order.owner, upload.reserved)
        _refuse_more(session, order)
        add_row(session, upload)
        add_row(session, file)
        audit.record(session, deps.clock(), order.actor, Action.ADOPTED, file.id, f"adoption {order.adoption_id}")
        file_event(session, deps, "file.adopted", [file.id])
        count(session, Outcome.ADOPTED, None, found.size)

    in_quota(deps, order.owner, write)
    reach("adoption.object_adopted")
    return Outcome.ADOPTED


def _renew(deps: Deps, order: Order, file: File, found: StoredObject, count: Count) -> Outcome:
    """Make a changed object its file's: it is scanned before it is served. Its owner, policy and name stay."""
    content_type = content_type_of(found)

    def write(session: Session) -> None:
        upload = lock_upload(session, file.upload_id)
        if upload is None:
            raise _TakenError
        policy = policy_with(deps.settings, upload.rules)
        refuse_names(policy, file.filename, content_type)
        refuse_size(policy, found.size)
        reserved = 0 if upload.owner is None else found.size
        more = reserved - upload.reserved
        upload.size, upload.reserved, upload.content_type = found.size, reserved, content_type
        upload.chunk_size = max(1, found.size)
        session.flush()
        reserve(session, deps, upload.owner, more)
        values = {"scan_due_at": deps.clock(), "content_type": content_type}
        if not adopt_again(session, file, found, values):
            raise _TakenError
        change = f"adoption {order.adoption_id}: ETag {file.etag}, now {found.etag} of {found.size} bytes"
        audit.record(session, deps.clock(), order.actor, Action.ADOPTED, file.id, change)
        file_event(session, deps, "file.adopted", [file.id])
        count(session, Outcome.RENEWED, None, found.size)

    in_quota(deps, file.owner, write)
    reach("adoption.object_renewed")
    return Outcome.RENEWED


def _counted(deps: Deps, count: Count, outcome: Outcome, reason: str | None = None) -> Outcome:
    deps.db.transact(count, outcome, reason, 0)
    return outcome


def _refusal(error: ServiceError) -> str:
    """Return why an error refuses an object: what happened, without the advice for clients that upload."""
    return "; ".join(error.errors) or f"{error.code}: {error.message.partition('. ')[0]}."


def _refuse_more(session: Session, order: Order) -> None:
    """Raises PolicyRefusedError if the owner has as many files as the policy allows."""
    most = order.policy.max_stored
    if order.owner is None or not most:
        return
    if uploads_under(session, order.owner, order.policy.name, stored=True) >= most:
        reason = f"[policy] the owner has {most} files and open uploads under this policy, the highest number"
        raise PolicyRefusedError(order.policy.name, "max_stored", reason)


def _rows(deps: Deps, order: Order, object_key: str, found: StoredObject) -> tuple[Upload, File]:
    now, name, filename = deps.clock(), adopted_name(order.bucket, object_key), filename_of(object_key)
    rules = rules_to_keep(deps.settings, order.policy)
    same = {
        "owner": order.owner,
        "object_key": name,
        "filename": filename,
        "content_type": content_type_of(found),
        "size": found.size,
        "policy": None if rules is None else order.policy.name,
        "created_at": now,
    }
    upload = Upload(
        id=new_id(),
        file_id=new_id(),
        state=UploadState.COMPLETED,
        reserved=0 if order.owner is None else found.size,
        chunk_size=max(1, found.size),
        init_key=location_hash(order.bucket, object_key),
        rules=rules,
        adoption_id=order.adoption_id,
        expires_at=now,
        **same,
    )
    file = File(
        id=upload.file_id,
        upload_id=upload.id,
        bucket=order.bucket,
        adopted_key=object_key,
        total_chunks=1,
        etag=found.etag,
        version_id=found.version_id,
        checksum=found.checksum,
        virus_scan_status=Verdict.PENDING,
        scan_attempts=0,
        scan_due_at=now,
        expires_at=end_of_retention(rules, now),
        **same,
    )
    return upload, file
