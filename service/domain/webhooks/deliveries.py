"""Deliver events to webhooks, retried for about a day; each at least once, with one id."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from service.crashpoints import reach
from service.db.models import Delivery
from service.db.statements.webhooks import (
    claim_delivery,
    delete_deliveries,
    ended_deliveries,
    fail_deliveries_to,
    fail_old_deliveries,
    newest_deliveries,
    next_due_delivery,
    postpone_deliveries,
    replay_deliveries,
    urls_of_due_deliveries,
    write_attempt,
)
from service.deps import Deps
from service.domain.records.backoff import wait_after
from service.domain.webhooks.events import add_deliveries, endpoint_of
from service.observability.logs import get_logger
from service.observability.metrics import DELIVERIES
from service.outgoing.webhooks import NoAnswerError
from service.values import DeliveryView, SweepReport
from service.values.states import DeliveryState

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
            _fail_old(deps, url)
            _leave_alone(deps, url)
            break
        taken += row.state == DeliveryState.DELIVERED
        refused += row.state != DeliveryState.DELIVERED
    if refused:
        _fail_old(deps, url, tried=True)
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
        urls = urls_of_due_deliveries(session, now)
        forgotten = ended_deliveries(session, now - KEPT, LIMIT)
    gone = urls - set(deps.settings.webhooks)
    if gone or forgotten:
        with deps.db.write() as session:
            fail_deliveries_to(session, gone, "the URL is no longer in WEBHOOKS")
            report.forgotten_deliveries += delete_deliveries(session, forgotten)
    if urls - gone:
        deps.queue.clean_up_dead_jobs()
    for url in urls - gone:
        report.queued_deliveries += deps.queue.request_deliveries(endpoint_of(url))


def ping(deps: Deps) -> list[DeliveryView]:
    """Send a `ping` to every webhook now, and return the results."""
    with deps.db.write() as session:
        rows = add_deliveries(session, deps, "ping", None, None, {}, due=deps.clock() + LEASE)
    for row in rows:
        row.attempts = 1
        attempt(deps, row)
    return [_view(row) for row in rows]


def list_deliveries(deps: Deps, *, failed: bool = False) -> list[DeliveryView]:
    """Return the newest LIMIT deliveries, newest first; failed: only failed ones."""
    with deps.db.read() as session:
        return [_view(row) for row in newest_deliveries(session, LIMIT, DeliveryState.FAILED if failed else None)]


def find_delivery(deps: Deps, delivery_id: str) -> DeliveryView | None:
    with deps.db.read() as session:
        row = session.get(Delivery, delivery_id)
    return None if row is None else _view(row)


def replay(deps: Deps, delivery_ids: Collection[str] | None) -> int:
    """Make these deliveries due again with the same ids; None: all that failed. Returns their number."""
    with deps.db.write() as session:
        return replay_deliveries(session, delivery_ids, deps.clock())


def body_of(row: Delivery) -> bytes:
    """Return the same bytes for every attempt: a database may change the order of members in JSON."""
    return json.dumps(row.payload, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _claim_next(deps: Deps, url: str) -> Delivery | None:
    """Claim the next due delivery; None without one."""
    while True:
        now = deps.clock()
        with deps.db.read() as session:
            row = next_due_delivery(session, url, now)
        if row is None:
            return None
        with deps.db.write() as session:
            claimed = claim_delivery(session, row, now + LEASE)
        if claimed:
            row.due_at, row.attempts = now + LEASE, row.attempts + 1
            return row


def _note(deps: Deps, row: Delivery, status: int | None, reason: str | None) -> None:
    """Record the result of an attempt; a failure is not recorded if another attempt was later."""
    now = deps.clock()
    values: dict[str, Any] = {"last_status": status, "last_error": reason, "last_attempt_at": now}
    values["attempts"] = row.attempts
    if reason is None:
        values |= {"state": DeliveryState.DELIVERED, "due_at": None}
    else:
        wait = wait_after(row.attempts - 1, FIRST_WAIT, MAX_WAIT)
        given_up = now + wait > row.pending_since + GIVE_UP
        values |= {"state": DeliveryState.FAILED, "due_at": None} if given_up else {"due_at": now + wait}
    with deps.db.write() as session:
        write_attempt(session, row.id, values, None if reason is None else row.due_at)
    for name, value in values.items():
        setattr(row, name, value)
    outcome = "postponed" if row.state == DeliveryState.OWED else row.state
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


def _fail_old(deps: Deps, url: str, *, tried: bool = False) -> None:
    """Fail deliveries that have been due for GIVE_UP to a webhook that does not accept them now.

    tried: only those that were attempted. With thousands of deliveries, the next attempt of each may be hours away. Age
    alone is no reason: a worker that was down for a day is not the receiver's fault.
    """
    now = deps.clock()
    with deps.db.write() as session:
        given_up = fail_old_deliveries(session, url, now, now - GIVE_UP, NOT_TAKEN, tried=tried)
    if given_up:
        DELIVERIES.labels(DeliveryState.FAILED).inc(given_up)
        log.warning("deliveries_given_up", endpoint=endpoint_of(url), count=given_up)


def _leave_alone(deps: Deps, url: str) -> None:
    now = deps.clock()
    with deps.db.write() as session:
        postpone_deliveries(session, url, now, now + PAUSE)


def _view(row: Delivery) -> DeliveryView:
    return DeliveryView(**{name: getattr(row, name) for name in DeliveryView.__dataclass_fields__})
