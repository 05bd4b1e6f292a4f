"""Adoptions by operators: create, cancel and show them. `service.domain.adoptions` carries them out."""

from __future__ import annotations

from service.crashpoints import reach
from service.db.models import Adoption
from service.db.session import Session
from service.db.statements.lists.pages import page_of_adoptions
from service.db.statements.operators.leased_work import lock_work
from service.deps import Deps
from service.domain.leased_work.rows import end_work, new_work
from service.domain.records import audit
from service.domain.records.objects.pending_deletions import settle_soon
from service.domain.uploads.policies import policy_named, refuse_detail
from service.errors import (
    AdoptionEndedError,
    AdoptionNotFoundError,
    InvalidBodyError,
    PolicyRefusedError,
    StorageRefusedError,
)
from service.limits import MAX_OBJECT_KEY
from service.observability.logs import get_logger
from service.values import Page
from service.values.access.caller import Caller
from service.values.access.subjects import checked_subject
from service.values.formats.ids import is_id
from service.values.operators.adoptions import AdoptionState, AdoptionView, AdoptionWish, KeyReason
from service.values.operators.audit import Action
from service.values.policies import PRIVATE

log = get_logger(__name__)

COLUMNS = (
    *("bucket", "prefix", "owner", "policy", "follow", "state", "adopted", "renewed", "unchanged", "skipped", "failed"),
    *("bytes", "position", "problem", "created_by", "created_at", "ended_at"),
)


def create_adoption(deps: Deps, caller: Caller, wish: AdoptionWish) -> AdoptionView:
    """Create an adoption; the sweeper carries it out.

    Raises InvalidBodyError (the bucket is not in ADOPT_BUCKETS or storage, an invalid owner, prefix or policy),
    PolicyRefusedError (no adopted file can meet the policy), the errors of storage if it does not list the objects, and
    the database's.
    """
    _refuse(deps, wish)
    _require_bucket(deps, wish)
    adoption = Adoption(**new_work(deps, caller), **vars(wish), adopted=0, renewed=0, unchanged=0, bytes=0)
    with deps.db.write() as session:
        session.add(adoption)
        session.flush()
        what = f"{wish.bucket}/{wish.prefix}"
        audit.record(session, deps.clock(), audit.actor_of(caller), Action.ADOPTION_CREATED, adoption.id, what)
    reach("adoption.created")
    log.info("adoption_created", adoption_id=adoption.id, bucket=wish.bucket, prefix=wish.prefix)
    settle_soon(deps)
    return get_adoption(deps, adoption.id)


def list_adoptions(deps: Deps, limit: int, cursor: str | None) -> Page[AdoptionView]:
    """Return a page of adoptions, newest first. Raises InvalidBodyError for an invalid cursor."""
    with deps.db.read() as session:
        rows, following = page_of_adoptions(session, limit, cursor)
    return Page([_shown(row) for row in rows], following)


def get_adoption(deps: Deps, adoption_id: str) -> AdoptionView:
    """Return an adoption and its progress. Raises AdoptionNotFoundError."""
    with deps.db.read() as session:
        adoption = session.get(Adoption, adoption_id) if is_id(adoption_id) else None
    if adoption is None:
        raise AdoptionNotFoundError
    return _shown(adoption)


def cancel_adoption(deps: Deps, caller: Caller, adoption_id: str) -> AdoptionView:
    """Cancel an adoption: it adopts no further object, its files stay. Repeating it changes nothing.

    Raises AdoptionNotFoundError, and AdoptionEndedError if it is done.
    """

    def cancel(session: Session) -> None:
        adoption = lock_work(session, Adoption, adoption_id) if is_id(adoption_id) else None
        if adoption is None:
            raise AdoptionNotFoundError
        if adoption.state == AdoptionState.CANCELLED:
            return
        if adoption.state == AdoptionState.DONE:
            raise AdoptionEndedError
        now = deps.clock()
        end_work(adoption, AdoptionState.CANCELLED, now)
        audit.record(session, now, audit.actor_of(caller), Action.ADOPTION_CANCELLED, adoption.id)

    deps.db.transact(cancel)
    return get_adoption(deps, adoption_id)


def _refuse(deps: Deps, wish: AdoptionWish) -> None:
    errors = []
    if wish.bucket not in deps.settings.adopt_buckets:
        allowed = ", ".join(deps.settings.adopt_buckets) or "no buckets"
        errors.append(f"[bucket] is not one of ADOPT_BUCKETS, which lists {allowed}")
    if len(wish.prefix.encode()) > MAX_OBJECT_KEY:
        errors.append(f"[prefix] has more than {MAX_OBJECT_KEY} bytes")
    if wish.owner is not None:
        try:
            checked_subject(wish.owner)
        except ValueError as error:
            errors.append(f"[owner] {error}")
    if errors:
        raise InvalidBodyError(errors=errors)
    policy = policy_named(deps.settings, wish.policy)
    if policy.visibility == PRIVATE:
        raise PolicyRefusedError(
            policy.name, "visibility", "[policy] its files are private, which adopted ones never are"
        )
    refuse_detail(policy, None)


def _require_bucket(deps: Deps, wish: AdoptionWish) -> None:
    """Check that storage lists the objects. Raises InvalidBodyError without the bucket, and the errors of storage."""
    try:
        deps.storage.objects_after(wish.bucket, None, 1, wish.prefix)
    except StorageRefusedError as error:
        if error.extra["storage_code"] != "NoSuchBucket":
            raise
        raise InvalidBodyError(errors=["[bucket] does not exist in storage"]) from error


def _shown(adoption: Adoption) -> AdoptionView:
    return AdoptionView(
        adoption_id=adoption.id,
        reasons=[KeyReason(**each) for each in adoption.reasons],
        **{name: getattr(adoption, name) for name in COLUMNS},
    )
