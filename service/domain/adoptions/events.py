"""Storage's events: they tell of new objects, which an adoption that follows them adopts at once.

An event is only a hint: the object itself is requested from storage. Adopting the prefix again replaces lost events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from service.db.models import Adoption
from service.db.session import Session
from service.db.statements.operators.adoptions import following_adoptions
from service.db.statements.operators.leased_work import lock_work
from service.deps import Deps
from service.domain.adoptions.candidates import look_at
from service.domain.adoptions.objects import adopt_object
from service.domain.adoptions.turns import count_object, order_of
from service.domain.records.objects.pending_deletions import settle_soon
from service.domain.webhooks.events import send_soon
from service.errors import InvalidBodyError
from service.observability.logs import get_logger
from service.values.operators.adoptions import EventsView, Outcome, StorageEvent

log = get_logger(__name__)

_NEW = (Outcome.ADOPTED, Outcome.RENEWED)


def take_events(deps: Deps, events: Sequence[StorageEvent]) -> EventsView:
    """Adopt the objects of these events, as far as an adoption follows them.

    Raises the errors of database and storage, if it is unavailable: then its sender repeats the request.
    """
    outcomes: Counter[str] = Counter()
    ignored = 0
    try:
        for event in events:
            outcome = _take(deps, event)
            if outcome is None:
                ignored += 1
            else:
                outcomes[outcome.value] += 1
    finally:
        if any(outcomes[each] for each in _NEW):
            send_soon(deps)
            settle_soon(deps)
    return EventsView(outcomes, ignored)


def _take(deps: Deps, event: StorageEvent) -> Outcome | None:
    """Adopt the object of an event; None if no adoption follows it."""
    adoption = _adoption_for(deps, event)
    if adoption is None:
        return None
    try:
        order = order_of(deps, adoption)
    except InvalidBodyError as error:
        log.warning("adoption_without_policy", adoption_id=adoption.id, errors=error.errors)
        return None

    def count(session: Session, outcome: Outcome, reason: str | None, size: int) -> None:
        row = lock_work(session, Adoption, adoption.id)
        if row is not None:
            count_object(row, event.object_key, outcome, reason, size)

    return adopt_object(deps, order, event.object_key, look_at(deps, event.bucket, event.object_key), count)


def _adoption_for(deps: Deps, event: StorageEvent) -> Adoption | None:
    """Return the adoption with the longest prefix that follows such an event; of several, the first one."""
    if not event.is_creation or event.bucket not in deps.settings.adopt_buckets:
        return None
    with deps.db.read() as session:
        found = following_adoptions(session, event.bucket)
    matching = [each for each in found if event.object_key.startswith(each.prefix)]
    return max(matching, key=lambda each: len(each.prefix), default=None)
