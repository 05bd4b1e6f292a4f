"""Check that storage enforces what the service relies on: the cron process tries attacks at start and daily."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from service.db.cached.safety import FACT, StorageSafety, recorded
from service.db.models import Fact
from service.db.statements.objects.deletions import remove_pending_deletions_of
from service.deps import Deps, make_presigner, plan_probe_cleanup
from service.errors import ServiceError
from service.observability.logs import get_logger
from service.settings import ANY, Settings
from service.storage.attacks import ATTACKS, ONE_PUT, Field, Outcome, Sender
from service.storage.replies import NotThereError, ObjectChangedError, PartsRefusedError
from service.values import Location
from service.values.formats.urls import origin_of
from service.values.states import PendingKind

log = get_logger(__name__)

PUBLIC = "public"
"""Storage's address as clients reach it (`S3_PUBLIC_ENDPOINT_URL`)."""
DIRECT = "direct"
"""Storage's address as the service reaches it (`S3_ENDPOINT_URL`)."""
EVERY = timedelta(days=1)
"""Pause between two rounds of attacks if all were rejected."""
SOON = timedelta(minutes=10)
"""The same if one was not rejected or could not be tried, as an operator may be fixing it."""

Tried = TypeVar("Tried")
_REFUSALS = (NotThereError, ObjectChangedError, PartsRefusedError)


@dataclass(frozen=True)
class Attacked:
    """Results for one address. outcomes: by attack, in the order of ATTACKS; untried: why some could not be tried.

    one_put: the conditions of ONE_PUT that are not met; None if they could not be tried.
    """

    outcomes: Mapping[str, Outcome]
    untried: str | None = None
    one_put: tuple[str, ...] | None = None

    @property
    def let_through(self) -> tuple[str, ...]:
        """The attacks that storage did not reject."""
        return tuple(name for name, how in self.outcomes.items() if how is Outcome.LET_THROUGH)


def needs_look(deps: Deps) -> bool:
    """Whether storage must be asked before a link is issued. Raises DatabaseUnavailableError.

    False if no client can overwrite an object: part URLs are signed with a separate key, the attacks on the public
    address were rejected, and URLs of one PUT, if there are any, never replace an object.
    """
    return not (deps.settings.has_upload_key and is_trusted(deps))


def is_trusted(deps: Deps) -> bool:
    """Whether an object can only be the one that was scanned, so that a link needs no request to storage.

    True if every attack on the public address was tried recently and rejected, and no URL of one PUT can replace an
    object. Raises DatabaseUnavailableError.
    """
    now = deps.clock()
    last = last_result(deps)
    return last is not None and last.is_proven(PUBLIC, now) and not last.may_put_replace(now)


def let_through(deps: Deps) -> tuple[str, ...]:
    """Return the attacks that the public address did not reject in the last check. Raises DatabaseUnavailableError."""
    last = last_result(deps)
    return last.let_through.get(PUBLIC, ()) if last else ()


def permits_one_put(deps: Deps) -> bool:
    """Whether a file of one part can be stored by one conditional PUT: the setting and storage permit it.

    Raises DatabaseUnavailableError.
    """
    if deps.settings.one_put == "off":
        return False
    last = last_result(deps)
    return last is not None and last.permits_one_put(deps.clock())


def last_result(deps: Deps) -> StorageSafety | None:
    """Return the last result; None if it is of another storage, or of another key than signs chunks now.

    Raises DatabaseUnavailableError.
    """
    return deps.safety.last(deps.db, deps.clock(), tried_on(deps.settings))


def tried_on(settings: Settings) -> str:
    """Return what a result is valid for. It contains no secret."""
    addresses = settings.s3_public_endpoint_url, settings.s3_endpoint_url
    return " ".join((*addresses, settings.s3_private_bucket, settings.s3_upload_access_key)).rstrip()


def is_attack_due(deps: Deps, *, starting: bool = False) -> bool:
    """Whether the attacks should be tried now; starting: the process has just started.

    Raises DatabaseUnavailableError.
    """
    last = recorded(deps.db)
    return last is None or not _serves(deps, last, starting=starting)


def record_attacks(deps: Deps) -> StorageSafety:
    """Try the attacks, and record and return the result. Raises DatabaseUnavailableError.

    Several processes may do so in parallel, which only costs requests.
    """
    found = attack_storage(deps)
    safety = StorageSafety(
        deps.clock(),
        {address: each.let_through for address, each in found.items()},
        {address: each.untried for address, each in found.items() if each.untried},
        {address: each.one_put for address, each in found.items() if each.one_put is not None},
    )
    permitted_at = _last_permitted(safety, recorded(deps.db))
    safety = replace(safety, one_put_at=permitted_at, tried_on=tried_on(deps.settings))
    with deps.db.write() as session:
        session.merge(Fact(name=FACT, value=safety.as_fact()))
    _report(safety)
    return safety


def _last_permitted(safety: StorageSafety, before: StorageSafety | None) -> datetime | None:
    """Return when a check last permitted one PUT: this one, or as the one before it has recorded."""
    if safety.permits_one_put(safety.checked_at):
        return safety.checked_at
    return before.one_put_at if before else None


