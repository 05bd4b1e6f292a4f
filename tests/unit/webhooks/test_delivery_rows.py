"""Deliveries, row by row: which is sent next, the result of an attempt, and rows that stay unchanged."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.db.models import Delivery
from service.domain.webhooks import deliveries
from service.domain.webhooks.deliveries import FIRST_WAIT, GIVE_UP, KEPT, LEASE, NOT_TAKEN, PAUSE, TURN
from service.domain.webhooks.events import endpoint_of
from service.observability.metrics import DELIVERIES
from service.outgoing.webhooks import NoAnswerError
from service.values import DeliveryView, SweepReport
from tests.support.service.rows import NOW, Parts, add, delivery, empty_database
from tests.support.service_under_test import make_settings

URL, OTHER = "https://a/", "https://b/"
SECOND = timedelta(seconds=1)


@dataclass
class Webhook(Parts):
    """Dependencies of deliveries. answers: one for each request; None: no response, an exception is raised."""

    answers: list[Any] = field(default_factory=list)
    seconds: float = 0
    """How long each answer takes."""
    sent: list[tuple[Any, ...]] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)

    @property
    def sender(self) -> Webhook:
        return self

    def post(self, *request: Any) -> int:
        self.sent.append(request)
        self.now += self.seconds * SECOND
        answer = self.answers.pop(0)
        if answer is None:
            raise NoAnswerError("TimeoutError: timed out")
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    @property
    def queue(self) -> Webhook:
        return self

    def clean_up_dead_jobs(self) -> None:
        self.queued.append("dead jobs")

    def request_deliveries(self, endpoint: str) -> bool:
        self.queued.append(endpoint)
        return True


@pytest.fixture
def deps(tmp_path: Path) -> Iterator[Any]:
    for db in empty_database(tmp_path):
        yield Webhook(make_settings(tmp_path, webhooks=(URL, OTHER)), db)


def rows(deps: Any) -> dict[str, dict[str, Any]]:
    with deps.db.read() as session:
        found = list(session.scalars(select(Delivery)))
    return {row.id: {column.name: getattr(row, column.name) for column in Delivery.__table__.columns} for row in found}


def changes(deps: Any, before: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the changes since then, by row."""
    new = {
        name: {key: value for key, value in row.items() if value != before[name][key]}
        for name, row in rows(deps).items()
    }
    return {name: values for name, values in new.items() if values}


def deliver(deps: Any, url: str = URL) -> int:
    return deliveries.deliver(deps, endpoint_of(url))


def test_due_deliveries_are_sent_oldest_first(deps: Any) -> None:
    add(deps.db, delivery("b"), delivery("a"), delivery("c", due_at=NOW - SECOND), delivery("d", url=OTHER))
    add(deps.db, delivery("e", due_at=NOW + SECOND), delivery("f", due_at=None, state="delivered"))
    deps.answers = [200, 204, 299]
    assert deliver(deps) == 3
    assert deps.sent == [(URL, name, int(NOW.timestamp()), b'{"n":"%s"}' % name.encode()) for name in "cab"]


def test_an_unknown_webhook_gets_nothing(deps: Any) -> None:
    assert deliver(deps, "https://c/") == 0


def test_a_job_ends_after_its_turn(deps: Any) -> None:
    add(deps.db, *(delivery(str(number)) for number in range(9)))
    deps.answers, deps.seconds = [200] * 9, TURN.total_seconds() / 2
    assert deliver(deps) == 2


@pytest.mark.parametrize(
    ("answer", "left", "outcome"),
    [
        (200, {"state": "delivered", "last_status": 200, "due_at": None}, "delivered"),
        (299, {"state": "delivered", "last_status": 299, "due_at": None}, "delivered"),
        (199, {"last_status": 199, "last_error": "the webhook answered 199", "due_at": NOW + FIRST_WAIT}, "postponed"),
        (300, {"last_status": 300, "last_error": "the webhook answered 300", "due_at": NOW + FIRST_WAIT}, "postponed"),
        (None, {"last_error": "TimeoutError: timed out", "due_at": NOW + FIRST_WAIT}, "postponed"),
        (KeyError("x"), {"last_error": "unexpected error: KeyError", "due_at": NOW + FIRST_WAIT}, "postponed"),
    ],
)
def test_an_attempt_records_its_outcome(
    deps: Any, caplog: pytest.LogCaptureFixture, answer: Any, left: dict[str, Any], outcome: str
) -> None:
    caplog.set_level(logging.INFO)
    add(deps.db, delivery("a"), delivery("b", url=OTHER))
    before, counted = rows(deps), DELIVERIES.labels(outcome)._value.get()
    deps.answers = [answer]
    assert deliver(deps) == (outcome == "delivered")
    assert changes(deps, before) == {"a": {"attempts": 1, "last_attempt_at": NOW} | left}
    assert DELIVERIES.labels(outcome)._value.get() == counted + 1
    last = caplog.records[-1]
    assert last.levelname == ("INFO" if outcome == "delivered" else "WARNING")
    assert last.getMessage() == (
        f"delivery_attempted delivery_id=a event_type=file.ready outcome={outcome} attempt=1"
        f" reason={left.get('last_error')}"
    )
    broke = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert broke == (["delivery_broke_off delivery_id=a"] if isinstance(answer, KeyError) else [])


