"""Webhooks: due deliveries, retries after failures, and replays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from service.domain.upkeep.sweep import sweep
from service.domain.webhooks.deliveries import (
    FIRST_WAIT,
    GIVE_UP,
    KEPT,
    LEASE,
    MAX_WAIT,
    NOT_TAKEN,
    PAUSE,
    TURN,
    find_delivery,
    replay,
)
from service.domain.webhooks.events import endpoint_of
from service.errors import DatabaseUnavailableError
from tests.support.fakes import FakeClock
from tests.support.matchers import Like
from tests.support.service.deliveries import OTHER, URL, FakeSender, rows, work
from tests.support.service.recorded_calls import counted
from tests.support.service_under_test import FILE, App, rebuilt


@dataclass
class Slow:
    """Answers as the other sender, after a whole turn."""

    sender: FakeSender
    clock: FakeClock

    def post(self, *request: Any) -> int:
        self.clock.forward(TURN.total_seconds())
        return self.sender.post(*request)


def test_an_event_is_not_written_without_its_verdict(hooked: App) -> None:
    file_id = hooked.upload()["id"]
    with pytest.raises(DatabaseUnavailableError):
        hooked.without_database().scan(file_id)
    assert rows(hooked) == []


def test_the_sweeper_queues_deliveries_that_redis_lost(hooked: App, sender: FakeSender) -> None:
    hooked.ready()
    hooked.queue.deliveries.clear()  # as in a Redis that lost its data
    report = sweep(hooked.deps)
    assert (report.queued_deliveries, hooked.queue.deliveries) == (1, [endpoint_of(URL)])
    assert (work(hooked), len(sender.sent)) == (1, 1)


def test_a_deletion_while_redis_is_down_is_delivered_later(hooked: App, sender: FakeSender) -> None:
    file_id = hooked.ready()["id"]
    work(hooked)
    hooked.queue.down = True
    assert hooked.client.delete(f"{FILE}/{file_id}").status_code == 200
    hooked.queue.down = False
    assert sweep(hooked.deps).queued_deliveries == 1
    assert work(hooked) == 1
    assert [(event["type"], event["data"]["file"]["id"]) for event in sender.events] == [
        ("file.ready", file_id),
        ("file.deleted", file_id),
    ]


def test_a_refused_delivery_is_retried_for_a_day_and_then_fails(hooked: App, sender: FakeSender) -> None:
    """The waits grow, the id and the bytes stay; after about a day it fails."""
    sender.status = 500
    hooked.ready()
    waits = []
    while rows(hooked)[0].state == "owed":
        work(hooked)
        [row] = rows(hooked)
        if row.due_at is not None:
            waits.append(row.due_at - hooked.clock())
            hooked.clock.forward(waits[-1].total_seconds())
    assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert max(waits) == MAX_WAIT
    assert timedelta(hours=20) < sum(waits, timedelta()) <= timedelta(days=1)
    assert (row.state, row.last_status, row.last_error) == ("failed", 500, "the webhook answered 500")
    assert row.attempts == len(sender.sent) == len(waits) + 1
    assert len(set(sender.sent)) == 1
    assert sweep(hooked.deps).queued_deliveries == 0


def test_a_replayed_delivery_keeps_its_id(hooked: App, sender: FakeSender) -> None:
    sender.status = 500
    hooked.ready()
    hooked.clock.forward(24 * 3600)
    work(hooked)
    assert rows(hooked)[0].state == "failed"
    assert replay(hooked.deps, None) == 1
    sender.status = 200
    assert work(hooked) == 1
    [row] = rows(hooked)
    assert (row.state, row.attempts, row.last_error) == ("delivered", 1, None)
    assert replay(hooked.deps, ["unknown"]) == 0
    assert replay(hooked.deps, [row.id]) == 1
    assert work(hooked) == 1
    assert len(set(sender.sent)) == 1


def test_a_webhook_that_does_not_answer_gets_no_attempt_until_a_pause_ends(hooked: App, sender: FakeSender) -> None:
    """One timeout, not one for each event; a webhook that answers with a refusal gets all of them."""
    sender.status = None
    for _ in range(3):
        hooked.ready()
    work(hooked)
    assert len(sender.sent) == 1
    assert sorted(row.due_at - hooked.clock() for row in rows(hooked) if row.due_at) == [FIRST_WAIT, PAUSE, PAUSE]
    assert work(hooked) == 0 == len(sender.sent) - 1
    hooked.clock.forward(PAUSE.total_seconds())
    sender.status = 500
    work(hooked)
    assert len(sender.sent) == 4


def test_deliveries_to_a_dead_webhook_fail_after_a_day(hooked: App, sender: FakeSender) -> None:
    sender.status = None
    for _ in range(5):
        hooked.ready()
    tried = 0
    for _ in range(3):  # at one attempt a minute, each of thousands would wait for days
        work(hooked)
        tried = len(sender.sent)
        hooked.clock.forward(GIVE_UP.total_seconds() / 2)
    found = rows(hooked)
    assert (tried, {row.state for row in found}, {row.due_at for row in found}) == (3, {"failed"}, {None})
    assert {row.last_error for row in found} == {"TimeoutError: timed out", NOT_TAKEN}
    hooked.ready()
    work(hooked)
    assert [row.state for row in rows(hooked)].count("owed") == 1
    sender.status = 204
    assert (replay(hooked.deps, None), work(hooked)) == (5, 5)


def test_a_refused_delivery_gets_at_most_one_more_attempt_after_a_day(hooked: App, sender: FakeSender) -> None:
    for _ in range(2):
        hooked.ready()
    sender.status = 500
    work(hooked)
    hooked.clock.forward(GIVE_UP.total_seconds())
    slow = rebuilt(hooked, sender=Slow(sender, hooked.clock))
    work(slow)
    assert len(sender.sent) == 3
    assert [(row.state, row.attempts) for row in sorted(rows(hooked), key=lambda row: row.attempts)] == [
        ("failed", 1),
        ("failed", 2),
    ]


def test_a_worker_that_was_down_for_days_still_sends_all_deliveries(hooked: App, sender: FakeSender) -> None:
    for _ in range(3):
        hooked.ready()
    hooked.clock.forward(2 * GIVE_UP.total_seconds())
    sweep(hooked.deps)
    assert (work(hooked), {row.state for row in rows(hooked)}) == (3, {"delivered"})


def test_another_worker_sends_the_delivery_of_a_dead_worker(hooked: App, sender: FakeSender) -> None:
    hooked.ready()

    def die(*_args: Any) -> int:
        raise KeyboardInterrupt

    dying = rebuilt(hooked, sender=type("Dying", (), {"post": die})())
    with pytest.raises(KeyboardInterrupt):
        work(dying)
    assert work(hooked) == 0
    hooked.clock.forward(LEASE.total_seconds())
    assert work(hooked) == 1
    [row] = rows(hooked)
    assert (row.state, [message_id for _, message_id, _ in sender.sent]) == ("delivered", [row.id])


@dataclass
class Overtaken:
    """While this attempt waits for its answer, its lease ends and another worker's attempt is over first."""

    app: App
    late: int
    first: int

    def post(self, *_args: Any) -> int:
        self.app.clock.forward(LEASE.total_seconds())
        work(rebuilt(self.app, sender=FakeSender(self.first)))
        return self.late


