"""Replacing a file by an upload: permissions, and what clients see before and after."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import update

from service.db.models import File, Upload
from service.values.access.caller import Scope
from tests.support.files.changed_files import NOT_FOUND, ON_HOLD, hold
from tests.support.files.replacements import delete_by_statement, replacing
from tests.support.login import login
from tests.support.matchers import A_TIME, A_URL, failure, new_file, success
from tests.support.service.grants import browser, grant, shop_of
from tests.support.service.links import GONE, link, opened
from tests.support.service.outcomes import outcome
from tests.support.service_under_test import FILE, App

UNKNOWN_ID = "3f0e8a52-0000-4000-8000-000000000000"
NO_DELETE = (403, failure("scope_missing"))
PIN, OTHER_PIN = {"pin": "1234"}, {"pin": "4321"}


def init(app: App, replaces: str | None, pin: dict[str, str] | None = None, **headers: str) -> Any:
    """Answer an init of five bytes; pin: the credential of the old file."""
    if pin is not None:
        headers["X-File-Credential"] = json.dumps(pin)
    return app.client.post(f"{FILE}/upload/init/", json={"size": 5, "replaces": replaces}, headers=headers)


def complete(app: App, started: dict[str, Any], pin: dict[str, str] | None = None, **changes: Any) -> Any:
    headers = {} if pin is None else {"X-File-Credential": json.dumps(pin)}
    return app.client.post(f"{FILE}/upload/complete/", json=app.completion(started, **changes), headers=headers)


@pytest.fixture(params=[False, True], ids=["multipart", "one PUT"])
def service(app: App, request: pytest.FixtureRequest) -> App:
    return app.with_one_put() if request.param else app


def test_the_old_file_stays_until_the_new_one_is_clean(service: App) -> None:
    old = service.ready(b"v1")
    started = service.send(b"v2", replaces=old["id"])
    shown = new_file(started, size=2, filename="hello.txt", content_type="text/plain", replaces=old["id"])
    assert complete(service, started, total_size=2).json == success(shown)
    assert service.get(old["id"]).json["data"]["download_url"] == A_URL
    service.scan(started["file_id"])
    clean = {"virus_scan_status": "clean", "virus_scan_date": A_TIME, "detected_content_type": "text/plain"}
    link_to_it = {"download_url": A_URL, "download_expires_at": A_TIME}
    assert service.get(started["file_id"]).json == success(shown | clean | link_to_it | {"replaces": None})
    assert outcome(service.get(old["id"])) == NOT_FOUND
    assert outcome(service.client.get(f"{FILE}/content/{old['id']}")) == GONE
    assert (service.stored(started["file_id"]), len(service.keys("longshore-private"))) == (b"v2", 1)
    assert (service.count(File), service.count(Upload)) == (1, 1)
    # a lost answer: the same completion again
    assert complete(service, started, total_size=2).json["data"]["replaces"] is None


@pytest.mark.parametrize("at", ["init", "complete"])
@pytest.mark.parametrize("what", ["unknown", "no id", "open upload", "on hold", "private", "wrong credential"])
def test_a_file_that_the_client_cannot_delete_cannot_be_replaced(service: App, at: str, what: str) -> None:
    pins = {"private": (OTHER_PIN, None), "wrong credential": (OTHER_PIN, PIN)}
    sealed, pin = pins.get(what, (None, None))
    old = service.ready(**({"credential": sealed} if sealed else {}))["id"]
    if what == "on hold":
        hold(service, old)
    ids = {"unknown": UNKNOWN_ID, "no id": "none", "open upload": service.init(size=5)["file_id"]}
    wish = ids.get(what, old)
    refused = ON_HOLD if what == "on hold" else (403, failure("wrong_credential")) if sealed else NOT_FOUND
    if at == "init":
        assert outcome(init(service, wish, pin)) == refused
        return
    started = service.send()
    assert outcome(complete(service, started, pin, replaces=wish)) == refused
    assert outcome(complete(service, started, replaces=started["file_id"])) == NOT_FOUND  # itself
    # nothing is lost: it can still be completed
    assert complete(service, started).json["data"]["replaces"] is None


def test_a_private_file_is_replaced_with_its_credential(service: App) -> None:
    old = service.ready(credential=PIN)["id"]
    started = init(service, old, PIN).json["data"]
    service.put(started["chunks"][0], b"hello")
    assert complete(service, started, credential=OTHER_PIN, replaces=old).status_code == 200
    service.scan(started["file_id"])
    assert outcome(service.get(old)) == NOT_FOUND


@pytest.mark.parametrize("header", ["{", '["1234"]', '{"pin": 1}'])
def test_a_malformed_credential_is_refused(app: App, header: str) -> None:
    old = app.ready(credential=PIN)["id"]
    assert init(app, old, **{"X-File-Credential": header}).status_code == 422
    assert init(app, None, **{"X-File-Credential": header}).status_code == 200  # it is not needed


def test_a_completion_can_replace_another_file_than_init(service: App) -> None:
    first, second = service.ready()["id"], service.ready()["id"]
    started = service.send(replaces=first)
    assert complete(service, started, replaces=second).json["data"]["replaces"] == second
    service.scan(started["file_id"])
    assert (service.get(first).status_code, service.get(second).status_code) == (200, 404)


def test_an_upload_completes_after_its_old_file_was_deleted(service: App) -> None:
    """There is no file to replace any more, but the upload must not be lost."""
    old = service.ready()["id"]
    started = service.send(replaces=old)
    delete_by_statement(service, old)
    assert complete(service, started, replaces=old).json["data"]["replaces"] == old
    service.scan(started["file_id"])
    assert service.get(started["file_id"]).json["data"]["replaces"] is None


def test_a_replacement_needs_the_permissions_of_a_deletion(app: App) -> None:
    locked = app.with_settings(login="on")
    ann, bob = login(locked, "ann"), login(locked, "bob")
    uploader, root = login(locked, "ann", Scope.UPLOAD, Scope.READ), login(locked, "root", Scope.ADMIN)
    old = ann.ready()["id"]
    assert outcome(init(uploader, old)) == NO_DELETE
    assert outcome(init(bob, old)) == NOT_FOUND
    started = uploader.send()
    assert outcome(complete(uploader, started, replaces=old)) == NO_DELETE
    assert init(ann, old).status_code == init(root, old).status_code == 200
    assert ann.get(old).status_code == 200


def test_a_browser_with_a_grant_cannot_replace_a_file(app: App) -> None:
    shop = shop_of(app)
    old = login(shop, "ann").ready()["id"]
    page = browser(shop, grant(shop, count=2))
    assert outcome(init(page, old)) == NO_DELETE
    started = page.send()
    assert outcome(complete(page, started, replaces=old)) == NO_DELETE
    assert complete(page, started).json["data"]["replaces"] is None


def test_a_repeated_init_must_replace_the_same_file(app: App) -> None:
    old, other = app.ready()["id"], app.ready()["id"]
    first = init(app, old, **{"Idempotency-Key": "k"}).json
    assert init(app, old, **{"Idempotency-Key": "k"}).json["data"]["upload_id"] == first["data"]["upload_id"]
    again = "[Idempotency-Key] was used for another upload; make a new one for each"
    assert outcome(init(app, other, **{"Idempotency-Key": "k"})) == (422, failure("invalid_body", again))
    delete_by_statement(app, old)
    # the first response was lost, and the file was deleted meanwhile
    assert init(app, old, **{"Idempotency-Key": "k"}).status_code == 200


def test_links_to_the_old_file_end(app: App) -> None:
    old = app.ready()["id"]
    made = link(app, old)
    app.scan(replacing(app, old))
    assert outcome(opened(app, made)) == GONE


def test_the_old_files_bytes_count_until_it_is_replaced(app: App) -> None:
    ann = login(app.with_settings(login="on", quota=10), "ann")
    old = ann.ready()["id"]
    new = replacing(ann, old)
    assert init(ann, old).json["code"] == "quota_exceeded"
    ann.scan(new)
    assert ann.client.get("/api/v1/users/me").json["data"]["used_bytes"] == 5


def test_the_audit_log_contains_the_actor_and_the_new_file(app: App) -> None:
    locked = app.with_settings(login="on")
    ann, root = login(locked, "ann"), login(locked, "root", Scope.ADMIN)
    old = ann.ready()["id"]
    started = root.send(replaces=old)
    complete(root, started)
    root.scan(started["file_id"])
    log = root.client.get("/api/v1/admin/audit", query_string={"target_id": old}).json["data"]["items"]
    entry = {"actor": "root", "action": "deleted", "target_id": old, "owner": "ann", "address": "127.0.0.1"}
    entry |= {"reason": None, "before": {}, "after": {"replaced_by": started["file_id"]}}
    not_compared = {name: log[0][name] for name in ("key_prefix", "request_id")}
    assert log == [entry | not_compared | {"at": A_TIME, "sequence": None, "seal": None}]
    assert log[0]["key_prefix"] is not None


def test_an_upload_of_the_previous_release_keeps_both_files(app: App) -> None:
    """It completes an upload without knowing the column: the new file has no `replaces`."""
    old = app.ready()["id"]
    new = replacing(app, old)
    with app.deps.db.write() as session:
        session.execute(update(File).where(File.id == new).values(replaces=None))
    app.scan(new)
    assert app.get(old).status_code == 200