@pytest.mark.parametrize(("spare", "state"), [(timedelta(0), "owed"), (SECOND, "failed")])
def test_a_delivery_fails_when_its_next_attempt_would_be_too_late(deps: Any, spare: timedelta, state: str) -> None:
    add(deps.db, delivery("a", pending_since=NOW + FIRST_WAIT - GIVE_UP - spare))
    deps.answers = [500]
    deliver(deps)
    left = rows(deps)["a"]
    assert (left["state"], left["due_at"]) == (state, NOW + FIRST_WAIT if state == "owed" else None)


def test_a_silent_webhook_postpones_only_its_own_deliveries(deps: Any) -> None:
    """A delivery accepted before is counted."""
    add(deps.db, delivery("a"), delivery("b"), delivery("c"), delivery("d", url=OTHER))
    add(deps.db, delivery("later", due_at=NOW + SECOND), delivery("done", due_at=None, state="delivered"))
    before = rows(deps)
    deps.answers = [200, None]
    assert deliver(deps) == 1
    left = changes(deps, before)
    assert set(left) == {"a", "b", "c"}
    assert (left["b"]["due_at"], left["c"]) == (NOW + FIRST_WAIT, {"due_at": NOW + PAUSE})


@pytest.mark.parametrize(("answer", "given_up"), [(None, {"old", "tried"}), (500, {"tried"})])
def test_a_delivery_that_was_due_for_a_day_fails(
    deps: Any, caplog: pytest.LogCaptureFixture, answer: int | None, given_up: set[str]
) -> None:
    """A refusal ends only deliveries that were tried before; the others are tried."""
    day = {"pending_since": NOW - GIVE_UP, "due_at": NOW}
    add(deps.db, delivery("0", due_at=NOW - SECOND), delivery("old", **day))
    add(deps.db, delivery("tried", **day, attempts=3, last_error="the webhook answered 502"))
    add(deps.db, delivery("young", pending_since=NOW - GIVE_UP + SECOND), delivery("of another", url=OTHER, **day))
    add(deps.db, delivery("not due", **day | {"due_at": NOW + TURN}))
    deps.answers = [answer]
    before = rows(deps)
    counted = DELIVERIES.labels("failed")._value.get()
    deps.seconds = 0 if answer is None else TURN.total_seconds()
    deliver(deps)
    failed = {name: row for name, row in changes(deps, before).items() if row.get("state") == "failed"}
    if answer is None:
        assert failed == {
            "old": {"state": "failed", "due_at": None, "last_error": NOT_TAKEN},
            "tried": {"state": "failed", "due_at": None},
        }
    else:
        assert failed == {"tried": {"state": "failed", "due_at": None}}
    assert DELIVERIES.labels("failed")._value.get() == counted + len(given_up)
    message = f"deliveries_given_up endpoint={endpoint_of(URL)} count={len(given_up)}"
    assert message in [record.getMessage() for record in caplog.records]


def test_a_sweep_queues_due_deliveries_and_deletes_old_ones(deps: Any) -> None:
    gone = {"url": "https://gone/", "created_at": NOW - KEPT - SECOND}
    add(deps.db, delivery("due"), delivery("later", url=OTHER, due_at=NOW + SECOND))
    add(
        deps.db,
        delivery("gone", **gone),
        delivery("old", due_at=None, state="delivered", created_at=NOW - KEPT - SECOND),
    )
    add(deps.db, delivery("not so old", due_at=None, state="delivered", created_at=NOW - KEPT))
    before, report = rows(deps), SweepReport()
    deliveries.requeue_deliveries(deps, report)
    assert (report.queued_deliveries, report.forgotten_deliveries) == (1, 1)
    assert set(before) - set(rows(deps)) == {"old"}
    assert changes(deps, before) == {
        "gone": {"state": "failed", "due_at": None, "last_error": "the URL is no longer in WEBHOOKS"}
    }
    assert deps.queued == ["dead jobs", endpoint_of(URL)]


