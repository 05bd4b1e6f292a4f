"""Webhooks: the events and their contents."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.db.models import Upload
from service.domain.upkeep.sweep import sweep
from service.domain.webhooks.events import endpoint_of
from service.values import ScanVerdict
from service.values.access.caller import Scope
from tests.support.documents import block_of
from tests.support.fakes import SIGNATURE
from tests.support.login import login
from tests.support.matchers import A_TIME, AN_ID, without_owner
from tests.support.service.deliveries import OTHER, URL, FakeSender, names, rows, work
from tests.support.service.recorded_calls import counted
from tests.support.service_under_test import FILE, App, rebuilt


def test_a_file_ready_event_has_the_documented_contents(hooked: App, sender: FakeSender) -> None:
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


def test_without_webhooks_no_event_is_written_or_queued(app: App) -> None:
    file_id = app.ready()["id"]
    app.client.delete(f"{FILE}/{file_id}")
    assert (rows(app), app.queue.deliveries) == ([], [])


def test_a_webhook_costs_a_verdict_one_select_and_one_insert(app: App, hooked: App) -> None:
    app.ready()  # registers the signatures
    costs = []
    for one in (app, hooked):
        file_id = one.upload()["id"]
        with counted(one) as (statements, _):
            one.scan(file_id)
        costs.append(sorted(statements))
    assert costs[1] == sorted([*costs[0], "SELECT", "INSERT"])


@pytest.mark.parametrize(
    ("body", "verdict", "event"),
    [
        (b"hello", None, "file.ready"),
        (SIGNATURE, None, "file.infected"),
        (b"hello", ScanVerdict("unscannable", "encrypted"), "file.unscannable"),
    ],
)
def test_each_verdict_has_its_event(hooked: App, body: bytes, verdict: ScanVerdict | None, event: str) -> None:
    hooked.scanner.says = verdict
    hooked.ready(body)
    assert names(hooked) == [event]


def test_a_file_withdrawn_by_newer_signatures_has_an_event(hooked: App) -> None:
    file_id = hooked.ready()["id"]
    for signatures, verdict in (("2", None), ("3", ScanVerdict("infected", "New-Virus"))):
        hooked.scanner.signatures, hooked.scanner.says = signatures, verdict
        hooked.clock.forward(1)
        sweep(hooked.deps)
        hooked.scan(file_id)
    assert names(hooked) == ["file.ready", "file.withdrawn"]
    assert rows(hooked)[1].payload["data"]["file"]["virus_scan_result"] == "New-Virus"


def test_a_deletion_event_contains_the_deleted_file(hooked: App) -> None:
    file = hooked.ready()
    hooked.clock.forward(1)
    hooked.client.delete(f"{FILE}/{file['id']}")
    assert names(hooked) == ["file.ready", "file.deleted"]
    assert rows(hooked)[1].payload["data"]["file"]["filename"] == "hello.txt"


def test_concurrent_deletions_of_a_file_write_one_event(hooked: App) -> None:
    file_id = hooked.ready()["id"]
    hooked.clock.forward(1)
    with ThreadPoolExecutor(4) as clients:
        paths = [f"{FILE}/{file_id}"] * 4
        answers = list(clients.map(lambda path: rebuilt(hooked).client.delete(path).status_code, paths))
    assert sorted(answers) == [200, 404, 404, 404]
    assert names(hooked) == ["file.ready", "file.deleted"]


def test_an_event_has_the_fields_that_the_manual_shows(hooked: App, sender: FakeSender) -> None:
    hooked.ready()
    work(hooked)
    sent, shown = json.loads(sender.sent[0][2]), json.loads(block_of("an event"))
    assert (set(sent), set(sent["data"])) == (set(shown), set(shown["data"]))
    assert {name for name in shown["data"]["file"] if name not in sent["data"]["file"]} == {"…"}


def test_deleting_a_user_writes_an_event_for_each_file(hooked: App) -> None:
    user = hooked.client.post("/api/v1/users/", json={"name": "Ada"}).json["data"]["id"]
    for _ in range(2):
        hooked.ready(user_id=user)
    hooked.clock.forward(1)
    hooked.client.delete(f"/api/v1/users/{user}")
    assert names(hooked)[2:] == ["file.deleted"] * 2


def test_an_expired_upload_has_an_event(hooked: App) -> None:
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


def test_an_aborted_upload_has_no_event(hooked: App) -> None:
    """The client that aborts gets no event."""
    hooked.client.delete(f"{FILE}/upload/{hooked.init(size=5)['upload_id']}")
    assert rows(hooked) == []


def test_an_upload_that_storage_aborted_has_an_expired_event(hooked: App) -> None:
    opened = hooked.send(b"hello")
    with hooked.deps.db.read() as session:
        upload = session.get_one(Upload, opened["upload_id"])
    place = {"Bucket": "longshore-private", "Key": upload.object_key}
    hooked.s3.abort_multipart_upload(**place, UploadId=upload.storage_upload_id)
    assert hooked.post("/upload/complete/", **hooked.completion(opened)).status_code == 409
    assert names(hooked) == ["upload.expired"]


def test_an_event_names_the_owner_and_contains_no_secret(hooked: App) -> None:
    ann = login(hooked.with_settings(login="on"), "ann", Scope.UPLOAD, Scope.READ)
    ann.ready(credential={"pin": "1234"}, detail={"secret": "of its owner"})
    [row] = rows(ann)
    assert (row.payload["subject"], row.payload["data"]["file"]["detail"]) == ("ann", None)
    assert not any(word in json.dumps(row.payload) for word in ("1234", "of its owner", "Signature", "download"))


def test_each_webhook_gets_its_own_delivery(hooked: App, sender: FakeSender) -> None:
    both = hooked.with_settings(webhooks=(URL, OTHER))
    both.ready()
    assert sorted(row.url for row in rows(both)) == [URL, OTHER]
    assert [work(both, url) for url in (URL, OTHER)] == [1, 1]
    assert [url for url, _, _ in sender.sent] == [URL, OTHER]
    assert [event["id"] for event in sender.events] == [message_id for _, message_id, _ in sender.sent]
    assert len({message_id for _, message_id, _ in sender.sent}) == 2
