"""Webhooks: which deliveries are due and when, and their results with and without failures."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from service.db.models import Upload
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
from service.values import ScanVerdict
from service.values.access.caller import Scope
from tests.support.deliveries import OTHER, URL, FakeSender, names, rows, work
from tests.support.documents import block_of
from tests.support.fakes import SIGNATURE, FakeClock
from tests.support.login import login
from tests.support.matchers import A_TIME, AN_ID, Like, without_owner
from tests.support.recorded_calls import counted
from tests.support.service_under_test import FILE, App, rebuilt


@dataclass
class Slow:
    """Answers as the other does, after a whole turn."""

    sender: FakeSender
    clock: FakeClock

    def post(self, *request: Any) -> int:
        self.clock.forward(TURN.total_seconds())
        return self.sender.post(*request)


@pytest.fixture
def sender() -> FakeSender:
    return FakeSender()


@pytest.fixture
def hooked(app: App, sender: FakeSender) -> App:
    return rebuilt(app.with_settings(webhooks=(URL,)), sender=sender)


def test_all_that_is_sent(hooked: App, sender: FakeSender) -> None:
    file = hooked.ready(detail={"deck": 7})
    assert hooked.queue.deliveries == [endpoint_of(URL)]
    assert work(hooked) == 1
    [(url, message_id, body)] = sender.sent
    shown = {name: value for name, value in without_owner(file).items() if not name.startswith("download_")}
    assert (url, json.loads(body)) == (
        URL,
        {
            "id": message_id,
            "type": "file.ready",
            "timestamp": A_TIME,
            "subject": None,
            "data": {
                "file": shown
                | {
                    "virus_scan_status": "clean",
                    "virus_scan_date": A_TIME,
                    "detected_content_type": "text/plain",
                }
            },
        },
    )
    assert message_id == AN_ID
    assert work(hooked) == 0


def test_without_a_webhook_nothing_is_written_and_nothing_asked(app: App) -> None:
    file_id = app.ready()["id"]
    app.client.delete(f"{FILE}/{file_id}")
    assert (rows(app), app.queue.deliveries) == ([], [])


def test_a_webhook_adds_a_read_and_a_write_to_a_verdict(app: App, hooked: App) -> None:
    app.ready()  # the signatures have their number then
    costs = []
    for one in (app, hooked):
        file_id = one.upload()["id"]
        with counted(one) as (statements, _):
            one.scan(file_id)
        costs.append(sorted(statements))
    assert costs[1] == sorted([*costs[0], "SELECT", "INSERT"])


@pytest.mark.parametrize(
    ("body", "says", "event"),
    [
        (b"hello", None, "file.ready"),
        (SIGNATURE, None, "file.infected"),
        (b"hello", ScanVerdict("unscannable", "encrypted"), "file.unscannable"),
    ],
)
def test_each_verdict_is_told(hooked: App, body: bytes, says: ScanVerdict | None, event: str) -> None:
    hooked.scanner.says = says
    hooked.ready(body)
    assert names(hooked) == [event]


def test_a_file_that_newer_signatures_condemn_is_withdrawn(hooked: App) -> None:
    file_id = hooked.ready()["id"]
    for signatures, says in (("2", None), ("3", ScanVerdict("infected", "New-Virus"))):
        hooked.scanner.signatures, hooked.scanner.says = signatures, says
        hooked.clock.forward(1)
        sweep(hooked.deps)
        hooked.scan(file_id)
    assert names(hooked) == ["file.ready", "file.withdrawn"]
    assert rows(hooked)[1].payload["data"]["file"]["virus_scan_result"] == "New-Virus"


def test_a_deletion_is_told_with_what_there_was(hooked: App) -> None:
    file = hooked.ready()
    hooked.clock.forward(1)
    hooked.client.delete(f"{FILE}/{file['id']}")
    assert names(hooked) == ["file.ready", "file.deleted"]
    assert rows(hooked)[1].payload["data"]["file"]["filename"] == "hello.txt"


def test_two_who_delete_a_file_tell_of_it_once(hooked: App) -> None:
    file_id = hooked.ready()["id"]
    hooked.clock.forward(1)
    with ThreadPoolExecutor(4) as clients:
        paths = [f"{FILE}/{file_id}"] * 4
        answers = list(clients.map(lambda path: rebuilt(hooked).client.delete(path).status_code, paths))
    assert sorted(answers) == [200, 404, 404, 404]
    assert names(hooked) == ["file.ready", "file.deleted"]


def test_an_event_is_as_the_manual_shows_it(hooked: App, sender: FakeSender) -> None:
    hooked.ready()
    work(hooked)
    sent, shown = json.loads(sender.sent[0][2]), json.loads(block_of("an event"))
    assert (set(sent), set(sent["data"])) == (set(shown), set(shown["data"]))
    assert {name for name in shown["data"]["file"] if name not in sent["data"]["file"]} == {"…"}


def test_a_users_files_are_told_one_by_one(hooked: App) -> None:
    user = hooked.client.post("/api/v1/users/", json={"name": "Ada"}).json["data"]["id"]
    for _ in range(2):
        hooked.ready(user_id=user)
    hooked.clock.forward(1)
    hooked.client.delete(f"/api/v1/users/{user}")
    assert names(hooked)[2:] == ["file.deleted"] * 2


def test_an_upload_that_expires_is_told(hooked: App) -> None:
    opened = hooked.init(size=5, filename="hello.txt")
    hooked.clock.forward(2 * 24 * 3600)
    report = sweep(hooked.deps)
    assert (report.expired_uploads, report.queued_deliveries, report.errors) == (1, 1, [])
    [row] = rows(hooked)
    assert row.payload == {
        "id": row.id,
        "type": "upload.expired",
        "timestamp": A_TIME,
        "subject": None,
        "data": {
            "upload": {
                "upload_id": opened["upload_id"],
                "file_id": opened["file_id"],
                "filename": "hello.txt",
                "path_name": None,
                "content_type": None,
                "size": 5,
                "policy": "default",
                "grant_id": None,
                "reason": "the upload expired",
                "created_at": A_TIME,
                "expires_at": opened["expires_at"],
            }
        },
    }


def test_an_abort_is_not_told(hooked: App) -> None:
    """The client that aborts gets no event."""
    hooked.client.delete(f"{FILE}/upload/{hooked.init(size=5)['upload_id']}")
    assert rows(hooked) == []


def test_what_storage_broke_is_told(hooked: App) -> None:
    opened = hooked.send(b"hello")
    with hooked.deps.db.read() as session:
        upload = session.get_one(Upload, opened["upload_id"])
    place = {"Bucket": "longshore-private", "Key": upload.object_key}
    hooked.s3.abort_multipart_upload(**place, UploadId=upload.storage_upload_id)
    assert hooked.post("/upload/complete/", **hooked.completion(opened)).status_code == 409
    assert names(hooked) == ["upload.expired"]


def test_a_private_file_and_its_owner(hooked: App) -> None:
    ann = login(hooked.with_settings(login="on"), "ann", Scope.UPLOAD, Scope.READ)
    ann.ready(credential={"pin": "1234"}, detail={"secret": "of its owner"})
    [row] = rows(ann)
    assert (row.payload["subject"], row.payload["data"]["file"]["detail"]) == ("ann", None)
    assert not any(word in json.dumps(row.payload) for word in ("1234", "of its owner", "Signature", "download"))


def test_each_webhook_gets_its_own(hooked: App, sender: FakeSender) -> None:
    both = hooked.with_settings(webhooks=(URL, OTHER))
    both.ready()
    assert sorted(row.url for row in rows(both)) == [URL, OTHER]
    assert [work(both, url) for url in (URL, OTHER)] == [1, 1]
    assert [url for url, _, _ in sender.sent] == [URL, OTHER]
    assert [event["id"] for event in sender.events] == [message_id for _, message_id, _ in sender.sent]
    assert len({message_id for _, message_id, _ in sender.sent}) == 2


# bad days


def test_a_verdict_that_was_not_written_is_not_told(hooked: App) -> None:
    file_id = hooked.upload()["id"]
    with pytest.raises(DatabaseUnavailableError):
        hooked.without_database().scan(file_id)
    assert rows(hooked) == []


def test_without_redis_the_sweeper_asks(hooked: App, sender: FakeSender) -> None:
    hooked.ready()
    hooked.queue.deliveries.clear()  # as a Redis that lost everything
    report = sweep(hooked.deps)
    assert (report.queued_deliveries, hooked.queue.deliveries) == (1, [endpoint_of(URL)])
    assert (work(hooked), len(sender.sent)) == (1, 1)


def test_a_deletion_while_redis_is_down_is_told_later(hooked: App, sender: FakeSender) -> None:
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


def test_refused_again_and_again_until_it_has_failed(hooked: App, sender: FakeSender) -> None:
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


def test_a_replay_starts_again_with_the_same_id(hooked: App, sender: FakeSender) -> None:
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


def test_who_does_not_answer_is_left_alone_for_a_while(hooked: App, sender: FakeSender) -> None:
    """One wait in vain, not one for each event; who answers with a refusal is asked on."""
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


def test_of_many_events_for_a_dead_webhook_none_is_due_after_a_day(hooked: App, sender: FakeSender) -> None:
    sender.status = None
    for _ in range(5):
        hooked.ready()
    tried = 0
    for _ in range(3):  # an attempt a minute is one in days for each of thousands
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


def test_a_webhook_that_refuses_gets_no_more_attempts_after_a_day(hooked: App, sender: FakeSender) -> None:
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


def test_a_worker_that_was_down_for_days_sends_all_the_same(hooked: App, sender: FakeSender) -> None:
    for _ in range(3):
        hooked.ready()
    hooked.clock.forward(2 * GIVE_UP.total_seconds())
    sweep(hooked.deps)
    assert (work(hooked), {row.state for row in rows(hooked)}) == (3, {"delivered"})


def test_another_process_continues_for_one_that_died_while_sending(hooked: App, sender: FakeSender) -> None:
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
def test_a_late_failure_does_not_overwrite_what_came_first(
    hooked: App, late: int, first: int, left: tuple[str, int, timedelta | None]
) -> None:
    hooked.ready()
    work(rebuilt(hooked, sender=Overtaken(hooked, late, first)))
    [row] = rows(hooked)
    wait = left[2] and 2 * left[2]  # it was the second attempt
    assert (row.state, row.last_status, row.due_at and row.due_at - hooked.clock()) == (*left[:2], wait)


def test_an_unexpected_error_is_tried_again(hooked: App) -> None:
    hooked.ready()
    broken = rebuilt(hooked, sender=type("Broken", (), {"post": lambda *_args: {}["x"]})())
    work(broken)
    [row] = rows(hooked)
    assert (row.state, row.last_error) == ("owed", "unexpected error: KeyError")


def test_a_url_that_is_gone_gets_nothing(hooked: App, sender: FakeSender) -> None:
    hooked.ready()
    moved = hooked.with_settings(webhooks=(OTHER,))
    assert work(moved) == 0
    assert sweep(moved.deps).errors == []
    [row] = rows(moved)
    assert (row.state, row.last_error, sender.sent) == ("failed", Like("the URL is no longer in WEBHOOKS"), [])


def test_rows_are_forgotten_after_a_month(hooked: App) -> None:
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


def test_an_idle_sweep_adds_two_reads(hooked: App) -> None:
    sweep(hooked.deps)
    with counted(hooked) as cost:
        sweep(hooked.deps)
    assert cost == ([*["SELECT"] * 19, "UPDATE"], [])