def _serves(deps: Deps, last: StorageSafety, *, starting: bool) -> bool:
    """Whether the last result is new enough, is of this storage and key, and has what the settings need."""
    now = deps.clock()
    age = now - last.checked_at
    if last.tried_on != tried_on(deps.settings):
        return False
    if last.is_proven(PUBLIC, now) and (deps.settings.one_put == "off" or PUBLIC in last.one_put):
        return age < (SOON if starting else EVERY)
    # an operator who restarts the process after a change expects a new result
    return not starting and age < SOON


def attack_storage(deps: Deps) -> dict[str, Attacked]:
    """Try every attack, and what one PUT needs, on both addresses, or once where they are the same.

    Raises DatabaseUnavailableError.
    """
    return at_addresses(deps, lambda *at: replace(attack(deps, *at), one_put=unmet_for_one_put(deps, *at)))


def at_addresses(deps: Deps, tries: Callable[[str, str], Tried]) -> dict[str, Tried]:
    """Return the results of tries at both addresses, made once where they are the same.

    tries: gets an address and how to connect to it, as in `Sender`.
    """
    settings = deps.settings
    direct = tries(settings.s3_endpoint_url, "")
    if settings.s3_public_endpoint_url == settings.s3_endpoint_url:
        return {PUBLIC: direct, DIRECT: direct}
    return {PUBLIC: tries(settings.s3_public_endpoint_url, settings.s3_public_probe_host), DIRECT: direct}


def attack(deps: Deps, endpoint_url: str, via: str) -> Attacked:
    """Try every attack on one address; via: as in `Sender`."""
    with _field(deps, endpoint_url, via) as field:
        return _try_attacks(field)


def unmet_for_one_put(deps: Deps, endpoint_url: str, via: str) -> tuple[str, ...] | None:
    """Return the conditions for one PUT that one address does not meet; None if the setting is off or they cannot be
    tried; via: as in `Sender`."""
    if deps.settings.one_put == "off":
        return None
    with _field(deps, endpoint_url, via) as field:
        try:
            return tuple(name for name, is_met in ONE_PUT.items() if not is_met(field))
        except (ServiceError, *_REFUSALS) as error:
            log.warning("one_put_not_tried", reason=str(error))
            return None


@contextmanager
def _field(deps: Deps, endpoint_url: str, via: str) -> Iterator[Field]:
    """Yield the target at one address; afterwards the pending deletions of what is gone are removed."""
    settings = deps.settings
    field = Field(
        storage=deps.storage,
        presigner=make_presigner(settings, endpoint_url, deps.clock),
        sender=Sender(via),
        own_presigner=make_presigner(settings, settings.s3_endpoint_url, deps.clock),
        own_sender=Sender(),
        private_bucket=settings.s3_private_bucket,
        public_bucket=settings.s3_public_bucket,
        plan_cleanup=lambda at: plan_probe_cleanup(
            deps.db, at, deps.clock, (PendingKind.MULTIPART_UPLOAD, PendingKind.OBJECT)
        ),
        origins=_pages(deps) if endpoint_url == settings.s3_public_endpoint_url else (),
    )
    try:
        yield field
    finally:
        _forget(deps, field.removed)


def _try_attacks(field: Field) -> Attacked:
    outcomes: dict[str, Outcome] = {}
    try:
        for name, one in ATTACKS.items():
            outcomes[name] = one(field)
    except ServiceError as error:
        return Attacked(outcomes, f"{name}: {error.code} {error.extra.get('storage_code', '')}".strip())
    except _REFUSALS as error:
        return Attacked(outcomes, f"{name}: {type(error).__name__}")
    unknown = [name for name, how in outcomes.items() if how is Outcome.UNKNOWN]
    return Attacked(outcomes, f"{unknown[0]}: storage answered with an error" if unknown else None)


def _pages(deps: Deps) -> tuple[str, ...]:
    """Return the origins whose pages send files to storage."""
    settings = deps.settings
    own = [origin_of(settings.public_url)] if settings.public_url else []
    named = ["https://page.example" if origin == ANY else origin for origin in settings.cors_origins]
    return tuple(origin for origin in (*named, *own) if origin != origin_of(settings.s3_public_endpoint_url))


def _forget(deps: Deps, removed: Sequence[Location]) -> None:
    """Remove the pending deletions of objects that are gone."""
    with deps.db.write() as session:
        remove_pending_deletions_of(session, [at.object_key for at in removed])


def _report(safety: StorageSafety) -> None:
    """Log a line for each address: the attacks that storage did not reject, or why they could not be tried."""
    for address, names in safety.let_through.items():
        level = logging.WARNING if names or address in safety.untried else logging.INFO
        untried = safety.untried.get(address, "")
        log.log(
            level,
            "storage_attacked",
            address=address,
            let_through=len(names),
            attacks="; ".join(names),
            untried=untried,
            one_put="; ".join(safety.one_put[address]) or "permitted" if address in safety.one_put else "not tried",
        )