def test_a_sweep_deletes_a_limited_number_of_deliveries(deps: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "LIMIT", 2)
    old = {"due_at": None, "state": "delivered", "created_at": NOW - KEPT - SECOND}
    add(deps.db, *(delivery(str(number), **old) for number in range(3)))
    for left in (1, 0):
        deliveries.requeue_deliveries(deps, SweepReport())
        assert len(rows(deps)) == left


def test_an_attempt_counts_from_its_beginning(deps: Any) -> None:
    """The attempt of a killed process counts, and its row is leased for a while."""
    add(deps.db, delivery("a", attempts=3))
    before = rows(deps)
    deps.post = lambda *_request: {}[sys.exit()]
    with pytest.raises(SystemExit):
        deliver(deps)
    assert changes(deps, before) == {"a": {"attempts": 4, "due_at": NOW + LEASE}}


def test_a_sweep_without_due_deliveries_queues_nothing(deps: Any) -> None:
    add(deps.db, delivery("gone", url="https://gone/"))
    deliveries.requeue_deliveries(deps, SweepReport())
    assert deps.queued == []


def test_a_replayed_delivery_starts_again(deps: Any) -> None:
    spent = {
        "attempts": 9,
        "last_error": "the webhook answered 500",
        "last_status": 500,
        "pending_since": NOW - GIVE_UP,
    }
    for name, state in (("a", "failed"), ("b", "failed"), ("c", "delivered")):
        add(deps.db, delivery(name, state=state, due_at=None, **spent))
    restarted = {"state": "owed", "attempts": 0, "pending_since": NOW, "due_at": NOW}
    before = rows(deps)
    assert deliveries.replay(deps, None) == 2
    assert changes(deps, before) == {"a": restarted, "b": restarted}
    assert deliveries.replay(deps, ["c", "unknown"]) == 1
    assert changes(deps, before)["c"] == restarted


def test_a_ping_returns_the_outcome_of_its_deliveries(deps: Any) -> None:
    deps.answers = [204, 500]
    delivered, refused = deliveries.ping(deps)
    assert [request[0] for request in deps.sent] == [URL, OTHER]
    assert delivered == DeliveryView(
        **{name: rows(deps)[delivered.id][name] for name in DeliveryView.__dataclass_fields__}
    )
    left = rows(deps)[refused.id]
    assert (left["event"], left["attempts"], left["last_status"]) == ("ping", 1, 500)
    assert left["due_at"] == NOW + FIRST_WAIT
    assert left["payload"] == {"id": refused.id, "type": "ping", "timestamp": left["payload"]["timestamp"]} | {
        "subject": None,
        "data": {},
    }


def test_a_ping_is_leased_while_it_is_sent(deps: Any) -> None:
    deps.settings = make_settings(Path(), webhooks=(URL,))
    seen: list[datetime] = []

    def post(*_request: Any) -> int:
        seen.extend(row["due_at"] for row in rows(deps).values())
        return 204

    deps.post = post
    deliveries.ping(deps)
    assert seen == [NOW + LEASE]


def test_lists_show_the_newest_first(deps: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, state in enumerate(("failed", "owed", "failed")):
        add(deps.db, delivery(str(number), state=state, created_at=NOW + min(number, 1) * SECOND))
    assert [row.id for row in deliveries.list_deliveries(deps)] == ["1", "2", "0"]
    assert [row.id for row in deliveries.list_deliveries(deps, failed=True)] == ["2", "0"]
    monkeypatch.setattr(deliveries, "LIMIT", 1)
    assert [row.id for row in deliveries.list_deliveries(deps)] == ["1"]
    found = deliveries.find_delivery(deps, "1")
    assert deliveries.list_deliveries(deps) == [found]
    assert deliveries.find_delivery(deps, "unknown") is None


def test_a_delivery_has_the_same_bytes_in_each_attempt() -> None:
    assert deliveries.body_of(delivery("a", payload={"b": 1, "a": "ü"})) == '{"a":"ü","b":1}'.encode()
