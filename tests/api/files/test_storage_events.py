"""Storage's events: MinIO's and AWS's messages, which of them adopt an object, and their repetition after a failure."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch
from urllib.parse import quote_plus

import pytest
import requests

from service.domain.adoptions import candidates
from service.errors import StorageUnavailableError
from service.values import Location
from service.values.access.caller import Scope
from tests.support.files.adoption import (
    ADOPTIONS,
    ARCHIVE,
    adopted,
    audits,
    counts,
    file_of,
    files,
    put,
    row,
    shown,
    swept,
    verdicts,
    with_archive,
)
from tests.support.login import login
from tests.support.service_under_test import App

EVENTS = f"{ADOPTIONS}/events"
TWICE = ["Object Created"] * 2


@pytest.fixture
def archive(app: App) -> App:
    return with_archive(app)


def record(key: str, bucket: str = ARCHIVE, name: str = "ObjectCreated:Put") -> dict[str, Any]:
    """An event as AWS's documentation shows it."""
    place = {
        "s3SchemaVersion": "1.0",
        "configurationId": "any",
        "bucket": {
            "name": bucket,
            "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
            "arn": f"arn:aws:s3:::{bucket}",
        },
        "object": {
            "key": key,
            "size": 5,
            "eTag": "d41d8cd98f00b204e9800998ecf8427e",
            "sequencer": "0055AED6DCD90281E5",
        },
    }
    return {"eventVersion": "2.5", "eventSource": "aws:s3", "eventName": name, "s3": place}


def send(app: App, *records: dict[str, Any], code: int = 200, **message: Any) -> Any:
    answer = app.client.post(EVENTS, json={"Records": list(records)} | message)
    assert answer.status_code == code, answer.json
    return answer.json["data"] if code == 200 else answer.json


def test_an_event_adopts_its_object(archive: App) -> None:
    made = adopted(archive, prefix="in/", follow=True)
    assert counts(made) == {"state": "following"}
    key = "in/grün & red flower+1.jpg"
    put(archive, key, b"petals")
    message = {"EventName": "s3:ObjectCreated:Put", "Key": f"{ARCHIVE}/{key}"}
    of_minio = record("in%2Fgr%C3%BCn+%26+red+flower%2B1.jpg", name="s3:ObjectCreated:CompleteMultipartUpload")
    assert send(archive, of_minio, **message) == {"outcomes": {"adopted": 1}, "ignored": 0}
    assert send(archive, of_minio, **message) == {"outcomes": {"unchanged": 1}, "ignored": 0}
    swept(archive)
    assert requests.get(file_of(archive, key)["download_url"], timeout=10).content == b"petals"
    put(archive, key, b"changed")
    assert send(archive, record("in/gr%C3%BCn+%26+red+flower%2B1.jpg")) == {"outcomes": {"renewed": 1}, "ignored": 0}
    assert file_of(archive, key)["download_url"] is None
    assert counts(shown(archive, made["adoption_id"])) == {
        "state": "following",
        "adopted": 1,
        "renewed": 1,
        "unchanged": 1,
    }
    assert audits(archive, row(archive, key).id)[0] == ("anonymous", "adopted", f"adoption {made['adoption_id']}")


def event_bridge(key: Any, kind: str = "Object Created") -> dict[str, Any]:
    """An event as AWS's documentation of EventBridge shows it."""
    detail = {"version": "0", "bucket": {"name": ARCHIVE}, "object": {"key": key, "size": 5}, "reason": "PutObject"}
    return {"version": "0", "detail-type": kind, "source": "aws.s3", "account": "111122223333", "detail": detail}


def test_an_event_of_event_bridge_adopts_its_object(archive: App) -> None:
    adopted(archive, prefix="in/", follow=True)
    key = "in/grün & red+flower %41.jpg"
    put(archive, key, b"petals")
    taken = [
        archive.client.post(EVENTS, json=event_bridge(key, kind)).json["data"] for kind in ("Object Deleted", *TWICE)
    ]
    assert taken == [
        {"outcomes": {}, "ignored": 1},
        {"outcomes": {"adopted": 1}, "ignored": 0},
        {"outcomes": {"unchanged": 1}, "ignored": 0},
    ]
    assert list(files(archive)) == [key]


