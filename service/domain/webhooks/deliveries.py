"""Deliver events to webhooks, retried for about a day; each at least once, with one id."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update

from service.crashpoints import reach
from service.db.models import Delivery
from service.db.statements.execution import rows_met
from service.deps import Deps
from service.domain.records.backoff import wait_after
from service.domain.webhooks.events import DELIVERED, FAILED, OWED, endpoint_of, owe
from service.observability.logs import get_logger
from service.observability.metrics import DELIVERIES
from service.outgoing.webhooks import NoAnswerError
from service.values import DeliveryView, SweepReport

log = get_logger(__name__)

FIRST_WAIT = timedelta(seconds=30)
"""Delay after the first failed attempt; doubled for each further one up to MAX_WAIT."""
MAX_WAIT = timedelta(hours=4)
GIVE_UP = timedelta(days=1)
"""Age at which a delivery fails; it can be replayed."""
LEASE = timedelta(minutes=3)
"""Lease of an attempt: longer than a job can take."""
TURN = timedelta(seconds=60)
"""For how long one job sends deliveries; then the sweeper requests the next job."""
PAUSE = timedelta(minutes=1)
"""Pause for a webhook that does not answer, as its next delivery would also wait in vain."""
NOT_TAKEN = "not tried: the webhook has accepted too few deliveries for a day"
KEPT = timedelta(days=30)
LIMIT = 1000
"""Rows that one sweep removes, and that one list returns."""


def deliver(deps: Deps, endpoint: str) -> int:
    """Send the due deliveries of one webhook, oldest first; returns how many it accepted."""
    url = next((url for url in deps.settings.webhooks if endpoint_of(url) == endpoint), None)
    if url is None:
        return 0
    taken = refused = 0
    end = deps.clock() + TURN
    while deps.clock() < end and (row := _claim_next(deps, url)):
        if not attempt(deps, row):
            _give_up_old(deps, url)
            _leave_alone(deps, url)
            break
        taken += row.state == DELIVERED
        refused += row.state != DELIVERED
    if refused:
        _give_up_old(deps, url, Delivery.attempts > 0)
    return taken


def attempt(deps: Deps, row: Delivery) -> bool:
    """Send a claimed delivery and record the result, also in `row`; False without an answer."""
    reach("webhook.claimed")
    status, reason = None, None
    try:
        if deps.sender is None:
            raise NoAnswerError("no webhooks are configured")
        status = deps.sender.post(row.url, row.id, int(deps.clock().timestamp()), body_of(row))
    except NoAnswerError as error:
        reason = str(error)
    except Exception as error:  # a bug or RQ's time limit: a failure like any other for the receiver
        log.exception("delivery_broke_off", delivery_id=row.id)
        reason = f"unexpected error: {type(error).__name__}"
    reach("webhook.sent")
    if status is not None and not 200 <= status < 300:
        reason = f"the webhook answered {status}"
    _note(deps, row, status, reason)
    return status is not None


def requeue_deliveries(deps: Deps, report: SweepReport) -> None:
    """Queue due deliveries: never queued, lost with Redis, or failed before. Delete old ones."""
    if not deps.settings.webhooks:
        return
    now = deps.clock()
    with deps.db.read() as session:
        urls = set(session.scalars(select(Delivery.url).where(Delivery.due_at <= now).distinct()))
        old = (Delivery.created_at < now - KEPT, Delivery.due_at.is_(None))
        forgotten = session.scalars(select(Delivery.id).where(*old).limit(LIMIT)).all()
    gone = urls - set(deps.settings.webhooks)
    if gone or forgotten:
        with deps.db.write() as session:
            values = {"state": FAILED, "due_at": None, "last_error": "the URL is no longer in WEBHOOKS"}
            session.execute(update(Delivery).where(Delivery.url.in_(gone), Delivery.state == OWED).values(**values))
            report.forgotten_deliveries += rows_met(session, delete(Delivery).where(Delivery.id.in_(forgotten)))
    if urls - gone:
        deps.queue.give_up_dead_jobs()
    for url in urls - gone:
        report.queued_deliveries += deps.queue.request_deliveries(endpoint_of(url))


def ping(deps: Deps) -> list[DeliveryView]:
    """Send a `ping` to every webhook now, and return the results."""
    with deps.db.write() as session:
        rows = owe(session, deps, "ping", None, None, {}, due=deps.clock() + LEASE)
    for row in rows:
        row.attempts = 1
        attempt(deps, row)
    return [_view(row) for row in rows]


def list_deliveries(deps: Deps, *, failed: bool = False) -> list[DeliveryView]:
    """Return the newest LIMIT deliveries, newest first; failed: only failed ones."""
    query = select(Delivery).order_by(Delivery.created_at.desc(), Delivery.id).limit(LIMIT)
    with deps.db.read() as session:
        return [_view(row) for row in session.scalars(query.where(Delivery.state == FAILED) if failed else query)]


def find_delivery(deps: Deps, delivery_id: str) -> DeliveryView | None:
    with deps.db.read() as session:
        row = session.get(Delivery, delivery_id)
    return None if row is None else _view(row)


def replay(deps: Deps, delivery_ids: Collection[str] | None) -> int:
    """Make these deliveries due again with the same ids; None: all that failed. Returns their number."""
    now = deps.clock()
    where = Delivery.state == FAILED if delivery_ids is None else Delivery.id.in_(delivery_ids)
    values = {"state": OWED, "attempts": 0, "owed_since": now, "due_at": now}
    with deps.db.write() as session:
        return rows_met(session, update(Delivery).where(where).values(**values))


def body_of(row: Delivery) -> bytes:
    """Return the same bytes for every attempt: a database may change the order of members in JSON."""
    return json.dumps(row.payload, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _claim_next(deps: Deps, url: str) -> Delivery | None:
    """Claim the next due delivery; None without one."""
    while True:
        now = deps.clock()
        due = (Delivery.url == url, Delivery.due_at <= now)
        with deps.db.read() as session:
            row = session.scalars(select(Delivery).where(*due).order_by(Delivery.due_at, Delivery.id).limit(1)).first()
        if row is None:
            return None
        same = (Delivery.id == row.id, Delivery.due_at == row.due_at)
        values = {"due_at": now + LEASE, "attempts": row.attempts + 1}
        with deps.db.write() as session:
            if rows_met(session, update(Delivery).where(*same).values(**values)):
                row.due_at, row.attempts = now + LEASE, row.attempts + 1
                return row


def _note(deps: Deps, row: Delivery, status: int | None, reason: str | None) -> None:
    """Record the result of an attempt; a failure is not recorded if another attempt was later."""
    now = deps.clock()
    where = [Delivery.id == row.id]
    values: dict[str, Any] = {"last_status": status, "last_error": reason, "last_attempt_at": now}
    values["attempts"] = row.attempts
    if reason is None:
        values |= {"state": DELIVERED, "due_at": None}
    else:
        where.append(Delivery.due_at == row.due_at)
        wait = wait_after(row.attempts - 1, FIRST_WAIT, MAX_WAIT)
        given_up = now + wait > row.owed_since + GIVE_UP
        values |= {"state": FAILED, "due_at": None} if given_up else {"due_at": now + wait}
    with deps.db.write() as session:
        rows_met(session, update(Delivery).where(*where).values(**values))
    for name, value in values.items():
        setattr(row, name, value)
    outcome = "postponed" if row.state == OWED else row.state
    DELIVERIES.labels(outcome).inc()
    level = logging.INFO if reason is None else logging.WARNING
    log.log(
        level,
        "delivery_attempted",
        delivery_id=row.id,
        event_type=row.event,
        outcome=outcome,
        attempt=row.attempts,
        reason=reason,
    )


def _give_up_old(deps: Deps, url: str, *where: ColumnElement[bool]) -> None:
    """Fail deliveries that have been due for GIVE_UP to a webhook that does not accept them now.

    With thousands of deliveries, the next attempt of each may be hours away. Age alone is no reason: a worker that was
    down for a day is not the receiver's fault.
    """
    now = deps.clock()
    old = (Delivery.url == url, Delivery.due_at <= now, Delivery.owed_since <= now - GIVE_UP)
    values = {"state": FAILED, "due_at": None, "last_error": func.coalesce(Delivery.last_error, NOT_TAKEN)}
    with deps.db.write() as session:
        given_up = rows_met(session, update(Delivery).where(*old, *where).values(**values))
    if given_up:
        DELIVERIES.labels(FAILED).inc(given_up)
        log.warning("deliveries_given_up", endpoint=endpoint_of(url), count=given_up)


def _leave_alone(deps: Deps, url: str) -> None:
    now = deps.clock()
    with deps.db.write() as session:
        due = (Delivery.url == url, Delivery.due_at <= now)
        session.execute(update(Delivery).where(*due).values(due_at=now + PAUSE))


def _view(row: Delivery) -> DeliveryView:
    return DeliveryView(**{name: getattr(row, name) for name in DeliveryView.__dataclass_fields__})