@pytest.mark.parametrize(
    ("late", "first", "left"),
    [(500, 204, ("delivered", 204, None)), (204, 500, ("delivered", 204, None)), (502, 500, ("owed", 500, FIRST_WAIT))],
)
def test_a_late_failure_does_not_overwrite_an_earlier_result(
    hooked: App, late: int, first: int, left: tuple[str, int, timedelta | None]
) -> None:
    hooked.ready()
    work(rebuilt(hooked, sender=Overtaken(hooked, late, first)))
    [row] = rows(hooked)
    wait = left[2] and 2 * left[2]  # it was the second attempt
    assert (row.state, row.last_status, row.due_at and row.due_at - hooked.clock()) == (*left[:2], wait)


def test_a_delivery_is_retried_after_an_unexpected_error(hooked: App) -> None:
    hooked.ready()
    broken = rebuilt(hooked, sender=type("Broken", (), {"post": lambda *_args: {}["x"]})())
    work(broken)
    [row] = rows(hooked)
    assert (row.state, row.last_error) == ("owed", "unexpected error: KeyError")


def test_a_delivery_to_a_removed_url_fails_unsent(hooked: App, sender: FakeSender) -> None:
    hooked.ready()
    moved = hooked.with_settings(webhooks=(OTHER,))
    assert work(moved) == 0
    assert sweep(moved.deps).errors == []
    [row] = rows(moved)
    assert (row.state, row.last_error, sender.sent) == ("failed", Like("the URL is no longer in WEBHOOKS"), [])


def test_delivered_rows_are_deleted_after_a_month(hooked: App) -> None:
    hooked.ready()
    work(hooked)
    hooked.clock.forward(KEPT.total_seconds())
    assert sweep(hooked.deps).forgotten_deliveries == 0
    hooked.clock.forward(1)
    assert sweep(hooked.deps).forgotten_deliveries == 1
    assert rows(hooked) == []


def test_pending_deliveries_are_never_dropped(hooked: App) -> None:
    hooked.ready()
    hooked.clock.forward(KEPT.total_seconds() + 1)
    assert sweep(hooked.deps).forgotten_deliveries == 0
    assert find_delivery(hooked.deps, rows(hooked)[0].id) is not None


def test_an_idle_sweep_runs_a_fixed_number_of_statements(hooked: App) -> None:
    sweep(hooked.deps)
    with counted(hooked) as cost:
        sweep(hooked.deps)
    assert cost == ([*["SELECT"] * 19, "UPDATE"], [])