@pytest.mark.parametrize("change", [{"detail": None}, {"detail": {"object": 5}}, {"detail-type": 5}, {"detail": []}])
def test_a_malformed_event_of_event_bridge_is_refused(archive: App, change: dict[str, Any]) -> None:
    answer = archive.client.post(EVENTS, json=event_bridge("in/a") | change)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_body")


def test_events_without_a_following_adoption_are_ignored(archive: App) -> None:
    adopted(archive, prefix="once/")
    cancelled = adopted(archive, prefix="cancelled/", follow=True)
    assert archive.client.delete(f"{ADOPTIONS}/{cancelled['adoption_id']}").status_code == 200
    adopted(archive, prefix="in/", follow=True)
    for key in ("once/a", "cancelled/a", "other/a", "in/a"):
        put(archive, key)
    removed = record("in/a", name="ObjectRemoved:Delete")
    ignored = [record(key) for key in ("once/a", "cancelled/a", "other/a")] + [record("in/a", "other-bucket"), removed]
    assert send(archive, *ignored) == {"outcomes": {}, "ignored": 5}
    not_listed = archive.with_settings(adopt_buckets=())
    assert send(not_listed, record("in/a")) == {"outcomes": {}, "ignored": 1}
    test = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": ARCHIVE}
    assert archive.client.post(EVENTS, json=test).json["data"] == {"outcomes": {}, "ignored": 0}
    assert files(archive) == {}


def test_an_empty_message_is_refused(archive: App) -> None:
    answers = [archive.client.post(EVENTS), archive.client.post(EVENTS, json={})]
    assert [(each.status_code, each.json["errors"]) for each in answers] == [
        (422, ["[Records] is missing: the message is empty"])
    ] * 2


def test_an_event_of_an_object_that_cannot_be_adopted_is_skipped(archive: App) -> None:
    made = adopted(archive, follow=True)
    put(archive, "folder/", b"")
    keys = {"folder/": candidates.FOLDER, "gone": candidates.GONE, "": candidates.FOLDER, "a/../b": candidates.DOTS}
    keys |= {"x" * 1025: candidates.LONG_KEY, "\0": candidates.NUL}
    answer = send(archive, *(record(quote_plus(key)) for key in keys))
    assert answer == {"outcomes": {"skipped": 6}, "ignored": 0}
    reasons = [{"key": key, "reason": reason} for key, reason in keys.items()]
    assert shown(archive, made["adoption_id"])["reasons"] == reasons


def test_the_adoption_with_the_longest_prefix_sets_the_owner(archive: App) -> None:
    app = archive.with_settings(login="on")
    operator = login(app, "olivia", Scope.ADMIN)
    adopted(operator, owner="all", follow=True)
    adopted(operator, prefix="in/ann/", owner="ann", follow=True)
    for key in ("in/ann/1", "in/ben/1"):
        put(app, key)
    send(operator, record("in/ann/1"), record("in/ben/1"))
    assert {key: file.owner for key, file in files(app).items()} == {"in/ann/1": "ann", "in/ben/1": "all"}


def test_a_failed_event_can_be_repeated(archive: App) -> None:
    adopted(archive, follow=True)
    put(archive, "a")
    put(archive, "b")
    found = archive.deps.storage.head(Location(ARCHIVE, "a"))
    with patch.object(archive.deps.storage, "head", side_effect=[found, StorageUnavailableError]):
        assert send(archive, record("a"), record("b"), code=503)["code"] == "storage_unavailable"
    assert send(archive, record("a"), record("b")) == {"outcomes": {"adopted": 1, "unchanged": 1}, "ignored": 0}
    swept(archive)
    assert verdicts(archive) == {"a": "clean", "b": "clean"}


def test_events_need_a_key_of_an_operator(archive: App) -> None:
    app = archive.with_settings(login="on")
    assert send(app, code=401)["code"] == "login_required"
    assert send(login(app, "ann"), code=403)["code"] == "scope_missing"
    assert send(login(app, "storage", Scope.ADMIN)) == {"outcomes": {}, "ignored": 0}


@pytest.mark.parametrize(
    "records",
    [
        [{}],
        [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "a"}, "object": {}}}],
        ["text"],
        [record("a")] * 101,
    ],
)
def test_messages_in_another_form_are_refused(archive: App, records: Any) -> None:
    answer = archive.client.post(EVENTS, json={"Records": records})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_body")
